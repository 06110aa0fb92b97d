//! `rethink regularization`: what does explicit regularization do?
//!
//! After section 3, Tables 1 and 4 and Figure 2 of Zhang et al. 2017, arXiv 1611.03530.

mod args;
mod figures;
mod grid;
mod neither;
mod optimization;
mod pilot;
mod plan;
mod published;
mod settings;
mod tables;
mod tradition;
mod verdicts;

use std::process::ExitCode;

use clap::{ArgMatches, Args as _, Command, FromArgMatches};
use rethink::experiment::regularization::{Cell, Optimized, Pilot, Regularizer, optimized};
use rethink::network::Zoo;
use rethink::report::{Claim, Outcome, QuestionReport};
use rethink::treatment::Treatment;

use crate::cli::Options;
use crate::questions::{self, Description, Question};
use crate::session::Session;
use args::Args;
use grid::Grid;
use pilot::{Piloted, of_network};
use settings::{Settings, TARGET};
use tradition::Tradition;

/// The question, with what it was asked for beyond the budget.
pub struct Regularization {
    args: Args,
}

impl Regularization {
    /// The question as the budget asks it.
    pub const OF_THE_BUDGET: Self = Self { args: Args::NONE };
}

/// What the runs say.
struct Findings {
    settings: Settings,
    /// The accuracy of guessing.
    guessing: f64,
    /// Of each network.
    pilots: Vec<Piloted>,
    grid: Grid,
    /// Each coefficient of weight decay beside none.
    optimized: Vec<Optimized>,
    /// Fewer parameters, and a ridge for kernels.
    tradition: Tradition,
}

impl Findings {
    fn networks(&self) -> impl Iterator<Item = Zoo> {
        self.settings.plans.iter().map(|plan| plan.network)
    }

    fn pilot(&self, network: Zoo) -> &Pilot {
        of_network(self.pilots.iter().map(|piloted| &piloted.fixed), network)
    }

    /// The cells that were trained with these labels.
    fn cells(&self, labels: Treatment) -> impl Iterator<Item = Cell> {
        let cells = self.grid.cells.cells().copied();
        cells.filter(move |cell| cell.labels == labels)
    }

    /// The same, but those without regularization.
    fn regularized(&self, labels: Treatment) -> impl Iterator<Item = Cell> {
        let with = |cell: &Cell| cell.regularizer != Regularizer::None;
        self.cells(labels).filter(with)
    }
}

impl Question for Regularization {
    fn description(&self) -> Description {
        Description {
            id: "regularization",
            title: "Regularization",
            asks: "Does explicit regularization keep networks from fitting random labels, and do \
                   they need it to generalize?",
            about: "Trains networks with weight decay, dropout, random crops, flips and rotation, \
                    early stopping and without, on true and on random labels, over several seeds, \
                    after Tables 1 and 4 and Figure 2 of Zhang et al. 2017. Compares training loss \
                    with and without weight decay after the same number of updates. Beside it \
                    stand networks of several widths, and ridge regression beside interpolation \
                    for kernels.",
            claims: &[Claim::C4, Claim::C5],
            example: "rethink regularization --seeds 5",
        }
    }

    /// C4: Tables 1 and 4; all regularizers that the paper tries on random labels let Inception
    /// and the dense networks fit them, and without any Inception has 85.75 of 89.05 %. C5: the
    /// review and the paper cite one network of Krizhevsky et al. 2012, without a number.
    fn published(&self) -> &'static [(Claim, Outcome)] {
        &[(Claim::C4, Outcome::Supported)]
    }

    fn augment(&self, command: Command) -> Command {
        Args::augment_args(command)
    }

    /// The same question, perhaps with other networks or regularizers than the budget's.
    fn run(&self, matches: &ArgMatches, options: &Options) -> anyhow::Result<ExitCode> {
        let args = Args::from_arg_matches(matches)?;
        questions::answer_alone(&Self { args }, &Session::open(options)?)
    }

    fn answer(&self, session: &Session) -> anyhow::Result<QuestionReport> {
        let settings = Settings::of(session, &self.args)?;
        grid::check(session, &settings)?;
        let pilots = (settings.plans.iter()).map(|plan| Piloted::train(session, &settings, plan));
        let pilots: Vec<Piloted> = pilots.collect::<anyhow::Result<_>>()?;
        let fixed: Vec<Pilot> = pilots.iter().map(|piloted| piloted.fixed).collect();
        let grid = Grid::train(session, &settings, &fixed)?;
        let epochs = |network| of_network(&fixed, network).epochs_true;
        let optimized = optimized(&grid.coefficients, epochs, TARGET)?;
        let findings = Findings {
            guessing: 1.0 - session.chance(),
            settings,
            pilots,
            grid,
            optimized,
            tradition: Tradition::examine(session)?,
        };
        let mut report = self.report(session);
        report.provenance.command += &self.args.to_string();
        Ok(QuestionReport {
            answer: verdicts::answer(&findings),
            verdicts: verdicts::verdicts(&findings),
            figures: [figures::figures(&findings)?, findings.tradition.figures()?].concat(),
            tables: [tables::tables(&findings), findings.tradition.tables()].concat(),
            warnings: verdicts::warnings(&findings),
            smaller_than_paper: findings.settings.smaller(session),
            method: [
                findings.settings.method(session),
                findings.tradition.method(session),
            ]
            .concat(),
            published: [published::notes(&findings), findings.tradition.published()].concat(),
            ..report
        })
    }
}
