//! How the eigenvalues of the Hessian are distributed.

use rayon::prelude::*;

use super::EXAMPLES;
use crate::linalg::Recurrence;
use crate::measure::card::{Aggregation, Card, Group, Homogeneity, Invariance, Kind, Need};
use crate::measure::differentiable::{DIFFERENTIATED, Hessian, Model};
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::random;
use crate::statistics::mean;

/// Random directions.
const PROBES: u64 = 4;
/// Products for each.
const STEPS: usize = 12;
/// Shares of the largest eigenvalue above which eigenvalues are counted.
const LEVELS: [f64; 3] = [0.1, 0.01, 0.001];
/// The level that decides what is an outlier.
const OUTLIER: f64 = 0.01;

/// The number of eigenvalues of the Hessian that stand out of the bulk, with the
/// density they were counted in.
///
/// Seen from a unit vector v, the eigenvalues λ_j of H have the weights (u_jᵀv)². Their
/// mean over directions v is the density of the spectrum. The Lanczos recurrence from v
/// gives the Gauss quadrature of those weights: its k nodes θ_j carry the weight of
/// the first entries of the eigenvectors of the tridiagonal matrix.
///
/// ```text
/// #{j: λ_j > x} = P E_v Σ_j (u_jᵀv)² 1[λ_j > x] ≈ P/m Σ_v Σ_{θ_j > x} w_j
/// ```
pub struct HessianSpectralDensity;

impl Measure for HessianSpectralDensity {
    fn card(&self) -> &'static Card {
        &Card {
            id: "hessian-spectral-density",
            name: "Hessian outliers",
            group: Group::Sharpness,
            kind: Kind::Estimate,
            needs: &[Need::Network, Need::Inputs],
            formula: "#{j: λ_j > λ_max / 100} of ∇²_w L by stochastic Lanczos quadrature with 4 \
                      directions of 12 exact products, λ_max the largest node; the terms are \
                      the shares of eigenvalues beyond other levels; L the mean cross-entropy on \
                      at most 500 examples",
            reference: "Golub, Welsch 1969 (quadrature); Ubaru, Chen, Saad 2017; Ghorbani, Krishnan, \
                        Xiao 2019, arXiv 1901.10159 (of networks)",
            aggregation: Aggregation::WholeNetwork,
            unit: "eigenvalues",
            normalization: "levels relative to λ_max; the interval is Student's over directions and \
                            leaves out the quadrature's error, for which a term gives the bounds \
                            of Chebyshev, Markov and Stieltjes, averaged over directions",
            convolutions: DIFFERENTIATED,
            biases: "counted: the Hessian is by weights and biases",
            homogeneity: Homogeneity::None,
            invariant_to: &[Invariance::UnitPermutation],
            known_failures: "changes under rescalings that leave the function unchanged; 12 products \
                             resolve the few large eigenvalues and the bulk's mass, not its shape; \
                             a direction meets one outlier among P eigenvalues with weight 1/P, so \
                             the count is unsteady; NaN for a Hessian without positive eigenvalue",
        }
    }

    fn layers(&self, _: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        Ok(None)
    }

    fn network(&self, subject: &Subject) -> Result<Option<Value>, MeasureError> {
        let Some(model) = Model::of(subject, EXAMPLES)? else {
            return Ok(None);
        };
        let hessian = Hessian::new(&model);
        let size = model.network.parameters().len();
        let probes: Vec<Quadrature> = (0..PROBES)
            .into_par_iter()
            .map(|probe| Quadrature::of(size, probe, STEPS, |v| hessian.times(v)))
            .collect();
        Ok(Some(
            outliers(&probes, size as f64).with("examples used", model.len() as f64),
        ))
    }
}

fn outliers(probes: &[Quadrature], size: f64) -> Value {
    let nodes = || probes.iter().flat_map(|probe| &probe.nodes);
    let largest = nodes().map(|node| node.0).fold(f64::NAN, f64::max);
    let smallest = nodes().map(|node| node.0).fold(f64::NAN, f64::min);
    if largest.is_nan() || largest <= 0.0 {
        return f64::NAN.into();
    }
    let share =
        |of: &dyn Fn(&Quadrature) -> f64| probes.iter().map(of).sum::<f64>() / probes.len() as f64;
    let level = OUTLIER * largest;
    let counts: Vec<f64> = (probes.iter())
        .map(|probe| size * probe.share_above(level))
        .collect();
    let mut value = match mean(&counts) {
        Ok(found) => match found.interval {
            // A count is not negative, whatever Student's interval says.
            Some(interval) => Value::estimate(found.value, interval.low.max(0.0), interval.high),
            None => found.value.into(),
        },
        Err(_) => f64::NAN.into(),
    };
    for (end, name) in ["at least", "at most"].into_iter().enumerate() {
        let bound = size * share(&|probe| probe.bounds_above(level)[end]);
        value = value.with(format!("count by the quadrature's bounds, {name}"), bound);
    }
    for level in LEVELS {
        let above = share(&|probe| probe.share_above(level * largest));
        value = value.with(format!("share above {level} λ_max"), above);
    }
    let middle = LEVELS[LEVELS.len() - 1] * largest;
    let below = share(&|probe| 1.0 - probe.share_above(-middle));
    value
        .with(
            format!("share below -{} λ_max", LEVELS[LEVELS.len() - 1]),
            below,
        )
        .with("largest node, nat / weight²", largest)
        .with("smallest node, nat / weight²", smallest)
        .with(
            "trace by the quadrature, nat / weight²",
            size * share(&|probe| probe.nodes.iter().map(|(node, weight)| node * weight).sum()),
        )
}

