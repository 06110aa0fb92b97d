//! A network of one hidden layer beside all that it computes on the training set.

use super::SearchError;
use crate::dataset::Split;
use crate::linalg::{Real, vectorized};
use crate::solution::Weight;

/// Examples per vector operation; the training set is padded to a multiple of it.
const LANES: usize = 8;
/// u of a class that must not count: e^u is 0.
const NEVER: f64 = -1e300;
/// Sums from here on are computed again without overflow.
const LARGE: f64 = 1e300;

/// The weights and the bias into one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    Hidden(usize),
    Class(usize),
}

/// f(x) = W₂ max(W₁ x + b₁, 0) + b₂ on the training set, and one change of a row that
/// may be made.
///
/// A change of a hidden unit's weights moves its pre-activation, hence each logit by
/// one profile over the examples times the unit's weight to the class; a change of a
/// class's weights moves one logit. Both are `u_c += (r_c − r_y) p` for
/// `u_c = f_c − f_y`, so that a trial costs n k exponentials and no product of matrices.
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// W₁, b₁, W₂, b₂, row-major.
    weights: Vec<Weight>,
    /// Shape (inputs, examples).
    inputs: Vec<f32>,
    /// Label of each example.
    labels: Vec<usize>,
    /// Examples, padding not counted.
    examples: usize,
    /// W₁ x + b₁, shape (units, examples).
    before: Vec<f64>,
    /// u, shape (classes, examples).
    above: Vec<f64>,
    cost: f64,
    proposal: Proposal,
}

#[derive(Debug, Clone)]
struct Proposal {
    row: Row,
    /// Columns and their new weights; the column after the last is the bias.
    entries: Vec<(usize, f32)>,
    /// How the row's sum moves at each example.
    shift: Vec<f64>,
    /// p, one number per example.
    profile: Vec<f64>,
    /// r, one number per class.
    rates: Vec<f64>,
    /// r_y of each example.
    own: Vec<f64>,
    /// Σ_c e^{f_c − f_y} of each example.
    sums: Vec<f64>,
    cost: f64,
}

impl Network {
    pub fn new(weights: Vec<Weight>, train: &Split, classes: usize) -> Result<Self, SearchError> {
        let features = train.features();
        let shapes: Vec<&[usize]> = weights.iter().map(|w| w.shape.as_slice()).collect();
        let hidden = match shapes[..] {
            [&[h, d], &[bias], &[k, units], &[outputs]]
                if (d, k) == (features, classes) && (bias, units, outputs) == (h, h, k) =>
            {
                h
            }
            _ => {
                return Err(SearchError::Shapes {
                    found: format!("{shapes:?}"),
                    features,
                    classes,
                });
            }
        };
        let mut values = weights.iter().flat_map(|array| &array.values);
        if let Some(&value) = values.find(|w| !w.is_finite()) {
            return Err(SearchError::NotFinite { value });
        }
        let wrong = |&&label: &&u32| label as usize >= classes;
        if let Some(&label) = train.labels().iter().find(wrong) {
            return Err(SearchError::Label { label, classes });
        }
        let n = train.len().next_multiple_of(LANES);
        let mut inputs = vec![0.0; features * n];
        for i in 0..train.len() {
            for (column, &x) in train.image(i).iter().enumerate() {
                inputs[column * n + i] = x;
            }
        }
        let mut labels: Vec<usize> = train.labels().iter().map(|&label| label as usize).collect();
        labels.resize(n, 0);
        let mut network = Self {
            weights,
            inputs,
            labels,
            examples: train.len(),
            before: vec![0.0; hidden * n],
            above: vec![0.0; classes * n],
            cost: f64::NAN,
            proposal: Proposal {
                row: Row::Class(0),
                entries: vec![],
                shift: vec![0.0; n],
                profile: vec![0.0; n],
                rates: vec![0.0; classes],
                own: vec![0.0; n],
                sums: vec![0.0; n],
                cost: f64::NAN,
            },
        };
        network.rebuild();
        Ok(network)
    }

    /// W₁, b₁, W₂, b₂.
    pub fn weights(&self) -> &[Weight] {
        &self.weights
    }

