//! Small datasets as IDX files, which are a header and bytes.

use std::fs;
use std::path::Path;

pub const IMAGES: [&str; 2] = ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"];
pub const LABELS: [&str; 2] = ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"];

/// Numbers of training and test images.
const COUNTS: [usize; 2] = [120, 50];

/// Writes a set of square images; `pixel` is given the class, the image and
/// the place in the image.
pub fn write(
    folder: &Path,
    side: usize,
    classes: usize,
    pixel: impl Fn(usize, usize, usize) -> u8,
) {
    fs::create_dir_all(folder).expect("a folder");
    for part in 0..2 {
        let n = COUNTS[part];
        let mut images = header(0x803, &[n, side, side]);
        let mut labels = header(0x801, &[n]);
        for image in 0..n {
            let class = image % classes;
            images.extend((0..side * side).map(|place| pixel(class, image, place)));
            labels.push(u8::try_from(class).expect("a class fits a byte"));
        }
        fs::write(folder.join(IMAGES[part]), images).expect("written");
        fs::write(folder.join(LABELS[part]), labels).expect("written");
    }
}

fn header(magic: u32, sizes: &[usize]) -> Vec<u8> {
    let sizes = sizes.iter().map(|&n| u32::try_from(n).expect("small"));
    let words = std::iter::once(magic).chain(sizes);
    words.flat_map(u32::to_be_bytes).collect()
}

/// Images of ten classes that a network tells apart: noise around a bar at the
/// place of the class.
pub fn bars(folder: &Path) {
    write(folder, 28, 10, |class, image, place| {
        let noise = (image * 7919 + place * 104_729) % 61;
        let bar = if place / 78 == class { 190 } else { 0 };
        u8::try_from(noise + bar).expect("at most 250")
    });
}

/// The same image for all members of a class: true labels can be fitted, other
/// labels cannot.
pub fn twins(folder: &Path) {
    write(
        folder,
        28,
        10,
        |class, _, place| {
            if place / 78 == class { 255 } else { 0 }
        },
    );
}
