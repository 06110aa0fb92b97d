//! The entries of the catalogue.

use super::{DataFile, Delivery, Entry, Format};
use crate::dataset::{ImageShape, cifar};

const GREY: ImageShape = ImageShape {
    channels: 1,
    height: 28,
    width: 28,
};

/// The registry.
///
/// Mirrors: MNIST on S3 as in torchvision's datasets/mnist.py, and in Google's
/// cvdf-datasets; Fashion-MNIST as in its own repository and README; CIFAR-10 at its
/// source. The SHA-256 values of MNIST and Fashion-MNIST were computed from whole
/// sets; those of CIFAR-10 are the ones that torch.rb checks after a download.
pub static ENTRIES: &[Entry] = &[
    Entry {
        name: "fashion-mnist-10k",
        description: "first 10,000 training and 5,000 test images of Fashion-MNIST",
        licence: "MIT (Zalando SE)",
        source: "https://github.com/zalandoresearch/fashion-mnist",
        shape: GREY,
        classes: 10,
        train: 10_000,
        test: 5_000,
        folders: &[],
        system_folder: None,
        files: &[
            DataFile {
                name: "train-images-idx3-ubyte",
                bytes: 7_840_016,
                sha256: "ed2e37ed5a3a57d212141a69fe0a0de5a7126ffba14ac3f7e76f5f52cc04b1f0",
            },
            DataFile {
                name: "train-labels-idx1-ubyte",
                bytes: 10_008,
                sha256: "a69f2dad024ca220a8c4d85f621fdf929042d40c444abde2868903e9220ad517",
            },
            DataFile {
                name: "t10k-images-idx3-ubyte",
                bytes: 3_920_016,
                sha256: "62c361ed193e473e60fcab7bb34874e67e8a4bcc9d786d10b8c31fd868ca6a21",
            },
            DataFile {
                name: "t10k-labels-idx1-ubyte",
                bytes: 5_008,
                sha256: "a861777fec8a5684bdf1bcf88c1a0afbbfd82ddfb5fe193b3fe729b8acf4f94e",
            },
        ],
        format: Format::Idx,
        delivery: Delivery::Embedded,
    },
    Entry {
        name: "fashion-mnist",
        description: "articles of clothing, 10 kinds",
        licence: "MIT (Zalando SE)",
        source: "https://github.com/zalandoresearch/fashion-mnist",
        shape: GREY,
        classes: 10,
        train: 60_000,
        test: 10_000,
        folders: &["FashionMNIST/raw"],
        system_folder: Some("/usr/share/datasets/fashion-mnist"),
        files: &[
            DataFile {
                name: "train-images-idx3-ubyte",
                bytes: 47_040_016,
                sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            },
            DataFile {
                name: "train-labels-idx1-ubyte",
                bytes: 60_008,
                sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            },
            DataFile {
                name: "t10k-images-idx3-ubyte",
                bytes: 7_840_016,
                sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            },
            DataFile {
                name: "t10k-labels-idx1-ubyte",
                bytes: 10_008,
                sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            },
        ],
        format: Format::Idx,
        delivery: Delivery::Gzip {
            mirrors: &[
                "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
            ],
        },
    },
    Entry {
        name: "mnist",
        description: "handwritten digits",
        licence: "CC BY-SA 3.0 (LeCun, Cortes)",
        source: "http://yann.lecun.com/exdb/mnist/",
        shape: GREY,
        classes: 10,
        train: 60_000,
        test: 10_000,
        folders: &["MNIST/raw"],
        system_folder: None,
        files: &[
            DataFile {
                name: "train-images-idx3-ubyte",
                bytes: 47_040_016,
                sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            },
            DataFile {
                name: "train-labels-idx1-ubyte",
                bytes: 60_008,
                sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            },
            DataFile {
                name: "t10k-images-idx3-ubyte",
                bytes: 7_840_016,
                sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            },
            DataFile {
                name: "t10k-labels-idx1-ubyte",
                bytes: 10_008,
                sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            },
        ],
        format: Format::Idx,
        delivery: Delivery::Gzip {
            mirrors: &[
                "https://ossci-datasets.s3.amazonaws.com/mnist",
                "https://storage.googleapis.com/cvdf-datasets/mnist",
            ],
        },
    },
    Entry {
        name: "cifar10",
        description: "photographs of animals and vehicles, 10 kinds, centre of 32x32",
        licence: "none stated (Krizhevsky 2009)",
        source: "https://www.cs.toronto.edu/~kriz/cifar.html",
        shape: cifar::SHAPE,
        classes: cifar::CLASSES,
        train: 50_000,
        test: 10_000,
        folders: &["cifar-10-batches-bin"],
        system_folder: None,
        files: &[
            DataFile {
                name: "data_batch_1.bin",
                bytes: 30_730_000,
                sha256: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            },
            DataFile {
                name: "data_batch_2.bin",
                bytes: 30_730_000,
                sha256: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            },
            DataFile {
                name: "data_batch_3.bin",
                bytes: 30_730_000,
                sha256: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            },
            DataFile {
                name: "data_batch_4.bin",
                bytes: 30_730_000,
                sha256: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            },
            DataFile {
                name: "data_batch_5.bin",
                bytes: 30_730_000,
                sha256: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            },
            DataFile {
                name: "test_batch.bin",
                bytes: 30_730_000,
                sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
            },
        ],
        format: Format::Cifar10,
        delivery: Delivery::Archive {
            name: "cifar-10-binary.tar.gz",
            bytes: 170_052_171,
            sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            mirrors: &["https://www.cs.toronto.edu/~kriz"],
        },
    },
];
