//! Convolutional layers.
//!
//! An image is copied once into the order in which its window reads it; nothing else is packed.
//! Sums are over inputs and the window, in one order whatever the machine, and over images in
//! their order.

mod few;
mod forward;
mod gradient;
mod reading;

pub use few::{FOUR, Fours};
pub use forward::{Forward, Lines};
pub use gradient::{Gradient, INPUTS, Lines as GradientLines};

use few::Few;
use reading::Reading;

use crate::Element;
use crate::dense::Step;
use crate::images::{CHANNELS, Images, Line, Part, Shape};
use crate::operation::Operation;
use crate::threads;
use crate::tile::{Row, WIDTH};
use crate::window::Geometry;

/// Images that threads read together, each for filters of its own.
const IMAGES: usize = 16;

/// Filters and biases of a convolution of images of one shape, or numbers of that shape: its
/// gradient, its momentum.
///
/// ```text
/// y_o(i, j) = b_o + Σ_c Σ_k Σ_l W_o,c,k,l x_c(s i + k − p, s j + l − p)
/// ```
///
/// s is the stride and p the padding; x is 0 outside the image.
#[derive(Debug, Clone)]
pub struct Convolution<T> {
    geometry: Geometry,
    image: Shape,
    outputs: usize,
    places: (usize, usize),
    /// For every 32 outputs, block of inputs, row and tap of the window: sixteen rows.
    filters: Vec<Row<T>>,
    /// One row for every 32 outputs.
    bias: Vec<Row<T>>,
}

impl<T: Element> Convolution<T> {
    /// Zeros; none if the window has no place on the image.
    pub fn zeros(geometry: Geometry, image: Shape, outputs: usize) -> Option<Self> {
        let output = geometry.output(image, outputs)?;
        let mut layer = Self {
            geometry,
            image,
            outputs,
            places: (output.height, output.width),
            filters: Vec::new(),
            bias: vec![Row::zero(); outputs.div_ceil(WIDTH)],
        };
        let filters = layer.bias.len() * layer.reading().rows_of_group();
        layer.filters.resize(filters, Row::zero());
        Some(layer)
    }

    /// Zeros of the same shape.
    pub fn zeros_like(&self) -> Self {
        Self {
            filters: vec![Row::zero(); self.filters.len()],
            bias: vec![Row::zero(); self.bias.len()],
            ..*self
        }
    }

    /// The layer of filters and biases as for [`set`](Self::set).
    pub fn with(mut self, filters: &[T], bias: &[T]) -> Self {
        self.set(filters, bias);
        self
    }

    /// Replaces filters, shape (outputs, channels, kernel, kernel), and biases, shape (outputs).
    ///
    /// # Panics
    /// Numbers that do not fit the shapes.
    pub fn set(&mut self, filters: &[T], bias: &[T]) {
        assert_eq!(bias.len(), self.outputs, "one bias an output");
        assert_eq!(
            filters.len(),
            self.outputs * self.numbers(),
            "one number a filter"
        );
        let (places, rows) = (self.places_of_filters(), self.reading().rows_of_group());
        let groups = filters.chunks(WIDTH * self.numbers());
        for (own, filters) in self.filters.chunks_exact_mut(rows).zip(groups) {
            for (o, filters) in filters.chunks_exact(places.len()).enumerate() {
                for (&row, &filter) in places.iter().zip(filters) {
                    own[row].0[o] = filter;
                }
            }
        }
        for (row, bias) in self.bias.iter_mut().zip(bias.chunks(WIDTH)) {
            row.0[..bias.len()].copy_from_slice(bias);
        }
    }

    /// Gives every filter to `take`, together with one of `filters`, and every bias with one of
    /// `bias`; shapes as for [`set`](Self::set).
    pub fn for_each(&self, filters: &mut [T], bias: &mut [T], take: impl Fn(&mut T, T)) {
        let (places, rows) = (self.places_of_filters(), self.reading().rows_of_group());
        let groups = filters.chunks_mut(WIDTH * self.numbers());
        for (own, filters) in self.filters.chunks_exact(rows).zip(groups) {
            for (o, filters) in filters.chunks_exact_mut(places.len()).enumerate() {
                for (&row, filter) in places.iter().zip(filters) {
                    take(filter, own[row].0[o]);
                }
            }
        }
        let own = self.bias.iter().flat_map(|row| row.0);
        bias.iter_mut().zip(own).for_each(|(to, b)| take(to, b));
    }

    /// The window.
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// Shape of the images.
    pub fn input(&self) -> Shape {
        self.image
    }

    /// Shape of what it makes of them.
    pub fn output(&self) -> Shape {
        Shape {
            channels: self.outputs,
            height: self.places.0,
            width: self.places.1,
        }
    }

