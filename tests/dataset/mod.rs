//! The dataset readers from outside: the committed files, NumPy archives made by
//! tests/golden/npz/make.py, folders by path, and the real Fashion-MNIST, MNIST and
//! CIFAR-10.

use std::collections::BTreeSet;
use std::path::Path;

use rethink::dataset::{AnyDataset, Dataset, DatasetError, ImageShape, Split, catalogue, fetch};

use crate::installed;

fn golden(name: &str) -> String {
    format!("{}/tests/golden/npz/{name}.npz", env!("CARGO_MANIFEST_DIR"))
}

fn load(name: &str) -> Result<Dataset, DatasetError> {
    Dataset::load(&golden(name), None)
}

#[test]
fn the_embedded_set_is_the_one_its_readme_describes() {
    let data = Dataset::load("fashion-mnist-10k", None).unwrap();
    assert_eq!((data.name(), data.classes()), ("fashion-mnist-10k", 10));
    assert_eq!(data.shape().to_string(), "1x28x28");
    assert_eq!((data.train().len(), data.test().len()), (10_000, 5_000));
    // The first labels, as shown in many tutorials: ankle boot, T-shirt, T-shirt, dress, T-shirt.
    assert_eq!(data.train().labels()[..5], [9, 0, 0, 3, 0]);
    assert_eq!(data.test().labels()[..5], [9, 2, 1, 1, 6]);

    let readme = include_str!("../../data/README.md");
    for file in catalogue::find("fashion-mnist-10k").unwrap().files {
        let row = format!("| {} | {} | {} |", file.name, file.bytes, file.sha256);
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
#[ignore = "needs Fashion-MNIST: rethink data fetch fashion-mnist, then cargo test -- --ignored"]
fn the_embedded_set_is_the_beginning_of_the_installed_one() {
    let full = Dataset::load("fashion-mnist", Some(&installed::folder())).unwrap();
    let part = Dataset::load("fashion-mnist-10k", None).unwrap();
    assert_eq!((full.train().len(), full.test().len()), (60_000, 10_000));
    for (part, full) in [(part.train(), full.train()), (part.test(), full.test())] {
        assert!(full.pixels().starts_with(part.pixels()));
        assert!(full.labels().starts_with(part.labels()));
    }
}

#[test]
fn the_embedded_set_has_the_same_checksum_by_path() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/fashion-mnist-10k");
    let by_path = Dataset::load(folder, None).unwrap();
    let by_name = Dataset::load("fashion-mnist-10k", None).unwrap();
    assert_eq!(by_path.checksum(), by_name.checksum());
    assert!(by_path.train() == by_name.train() && by_path.test() == by_name.test());
}

#[test]
fn the_same_images_have_one_checksum_however_packed() {
    let bytes = load("bytes").unwrap();
    assert_eq!((bytes.name(), bytes.classes()), ("bytes", 3));
    assert_eq!(bytes.shape().to_string(), "1x4x4");
    assert_eq!(bytes.train().labels(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    assert_eq!(bytes.test().image(1)[2], (16.0 * 10.0 + 2.0) / 255.0);
    for name in ["compressed", "single", "double", "big_endian"] {
        let other = load(name).unwrap();
        assert_eq!(other.checksum(), bytes.checksum(), "{name}");
        assert_eq!(
            (other.train(), other.test()),
            (bytes.train(), bytes.test()),
            "{name}"
        );
        let double = ["double", "big_endian"].contains(&name);
        assert_eq!(other.is_rounded(), double, "{name}");
    }
}

#[test]
fn numbers_may_have_any_range_and_classes_any_count() {
    let range = load("range").unwrap();
    assert_eq!(range.test().image(1)[3], -40.5);
    assert!(range.train().pixels().iter().any(|&pixel| pixel > 1.0));
    let classes = load("classes").unwrap();
    assert_eq!(
        (classes.classes(), classes.train().labels()[4]),
        (70_001, 70_000)
    );
    assert_ne!(classes.checksum(), load("bytes").unwrap().checksum());
}

#[test]
fn a_float_y_is_real_targets_which_only_those_take_who_ask() {
    let real = |name: &str| match AnyDataset::load(&golden(name), None).unwrap() {
        AnyDataset::Real(data) => data,
        AnyDataset::Classes(_) => panic!("{name} has real targets"),
    };
    let one = real("real");
    assert_eq!((one.outputs(), one.is_rounded()), (1, true));
    assert_eq!(one.train().target(0), [-4.5]);
    assert_eq!(one.train().target(4), [0.1]);
    assert_eq!(one.test().target(2), [6.5]);
    let three = real("real_three");
    assert_eq!((three.outputs(), three.is_rounded()), (3, false));
    assert_eq!(three.test().target(0), [6.75, 7.0, 7.25]);
    assert_eq!(
        three.train().pixels(),
        load("bytes").unwrap().train().pixels()
    );
    let message = load("real").unwrap_err().to_string();
    assert!(
        message.contains("real numbers") && message.contains("integer"),
        "{message}"
    );
}

#[test]
fn another_shape_is_another_dataset() {
    let checksums: BTreeSet<String> = [("bytes", "1x4x4"), ("colour", "2x2x4"), ("row", "1x1x15")]
        .into_iter()
        .map(|(name, shape)| {
            let data = load(name).unwrap();
            assert_eq!(data.shape().to_string(), shape);
            data.checksum().to_string()
        })
        .collect();
    assert_eq!(checksums.len(), 3);
}

#[test]
fn x_and_y_are_split_by_a_fixed_shuffle_with_a_sixth_for_the_test() {
    let data = load("one_split").unwrap();
    assert_eq!((data.train().len(), data.test().len()), (10, 2));
    let mut labels = Vec::new();
    for split in [data.train(), data.test()] {
        for (i, &label) in split.labels().iter().enumerate() {
            assert_eq!(split.image(i)[3], (16.0 * label as f32 + 3.0) / 255.0);
        }
        labels.extend_from_slice(split.labels());
    }
    assert_ne!(labels, (0..12).collect::<Vec<u32>>());
    labels.sort_unstable();
    assert_eq!(labels, (0..12).collect::<Vec<u32>>());
    assert_eq!(load("one_split").unwrap(), data);
}

#[test]
fn every_fault_of_an_archive_is_one_line_with_path_value_and_remedy() {
    for (name, parts) in [
        ("fault_integers", &["x_train", "'<i4'", "uint8"][..]),
        ("fault_nan", &["x_train", "image 2", "NaN"]),
        ("fault_label", &["y_train", "image 4", "-1", "0..1000000"]),
        ("fault_label_type", &["y_train", "'<c8'", "integer"]),
        ("fault_target_nan", &["y_train", "image 2", "NaN"]),
        ("fault_mixed", &["1 real numbers", "classes"]),
        ("fault_label_shape", &["y_train", "[9, 3]"]),
        ("fault_channels_last", &["[9, 8, 8, 3]", "transpose"]),
        ("fault_dimensions", &["[9, 1, 1, 4, 4]"]),
        ("fault_count", &["9 images", "8 labels"]),
        ("fault_shapes", &["1x4x4", "1x3x3"]),
        ("fault_fortran", &["Fortran", "ascontiguousarray"]),
        ("fault_missing", &["y_test", "no such array"]),
        ("fault_few", &["5 images", "at least 6"]),
        ("fault_one_class", &["1 class"]),
        ("fault_empty", &["no images"]),
        ("fault_cut", &["is damaged"]),
    ] {
        let message = load(name).unwrap_err().to_string();
        let whole = parts
            .iter()
            .chain(&[name])
            .all(|part| message.contains(part));
        assert!(whole && !message.contains('\n'), "{name}: {message}");
    }
}

#[test]
fn what_is_not_there_is_named_with_the_remedy() {
    let nothing = tempfile::tempdir().unwrap();
    let message = |given: &str| {
        Dataset::load(given, Some(nothing.path()))
            .unwrap_err()
            .to_string()
    };
    assert!(message("imagenet").contains("fashion-mnist-10k"));
    let missing = message("cifar10");
    assert!(missing.contains("data_batch_1.bin"));
    assert!(missing.contains(&nothing.path().join("cifar10").display().to_string()));
    let unknown = message(&nothing.path().display().to_string());
    assert!(unknown.contains("no reader knows"), "{unknown}");
}

#[test]
fn an_incomplete_folder_names_the_file_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let load = || {
        Dataset::load(&folder.path().display().to_string(), None)
            .unwrap_err()
            .to_string()
    };
    std::fs::write(folder.path().join("test_batch.bin"), vec![0; 3073]).unwrap();
    assert!(load().contains("has no data_batch_1.bin"), "{}", load());
    std::fs::write(folder.path().join("data_batch_2.bin"), vec![10; 3073]).unwrap();
    assert!(
        load().contains("label 10, but there are 10 classes"),
        "{}",
        load()
    );
    std::fs::write(folder.path().join("t10k-labels-idx1-ubyte"), "").unwrap();
    assert!(
        load().contains("has no train-images-idx3-ubyte"),
        "{}",
        load()
    );
}

#[test]
fn a_named_set_must_be_the_published_one() {
    let data_dir = tempfile::tempdir().unwrap();
    let folder = data_dir.path().join("mnist");
    std::fs::create_dir(&folder).unwrap();
    let embedded = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fashion-mnist-10k");
    for file in std::fs::read_dir(embedded).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let message = Dataset::load("mnist", Some(data_dir.path()))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("7840016 bytes where 47040016"),
        "{message}"
    );
    // By its path the same folder is taken as it is.
    let by_path = Dataset::load(&folder.display().to_string(), None).unwrap();
    assert_eq!((by_path.name(), by_path.train().len()), ("mnist", 10_000));
    // The right length with other content.
    std::fs::write(folder.join("train-images-idx3-ubyte"), vec![0; 47_040_016]).unwrap();
    let message = Dataset::load("mnist", Some(data_dir.path()))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("SHA-256") && message.contains("ba891046e650"),
        "{message}"
    );
}

