//! A matrix in the layout of its products.

use crate::Element;
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
    pub fn fill<'a>(&mut self, mut matrix: impl Iterator<Item = &'a [T]>) {
        let mut block = [Row::zero(); WIDTH];
        for panel in self.rows.chunks_exact_mut(self.height) {
            let lines: [&[T]; WIDTH] = std::array::from_fn(|_| matrix.next().unwrap_or_default());
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
        for (row, units) in self.rows.iter_mut().zip(&units.rows) {
            for (x, &unit) in row.0.iter_mut().zip(&units.0) {
                *x = if unit > T::default() {
                    *x
                } else {
                    T::default()
                };
            }
        }
    }

    /// Multiplies every number.
    pub fn scale(&mut self, by: T) {
        for x in self.rows.iter_mut().flat_map(|row| &mut row.0) {
            *x = *x * by;
        }
    }

    /// Adds a matrix of the same shape.
    pub fn add(&mut self, other: &Self) {
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            for (x, &y) in row.0.iter_mut().zip(&other.0) {
                *x += y;
            }
        }
    }

    /// Columns of the matrix.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Panel `p`: a row for every column, and rows of 0.
    #[inline(always)]
    fn panel(&self, p: usize) -> &[Row<T>] {
        &self.rows[p * self.height..][..self.height]
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

    /// The same, to change them.
    #[inline(always)]
    pub fn tiles_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [Tile<T>]> {
        let tiles = self.columns.div_ceil(HEIGHT);
        let panels = self.rows.chunks_exact_mut(self.height);
        panels.map(move |panel| &mut panel.as_chunks_mut().0[..tiles])
    }

    /// Tile `t` of panel `p`.
    #[inline(always)]
    pub fn tile(&self, p: usize, t: usize) -> &Tile<T> {
        &self.panel(p).as_chunks().0[t]
    }

    /// The same, to change it.
    #[inline(always)]
    pub fn tile_mut(&mut self, p: usize, t: usize) -> &mut Tile<T> {
        let panel = &mut self.rows[p * self.height..][..self.height];
        &mut panel.as_chunks_mut().0[t]
    }
}
