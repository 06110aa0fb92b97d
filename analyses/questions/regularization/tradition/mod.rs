//! What the traditional view says of regularization, held against data.
//!
//! The review states that view: simpler is better, and simpler means fewer parameters or
//! parameters of smaller magnitude. Fewer parameters are narrower networks, trained to the same
//! cost. A smaller magnitude is ridge regression with a kernel, beside the interpolant.

mod ridge;
mod settings;
mod width;

use rethink::experiment::kernels::{KERNELS, RIDGE_NOISE, RidgeStudy, ridge_study};
use rethink::experiment::widths::{WidthStudy, one_hidden_layer};
use rethink::report::figure::Figure;
use rethink::report::{ReportError, Table};
use rethink::treatment::Treatment;

use crate::session::Session;
use crate::show::drawn;
use settings::Settings;

/// Labels of which 20 % are replaced by a uniform class.
const NOISY: Treatment = Treatment::CorruptedLabels {
    probability: RIDGE_NOISE,
};

/// The name of a labeling in tables and figures.
fn name(labels: Treatment) -> String {
    match labels {
        Treatment::TrueLabels => "true labels".to_owned(),
        Treatment::CorruptedLabels { probability } => format!("{:.0} % noise", 100.0 * probability),
        _ => "random labels".to_owned(),
    }
}

/// Widths and ridges.
pub struct Tradition {
    settings: Settings,
    widths: WidthStudy,
    ridges: RidgeStudy,
    /// Whether published values of MNIST stand beside ours.
    mnist: bool,
}

impl Tradition {
    /// Trains and solves what is missing.
    pub fn examine(session: &Session) -> anyhow::Result<Self> {
        let settings = Settings::of(session);
        let cells = width::LABELINGS.into_iter().flat_map(|labels| {
            let widths = settings.widths.iter();
            widths.map(move |&units| (units, labels))
        });
        let seeds = &settings.width_seeds;
        let runs = session.trained("width", cells, seeds, |&(units, labels), seed| {
            let network = one_hidden_layer(units);
            session.spec(network, labels, settings.sizes, settings.recipe, seed)
        })?;
        session.say("regularization: kernel ridge regression beside the interpolant");
        let solved = session.study(KERNELS, &settings.ridge_seeds, |&kernel, seed| {
            settings.ridge(session, kernel, seed)
        })?;
        Ok(Self {
            widths: WidthStudy::of_runs(&runs),
            ridges: ridge_study(&solved),
            mnist: session.dataset.id() == "mnist",
            settings,
        })
    }

    /// One of the widths and one of the ridges, where they have something to show.
    pub fn figures(&self) -> Result<Vec<Figure>, ReportError> {
        drawn(vec![
            width::figure(&self.widths, &self.settings),
            ridge::figure(&self.ridges),
        ])
    }

    pub fn tables(&self) -> Vec<Table> {
        vec![
            width::effect(&self.widths),
            ridge::gains(
                &self.ridges,
                self.mnist.then_some(self.settings.ridge_sizes.0),
            ),
            width::table(&self.widths, &self.settings),
            ridge::table(&self.ridges),
        ]
    }

    /// The setting in words.
    pub fn method(&self, session: &Session) -> Vec<String> {
        self.settings.method(session)
    }

    /// What is published of either, and how far it is comparable.
    pub fn published(&self) -> Vec<String> {
        [width::published(), ridge::published()].concat()
    }

    /// What was found.
    pub fn answer(&self) -> String {
        format!(
            "{} {}",
            width::answer(&self.widths),
            ridge::answer(&self.ridges)
        )
    }
}
