//! How labelings, ways and numbers are shown.

use rethink::experiment::certificates::Certified;
use rethink::report::Cell as Entry;
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;

use super::settings::{Settings, Way};

/// The labelings in words.
pub fn name(labels: Treatment) -> String {
    match labels {
        Treatment::TrueLabels => "true".to_owned(),
        Treatment::RandomLabels => "random".to_owned(),
        Treatment::CorruptedLabels { probability } => {
            format!("{:.0} % random", 100.0 * probability)
        }
        other => other.to_string(),
    }
}

/// Limits of a probability are rounded up, so that what is shown still holds.
pub fn limit(value: Option<f64>) -> Entry {
    value.map_or_else(Entry::missing, |limit| {
        let up = (limit * 1e4).ceil() / 1e4;
        Entry::number(limit, format!("≤ {up:.4}"))
    })
}

pub fn share(value: Option<Estimate>) -> Entry {
    value.map_or_else(Entry::missing, |share| Entry::fixed(share.value, 4))
}

pub fn nats(value: Option<Estimate>) -> Entry {
    value.map_or_else(Entry::missing, |nats| Entry::significant(nats.value, 3))
}

pub fn per_example(found: &Certified) -> f64 {
    found.certificate.kl_per_example()
}

/// What is shown of several seeds: no mean of limits, each of which holds on its own.
pub fn of_seeds(settings: &Settings) -> &'static str {
    match settings.seeds.len() {
        1 => "",
        _ => {
            " Limits are the largest of the seeds, each of which holds by itself; other numbers are means."
        }
    }
}

/// What a way is called.
pub fn words(way: Way) -> &'static str {
    match way {
        Way::Free => "free",
        Way::Pixels => "free, pixels independent",
        Way::Narrow => "free, twice the epochs",
        Way::Split => "split",
        Way::Convolutional { .. } => "free, convolutional",
    }
}
