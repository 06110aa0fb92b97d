//! One dataset, number of examples and network of the trial.

use serde::{Deserialize, Serialize};

use super::cell::{Cell, Method};
use crate::network::Zoo;
use crate::text::number::significant;

/// One dataset, number of examples and network, judged by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stratum {
    /// Its name in files, such as `mnist-1000-mlp-1x64`.
    pub name: String,
    /// The dataset, as [`Dataset::id`](crate::dataset::Dataset::id) tells it from others.
    pub dataset: String,
    /// What the dataset is called, if otherwise. No part of the plan's hash: a file may
    /// be renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// SHA-256 of its content.
    pub checksum: String,
    /// Training images of a block.
    pub train_size: usize,
    /// Test images, the same in every block.
    pub test_size: usize,
    /// Other images of a block, whose labels some directions know.
    pub auxiliary: usize,
    /// The network.
    pub architecture: Zoo,
    /// Evaluations per training example after which a training is given up.
    pub limit: u64,
    /// What the pilot tried and chose.
    pub pilot: Vec<Piloted>,
    /// Learning rate of the trainings on shells, chosen on pilot blocks.
    pub shell_rate: f64,
    /// The networks of every block.
    pub cells: Vec<Cell>,
    /// What cannot be run here, and why: a sentence each.
    pub left_out: Vec<String>,
}

/// The fast learning rate of a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piloted {
    /// The method.
    pub method: Method,
    /// Every rate tried, in that order.
    pub tried: Vec<Tried>,
    /// The rate chosen.
    pub rate: f64,
}

/// One learning rate in the pilot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// The rate.
    pub rate: f64,
    /// Examples whose gradient was computed until every run was at the cost; none if
    /// one of them was given up, at the latest when it was slower than the best.
    pub evaluations: Option<u64>,
}

impl Stratum {
    /// The stratum with what its pilot chose, and without the networks of a method that reached
    /// the cost in all pilot blocks at none of the rates tried: most blocks would lack them. The
    /// reference stays.
    pub fn piloted(mut self, pilot: Vec<Piloted>) -> Self {
        let failed = |one: &&Piloted| {
            one.method != Method::REFERENCE && one.tried.iter().all(|t| t.evaluations.is_none())
        };
        for one in pilot.iter().filter(failed) {
            let before = self.cells.len();
            let needs = |cell: &Cell| cell.method().map(Method::piloted_as) == Some(one.method);
            self.cells.retain(|cell| !needs(cell));
            let rates: Vec<String> = one.tried.iter().map(|t| significant(t.rate, 2)).collect();
            self.left_out.push(format!(
                "{}, {} networks of a block: at none of the learning rates {} did it reach the cost \
                 in every pilot block",
                one.method,
                before - self.cells.len(),
                rates.join(", ")
            ));
        }
        self.pilot = pilot;
        self
    }

    /// What the dataset is called.
    pub fn shown_dataset(&self) -> &str {
        self.label.as_ref().unwrap_or(&self.dataset)
    }

    /// What it is called where people read it.
    pub fn title(&self) -> String {
        let (dataset, n) = (self.shown_dataset(), self.train_size);
        format!("{dataset}, n = {n}, {}", self.architecture)
    }

    /// The fast learning rate of a method that has one.
    pub fn fast_rate(&self, method: Method) -> Option<f64> {
        let found = self.pilot.iter().find(|piloted| piloted.method == method);
        found.map(|piloted| piloted.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Architecture;
    use crate::trial::design::{Bad, Cells, Change, Held, Rate};

    fn stratum(architecture: Zoo, train_size: usize) -> Stratum {
        let model = Architecture::from(architecture).build(784, 10).unwrap();
        let Cells { cells, left_out } = Cells::of(architecture, model.layout(), train_size);
        Stratum {
            name: "one".to_owned(),
            dataset: "one".to_owned(),
            label: None,
            checksum: String::new(),
            train_size,
            test_size: 100,
            auxiliary: 100,
            architecture,
            limit: 100,
            pilot: vec![],
            shell_rate: 0.1,
            cells,
            left_out,
        }
    }

    fn tried(method: Method, evaluations: [Option<u64>; 2]) -> Piloted {
        let each = [0.1, 0.3].into_iter().zip(evaluations);
        Piloted {
            method,
            tried: each
                .map(|(rate, evaluations)| Tried { rate, evaluations })
                .collect(),
            rate: 0.1,
        }
    }

    #[test]
    fn what_the_pilot_cannot_train_is_left_out_and_named() {
        let copies = 3;
        let (adversarial, small) = (Method::Adversarial { copies }, Method::sgd(8));
        let before = stratum(Zoo::Mlp1x32, 200);
        let after = before.clone().piloted(vec![
            tried(Method::REFERENCE, [None, None]),
            tried(Method::GRADIENT_DESCENT, [None, None]),
            tried(adversarial, [None, None]),
            tried(small, [None, Some(5)]),
        ]);
        // Both rates, and the three moves of what it finds; gradient descent without noise and
        // with it.
        assert_eq!(before.cells.len() - after.cells.len(), 5 + 4);
        let bad = Bad::Adversarial { copies };
        let held = Held::Margins;
        for gone in [
            Cell::found(adversarial),
            Cell::found(Method::NoisyDescent),
            Cell::at_rate(adversarial, Rate::Gentle),
            Cell::Changed {
                held,
                change: Change::FromReference { bad },
            },
        ] {
            assert!(before.cells.contains(&gone) && !after.cells.contains(&gone));
        }
        for kept in [Cell::REFERENCE, Cell::found(small)] {
            assert!(after.cells.contains(&kept), "{kept}");
        }
        let said = after.left_out.last().unwrap();
        assert!(said.contains("adversarial-3, 5 networks") && said.contains("0.10, 0.30"));
    }

    #[test]
    fn constructed_networks_compare_where_the_network_is_wide_enough() {
        for (network, n, theorem, features) in [
            (Zoo::Mlp1x32, 200, false, false),
            (Zoo::Mlp1x512, 200, true, true),
            (Zoo::Mlp1x512, 256, true, true),
            (Zoo::Mlp1x512, 257, true, false),
            (Zoo::Mlp1x512, 513, false, false),
            (Zoo::Mlp2x64, 20, false, false),
            (Zoo::SmallConv, 20, false, false),
        ] {
            assert_eq!(Method::FiniteSample.fits_into(network, n), theorem);
            assert_eq!(Method::RandomFeatures.fits_into(network, n), features);
            assert!(Method::GaussNewton.fits_into(network, n));
        }
    }
}