    /// The outputs, or their positive part.
    pub fn forward(&self, x: &Images<T>, y: &mut Images<T>, relu: bool) {
        self.convolve(self.reading(), x, y, Some(&self.bias), relu);
    }

    /// The derivative of the outputs when the layer moves along a direction and its images along
    /// `x_dot`.
    ///
    /// ```text
    /// R y = W ∗ R x + V ∗ x + v
    /// ```
    ///
    /// # Reference
    /// Pearlmutter 1994, "Fast exact multiplication by the Hessian".
    pub fn directional(
        &self,
        direction: &Self,
        x: &Images<T>,
        x_dot: Option<&Images<T>>,
        y_dot: &mut Images<T>,
    ) {
        direction.forward(x, y_dot, false);
        if let Some(x_dot) = x_dot {
            self.convolve(self.reading(), x_dot, y_dot, None, false);
        }
    }

    /// The gradient by the images, given that by the outputs; `add` adds it to what `below` holds.
    pub fn backward(&self, g: &Images<T>, below: &mut Images<T>, add: bool) {
        let turned = self.turned();
        let zeros = (!add).then_some(&*turned.bias);
        turned.convolve(self.reading_back(), g, below, zeros, false);
    }

    /// Adds the gradient of the layer, given that by its outputs, to this one.
    pub fn add_gradient(&mut self, x: &Images<T>, g: &Images<T>) {
        let reading = self.reading();
        let (few, filters) = (Few::of(reading), self.filters.len());
        let products = WIDTH * IMAGES * self.places.0 * self.places.1;
        let rows = match few {
            Some(few) => {
                let products = few.of_sixteen(CHANNELS * products);
                CHANNELS * threads::share(filters / CHANNELS, products)
            }
            None => INPUTS * threads::share(filters / INPUTS, INPUTS * products),
        };
        // Threads share the copies of images; one thread has one of them in its cache.
        let at_once = if rows < filters { IMAGES } else { 1 };
        let images = x.parts(at_once).zip(g.parts(at_once));
        match few {
            Some(few) => {
                let mut fours = few.fours(at_once);
                for (x, g) in images {
                    few.read(x, &mut fours);
                    let x = || Fours { few, x: &fours };
                    self.add_parts(rows, x, g, Operation::ConvolutionGradientOfFew);
                }
            }
            None => {
                let mut lines = vec![Line::zero(); at_once * reading.lines()];
                for (x, g) in images {
                    let x = reading.of(x, &mut lines);
                    let line = reading.row();
                    let x = || GradientLines { reading, x, line };
                    self.add_parts(rows, x, g, Operation::ConvolutionGradient);
                }
            }
        }
    }

    /// Adds the gradient by so many rows of filters at a time.
    fn add_parts<'a, X: Send, const R: usize>(
        &'a mut self,
        rows: usize,
        x: impl Fn() -> X,
        g: Part<'a, T>,
        operation: impl Fn(Gradient<'a, T, X, R>) -> Operation<'a, T> + Send + Sync,
    ) {
        let reading = self.reading();
        let rows_of_group = reading.rows_of_group();
        let mut bias = &mut *self.bias;
        let parts = self.filters.chunks_mut(rows).enumerate();
        let parts = parts.map(|(part, filters)| {
            let (first, end) = (part * rows, part * rows + filters.len());
            let groups = first.div_ceil(rows_of_group)..end.div_ceil(rows_of_group);
            let bias = bias.split_off_mut(..groups.len()).unwrap_or_default();
            Gradient {
                reading,
                x: x(),
                g: g.lines,
                blocks: g.shape.blocks(),
                first,
                filters,
                groups,
                bias,
            }
        });
        threads::run(parts, |part| T::run(operation(part)));
    }

    /// The part of [`add_gradient`](Self::add_gradient) for the filters.
    pub fn add_filter_gradient(&mut self, x: &Images<T>, g: &Images<T>) {
        let bias = self.bias.clone();
        self.add_gradient(x, g);
        self.bias = bias;
    }

    /// Moves filters and biases along their gradient; `v` is the momentum, none for μ = 0.
    pub fn descend(&mut self, v: Option<&mut Self>, gradient: &Self, step: Step<T>) {
        let (filters, bias) = match v {
            Some(v) => (Some(&mut *v.filters), Some(&mut *v.bias)),
            None => (None, None),
        };
        step.rows(&gradient.filters, &mut self.filters, filters);
        step.rows(&gradient.bias, &mut self.bias, bias);
    }

