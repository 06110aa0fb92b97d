//! A matrix in the layout of its products.

use std::{array, iter};

use crate::Element;
use crate::threads::{self, LINE};
use crate::tile::{HEIGHT, Row, Tile, WIDTH, transpose};

/// A matrix as panels of [`WIDTH`] rows, transposed: a panel has one [`Row`] of memory for every
/// column of the matrix. Products of such matrices read memory in order and pack nothing.
///
/// Rows and columns that fill up the last panel and the last tile are 0.
#[derive(Debug, Clone)]
pub struct Packed<T> {
    /// Panel after panel.
    rows: Vec<Row<T>>,
    /// Columns of the matrix.
    columns: usize,
    /// Rows of memory of a panel: the columns filled up to a multiple of [`WIDTH`].
    height: usize,
}

impl<T: Element> Packed<T> {
    /// Zeros, shape (rows, columns).
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let mut packed = Self {
            rows: Vec::new(),
            columns,
            height: columns.next_multiple_of(WIDTH),
        };
        packed.resize(rows);
        packed
    }

    /// A row-major matrix.
    pub fn of_rows(matrix: &[T], columns: usize) -> Self {
        let mut packed = Self::zeros(matrix.len() / columns, columns);
        packed.fill(matrix.chunks_exact(columns));
        packed
    }

    /// Changes the number of rows; what the panels hold is then unspecified.
    pub fn resize(&mut self, rows: usize) {
        let rows = rows.div_ceil(WIDTH) * self.height;
        self.rows.resize(rows, Row::zero());
    }

    /// Replaces all rows of the matrix; what is left of the last panel becomes 0.
    pub fn fill<'a>(&mut self, matrix: impl Iterator<Item = &'a [T]>) {
        let matrix: Vec<&[T]> = matrix.collect();
        let panels = threads::share(self.panels().len(), 2 * self.height * LINE);
        let lines = matrix.chunks(panels * WIDTH).chain(iter::repeat(&[][..]));
        let parts = self.parts_mut(panels).zip(lines);
        threads::run(parts, |(mut part, lines)| part.fill(lines));
    }

    /// Gives the numbers of the matrix to `take`, together with those of a row-major matrix of the
    /// same columns; rows that one of them does not have are left out.
    pub fn for_each(&self, matrix: &mut [T], take: impl Fn(&mut T, T)) {
        let mut block = [Row::zero(); WIDTH];
        let lines = matrix.chunks_mut(WIDTH * self.columns);
        for (panel, lines) in self.panels().zip(lines) {
            for (start, from) in (0..).step_by(WIDTH).zip(panel.as_chunks().0) {
                transpose(from, &mut block);
                for (line, row) in lines.chunks_exact_mut(self.columns).zip(&block) {
                    for (to, &value) in line.iter_mut().skip(start).zip(&row.0) {
                        take(to, value);
                    }
                }
            }
        }
    }

    /// The first `rows` rows, row-major.
    pub fn to_rows(&self, rows: usize) -> Vec<T> {
        let mut matrix = vec![T::default(); rows * self.columns];
        self.for_each(&mut matrix, |to, value| *to = value);
        matrix
    }

    /// Sets numbers to 0 where units are not positive.
    ///
    /// Shapes: `units` as the matrix.
    pub fn mask(&mut self, units: &Self) {
        self.combine(units, |x, unit| match unit > T::default() {
            true => x,
            false => T::default(),
        });
    }

    /// Multiplies every number.
    pub fn scale(&mut self, by: T) {
        for x in self.rows.iter_mut().flat_map(|row| &mut row.0) {
            *x = *x * by;
        }
    }

    /// Adds a matrix of the same shape.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, |x, y| x + y);
    }

    /// Replaces numbers by those that are made of them and of a matrix of the same shape.
    fn combine(&mut self, other: &Self, make: impl Fn(T, T) -> T + Send + Sync) {
        let rows = threads::share(self.rows.len(), 2 * LINE);
        let parts = self.rows.chunks_mut(rows).zip(other.rows.chunks(rows));
        threads::run(parts, |(rows, others)| {
            for (row, other) in rows.iter_mut().zip(others) {
                for (x, &y) in row.0.iter_mut().zip(&other.0) {
                    *x = make(*x, y);
                }
            }
        });
    }

    /// Columns of the matrix.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The panels, to change them.
    pub fn panels_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [Row<T>]> {
        self.rows.chunks_exact_mut(self.height)
    }

    /// The panels.
    #[inline(always)]
    pub fn panels(&self) -> impl ExactSizeIterator<Item = &[Row<T>]> {
        self.rows.chunks_exact(self.height)
    }

    /// The panels as tiles; those that hold no column are left out.
    #[inline(always)]
    pub fn tiles(&self) -> impl ExactSizeIterator<Item = &[Tile<T>]> {
        let tiles = self.columns.div_ceil(HEIGHT);
        self.panels()
            .map(move |panel| &panel.as_chunks().0[..tiles])
    }

    /// So many panels at a time.
    pub(crate) fn parts(&self, panels: usize) -> impl Iterator<Item = Panels<'_, T>> {
        let height = self.height;
        let parts = self.rows.chunks(panels * height);
        parts.map(move |rows| Panels { rows, height })
    }

    /// The same, to change them.
    pub(crate) fn parts_mut(&mut self, panels: usize) -> impl Iterator<Item = PanelsMut<'_, T>> {
        let (columns, height) = (self.columns, self.height);
        let parts = self.rows.chunks_mut(panels * height);
        parts.map(move |rows| PanelsMut {
            rows,
            columns,
            height,
        })
    }
}

