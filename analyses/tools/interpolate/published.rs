//! Published test errors of the same interpolants.

use rethink::experiment::Labeling;
use rethink::experiment::kernels::Labels;
use rethink::experiment::kernels::interpolants::Found;
use serde::Serialize;

use crate::questions::published_kernel_error;

/// A published test error.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Published {
    /// As a fraction.
    pub test_error: f64,
    pub source: &'static str,
}

const BY_SIZE: &str = "Belkin, Ma, Mandal 2018, arXiv 1802.01396, Tables 6 and 7";
const ALL: &str = "Belkin, Ma, Mandal 2018, arXiv 1802.01396, Tables 3 to 5";
const ZHANG: &str = "Zhang et al. 2017, arXiv 1611.03530, Table 3";

/// What was published of this setting; `dataset` is the dataset whose test set
/// was used in full.
pub fn beside(found: &Found, dataset: Option<&str>) -> Vec<Published> {
    let plain = found.features == "pixels" && found.labels == Labeling::True && found.ridge == 0.0;
    if !plain || dataset != Some("mnist") {
        return vec![];
    }
    let percent = |value: f64, source| Published {
        // The decimal fraction, without the rounding of a division by 100.
        test_error: (100.0 * value).round() / 10_000.0,
        source,
    };
    match (&found.kernel[..], found.train_size) {
        ("gaussian:5", 60_000) => vec![percent(1.2, ZHANG), percent(1.24, ALL)],
        ("laplacian:10", 60_000) => vec![percent(1.57, ALL)],
        (kernel, n) => published_kernel_error(kernel, Labels::True, n)
            .map(|value| percent(value, BY_SIZE))
            .into_iter()
            .collect(),
    }
}
