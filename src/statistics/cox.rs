//! What speeds up an event that not every run reaches: Cox regression.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use super::distribution::normal_critical;
use super::error::{StatisticsError, check_count, check_finite};
use super::estimate::{Estimate, Interval, Kind, LEVEL};

/// Newton steps before giving up; a well-posed problem needs about five.
const STEPS: usize = 60;
/// Convergence: no coefficient, per standard deviation, moves more than this.
const CONVERGED: f64 = 1e-8;
/// A log hazard ratio per standard deviation beyond this is on its way to ∞.
const SEPARATED: f64 = 20.0;
/// A pivot below this share of the largest information is zero but for rounding.
const SINGULAR: f64 = 1e-10;

/// One run, watched until the event or until watching stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct Hitting {
    /// The block: runs are compared within it only.
    pub block: usize,
    /// When the event happened, or watching stopped.
    pub time: f64,
    /// Whether the event happened; if not, the time is censored.
    pub hit: bool,
    /// What may speed it up.
    pub covariates: Vec<f64>,
}

/// The log hazard ratio of every covariate, with its interval: proportional
/// hazards with a baseline of its own for every block, Efron's handling of ties.
///
/// ```text
/// hazard of run i in block b:  λ_b(t) exp(β·x_i),   λ_b arbitrary
/// maximize Σ over event times of Σ_{i∈D} β·x_i − Σ_{l<d} ln(Σ_R e^{β·x} − l/d Σ_D e^{β·x})
/// β_j ± 1.96 √(I⁻¹_jj),   I: minus the second derivative at the maximum
/// ```
///
/// D are the d runs of the block with the event at that time, R those still
/// watched. β > 0 means earlier events. The interval is Wald's: it needs dozens
/// of events. Only the order of the times within a block matters. `samples`
/// counts events.
///
/// # Errors
/// No runs or no events; different numbers of covariates; a value that is not
/// finite; a covariate that, among the runs compared, is constant or a
/// combination of those before it; or a covariate that separates the runs
/// perfectly, so that β is infinite.
///
/// # Reference
/// Cox 1972, "Regression models and life-tables"; Efron 1977, "The efficiency
/// of Cox's likelihood function for censored data".
pub fn cox(runs: &[Hitting]) -> Result<Vec<Estimate>, StatisticsError> {
    check_count("a Cox regression", runs.len(), 2)?;
    let covariates = runs[0].covariates.len();
    check_count("a Cox regression's list of covariates", covariates, 1)?;
    for run in runs {
        check_finite("a time", &[run.time])?;
        check_finite("covariates", &run.covariates)?;
        if run.covariates.len() != covariates {
            return Err(StatisticsError::Unpaired {
                left: covariates,
                right: run.covariates.len(),
            });
        }
    }
    let events = runs.iter().filter(|run| run.hit).count();
    if events == 0 {
        return Err(StatisticsError::NoEvents { runs: runs.len() });
    }
    let (strata, scale) = strata(runs, covariates);
    let (beta, information) = maximize(&strata, covariates)?;
    let separated = |column| StatisticsError::Separated { column };
    let covariance = information.try_inverse().ok_or(separated(beta.iamax()))?;
    let estimate = |j: usize| {
        let value = beta[j] / scale[j];
        let half = normal_critical(LEVEL) * covariance[(j, j)].sqrt() / scale[j];
        Estimate {
            value,
            kind: Kind::Estimate,
            interval: Some(Interval::new(value - half, value + half)),
            samples: events,
        }
    };
    Ok((0..covariates).map(estimate).collect())
}

/// A run with covariates centred in its block and of unit variance overall.
struct Run {
    time: f64,
    hit: bool,
    x: DVector<f64>,
}

/// The runs of every block, latest first, and the scale of every covariate.
fn strata(runs: &[Hitting], covariates: usize) -> (Vec<Vec<Run>>, DVector<f64>) {
    let mut strata = BTreeMap::<usize, Vec<Run>>::new();
    for run in runs {
        strata.entry(run.block).or_default().push(Run {
            time: run.time,
            hit: run.hit,
            x: DVector::from_column_slice(&run.covariates),
        });
    }
    let mut squares = DVector::zeros(covariates);
    for stratum in strata.values_mut() {
        // First against one run: a constant becomes exactly zero.
        let first = stratum[0].x.clone();
        stratum.iter_mut().for_each(|run| run.x -= &first);
        let sum: DVector<f64> = stratum.iter().map(|run| &run.x).sum();
        let mean = sum / stratum.len() as f64;
        for run in stratum.iter_mut() {
            run.x -= &mean;
            squares += run.x.map(|v| v * v);
        }
        stratum.sort_by(|a, b| b.time.total_cmp(&a.time));
    }
    let scale = squares.map(|s: f64| {
        let deviation = (s / runs.len() as f64).sqrt();
        if deviation > 0.0 { deviation } else { 1.0 }
    });
    for run in strata.values_mut().flatten() {
        run.x.component_div_assign(&scale);
    }
    (strata.into_values().collect(), scale)
}

