//! The outputs of an experiment, by what differs between them and by seed.

use std::collections::BTreeMap;

use crate::statistics::{
    Estimate, GrowthPoint, geometric_mean, geometric_mean_ratio, mean, paired_difference,
};

/// Outputs of an experiment, keyed by cell and seed.
///
/// A cell is what differs between outputs beside the seed: a size, a kernel, a labeling.
/// The seed is the unit of replication: a cell is compared with another within seeds.
///
/// Every number that is asked of a cell is read from the output of every seed of the
/// study, in their order. Where one seed has no output there, or its output lacks the
/// number, there is none: a mean over the other seeds would be one over seeds that were
/// selected by their outcome.
///
/// ```
/// use rethink::experiment::Study;
///
/// // Norms of networks on 100 images, with true and with random labels.
/// let outputs = [("true", 1, 2.0), ("true", 2, 3.0), ("random", 1, 4.0), ("random", 2, 6.0)];
/// let study = Study::new(outputs);
/// let norm = |norm: &f64| Some(*norm);
/// assert_eq!(study.values(&"random", norm), Some(vec![4.0, 6.0]));
/// assert_eq!(study.mean(&"true", norm).unwrap().value, 2.5);
/// let ratio = study.ratio(&"random", &"true", norm).unwrap();
/// assert!((ratio.value - 2.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Study<C, O> {
    /// Of all cells, ascending.
    seeds: Vec<u64>,
    /// In the order in which they first appeared.
    cells: Vec<(C, BTreeMap<u64, O>)>,
}

impl<C: PartialEq, O> Study<C, O> {
    /// The study of outputs, each with its cell and seed. What comes again with the same
    /// cell and seed is the same output, and is passed over.
    pub fn new(outputs: impl IntoIterator<Item = (C, u64, O)>) -> Self {
        let mut study = Self {
            seeds: Vec::new(),
            cells: Vec::new(),
        };
        for (cell, seed, output) in outputs {
            study.add(cell, seed, output);
        }
        study
    }

    /// The study of specs and their outputs; `key` names the cell and the seed of a spec.
    pub fn of<S>(specs: &[S], outputs: Vec<O>, key: impl Fn(&S) -> (C, u64)) -> Self {
        Self::new(specs.iter().zip(outputs).map(|(spec, output)| {
            let (cell, seed) = key(spec);
            (cell, seed, output)
        }))
    }

    fn add(&mut self, cell: C, seed: u64, output: O) {
        if let Err(place) = self.seeds.binary_search(&seed) {
            self.seeds.insert(place, seed);
        }
        match self.cells.iter_mut().find(|(known, _)| *known == cell) {
            Some((_, outputs)) => {
                outputs.entry(seed).or_insert(output);
            }
            None => self.cells.push((cell, BTreeMap::from([(seed, output)]))),
        }
    }

    /// Takes in the outputs of another study, as if they had been given to this one behind its
    /// own.
    pub fn extend(&mut self, other: Self)
    where
        C: Clone,
    {
        for (cell, outputs) in other.cells {
            for (seed, output) in outputs {
                self.add(cell.clone(), seed, output);
            }
        }
    }

    /// The study of the parts of the outputs: `parts` cuts an output into finer cells. Its
    /// seeds are those of this study, also where an output has no parts.
    pub fn split<D: PartialEq, P, I: IntoIterator<Item = (D, P)>>(
        &self,
        parts: impl Fn(&C, &O) -> I,
    ) -> Study<D, P> {
        let mut study = Study {
            seeds: self.seeds.clone(),
            cells: Vec::new(),
        };
        for (cell, outputs) in &self.cells {
            for (&seed, output) in outputs {
                for (finer, part) in parts(cell, output) {
                    study.add(finer, seed, part);
                }
            }
        }
        study
    }

    /// Every seed, ascending.
    pub fn seeds(&self) -> &[u64] {
        &self.seeds
    }

    /// Every cell, in the order in which they first appeared.
    pub fn cells(&self) -> impl Iterator<Item = &C> {
        self.cells.iter().map(|(cell, _)| cell)
    }

