//! Whether a power law is a plausible tail at all.

use rayon::prelude::*;

use super::SCALE_FREE;
use super::alpha::Tail;
use super::power_law::PowerLaw;
use crate::measure::card::{Card, Kind};
use crate::measure::{Measure, MeasureError, Subject, Value};
use crate::random;
use crate::statistics::proportion;

/// Simulated samples.
const SAMPLES: u64 = 200;

/// Goodness of fit of the power law behind alpha.
pub struct AlphaPValue;

impl Measure for AlphaPValue {
    fn card(&self) -> &'static Card {
        const CARD: Card = Card {
            id: "alpha-p-value",
            name: "Goodness of the power law",
            kind: Kind::Estimate,
            formula: "p = share of 200 simulated spectra whose Kolmogorov-Smirnov distance to \
                      their own fit is at least that of the layer; each eigenvalue is drawn from \
                      the fitted tail with the tail's share, else from those below λ_min",
            reference: "Clauset, Shalizi, Newman 2009, arXiv 0706.1062, section 4.1",
            unit: "probability",
            normalization: "small values speak against a power law: the authors rule it out for \
                            p ≤ 0.1; the interval is that of the share",
            known_failures: "takes eigenvalues for independent, while those of a matrix repel \
                             each other and lie closer to their curve; a large p with a short \
                             tail says little; NaN where alpha is",
            ..SCALE_FREE
        };
        &CARD
    }

    fn layers(&self, subject: &Subject) -> Result<Option<Vec<Value>>, MeasureError> {
        let value = |tail: &Option<Tail>| tail.as_ref().map_or(f64::NAN.into(), p_value);
        Ok(Some(subject.tails()?.par_iter().map(value).collect()))
    }
}

fn p_value(tail: &Tail) -> Value {
    let mut rng = random::stream(tail.logs.len() as u64, "alpha goodness of fit");
    let (mut farther, mut fitted) = (0, 0);
    for _ in 0..SAMPLES {
        let sample = tail.fit.sample(&tail.logs, &mut rng);
        let Some(is_farther) = PowerLaw::is_farther(&sample, tail.fit.distance) else {
            continue;
        };
        fitted += 1;
        farther += u64::from(is_farther);
    }
    match proportion(farther, fitted) {
        Ok(share) => Value {
            number: share.value,
            interval: share.interval.map(|i| [i.low, i.high]),
            ..Value::default()
        },
        Err(_) => f64::NAN.into(),
    }
}