fn mean(split: &Split) -> f64 {
    split.pixels().iter().map(|&x| f64::from(x)).sum::<f64>() / split.pixels().len() as f64
}

#[test]
fn a_dataset_keeps_its_id_when_its_file_is_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["MyData.npz", "1. Größe\u{202e}\n.NPZ", "a.b.npz"];
    let loaded = names.map(|name| {
        let path = folder.path().join(name);
        std::fs::copy(golden("single"), &path).unwrap();
        Dataset::load(path.to_str().unwrap(), None).unwrap()
    });
    assert_eq!(
        loaded[0].id(),
        format!("data-{}", &loaded[0].checksum()[..12])
    );
    assert!(loaded.iter().all(|data| data.id() == loaded[0].id()));
    assert_eq!(loaded[0].name(), "MyData");
    assert_eq!(loaded[1].name(), "1. Größe\\u202e ");
    assert_eq!(loaded[2].name(), "a.b");
    let embedded = Dataset::load("fashion-mnist-10k", None).unwrap();
    assert_eq!(embedded.id(), embedded.name());
}

#[test]
#[ignore = "needs MNIST: rethink data fetch mnist, then cargo test -- --ignored"]
fn mnist_loads_and_checks_out() {
    let data_dir = installed::folder();
    let mnist = Dataset::load("mnist", Some(&data_dir)).unwrap();
    assert_eq!((mnist.train().len(), mnist.test().len()), (60_000, 10_000));
    assert_eq!(mnist.shape().to_string(), "1x28x28");
    assert_eq!(mnist.train().labels()[..5], [5, 0, 4, 1, 9]);
    // The mean of the training pixels that everybody normalizes by.
    assert!((mean(mnist.train()) - 0.1307).abs() < 5e-5);
    let files = fetch::verify("mnist", &data_dir).unwrap();
    assert!(
        files
            .iter()
            .all(|file| file.state == fetch::FileState::Intact)
    );
}