    /// Mean cross-entropy of the training set, in nats.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// Numbers per input.
    pub fn features(&self) -> usize {
        self.weights[0].shape[1]
    }

    /// Hidden units.
    pub fn hidden(&self) -> usize {
        self.weights[1].values.len()
    }

    /// Classes.
    pub fn classes(&self) -> usize {
        self.weights[3].values.len()
    }

    /// The weight, or with the column after the last the bias, of a row.
    pub fn weight(&self, row: Row, column: usize) -> f32 {
        let (array, index) = self.place(row, column);
        self.weights[array].values[index]
    }

    fn place(&self, row: Row, column: usize) -> (usize, usize) {
        let (array, row) = match row {
            Row::Hidden(unit) => (0, unit),
            Row::Class(class) => (2, class),
        };
        let columns = self.weights[array].shape[1];
        if column == columns {
            (array + 1, row)
        } else {
            (array, row * columns + column)
        }
    }

    /// Everything from the weights alone, so that rounding does not add up.
    pub fn rebuild(&mut self) {
        let n = self.labels.len();
        let widen =
            |array: &Weight| -> Vec<f64> { array.values.iter().map(|&w| w.into()).collect() };
        let [w1, b1, w2, b2] = [0, 1, 2, 3].map(|array| widen(&self.weights[array]));
        let (hidden, features) = (b1.len(), self.inputs.len() / n);
        let (inputs, before, above) = (&self.inputs, &mut self.before, &mut self.above);
        vectorized(
            #[inline(always)]
            || {
                for (unit, row) in before.chunks_exact_mut(n).enumerate() {
                    row.fill(b1[unit]);
                    for (x, w) in inputs.chunks_exact(n).zip(&w1[unit * features..]) {
                        (row.iter_mut().zip(x)).for_each(|(z, x)| *z += w * f64::from(*x));
                    }
                }
                for (class, row) in above.chunks_exact_mut(n).enumerate() {
                    row.fill(b2[class]);
                    for (z, w) in before.chunks_exact(n).zip(&w2[class * hidden..]) {
                        (row.iter_mut().zip(z)).for_each(|(f, z)| *f += w * z.max(0.0));
                    }
                }
            },
        );
        for (i, &label) in self.labels.iter().enumerate() {
            let own = self.above[label * n + i];
            for (class, row) in self.above.chunks_exact_mut(n).enumerate() {
                let counts = class != label && i < self.examples;
                row[i] = if counts { row[i] - own } else { NEVER };
            }
        }
        self.proposal.profile.fill(0.0);
        self.proposal.rates.fill(0.0);
        self.proposal.own.fill(0.0);
        self.cost = self.proposed_cost();
    }

    /// The cost if a row had these weights in these columns; the column after the last
    /// is the bias. Infinite if a weight were no finite number.
    pub fn propose(&mut self, row: Row, entries: impl IntoIterator<Item = (usize, f32)>) -> f64 {
        let n = self.labels.len();
        let mut changed = std::mem::take(&mut self.proposal.entries);
        changed.clear();
        changed.extend(entries);
        self.proposal.shift.fill(0.0);
        let bias = self.columns(row);
        for &(column, value) in &changed {
            let step = f64::from(value) - f64::from(self.weight(row, column));
            let shift = &mut self.proposal.shift;
            match row {
                _ if column == bias => shift.iter_mut().for_each(|s| *s += step),
                Row::Hidden(_) => {
                    let x = &self.inputs[column * n..][..n];
                    vectorized(
                        #[inline(always)]
                        || (shift.iter_mut().zip(x)).for_each(|(s, x)| *s += step * f64::from(*x)),
                    );
                }
                Row::Class(_) => {
                    let z = &self.before[column * n..][..n];
                    (shift.iter_mut().zip(z)).for_each(|(s, z)| *s += step * z.max(0.0));
                }
            }
        }
        self.proposal.entries = changed;
        self.proposal.row = row;
        self.proposal.cost = if self.proposal.entries.iter().all(|(_, w)| w.is_finite()) {
            self.aim(row);
            self.proposed_cost()
        } else {
            f64::INFINITY
        };
        self.proposal.cost
    }