/// Some panels of a matrix.
#[derive(Clone, Copy)]
pub struct Panels<'a, T> {
    rows: &'a [Row<T>],
    height: usize,
}

impl<'a, T> Panels<'a, T> {
    /// The panels.
    #[inline(always)]
    pub fn panels(self) -> impl ExactSizeIterator<Item = &'a [Row<T>]> {
        self.rows.chunks_exact(self.height)
    }

    /// Tile `t` of panel `p`.
    #[inline(always)]
    pub fn tile(self, p: usize, t: usize) -> &'a Tile<T> {
        &self.rows[p * self.height..][..self.height].as_chunks().0[t]
    }
}

/// The same, to change them.
pub struct PanelsMut<'a, T> {
    rows: &'a mut [Row<T>],
    columns: usize,
    height: usize,
}

impl<T: Element> PanelsMut<'_, T> {
    /// Replaces all rows of the matrix; what is left of the last panel becomes 0.
    fn fill(&mut self, lines: &[&[T]]) {
        let mut block = [Row::zero(); WIDTH];
        for (p, panel) in self.panels().enumerate() {
            let lines: [&[T]; WIDTH] =
                array::from_fn(|i| lines.get(p * WIDTH + i).copied().unwrap_or_default());
            for (start, to) in (0..).step_by(WIDTH).zip(panel.as_chunks_mut().0) {
                for (row, line) in block.iter_mut().zip(lines) {
                    let line = line.get(start..).unwrap_or_default();
                    match line.first_chunk() {
                        Some(line) => row.0 = *line,
                        None => {
                            *row = Row::zero();
                            row.0[..line.len()].copy_from_slice(line);
                        }
                    }
                }
                transpose(&block, to);
            }
        }
    }

    /// The panels.
    #[inline(always)]
    pub fn panels(&mut self) -> impl ExactSizeIterator<Item = &mut [Row<T>]> {
        self.rows.chunks_exact_mut(self.height)
    }

    /// The panels as tiles; those that hold no column are left out.
    #[inline(always)]
    pub fn tiles(&mut self) -> impl ExactSizeIterator<Item = &mut [Tile<T>]> {
        let tiles = self.columns.div_ceil(HEIGHT);
        let panels = self.rows.chunks_exact_mut(self.height);
        panels.map(move |panel| &mut panel.as_chunks_mut().0[..tiles])
    }

    /// Tile `t` of panel `p`.
    #[inline(always)]
    pub fn tile(&mut self, p: usize, t: usize) -> &mut Tile<T> {
        let panel = &mut self.rows[p * self.height..][..self.height];
        &mut panel.as_chunks_mut().0[t]
    }
}
