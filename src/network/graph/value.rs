//! What a layer of a network computes for some examples.

use rethink_layers::{Element, Images, Packed};

use super::layout::Extent;

/// Numbers or images, one for every example.
#[derive(Debug, Clone)]
pub enum Value<T> {
    /// Shape (examples, numbers).
    Numbers(Packed<T>),
    /// One image an example.
    Images(Images<T>),
}

impl<T: Element> Value<T> {
    /// Zeros.
    pub fn zeros(examples: usize, extent: Extent) -> Self {
        match extent {
            Extent::Numbers(numbers) => Value::Numbers(Packed::zeros(examples, numbers)),
            Extent::Image(shape) => Value::Images(Images::zeros(examples, shape)),
        }
    }

    /// Changes the number of examples; what the numbers are is then unspecified.
    pub fn resize(&mut self, examples: usize) {
        match self {
            Value::Numbers(numbers) => numbers.resize(examples),
            Value::Images(images) => images.resize(examples),
        }
    }

    /// Adds numbers of the same shape.
    ///
    /// # Panics
    /// Numbers to images.
    pub fn add(&mut self, other: &Self) {
        match (self, other) {
            (Value::Numbers(numbers), Value::Numbers(other)) => numbers.add(other),
            (Value::Images(images), Value::Images(other)) => images.add(other),
            _ => panic!("numbers and images are no sum"),
        }
    }

    /// Multiplies every number.
    pub fn scale(&mut self, by: T) {
        match self {
            Value::Numbers(numbers) => numbers.scale(by),
            Value::Images(images) => images.scale(by),
        }
    }

    /// Replaces the examples by others, each as its numbers, channel after channel.
    pub fn fill<'a>(&mut self, examples: impl Iterator<Item = &'a [T]>) {
        match self {
            Value::Numbers(numbers) => numbers.fill(examples),
            Value::Images(images) => images.fill(examples),
        }
    }

    /// The numbers of so many examples, row-major, channel after channel.
    pub fn to_rows(&self, examples: usize) -> Vec<T> {
        match self {
            Value::Numbers(numbers) => numbers.to_rows(examples),
            Value::Images(images) => images.to_planes(),
        }
    }

    /// The numbers of a dense layer.
    ///
    /// # Panics
    /// Images: a layout has none where a layer sees numbers.
    pub fn numbers(&self) -> &Packed<T> {
        match self {
            Value::Numbers(numbers) => numbers,
            Value::Images(_) => panic!("a dense layer sees numbers"),
        }
    }

    /// The same, to change them.
    ///
    /// # Panics
    /// As [`numbers`](Self::numbers).
    pub fn numbers_mut(&mut self) -> &mut Packed<T> {
        match self {
            Value::Numbers(numbers) => numbers,
            Value::Images(_) => panic!("a dense layer sees numbers"),
        }
    }

    /// The images of a layer of images.
    ///
    /// # Panics
    /// Numbers: a layout has none where a layer sees images.
    pub fn images(&self) -> &Images<T> {
        match self {
            Value::Images(images) => images,
            Value::Numbers(_) => panic!("a layer of images sees images"),
        }
    }

    /// The same, to change them.
    ///
    /// # Panics
    /// As [`images`](Self::images).
    pub fn images_mut(&mut self) -> &mut Images<T> {
        match self {
            Value::Images(images) => images,
            Value::Numbers(_) => panic!("a layer of images sees images"),
        }
    }
}