    fn convolve(
        &self,
        reading: Reading,
        x: &Images<T>,
        y: &mut Images<T>,
        bias: Option<&[Row<T>]>,
        relu: bool,
    ) {
        let products = reading.places.0 * reading.places.1 * self.filters.len() * WIDTH;
        if let Some(few) = Few::of(reading) {
            let samples = threads::share(x.samples(), few.of_sixteen(products));
            threads::run(x.parts(samples).zip(y.parts_mut(samples)), |(x, y)| {
                let (mut row, mut fours) = (few.row(), few.fours(1));
                for (x, y) in x.images().zip(y.images()) {
                    few.fill(x.lines, &mut row, &mut fours);
                    T::run(Operation::ConvolutionForwardOfFew(Forward {
                        reading,
                        x: Fours { few, x: &fours },
                        filters: &self.filters,
                        bias,
                        y: y.lines,
                        relu,
                    }));
                }
            });
            return;
        }
        let products = products / (reading.spread * reading.spread); // no zeros between pixels
        let phases = 0..reading.spread;
        let taps: Vec<_> = phases.flat_map(|phase| reading.taps_of(phase)).collect();
        let samples = threads::share(x.samples(), products);
        threads::run(x.parts(samples).zip(y.parts_mut(samples)), |(x, y)| {
            let mut lines = vec![Line::zero(); reading.lines()];
            for (x, y) in x.images().zip(y.images()) {
                T::run(Operation::ConvolutionForward(Forward {
                    reading,
                    x: Lines {
                        reading,
                        taps: &taps,
                        x: reading.of(x, &mut lines),
                        plane: reading.plane(),
                        line: reading.row(),
                    },
                    filters: &self.filters,
                    bias,
                    y: y.lines,
                    relu,
                }));
            }
        });
    }

    /// Filters of an output.
    fn numbers(&self) -> usize {
        self.image.channels * self.geometry.kernel * self.geometry.kernel
    }

    fn reading(&self) -> Reading {
        Reading {
            image: self.image,
            kernel: self.geometry.kernel,
            stride: self.geometry.stride,
            before: self.geometry.padding,
            spread: 1,
            places: self.places,
        }
    }

    /// How the gradient by the outputs is read: where the window of stride s lay is a window of
    /// stride 1 over outputs that lie s apart. Of every phase of rows and columns of the input
    /// the window meets outputs with every s-th of its rows and columns, and only those are read.
    fn reading_back(&self) -> Reading {
        Reading {
            image: self.output(),
            kernel: self.geometry.kernel,
            stride: 1,
            before: self.geometry.kernel - 1 - self.geometry.padding,
            spread: self.geometry.stride,
            places: (self.image.height, self.image.width),
        }
    }

    /// The row of every filter (c, k, l) among those of its 32 outputs.
    fn places_of_filters(&self) -> Vec<usize> {
        let kernel = self.geometry.kernel;
        let reading = self.reading();
        let row = |i: usize| {
            let (c, ky, kx) = (i / (kernel * kernel), i / kernel % kernel, i % kernel);
            let (block, tap, number) = reading.place(c, kx);
            ((block * kernel + ky) * reading.taps() + tap) * CHANNELS + number
        };
        (0..self.numbers()).map(row).collect()
    }

    /// The layer whose forward pass is the backward pass of this one: inputs and outputs change
    /// places, rows and columns of the window their order.
    fn turned(&self) -> Self {
        let kernel = self.geometry.kernel;
        let back = self.reading_back();
        let mut turned = Self {
            geometry: Geometry {
                kernel,
                stride: 1,
                padding: 0,
            },
            image: self.output(),
            outputs: self.image.channels,
            places: back.places,
            filters: Vec::new(),
            bias: vec![Row::zero(); self.image.channels.div_ceil(WIDTH)],
        };
        let filters = turned.bias.len() * turned.reading().rows_of_group();
        turned.filters.resize(filters, Row::zero());
        let window = kernel * kernel;
        let (from, to) = (self.places_of_filters(), turned.places_of_filters());
        let (rows, turned_rows) = (
            self.reading().rows_of_group(),
            turned.reading().rows_of_group(),
        );
        for (group, own) in self.filters.chunks_exact(rows).enumerate() {
            let first = group * WIDTH;
            let outputs = (self.outputs - first).min(WIDTH);
            for (place, &row) in from.iter().enumerate() {
                let (c, i) = (place / window, place % window);
                let filters = &mut turned.filters[c / WIDTH * turned_rows..][..turned_rows];
                for (o, &filter) in own[row].0[..outputs].iter().enumerate() {
                    let row = to[(first + o) * window + window - 1 - i];
                    filters[row].0[c % WIDTH] = filter;
                }
            }
        }
        turned
    }
}

#[cfg(test)]
mod tests;
