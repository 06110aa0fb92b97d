//! Equal points, which make a kernel matrix singular.

use serde::{Deserialize, Serialize};

use super::{Features, Targets};

/// Points that are equal to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equal {
    /// The earlier point of the first pair, counted from 0.
    pub first: usize,
    /// The later one.
    pub second: usize,
    /// Number of points equal to an earlier one.
    pub count: usize,
}

/// Points without those that repeat an earlier one, and the means of the targets
/// of equal points: no function comes nearer to unequal ones than through their
/// mean.
#[derive(Debug, Clone)]
pub(super) struct Distinct {
    pub train: Features,
    pub targets: Targets,
    /// For each point as given, its place in `train`.
    pub places: Vec<usize>,
    /// Points equal to an earlier one.
    pub equal: Equal,
    /// Those of them whose targets differ.
    pub conflict: Option<Equal>,
}

impl Distinct {
    /// None where no point repeats another.
    pub fn of(train: &Features, targets: &Targets) -> Option<Self> {
        let pairs = train.duplicates();
        let equal = |pairs: &[(usize, usize)]| {
            pairs.first().map(|&(first, second)| Equal {
                first,
                second,
                count: pairs.len(),
            })
        };
        let all = equal(&pairs)?;
        let differing: Vec<(usize, usize)> = (pairs.iter().copied())
            .filter(|&(i, j)| !targets.agree(i, j))
            .collect();
        let mut earlier: Vec<usize> = (0..train.len()).collect();
        for &(first, second) in &pairs {
            earlier[second] = first;
        }
        let kept: Vec<usize> = (0..train.len()).filter(|&i| earlier[i] == i).collect();
        let mut places = vec![0; train.len()];
        for (place, &i) in kept.iter().enumerate() {
            places[i] = place;
        }
        for i in 0..train.len() {
            places[i] = places[earlier[i]];
        }
        let conflict = equal(&differing);
        Some(Self {
            train: train.gather(&kept),
            targets: match conflict {
                None => targets.gather(&kept),
                Some(_) => targets.means(&places, kept.len()),
            },
            places,
            equal: all,
            conflict,
        })
    }
}