/// The spectrum as one direction sees it.
struct Quadrature {
    /// Nodes in ascending order, with weights of sum 1.
    nodes: Vec<(f64, f64)>,
}

impl Quadrature {
    fn of(size: usize, probe: u64, steps: usize, times: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        let mut rng = random::stream(probe, "spectral density directions");
        let mut recurrence = Recurrence::start(size, &mut rng);
        for _ in 0..steps {
            if !recurrence.step(&times) {
                break;
            }
        }
        let weighted = |(node, [first, _]): (f64, [f64; 2])| (node, first * first);
        Self {
            nodes: recurrence.eigenpairs().into_iter().map(weighted).collect(),
        }
    }

    /// Weight of the nodes above x.
    fn share_above(&self, x: f64) -> f64 {
        self.nodes
            .iter()
            .filter(|node| node.0 > x)
            .map(|node| node.1)
            .sum()
    }

    /// Bounds of the direction's true weight above x, up to rounding.
    ///
    /// The weight up to a node lies between the nodes' weights without and with
    /// it (Chebyshev, Markov, Stieltjes; Szegő 1975, *Orthogonal Polynomials*, section 3.41).
    fn bounds_above(&self, x: f64) -> [f64; 2] {
        let above = self.nodes.partition_point(|node| node.0 <= x);
        let weight = |from: usize| -> f64 {
            let rest = self.nodes.get(from..).unwrap_or_default();
            rest.iter().map(|node| node.1).sum()
        };
        [weight(above + 1), weight(above.saturating_sub(1)).min(1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::differentiable::tests::{gaussian_inputs, gaussian_layers};
    use rand_distr::{Distribution, StandardNormal};

    /// Eigenvalues from -1 to 9, with the weights that the direction gives them: the
    /// matrix is diagonal, so they are the squares of its entries.
    fn seen(probe: u64) -> (Vec<f64>, Vec<f64>) {
        let value = |i| (f64::from(i) / 59.0).powi(6) * 10.0 - 1.0;
        let spectrum: Vec<f64> = (0..60).map(value).collect();
        let mut rng = random::stream(probe, "spectral density directions");
        let square = |_: &f64| -> f64 {
            let entry: f64 = StandardNormal.sample(&mut rng);
            entry * entry
        };
        let squares: Vec<f64> = spectrum.iter().map(square).collect();
        let total: f64 = squares.iter().sum();
        (
            spectrum,
            squares.iter().map(|square| square / total).collect(),
        )
    }

    #[test]
    fn the_weight_above_any_level_lies_between_the_bounds() {
        for probe in 0..20 {
            let (spectrum, weights) = seen(probe);
            let times = |v: &[f64]| v.iter().zip(&spectrum).map(|(v, s)| v * s).collect();
            let quadrature = Quadrature::of(spectrum.len(), probe, 8, times);
            let total: f64 = quadrature.nodes.iter().map(|node| node.1).sum();
            assert!((total - 1.0).abs() < 1e-12, "{total}");
            for i in 0..120 {
                let x = -1.5 + 0.1 * f64::from(i);
                let true_weight: f64 = (spectrum.iter().zip(&weights))
                    .filter(|(value, _)| **value > x)
                    .map(|(_, weight)| weight)
                    .sum();
                let [low, high] = quadrature.bounds_above(x);
                assert!(
                    low <= true_weight + 1e-9 && true_weight <= high + 1e-9,
                    "{low} {true_weight} {high} above {x}"
                );
            }
        }
    }

    /// Two large eigenvalues above a bulk of 198 small ones are counted.
    #[test]
    fn outliers_are_counted() {
        let value = |i: usize| {
            if i < 2 {
                5.0 + i as f64
            } else {
                1e-3 * (i as f64 / 200.0)
            }
        };
        let times = |v: &[f64]| v.iter().enumerate().map(|(i, v)| v * value(i)).collect();
        let probes: Vec<_> = (0..400)
            .map(|probe| Quadrature::of(200, probe, 12, times))
            .collect();
        let found = outliers(&probes, 200.0);
        let [low, high] = found.interval.unwrap();
        assert!(low < 2.0 && 2.0 < high && high - low < 1.0, "{found:?}");
        let term = |name: &str| {
            found
                .terms
                .iter()
                .find(|t| t.name.starts_with(name))
                .unwrap()
        };
        assert!(
            (term("trace").value.unwrap() - 11.1).abs() < 1.5,
            "{found:?}"
        );
    }

    #[test]
    fn the_mean_node_of_a_network_is_its_mean_eigenvalue() {
        let subject = Subject::new(gaussian_layers(&[4, 30, 3], 2), None)
            .unwrap()
            .with_inputs(gaussian_inputs(40, 4, 3, 2));
        let model = Model::of(&subject, EXAMPLES).unwrap().unwrap();
        let hessian = Hessian::new(&model);
        let size = model.network.parameters().len();
        let first = |probe| {
            let probe = Quadrature::of(size, probe, 3, |v| hessian.times(v));
            size as f64
                * probe
                    .nodes
                    .iter()
                    .map(|(node, weight)| node * weight)
                    .sum::<f64>()
        };
        let traces = mean(&(0..500).map(first).collect::<Vec<_>>()).unwrap();
        let interval = traces.interval.unwrap();
        let exact = super::super::HessianTrace
            .network(&subject)
            .unwrap()
            .unwrap();
        // Twice the 95 % interval: 500 fixed directions, not a new draw each time.
        let width = interval.high - interval.low;
        assert!(
            (traces.value - exact.number).abs() < width,
            "{traces:?} {exact:?}"
        );
        assert!(width < 0.3 * exact.number, "{traces:?}");
    }
}
