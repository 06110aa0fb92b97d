//! Points to interpolate at, and what they are to be mapped to.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::KernelError;
use super::function::Kernel;
use crate::classification::{Errors, is_correct, margin, margin_of_sign};
use crate::dataset::Split;
use crate::linalg::Real;

/// Finite features of n points, row-major, shape (n, dimension).
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    values: Vec<f32>,
    dimension: usize,
}

impl Features {
    /// Takes row-major features of shape (n, `dimension`).
    ///
    /// # Errors
    ///
    /// When there is no point, the length is not a multiple of the dimension, or a
    /// feature is not finite.
    pub fn new(values: Vec<f32>, dimension: usize) -> Result<Self, KernelError> {
        if values.is_empty() || dimension == 0 || !values.len().is_multiple_of(dimension) {
            return Err(KernelError::Length {
                what: "the feature matrix",
                given: values.len(),
                expected: dimension.max(1) * (values.len() / dimension.max(1)).max(1),
            });
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(KernelError::NotFinite {
                row: index / dimension,
                column: index % dimension,
                value: values[index],
            });
        }
        Ok(Self { values, dimension })
    }

    /// The pixels of the images, as they are.
    pub fn pixels<T: Copy>(split: &Split<T>) -> Self {
        Self {
            values: split.pixels().to_vec(),
            dimension: split.features(),
        }
    }

    /// Number of points.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.values.len() / self.dimension
    }

    /// Numbers per point.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// All features, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The features of point `i`.
    ///
    /// # Panics
    ///
    /// When `i` is not below [`len`](Self::len).
    pub fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.dimension..(i + 1) * self.dimension]
    }

    /// Some of the points.
    pub(super) fn gather(&self, rows: &[usize]) -> Self {
        Self {
            values: rows.iter().flat_map(|&i| self.row(i)).copied().collect(),
            dimension: self.dimension,
        }
    }

    /// For each point equal to an earlier one, `(earlier, this)`, in order.
    ///
    /// Rows are compared by SHA-256; 0 and -0 are equal.
    pub fn duplicates(&self) -> Vec<(usize, usize)> {
        let mut seen = HashMap::with_capacity(self.len());
        let mut found = Vec::new();
        for (i, row) in self.values.chunks_exact(self.dimension).enumerate() {
            let mut hash = Sha256::new();
            let bytes: Vec<u8> = row.iter().flat_map(|x| (x + 0.0).to_le_bytes()).collect();
            hash.update(&bytes);
            let digest: [u8; 32] = hash.finalize().into();
            match seen.entry(digest) {
                std::collections::hash_map::Entry::Occupied(first) => found.push((*first.get(), i)),
                std::collections::hash_map::Entry::Vacant(slot) => {
                    slot.insert(i);
                }
            }
        }
        found
    }
}

/// What the points are to be mapped to: one column of n numbers per class.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    columns: Vec<Vec<f64>>,
}

impl Targets {
    /// One-hot targets: 1 in the column of the label, 0 elsewhere.
    ///
    /// # Errors
    ///
    /// When there is no label or a label is not below `classes`.
    pub fn one_hot(labels: &[u32], classes: usize) -> Result<Self, KernelError> {
        for (row, &label) in labels.iter().enumerate() {
            if label as usize >= classes {
                return Err(KernelError::Label {
                    row,
                    label,
                    classes,
                });
            }
        }
        let column = |class| {
            let hot = |&label: &u32| f64::from(u8::from(label as usize == class));
            labels.iter().map(hot).collect()
        };
        Self::from_columns((0..classes).map(column).collect())
    }

    /// The real targets of a split, one column per output.
    ///
    /// ```
    /// use rethink::dataset::Split;
    /// use rethink::kernel::Targets;
    /// let split = Split::real(vec![0.0, 1.0], 1, vec![0.5, -2.0], 1)?;
    /// assert_eq!((Targets::real(&split).len(), Targets::real(&split).classes()), (2, 1));
    /// # Ok::<(), rethink::dataset::DatasetError>(())
    /// ```
    pub fn real(split: &Split<f32>) -> Self {
        let column = |output| {
            let target = |i| f64::from(split.target(i)[output]);
            (0..split.len()).map(target).collect()
        };
        Self {
            columns: (0..split.outputs()).map(column).collect(),
        }
    }

    /// Any targets, one column per output.
    ///
    /// # Errors
    ///
    /// When there is no target, the columns differ in length or a value is not
    /// finite.
    pub fn from_columns(columns: Vec<Vec<f64>>) -> Result<Self, KernelError> {
        let n = columns.first().map_or(0, Vec::len);
        if n == 0 {
            return Err(KernelError::Length {
                what: "the target matrix",
                given: 0,
                expected: 1,
            });
        }
        for column in &columns {
            if column.len() != n {
                return Err(KernelError::Length {
                    what: "a target column",
                    given: column.len(),
                    expected: n,
                });
            }
            if let Some(row) = column.iter().position(|value| !value.is_finite()) {
                return Err(KernelError::Target {
                    row,
                    value: column[row],
                });
            }
        }
        Ok(Self { columns })
    }

