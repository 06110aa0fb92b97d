//! Interpolants of smallest norm on several representations of the images:
//! Table 3 of Zhang et al. 2017, and whether the norm orders what is in it.

mod show;

use rethink::experiment::Study;
use rethink::experiment::kernels::{BANDWIDTHS, OnRepresentationSolved, Representation};

pub use show::{figure, tables};

/// The rule that decides, fixed before the runs.
pub const RULE: &str = "Representations, which do not change the direction since the claim is about \
                        one model: in each seed the interpolants of smallest norm on pixels and \
                        on the paper's features (Gabor wavelets for one channel, random \
                        convolution for three) are compared at a bandwidth of 0.5 times their \
                        median distance. The norm reverses their order if the lower error goes \
                        with the larger norm in so many seeds that a one-sided sign test has p ≤ \
                        0.05. It orders them if the same holds for the smaller norm. Otherwise it \
                        is undecided.";

/// What a reader must know of interpolants that could not be computed.
pub fn warnings(solved: &Study<Representation, OnRepresentationSolved>) -> Vec<String> {
    let mut warnings = Vec::new();
    for representation in solved.cells() {
        for bandwidth in BANDWIDTHS {
            let missing = (solved.outputs(representation))
                .filter(|s| s.undetermined.contains(&bandwidth))
                .count();
            if missing > 0 {
                warnings.push(format!(
                    "{}, bandwidth {bandwidth} times the median distance: double precision does \
                     not determine the norm of the interpolant in {missing} of {} seeds; left \
                     out.",
                    representation.name(),
                    solved.seeds().len()
                ));
            }
        }
    }
    warnings
}