/// The log partial likelihood, its gradient, and its information.
struct Likelihood {
    value: f64,
    gradient: DVector<f64>,
    information: DMatrix<f64>,
}

fn likelihood(strata: &[Vec<Run>], beta: &DVector<f64>) -> Likelihood {
    let p = beta.len();
    let mut total = Likelihood {
        value: 0.0,
        gradient: DVector::zeros(p),
        information: DMatrix::zeros(p, p),
    };
    for stratum in strata {
        // Factors common to a block cancel: keeps the exponentials finite.
        let shift = stratum
            .iter()
            .map(|r| beta.dot(&r.x))
            .fold(f64::MIN, f64::max);
        let mut at_risk = Moments::new(p);
        for tied in stratum.chunk_by(|a, b| a.time == b.time) {
            let mut hit = Moments::new(p);
            let mut hits = 0;
            for run in tied {
                let exponent = beta.dot(&run.x) - shift;
                at_risk.add(exponent.exp(), &run.x);
                if run.hit {
                    hits += 1;
                    hit.add(exponent.exp(), &run.x);
                    total.value += exponent;
                    total.gradient += &run.x;
                }
            }
            for l in 0..hits {
                let gone = f64::from(l) / f64::from(hits);
                let weight = at_risk.weight - gone * hit.weight;
                let mean = (&at_risk.first - &hit.first * gone) / weight;
                total.value -= weight.ln();
                total.information += (&at_risk.second - &hit.second * gone) / weight;
                total.information -= &mean * mean.transpose();
                total.gradient -= mean;
            }
        }
    }
    total
}

/// Σ w, Σ w x and Σ w x xᵀ.
struct Moments {
    weight: f64,
    first: DVector<f64>,
    second: DMatrix<f64>,
}

impl Moments {
    fn new(p: usize) -> Self {
        Self {
            weight: 0.0,
            first: DVector::zeros(p),
            second: DMatrix::zeros(p, p),
        }
    }

    fn add(&mut self, weight: f64, x: &DVector<f64>) {
        self.weight += weight;
        self.first.axpy(weight, x, 1.0);
        self.second.ger(weight, x, x, 1.0);
    }
}

/// Newton's method with halved steps; the maximum and the information there.
fn maximize(
    strata: &[Vec<Run>],
    covariates: usize,
) -> Result<(DVector<f64>, DMatrix<f64>), StatisticsError> {
    let mut beta = DVector::zeros(covariates);
    let mut here = likelihood(strata, &beta);
    if let Some(column) = deficient_column(&here.information) {
        return Err(StatisticsError::RankDeficient { column });
    }
    for _ in 0..STEPS {
        let separated = StatisticsError::Separated {
            column: beta.iamax(),
        };
        let Some(factor) = here.information.clone().cholesky() else {
            return Err(separated);
        };
        let mut step = factor.solve(&here.gradient);
        let mut next = likelihood(strata, &(&beta + &step));
        // The likelihood is concave: a short enough step raises it, or the
        // maximum is reached but for rounding.
        while !next.value.is_finite() || next.value < here.value - 1e-12 * here.value.abs() {
            step /= 2.0;
            next = likelihood(strata, &(&beta + &step));
        }
        beta += &step;
        here = next;
        if beta.amax() > SEPARATED {
            return Err(StatisticsError::Separated {
                column: beta.iamax(),
            });
        }
        if step.amax() < CONVERGED {
            return Ok((beta, here.information));
        }
    }
    Err(StatisticsError::NotConverged {
        statistic: "a Cox regression",
        steps: STEPS,
    })
}