    /// The outputs of a cell, in the order of their seeds; none of a cell that is not there.
    pub fn outputs<'s>(&'s self, cell: &C) -> impl Iterator<Item = &'s O> + use<'s, C, O> {
        let outputs = self.of_cell(cell).into_iter();
        outputs.flat_map(BTreeMap::values)
    }

    /// The output of a cell and seed.
    pub fn at(&self, cell: &C, seed: u64) -> Option<&O> {
        self.of_cell(cell)?.get(&seed)
    }

    fn of_cell(&self, cell: &C) -> Option<&BTreeMap<u64, O>> {
        let found = self.cells.iter().find(|(known, _)| known == cell);
        found.map(|(_, outputs)| outputs)
    }

    /// A number of every seed, in their order; none when one seed lacks it.
    pub fn values(&self, cell: &C, number: impl Fn(&O) -> Option<f64>) -> Option<Vec<f64>> {
        let value = |&seed: &u64| number(self.at(cell, seed)?);
        self.seeds.iter().map(value).collect()
    }

    /// The mean over seeds, with its interval: see [`mean`].
    pub fn mean(&self, cell: &C, number: impl Fn(&O) -> Option<f64>) -> Option<Estimate> {
        mean(&self.values(cell, number)?).ok()
    }

    /// The mean over seeds of a number that is a fraction: see [`Estimate::fraction`].
    pub fn fraction(&self, cell: &C, number: impl Fn(&O) -> Option<f64>) -> Option<Estimate> {
        self.mean(cell, number).map(Estimate::fraction)
    }

    /// The geometric mean over seeds, with its interval: see [`geometric_mean`]. None where
    /// a number is not positive.
    pub fn geometric_mean(&self, cell: &C, number: impl Fn(&O) -> Option<f64>) -> Option<Estimate> {
        geometric_mean(&self.values(cell, number)?).ok()
    }

    /// The geometric mean over seeds of a number of `cell` over that of `over`, within
    /// seeds: see [`geometric_mean_ratio`]. None where a number is not positive.
    pub fn ratio(
        &self,
        cell: &C,
        over: &C,
        number: impl Fn(&O) -> Option<f64>,
    ) -> Option<Estimate> {
        let numerators = self.values(cell, &number)?;
        geometric_mean_ratio(&numerators, &self.values(over, &number)?).ok()
    }

    /// The mean over seeds of a number of `cell` minus that of `minus`, within seeds: see
    /// [`paired_difference`].
    pub fn difference(
        &self,
        cell: &C,
        minus: &C,
        number: impl Fn(&O) -> Option<f64>,
    ) -> Option<Estimate> {
        let left = self.values(cell, &number)?;
        paired_difference(&left, &self.values(minus, &number)?).ok()
    }

    /// What [growth exponents](crate::statistics::growth_exponents) are computed from: a
    /// number of every seed of the cells for which `samples` tells how many training
    /// samples they have; none when one of them lacks it.
    pub fn growth_points(
        &self,
        samples: impl Fn(&C) -> Option<usize>,
        number: impl Fn(&O) -> Option<f64>,
    ) -> Option<Vec<GrowthPoint>> {
        let mut points = Vec::new();
        for cell in self.cells() {
            let Some(samples) = samples(cell) else {
                continue;
            };
            let norms = self.values(cell, &number)?;
            points.extend(
                (self.seeds.iter().zip(norms)).map(|(&seed, norm)| GrowthPoint {
                    seed,
                    samples,
                    norm,
                }),
            );
        }
        Some(points)
    }
}

