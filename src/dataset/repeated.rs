//! Images that occur more than once.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};

use super::Split;

impl Split {
    /// Images that are equal to an earlier one of the same set, pixel by pixel.
    ///
    /// ```
    /// use rethink::dataset::Split;
    /// let split = Split::new(vec![0.0, 1.0, 0.5, 0.5, 0.0, 1.0], vec![0, 1, 2], 2)?;
    /// assert_eq!(split.repeated(), 1);
    /// # Ok::<(), rethink::dataset::DatasetError>(())
    /// ```
    pub fn repeated(&self) -> usize {
        let mut seen = HashSet::new();
        self.images()
            .filter(|&image| !seen.insert(Image(image)))
            .count()
    }

    /// Images that are equal to one of another set, pixel by pixel.
    ///
    /// ```
    /// use rethink::dataset::Split;
    /// let train = Split::new(vec![0.0, 1.0, 0.5, 0.5], vec![0, 1], 2)?;
    /// let test = Split::new(vec![0.5, 0.5, 0.5, 0.6], vec![1, 1], 2)?;
    /// assert_eq!(test.found_in(&train), 1);
    /// # Ok::<(), rethink::dataset::DatasetError>(())
    /// ```
    pub fn found_in(&self, other: &Self) -> usize {
        let known: HashSet<Image> = other.images().map(Image).collect();
        (self.images())
            .filter(|&image| known.contains(&Image(image)))
            .count()
    }

    fn images(&self) -> impl Iterator<Item = &[f32]> {
        self.pixels().chunks_exact(self.features())
    }
}

/// An image that is compared pixel by pixel.
struct Image<'a>(&'a [f32]);

impl Image<'_> {
    fn bits(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|pixel| pixel.to_bits())
    }
}

impl PartialEq for Image<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bits().eq(other.bits())
    }
}

impl Eq for Image<'_> {}

impl Hash for Image<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().for_each(|bits| bits.hash(state));
    }
}
