//! The dataset inside the program: the files of data/fashion-mnist-10k.

/// The gzip file of that name, if it is inside the program.
pub(super) fn gzip(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "train-images-idx3-ubyte" => {
            include_bytes!("../../data/fashion-mnist-10k/train-images-idx3-ubyte.gz")
        }
        "train-labels-idx1-ubyte" => {
            include_bytes!("../../data/fashion-mnist-10k/train-labels-idx1-ubyte.gz")
        }
        "t10k-images-idx3-ubyte" => {
            include_bytes!("../../data/fashion-mnist-10k/t10k-images-idx3-ubyte.gz")
        }
        "t10k-labels-idx1-ubyte" => {
            include_bytes!("../../data/fashion-mnist-10k/t10k-labels-idx1-ubyte.gz")
        }
        _ => return None,
    })
}