    /// Number of points.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.columns[0].len()
    }

    /// Number of outputs.
    pub fn classes(&self) -> usize {
        self.columns.len()
    }

    /// One column per output.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The margin of outputs at point i for the class that its targets name: that of
    /// the largest target, or of a single target its sign. Targets that name none (a
    /// tie, or a single 0) have the margin −∞.
    pub fn margin(&self, i: usize, outputs: impl IntoIterator<Item = f64>) -> f64 {
        if let [column] = &self.columns[..] {
            let output = outputs.into_iter().next().unwrap_or(f64::NAN);
            return match column[i] {
                0.0 => f64::NEG_INFINITY,
                target => margin_of_sign(output, target > 0.0),
            };
        }
        let target = |&class: &usize| {
            let row = self.columns.iter().map(|column| column[i]);
            is_correct(margin(row, class))
        };
        let class = (0..self.classes()).find(target);
        margin(outputs, class.unwrap_or(self.classes()))
    }

    /// Points that outputs, of a class at a point, do not give the class of their targets.
    pub(super) fn errors(&self, output: impl Fn(usize, usize) -> f64) -> Errors {
        let margin = |i| self.margin(i, (0..self.classes()).map(|c| output(c, i)));
        (0..self.len()).map(margin).collect()
    }

    /// The targets of some of the points.
    pub(super) fn gather(&self, rows: &[usize]) -> Self {
        let gather = |column: &Vec<f64>| rows.iter().map(|&i| column[i]).collect();
        Self {
            columns: self.columns.iter().map(gather).collect(),
        }
    }

    /// Means over the points of each place.
    pub(super) fn means(&self, places: &[usize], count: usize) -> Self {
        let mean = |column: &Vec<f64>| {
            let (mut sums, mut members) = (vec![0.0; count], vec![0.0; count]);
            for (y, &place) in column.iter().zip(places) {
                sums[place] += y;
                members[place] += 1.0;
            }
            sums.iter().zip(&members).map(|(s, m)| s / m).collect()
        };
        Self {
            columns: self.columns.iter().map(mean).collect(),
        }
    }

    /// Whether two points have the same targets.
    pub(super) fn agree(&self, i: usize, j: usize) -> bool {
        self.columns.iter().all(|column| column[i] == column[j])
    }
}

/// Points in the precision of a computation, with their squared norms.
///
/// Distances are found from inner products, and lose digits to cancellation when
/// points are far from 0 and near each other. Where only differences of points
/// matter, all are moved by the same vector, so that their mean is 0.
#[derive(Debug, Clone)]
pub(crate) struct Points<T> {
    pub values: Vec<T>,
    pub squared_norms: Vec<T>,
    pub dimension: usize,
    /// Subtracted from every point.
    pub origin: Arc<[f64]>,
}

impl<T: Real> Points<T> {
    /// The points as this kernel may see them.
    pub fn new(features: &Features, kernel: &dyn Kernel) -> Self {
        let d = features.dimension();
        let mut origin = vec![0.0; d];
        if kernel.depends_on_distance() {
            for row in features.values().chunks_exact(d) {
                for (sum, &x) in origin.iter_mut().zip(row) {
                    *sum += f64::from(x);
                }
            }
            let n = features.len() as f64;
            origin.iter_mut().for_each(|sum| *sum /= n);
        }
        Self::from_rows(features.values(), &origin.into())
    }

    /// Row-major points, moved by `origin`.
    pub fn from_rows(rows: &[f32], origin: &Arc<[f64]>) -> Self {
        let d = origin.len();
        let mut values = Vec::with_capacity(rows.len());
        for row in rows.chunks_exact(d) {
            let moved = row.iter().zip(origin.iter());
            values.extend(moved.map(|(&x, m)| T::from_f64(f64::from(x) - m)));
        }
        let norm = |row: &[T]| row.iter().map(|x| x.to_f64() * x.to_f64()).sum();
        Self {
            squared_norms: (values.chunks_exact(d).map(|row| T::from_f64(norm(row)))).collect(),
            values,
            dimension: d,
            origin: origin.clone(),
        }
    }

    pub fn len(&self) -> usize {
        self.squared_norms.len()
    }

    /// Some of the points.
    pub fn gather(&self, rows: &[usize]) -> Self {
        let d = self.dimension;
        let values = rows.iter().flat_map(|i| &self.values[i * d..(i + 1) * d]);
        Self {
            values: values.copied().collect(),
            squared_norms: rows.iter().map(|&i| self.squared_norms[i]).collect(),
            dimension: d,
            origin: self.origin.clone(),
        }
    }

    /// Bytes these take for n points.
    pub fn bytes(n: usize, dimension: usize) -> u64 {
        (n * (dimension + 1) * size_of::<T>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_name_a_class_or_a_sign() {
        let columns = |columns: &[&[f64]]| {
            Targets::from_columns(columns.iter().map(|c| c.to_vec()).collect()).unwrap()
        };
        // Point 0 is of class 1; the targets of point 1 tie and name no class.
        let classes = columns(&[&[0.0, 0.5], &[1.0, 0.5]]);
        assert_eq!(classes.margin(0, [0.25, 0.75]), 0.5);
        assert_eq!(classes.margin(0, [0.5, 0.5]), 0.0);
        assert_eq!(classes.margin(1, [0.0, 1.0]), f64::NEG_INFINITY);
        // One output: with the first of the largest outputs, all would be right.
        let signs = columns(&[&[-1.0, 2.0, 0.0]]);
        assert_eq!(signs.margin(0, [0.3]), -0.3);
        assert_eq!(signs.margin(1, [0.3]), 0.3);
        assert_eq!(signs.margin(2, [0.3]), f64::NEG_INFINITY);
        assert!(signs.margin(0, [f64::NAN]).is_nan());
    }
}