/// The first column that adds no information to those before it.
fn deficient_column(information: &DMatrix<f64>) -> Option<usize> {
    let largest = information.diagonal().max();
    (0..information.ncols()).find(|&j| {
        let leading = information.view((0, 0), (j + 1, j + 1)).into_owned();
        match leading.cholesky() {
            Some(factor) => factor.l_dirty()[(j, j)].powi(2) <= SINGULAR * largest,
            None => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;

    fn run(block: usize, time: f64, hit: bool, x: &[f64]) -> Hitting {
        Hitting {
            block,
            time,
            hit,
            covariates: x.to_vec(),
        }
    }

    /// Exponential times of hazard e^{βx} times a baseline of the block,
    /// half of the runs treated, censored at a fixed time.
    fn study(blocks: usize, beta: f64, rng: &mut ChaCha8Rng) -> Vec<Hitting> {
        let mut runs = Vec::new();
        for block in 0..blocks {
            let baseline = 0.5 + rng.random::<f64>();
            for i in 0..8 {
                let x = f64::from(i % 2);
                let time = -rng.random::<f64>().ln() / (baseline * (beta * x).exp());
                runs.push(run(block, time.min(1.5), time < 1.5, &[x]));
            }
        }
        runs
    }

    /// One comparison of three runs: x of the first event is 1, others 0 and 2;
    /// then 0 before 2. The score equation is solved by bisection.
    #[test]
    fn three_runs_solve_the_score_equation() {
        let runs = [
            run(0, 1.0, true, &[1.0]),
            run(0, 2.0, true, &[0.0]),
            run(0, 3.0, false, &[2.0]),
        ];
        let found = cox(&runs).unwrap()[0];
        let score = |b: f64| {
            let e = |x: f64| (b * x).exp();
            1.0 - (e(1.0) + 2.0 * e(2.0)) / (e(0.0) + e(1.0) + e(2.0))
                - 2.0 * e(2.0) / (1.0 + e(2.0))
        };
        let root = super::super::distribution::bisect(-5.0, 5.0, |b| score(b) > 0.0);
        assert!((found.value - root).abs() < 1e-10, "{} {root}", found.value);
        assert_eq!(found.samples, 2);
    }

    #[test]
    fn only_the_order_within_blocks_matters_and_units_rescale() {
        let runs = study(4, 0.5, &mut stream(1, "order"));
        let found = cox(&runs).unwrap()[0];
        let other: Vec<Hitting> = runs
            .iter()
            .map(|r| {
                let time = (r.time + r.block as f64).exp();
                let x = 1000.0 * r.covariates[0] + 7.0 * r.block as f64;
                run(r.block, time, r.hit, &[x])
            })
            .collect();
        let rescaled = cox(&other).unwrap()[0];
        assert!((rescaled.value * 1000.0 - found.value).abs() < 1e-9);
        let (a, b) = (found.interval.unwrap(), rescaled.interval.unwrap());
        assert!((b.high * 1000.0 - a.high).abs() < 1e-9);
    }

    #[test]
    fn separation_is_an_error_and_not_a_large_number() {
        let mut runs = Vec::new();
        for block in 0..5 {
            for i in 0..4 {
                let noise = f64::from((i * 7 + block as i32) % 3);
                runs.push(run(block, f64::from(i), true, &[noise, -f64::from(i / 2)]));
            }
        }
        assert_eq!(
            cox(&runs).unwrap_err().to_string(),
            "covariate 1 orders the events perfectly, so its log hazard ratio is infinite; report the ordering, or drop the covariate"
        );
    }

    #[test]
    fn runs_without_information_are_refused() {
        let mut runs = study(3, 0.0, &mut stream(2, "refused"));
        for r in &mut runs {
            // constant within every block
            r.covariates.push(0.1 * r.block as f64);
        }
        assert_eq!(
            cox(&runs).unwrap_err(),
            StatisticsError::RankDeficient { column: 1 }
        );
        for r in &mut runs {
            r.covariates[1] = 3.0 * r.covariates[0] - 0.1;
        }
        assert_eq!(
            cox(&runs).unwrap_err(),
            StatisticsError::RankDeficient { column: 1 }
        );
        runs.iter_mut().for_each(|r| r.hit = false);
        assert_eq!(
            cox(&runs).unwrap_err(),
            StatisticsError::NoEvents { runs: 24 }
        );
        runs[1].time = f64::NAN;
        assert!(cox(&runs).is_err());
        runs[0].covariates.pop();
        assert!(cox(&runs).is_err());
        assert!(cox(&[]).is_err());
    }

    #[test]
    fn the_interval_covers_the_hazard_ratio() {
        let mut rng = stream(3, "coverage of Cox regression");
        for beta in [0.0, 0.7] {
            let covered = (0..2000)
                .filter(|_| {
                    let found = cox(&study(10, beta, &mut rng)).unwrap()[0];
                    found.interval.unwrap().contains(beta)
                })
                .count();
            assert!(
                (1860..=1940).contains(&covered),
                "{beta}: {covered} of 2000"
            );
        }
    }
}