/// Every cell with every seed, the seeds of a cell together.
///
/// ```
/// use rethink::experiment::crossed;
/// assert_eq!(crossed(["a", "b"], &[1, 2]), [("a", 1), ("a", 2), ("b", 1), ("b", 2)]);
/// ```
pub fn crossed<C: Clone>(cells: impl IntoIterator<Item = C>, seeds: &[u64]) -> Vec<(C, u64)> {
    let of_cell = |cell: C| seeds.iter().map(move |&seed| (cell.clone(), seed));
    cells.into_iter().flat_map(of_cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::growth_exponents;

    /// (size, labels are random) and a norm, where there is one.
    fn study() -> Study<(usize, bool), Option<f64>> {
        let mut outputs = Vec::new();
        // norm = seed · n with random labels, seed · √n with true ones; seeds descend.
        for seed in [3, 2, 1] {
            for (size, root) in [(16, 4.0), (4, 2.0)] {
                let level = seed as f64;
                outputs.push(((size, false), seed, Some(level * root)));
                outputs.push(((size, true), seed, Some(level * size as f64)));
            }
        }
        Study::new(outputs)
    }

    fn number(output: &Option<f64>) -> Option<f64> {
        *output
    }

    #[test]
    fn cells_stand_as_they_came_and_values_by_seed() {
        let study = study();
        assert_eq!(study.seeds(), [1, 2, 3]);
        let cells: Vec<_> = study.cells().copied().collect();
        assert_eq!(cells, [(16, false), (16, true), (4, false), (4, true)]);
        let values = study.values(&(4, true), number);
        assert_eq!(values, Some(vec![4.0, 8.0, 12.0]));
        assert_eq!(study.outputs(&(4, true)).flatten().sum::<f64>(), 24.0);
        assert_eq!(study.at(&(16, false), 3), Some(&Some(12.0)));
        assert_eq!(study.outputs(&(5, true)).count(), 0);
    }

    #[test]
    fn a_study_of_specs_is_that_of_their_keys() {
        let specs = [("a", 2), ("a", 1)];
        let study = Study::of(&specs, vec![20.0, 10.0], |&spec| spec);
        assert_eq!(study.values(&"a", |&x| Some(x)), Some(vec![10.0, 20.0]));
        let mut joined = Study::new([("a", 2, 20.0)]);
        joined.extend(Study::new([("a", 1, 10.0)]));
        assert_eq!(joined, study);
        // The same cell and seed is the same output.
        assert_eq!(
            study,
            Study::new([("a", 1, 10.0), ("a", 2, 20.0), ("a", 1, 10.0)])
        );
    }

    #[test]
    fn means_ratios_and_differences_have_their_closed_forms() {
        let study = study();
        let (small, large) = ((4, true), (16, true));
        assert_eq!(study.mean(&small, number).unwrap().value, 8.0);
        assert_eq!(study.fraction(&small, number).unwrap().value, 1.0);
        let geometric = study.geometric_mean(&small, number).unwrap().value;
        assert!((geometric - 4.0 * 6.0_f64.cbrt()).abs() < 1e-12);
        // Within every seed the ratio is 4, so its interval has no width.
        let ratio = study.ratio(&large, &small, number).unwrap();
        let interval = ratio.interval.unwrap();
        assert!((ratio.value - 4.0).abs() < 1e-12 && interval.high - interval.low < 1e-12);
        let difference = study.difference(&large, &small, number).unwrap();
        assert_eq!((difference.value, difference.samples), (24.0, 3));
    }

    #[test]
    fn a_cell_that_lacks_a_seed_or_a_number_has_no_values() {
        let study = Study::new([
            ("whole", 1, Some(1.0)),
            ("whole", 2, Some(2.0)),
            ("no number", 1, Some(1.0)),
            ("no number", 2, None),
            ("no seed", 2, Some(2.0)),
        ]);
        assert!(study.mean(&"whole", number).is_some());
        for cell in ["no number", "no seed", "not there"] {
            assert_eq!(study.values(&cell, number), None);
            assert_eq!(study.ratio(&"whole", &cell, number), None);
            assert_eq!(study.difference(&cell, &"whole", number), None);
        }
    }

    #[test]
    fn parts_keep_the_seeds_of_the_whole() {
        let whole = Study::new([("k", 1, vec![5.0, 7.0]), ("k", 2, vec![6.0])]);
        let parts = whole.split(|&cell, output| {
            let places = output.iter().enumerate();
            places
                .map(move |(place, &x)| ((cell, place), x))
                .collect::<Vec<_>>()
        });
        let value = |&x: &f64| Some(x);
        assert_eq!(parts.values(&("k", 0), value), Some(vec![5.0, 6.0]));
        assert_eq!(parts.values(&("k", 1), value), None);
        let none = whole.split(|_, _| Vec::<(usize, f64)>::new());
        assert_eq!(none.seeds(), [1, 2]);
    }

    #[test]
    fn growth_is_that_of_the_cells_which_have_a_size() {
        let study = study();
        let arm = |random: bool| {
            let samples = move |cell: &(usize, bool)| (cell.1 == random).then_some(cell.0);
            study.growth_points(samples, number).unwrap()
        };
        let growth = growth_exponents(&arm(false), &arm(true)).unwrap();
        assert!((growth.true_labels.value - 0.5).abs() < 1e-12);
        assert!((growth.random_labels.value - 1.0).abs() < 1e-12);
        assert!(study.growth_points(|_| None, number).unwrap().is_empty());
    }
}