#[test]
#[ignore = "needs CIFAR-10: rethink data fetch cifar10, then cargo test -- --ignored"]
fn cifar10_loads_from_the_batches_there_are() {
    let folder = installed::folder().join("cifar-10-batches-bin");
    let cifar = Dataset::load(&folder.display().to_string(), None).unwrap();
    let records = |name: &str| {
        std::fs::metadata(folder.join(name)).map_or(0, |file| file.len() as usize / 3073)
    };
    let train: usize = (1..=5)
        .map(|i| records(&format!("data_batch_{i}.bin")))
        .sum();
    assert_eq!(
        (cifar.train().len(), cifar.test().len()),
        (train, records("test_batch.bin"))
    );
    let shape = ImageShape {
        channels: 3,
        height: 28,
        width: 28,
    };
    assert_eq!((cifar.shape(), cifar.classes()), (shape, 10));
    // The published channel means (0.491, 0.482, 0.447), here of the central pixels.
    for (channel, published) in [0.491, 0.482, 0.447].into_iter().enumerate() {
        let pixels =
            (0..train).flat_map(|i| &cifar.train().image(i)[784 * channel..784 * (channel + 1)]);
        let mean = pixels.map(|&x| f64::from(x)).sum::<f64>() / (train * 784) as f64;
        assert!((mean - published).abs() < 0.03, "channel {channel}: {mean}");
    }
}
