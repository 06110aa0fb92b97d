//! Numbers in files, and arrays gathered from them.

use std::path::Path;

use half::{bf16, f16};

use super::{CheckpointError, Skipped};
use crate::archive::Allowance;
use crate::solution::Weight;

/// A type of numbers that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F16,
    Bf16,
    F32,
    F64,
}

impl Element {
    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// An array as a file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub(super) name: String,
    pub(super) element: Element,
    /// The bytes of each number are in the order of a big-endian machine.
    pub(super) big_endian: bool,
    pub(super) shape: Vec<usize>,
    /// Numbers from one index of an axis to the next.
    pub(super) strides: Vec<usize>,
    /// The first number.
    pub(super) offset: usize,
}

impl View {
    /// Strides of an array whose last axis is contiguous; saturated where the
    /// array is larger than memory, which [`gather`](Self::gather) refuses.
    pub(super) fn row_major(shape: &[usize]) -> Vec<usize> {
        let mut strides = vec![1; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = shape[axis].saturating_mul(strides[axis]);
        }
        strides
    }

    /// Why the array is not read, if it has no numbers.
    pub(super) fn empty(&self) -> Option<Skipped> {
        let empty = self.shape.contains(&0);
        empty.then(|| Skipped::inert(&self.name, format!("empty: shape {:?}", self.shape)))
    }

    /// The array, row-major.
    pub(super) fn gather(
        mut self,
        bytes: &[u8],
        allowance: &mut Allowance,
        path: &Path,
    ) -> Result<Weight, CheckpointError> {
        let numbers = bytes.len() / self.element.size();
        let product = |count: usize, &length: &usize| count.checked_mul(length);
        let count = self.shape.iter().try_fold(1, product);
        for (stride, &length) in self.strides.iter_mut().zip(&self.shape) {
            if length == 1 {
                *stride = 0; // never taken, and may be anything
            }
        }
        let last = std::iter::zip(&self.shape, &self.strides).try_fold(
            self.offset,
            |last, (&length, stride)| {
                last.checked_add(length.checked_sub(1)?.checked_mul(*stride)?)
            },
        );
        let (Some(count), Some(_)) = (count, last.filter(|&last| last < numbers)) else {
            return Err(CheckpointError::Damaged {
                path: path.to_path_buf(),
                problem: format!(
                    "array \"{}\" of shape {:?}, strides {:?} and offset {} does not fit its {numbers} numbers",
                    self.name, self.shape, self.strides, self.offset
                ),
            });
        };
        allowance.spend((count as u64).saturating_mul(4))?;
        let mut values = Values::with_capacity(count);
        let big = self.big_endian;
        match self.element {
            Element::F16 => self.visit(bytes, |b| values.push(f16::from_bits(half(b, big)).into())),
            Element::Bf16 => {
                self.visit(bytes, |b| values.push(bf16::from_bits(half(b, big)).into()));
            }
            Element::F32 => self.visit(bytes, |b| {
                let bits = if big {
                    u32::from_be_bytes(b)
                } else {
                    u32::from_le_bytes(b)
                };
                values.push(f32::from_bits(bits).into());
            }),
            Element::F64 => self.visit(bytes, |b| {
                let bits = if big {
                    u64::from_be_bytes(b)
                } else {
                    u64::from_le_bytes(b)
                };
                values.push(f64::from_bits(bits));
            }),
        }
        Ok(Weight {
            values: values.finish(path, &self.name)?,
            name: self.name,
            shape: self.shape,
        })
    }

    /// Shows every number, row-major; their places have been checked.
    fn visit<const SIZE: usize>(&self, bytes: &[u8], mut show: impl FnMut([u8; SIZE])) {
        let (numbers, _) = bytes.as_chunks::<SIZE>();
        let (length, stride, outer) = match (self.shape.split_last(), self.strides.split_last()) {
            (Some((&length, outer)), Some((&stride, _))) => (length, stride, outer),
            _ => (1, 0, &[][..]),
        };
        let mut index = vec![0; outer.len()];
        let mut at = self.offset;
        loop {
            for i in 0..length {
                show(numbers[at + i * stride]);
            }
            // The next row: count up as an odometer does.
            let mut axis = outer.len();
            loop {
                let Some(next) = axis.checked_sub(1) else {
                    return;
                };
                axis = next;
                index[axis] += 1;
                at += self.strides[axis];
                if index[axis] < outer[axis] {
                    break;
                }
                at -= self.strides[axis] * outer[axis];
                index[axis] = 0;
            }
        }
    }
}

fn half(bytes: [u8; 2], big_endian: bool) -> u16 {
    if big_endian {
        u16::from_be_bytes(bytes)
    } else {
        u16::from_le_bytes(bytes)
    }
}

/// Numbers rounded to 32 bits, and those of them that cannot be weights.
struct Values {
    rounded: Vec<f32>,
    /// The largest before rounding, and where.
    largest: (usize, f64),
    not_finite: usize,
    first: Option<(usize, f64)>,
    out_of_range: Option<(usize, f64)>,
}

impl Values {
    fn with_capacity(count: usize) -> Self {
        Self {
            rounded: Vec::with_capacity(count),
            largest: (0, 0.0),
            not_finite: 0,
            first: None,
            out_of_range: None,
        }
    }

    fn push(&mut self, value: f64) {
        let rounded = value as f32;
        if !rounded.is_finite() {
            let index = self.rounded.len();
            if value.is_finite() {
                self.out_of_range.get_or_insert((index, value));
            } else {
                self.not_finite += 1;
                self.first.get_or_insert((index, value));
            }
        }
        if value.abs() > self.largest.1.abs() {
            self.largest = (self.rounded.len(), value);
        }
        self.rounded.push(rounded);
    }

    fn finish(self, path: &Path, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let (path, name) = (path.to_path_buf(), name.to_owned());
        if let Some((index, value)) = self.first {
            let count = self.not_finite;
            return Err(CheckpointError::NotFinite {
                path,
                name,
                count,
                index,
                value,
            });
        }
        let (index, value) = self.largest;
        // Single precision has fewer digits below; a few such numbers do not matter.
        let too_small = value != 0.0 && value.abs() < f64::from(f32::MIN_POSITIVE);
        match self.out_of_range.or(too_small.then_some((index, value))) {
            Some((index, value)) => Err(CheckpointError::OutOfRange {
                path,
                name,
                index,
                value,
            }),
            None => Ok(self.rounded),
        }
    }
}
