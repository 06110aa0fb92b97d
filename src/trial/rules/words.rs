//! What networks are called in rows and notes.

use crate::network::Optimizer;
use crate::text::number::rounded;
use crate::training::Batch;
use crate::treatment::Treatment;
use crate::trial::design::{Along, Bad, Cell, Change, Held, Method, Rate, VolumeStart};

/// What a method is called: `SGD`, `volume sample`.
pub(in crate::trial) fn method(method: Method) -> String {
    match method {
        _ if method == Method::REFERENCE => "SGD".to_owned(),
        Method::Descent { optimizer, batch } => {
            let name = match optimizer {
                Optimizer::Sgd { momentum: 0.0 } => match batch {
                    Batch::Full => "gradient descent",
                    Batch::Mini { .. } => "SGD",
                },
                Optimizer::Sgd { .. } => "momentum",
                Optimizer::Adam => "Adam",
            };
            match batch {
                Batch::Mini { size } if size != 32 => format!("{name} (batches of {size})"),
                _ => name.to_owned(),
            }
        }
        Method::NoisyDescent => "gradient descent with noise".to_owned(),
        Method::Scaled { factor } => format!("start x {factor}"),
        Method::Adversarial { copies: 1 } => "adversarial start".to_owned(),
        Method::Adversarial { copies } => format!("adversarial start x {copies}"),
        Method::Search { largest: None } => "search in large steps".to_owned(),
        Method::Search { largest: Some(_) } => "search in small steps".to_owned(),
        Method::GaussNewton => "Gauss-Newton".to_owned(),
        Method::Volume {
            start: VolumeStart::Fresh,
        } => "volume sample".to_owned(),
        Method::Volume {
            start: VolumeStart::Reference,
        } => "volume sample from SGD".to_owned(),
        Method::FiniteSample => "network of Theorem 1".to_owned(),
        Method::RandomFeatures => "random features".to_owned(),
    }
}

/// What a bad network is called.
pub(super) fn bad(bad: Bad) -> String {
    method(bad.method())
}

/// What a change of weights is called: `norm x 2`.
pub(in crate::trial) fn change(change: Change) -> String {
    match change {
        Change::Dose { factor } => format!("norm x {factor}"),
        Change::Return { from } => format!("norm x {from} and back"),
        Change::Direction { along } => match along {
            Along::Frobenius => "norm x 2 along the Frobenius norm",
            Along::Random => "norm x 2 in a random direction",
            Along::RandomPerLayer => "norm x 2 in a random direction per layer",
            Along::RandomAtNorm => "random direction at equal norm",
            Along::WrongLabels => "towards wrong labels at equal norm",
            Along::RightLabels => "towards right labels at equal norm",
        }
        .to_owned(),
        Change::ToReference { bad } => format!("{} moved to SGD's norm", self::bad(bad)),
        Change::Sham { bad } => format!("{} moved at its own norm", self::bad(bad)),
        Change::FromReference { bad } => format!("SGD moved to the norm of {}", self::bad(bad)),
    }
}

/// `margins held`.
pub(super) fn held(held: Held) -> String {
    format!("{held} held")
}

/// What a network is called.
pub(in crate::trial) fn cell(cell: Cell) -> String {
    match cell {
        Cell::Found {
            method,
            rate,
            labels,
        } => {
            let mut name = self::method(method);
            if rate == Rate::Gentle {
                name += " at the gentle rate";
            }
            match labels {
                Treatment::TrueLabels => name,
                Treatment::RandomLabels => name + " on random labels",
                Treatment::CorruptedLabels { probability } => {
                    format!(
                        "{name} on {} % random labels",
                        rounded(100.0 * probability, 3)
                    )
                }
                other => format!("{name} on {other}"),
            }
        }
        Cell::Changed {
            held: what,
            change: how,
        } => format!("{}, {}", change(how), held(what)),
        Cell::Shell { factor } => format!("shell of norm x {factor}"),
    }
}

/// What follows a label at a rate.
pub(super) fn at(rate: Rate) -> &'static str {
    match rate {
        Rate::Fast => "",
        Rate::Gentle => ", gentle rate",
    }
}
