//! Random changes of the training images that leave their class as it is.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::dataset::{ImageShape, Split};
use crate::random::stream;

/// What is done to every training image each time a step sees it; nothing by default.
///
/// Pixels that come from outside the image are 0: the mean of a standardized image.
///
/// # Reference
/// Zhang et al. 2017, arXiv 1611.03530, section 3 and Appendix E: random crops; flips and rotations
/// up to 25 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Pixels that the image is moved by at most, in either direction of both axes: a random crop
    /// of the image with so many zeros at each side.
    pub crop: usize,
    /// Whether left and right are exchanged half of the times.
    pub flip: bool,
    /// Degrees that the image is turned by at most, in either direction.
    pub rotation: f64,
}

/// An augmentation that does not fit the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AugmentationError {
    /// A crop that may show nothing of the image.
    #[error(
        "a crop moves images by at most {crop} pixels, but they are {shape}; give --crop below \
         their smaller side"
    )]
    Crop {
        /// Pixels.
        crop: usize,
        /// Shape of the images.
        shape: ImageShape,
    },
    /// Examples whose shape is not known.
    #[error("examples of {features} numbers are not known to be images: leave augmentation out")]
    Shape {
        /// Numbers of an example.
        features: usize,
    },
}

/// Random words of 32 bits that one image has to itself, so that images can be skipped.
const WORDS: u128 = 8;

impl Augmentation {
    /// Whether it changes anything.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The shape of the images, if it can be applied to them.
    ///
    /// # Errors
    /// A crop of more than the image, or examples that are no images of the shape.
    pub(crate) fn shape(
        &self,
        shape: Option<ImageShape>,
        features: usize,
    ) -> Result<ImageShape, AugmentationError> {
        let shape = shape
            .filter(|shape| shape.features() == features)
            .ok_or(AugmentationError::Shape { features })?;
        match self.crop < shape.height.min(shape.width) {
            true => Ok(shape),
            false => Err(AugmentationError::Crop {
                crop: self.crop,
                shape,
            }),
        }
    }

    /// The chosen images, changed at random; `place` is how many images the training saw before.
    ///
    /// An image is changed by the seed and its place in the training alone, so that a training can
    /// go on where another process left it.
    pub fn apply(
        &self,
        train: &Split,
        shape: ImageShape,
        chosen: &[usize],
        seed: u64,
        place: u64,
    ) -> Split {
        let mut rng = stream(seed, "augmentation");
        let mut pixels = vec![0.0; chosen.len() * train.features()];
        let images = pixels.chunks_exact_mut(train.features());
        for (i, (&from, to)) in chosen.iter().zip(images).enumerate() {
            rng.set_word_pos((u128::from(place) + i as u128) * WORDS);
            self.draw(shape, &mut rng)
                .copy(train.image(from), shape, to);
        }
        let labels = chosen.iter().map(|&i| train.labels()[i]).collect();
        Split::from_checked(pixels, labels, train.features())
    }

    fn draw(&self, shape: ImageShape, rng: &mut ChaCha8Rng) -> Motion {
        let crop = self.crop as f64;
        let mut offset = || match self.crop {
            0 => 0.0,
            _ => (rng.random::<f64>() * (2.0 * crop + 1.0)).floor() - crop,
        };
        let offsets = [offset(), offset()];
        let flip = self.flip && rng.random::<f64>() < 0.5;
        let degrees = self.rotation * (2.0 * rng.random::<f64>() - 1.0);
        Motion {
            offsets,
            flip,
            radians: degrees.to_radians(),
            centre: [shape.height, shape.width].map(|length| (length as f64 - 1.0) / 2.0),
        }
    }
}

/// Where the pixels of one image come from.
struct Motion {
    /// Rows and columns.
    offsets: [f64; 2],
    flip: bool,
    radians: f64,
    centre: [f64; 2],
}

impl Motion {
    /// Row and column that the pixel at a row and column comes from.
    fn source(&self, row: usize, column: usize) -> [f64; 2] {
        let [y, x] = [
            row as f64 + self.offsets[0] - self.centre[0],
            column as f64 + self.offsets[1] - self.centre[1],
        ];
        let x = if self.flip { -x } else { x };
        if self.radians == 0.0 {
            return [y + self.centre[0], x + self.centre[1]];
        }
        let (sin, cos) = self.radians.sin_cos();
        [
            cos * y - sin * x + self.centre[0],
            sin * y + cos * x + self.centre[1],
        ]
    }

