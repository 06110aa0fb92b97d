//! Interpolants of smallest norm on several representations of the images:
//! Table 3 of Zhang et al. 2017, and whether the norm orders what is in it.

mod order;
mod show;

use rethink::experiment::kernels::{
    BANDWIDTHS, OnRepresentationSolved, Representation, RepresentationInterpolant,
};

pub use order::{Ordering, RULE, correlations, order, over_bandwidths};
pub use show::{figure, tables};

/// All seeds of one representation.
pub struct Group {
    pub representation: Representation,
    pub seeds: Vec<OnRepresentationSolved>,
}

impl Group {
    /// A number of the interpolant at a bandwidth and a fraction of noise, per
    /// seed; none when a seed lacks it.
    fn values(
        &self,
        bandwidth: f64,
        noise: f64,
        number: fn(&RepresentationInterpolant) -> f64,
    ) -> Option<Vec<f64>> {
        (self.seeds.iter())
            .map(|solved| {
                (solved.interpolants.iter())
                    .find(|f| f.bandwidth == bandwidth && f.noise == noise)
                    .map(number)
            })
            .collect()
    }
}

/// The group of one representation.
fn of(groups: &[Group], representation: Representation) -> Option<&Group> {
    (groups.iter()).find(|group| group.representation == representation)
}

/// What a reader must know of interpolants that could not be computed.
pub fn warnings(groups: &[Group]) -> Vec<String> {
    let mut warnings = Vec::new();
    for group in groups {
        for bandwidth in BANDWIDTHS {
            let missing = (group.seeds.iter())
                .filter(|s| s.undetermined.contains(&bandwidth))
                .count();
            if missing > 0 {
                warnings.push(format!(
                    "{}, bandwidth {bandwidth} times the median distance: the norm of the interpolant \
                     is not determined in double precision for {missing} of {} seeds; left out.",
                    group.representation.name(),
                    group.seeds.len()
                ));
            }
        }
    }
    warnings
}