    /// Profile and rates of a shift of the row's sum.
    fn aim(&mut self, row: Row) {
        let n = self.labels.len();
        let Proposal {
            shift,
            profile,
            rates,
            own,
            ..
        } = &mut self.proposal;
        match row {
            Row::Hidden(unit) => {
                let z = &self.before[unit * n..][..n];
                for ((p, z), shift) in profile.iter_mut().zip(z).zip(shift.iter()) {
                    *p = (z + shift).max(0.0) - z.max(0.0);
                }
                let hidden = self.weights[1].values.len();
                let outgoing = self.weights[2].values.chunks_exact(hidden);
                (rates.iter_mut().zip(outgoing)).for_each(|(rate, w)| *rate = w[unit].into());
            }
            Row::Class(class) => {
                profile.copy_from_slice(shift);
                rates.fill(0.0);
                rates[class] = 1.0;
            }
        }
        (own.iter_mut().zip(&self.labels)).for_each(|(own, &label)| *own = rates[label]);
    }

    /// Makes the change proposed last.
    pub fn accept(&mut self) {
        let n = self.labels.len();
        let row = self.proposal.row;
        for i in 0..self.proposal.entries.len() {
            let (column, value) = self.proposal.entries[i];
            let (array, index) = self.place(row, column);
            self.weights[array].values[index] = value;
        }
        let proposal = &self.proposal;
        if let Row::Hidden(unit) = row {
            let z = self.before[unit * n..][..n].iter_mut();
            z.zip(&proposal.shift).for_each(|(z, shift)| *z += shift);
        }
        for (u, rate) in self.above.chunks_exact_mut(n).zip(&proposal.rates) {
            for ((u, own), p) in u.iter_mut().zip(&proposal.own).zip(&proposal.profile) {
                *u += (rate - own) * p;
            }
        }
        self.cost = proposal.cost;
    }

    fn columns(&self, row: Row) -> usize {
        match row {
            Row::Hidden(_) => self.weights[0].shape[1],
            Row::Class(_) => self.weights[2].shape[1],
        }
    }

    /// (1/n) Σ_i ln(1 + Σ_{c ≠ y} e^{u_c + (r_c − r_y) p}).
    fn proposed_cost(&mut self) -> f64 {
        let n = self.labels.len();
        let above = &self.above;
        let Proposal {
            profile,
            rates,
            own,
            sums,
            ..
        } = &mut self.proposal;
        vectorized(
            #[inline(always)]
            || {
                sums.fill(1.0);
                for (u, rate) in above.chunks_exact(n).zip(rates.iter()) {
                    let examples = u.iter().zip(own.iter()).zip(profile.iter());
                    for (sum, ((u, own), p)) in sums.iter_mut().zip(examples) {
                        *sum += (u + (rate - own) * p).exponential();
                    }
                }
            },
        );
        let sums = &self.proposal.sums;
        let one = |(i, &sum): (usize, &f64)| {
            if sum < LARGE {
                sum.ln()
            } else {
                self.log_sum(i)
            }
        };
        let mut total = 0.0;
        // Sums are at least 1, so their product is a number below LARGE only if all are.
        for (chunk, eight) in sums.chunks_exact(LANES).enumerate() {
            let product: f64 = eight.iter().product();
            total += if product < LARGE {
                product.ln()
            } else {
                let numbered = eight.iter().enumerate();
                numbered.map(|(i, sum)| one((chunk * LANES + i, sum))).sum()
            };
        }
        total / self.examples as f64
    }

    /// ln Σ_c e^{f_c − f_y} of one example, whatever its size.
    fn log_sum(&self, i: usize) -> f64 {
        let n = self.labels.len();
        let Proposal {
            profile,
            rates,
            own,
            ..
        } = &self.proposal;
        let above = self.above.chunks_exact(n).zip(rates);
        let u: Vec<f64> = above
            .map(|(u, rate)| u[i] + (rate - own[i]) * profile[i])
            .collect();
        let largest = u.iter().copied().fold(0.0, f64::max);
        largest + ((-largest).exp() + u.iter().map(|u| (u - largest).exp()).sum::<f64>()).ln()
    }
}