    /// The moved image, interpolated linearly between pixels.
    fn copy(&self, from: &[f32], shape: ImageShape, to: &mut [f32]) {
        let ImageShape { height, width, .. } = shape;
        for row in 0..height {
            for column in 0..width {
                let [y, x] = self.source(row, column);
                let (top, left) = (y.floor(), x.floor());
                let (down, right) = ((y - top) as f32, (x - left) as f32);
                let corners = [
                    (top, left, (1.0 - down) * (1.0 - right)),
                    (top, left + 1.0, (1.0 - down) * right),
                    (top + 1.0, left, down * (1.0 - right)),
                    (top + 1.0, left + 1.0, down * right),
                ];
                let planes = from.chunks_exact(height * width);
                for (from, to) in planes.zip(to.chunks_exact_mut(height * width)) {
                    let pixel = |&(y, x, share): &(f64, f64, f32)| {
                        let inside = (0.0..height as f64).contains(&y)
                            && (0.0..width as f64).contains(&x)
                            && share > 0.0;
                        if inside {
                            share * from[y as usize * width + x as usize]
                        } else {
                            0.0
                        }
                    };
                    to[row * width + column] = corners.iter().map(pixel).sum();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape {
        channels: 2,
        height: 5,
        width: 4,
    };

    fn image() -> Vec<f32> {
        (1..=SHAPE.features()).map(|i| i as f32).collect()
    }

    fn still() -> Motion {
        Motion {
            offsets: [0.0; 2],
            flip: false,
            radians: 0.0,
            centre: [2.0, 1.5],
        }
    }

    fn moved(motion: &Motion, from: &[f32]) -> Vec<f32> {
        let mut to = vec![f32::NAN; from.len()];
        motion.copy(from, SHAPE, &mut to);
        to
    }

    #[test]
    fn crops_and_flips_move_whole_pixels() {
        let image = image();
        assert_eq!(moved(&still(), &image), image);
        let down = Motion {
            offsets: [1.0, -1.0],
            ..still()
        };
        let found = moved(&down, &image);
        for (i, &found) in found.iter().enumerate() {
            let (plane, row, column) = (i / 20, i % 20 / 4, i % 4);
            let inside = row + 1 < 5 && column > 0;
            let expected = match inside {
                true => image[plane * 20 + (row + 1) * 4 + column - 1],
                false => 0.0,
            };
            assert_eq!(found, expected);
        }
        let flip = Motion {
            flip: true,
            ..still()
        };
        let twice = moved(&flip, &moved(&flip, &image));
        assert_eq!(twice, image);
        assert_eq!(moved(&flip, &image)[..4], [4.0, 3.0, 2.0, 1.0]);
    }

    /// Linear interpolation is exact for a linear image.
    #[test]
    fn rotations_turn_around_the_centre() {
        let shape = ImageShape {
            channels: 1,
            height: 9,
            width: 9,
        };
        let pixel = |i: usize| 2.0 * (i / 9) as f32 - 3.0 * (i % 9) as f32;
        let image: Vec<f32> = (0..81).map(pixel).collect();
        let motion = Motion {
            radians: 0.3,
            centre: [4.0; 2],
            ..still()
        };
        let mut to = vec![0.0; 81];
        motion.copy(&image, shape, &mut to);
        let (sin, cos) = 0.3_f64.sin_cos();
        for (row, column) in (2..7).flat_map(|r| (2..7).map(move |c| (r, c))) {
            let (y, x) = (row as f64 - 4.0, column as f64 - 4.0);
            let expected = 2.0 * (cos * y - sin * x + 4.0) - 3.0 * (sin * y + cos * x + 4.0);
            assert!((f64::from(to[row * 9 + column]) - expected).abs() < 1e-4);
        }
    }

    #[test]
    fn every_step_can_be_drawn_alone() {
        let pixels: Vec<f32> = (0..3).flat_map(|_| image()).collect();
        let train = Split::new(pixels, vec![0, 1, 2], SHAPE.features()).expect("shapes fit");
        let all = Augmentation {
            crop: 2,
            flip: true,
            rotation: 25.0,
        };
        let together = all.apply(&train, SHAPE, &[2, 0, 1], 7, 40);
        assert_eq!(together.labels(), [2, 0, 1]);
        let alone = all.apply(&train, SHAPE, &[1], 7, 42);
        assert_eq!(together.image(2), alone.image(0));
        assert_ne!(together.image(2), together.image(1));
        assert_ne!(
            together.image(0),
            all.apply(&train, SHAPE, &[2], 8, 40).image(0)
        );
    }

    /// Offsets are uniform over 2c + 1 places, and a flip as likely as none.
    #[test]
    fn draws_have_the_frequencies_of_their_definition() {
        let crop = Augmentation {
            crop: 2,
            flip: true,
            rotation: 0.0,
        };
        let mut rng = stream(1, "test");
        let (mut places, mut flips) = ([0_i32; 5], 0);
        for _ in 0..5000 {
            let motion = crop.draw(SHAPE, &mut rng);
            places[(motion.offsets[0] + 2.0) as usize] += 1;
            flips += i32::from(motion.flip);
        }
        // Five standard deviations.
        assert!(places.iter().all(|n| (n - 1000).abs() < 142), "{places:?}");
        assert!((flips - 2500).abs() < 177, "{flips}");
    }
}
