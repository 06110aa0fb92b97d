//! `rethink complexity`: the Rademacher complexity of one kernel's ball. It is printed;
//! nothing is stored.

use std::process::ExitCode;

use rethink::complexity::MOST_DRAWS;
use rethink::dataset::Dataset;
use rethink::experiment::rademacher::ball::{Ball, BallComplexity};
use rethink::kernel::AnyKernel;
use rethink::report::{Cell, Column, QuestionReport, Table};

use crate::cli::Options;
use crate::cli::numbers::{self, MOST_IMAGES, above_zero, probability, whole};
use crate::tools::single;

/// What `--help` shows.
pub const EXAMPLE: &str =
    "Example:\n  rethink complexity --kernel gaussian --bandwidth 5 --train-size 2000";

/// The ball whose complexity is computed.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    #[arg(long, value_name = "NAME", help = numbers::kernels())]
    kernel: String,

    /// Bandwidth of a kernel given by its name only
    ///
    /// Distances are between images with pixels between 0 and 1.
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = above_zero)]
    bandwidth: Option<f64>,

    /// Radius B of the ball ‖f‖ ≤ B [default: 1]
    #[arg(long, value_name = "B", allow_negative_numbers = true, value_parser = above_zero)]
    radius: Option<f64>,

    /// Number of images, drawn with --seed [default: all, at most 10,000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(2..=MOST_IMAGES))]
    train_size: Option<usize>,

    /// Number of random sign vectors [default: 1000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(2..=MOST_DRAWS))]
    draws: Option<usize>,

    /// Probability that the certified interval fails, at most [default: 0.05]
    #[arg(long, value_name = "δ", allow_negative_numbers = true, value_parser = probability)]
    delta: Option<f64>,
}

/// Computes the complexity and prints it.
pub fn run(args: &Args, options: &Options) -> anyhow::Result<ExitCode> {
    let name = &args.kernel;
    let kernel: AnyKernel = match args.bandwidth {
        Some(bandwidth) => format!("{name}:{bandwidth}").parse()?,
        None => name.parse()?,
    };
    let dataset = Dataset::load(options.dataset(), Some(&options.data_dir()))?;
    let ball = Ball {
        kernel,
        radius: args.radius.unwrap_or(1.0),
        images: (args.train_size).unwrap_or(dataset.train().len().min(10_000)),
        draws: args.draws.unwrap_or(1000),
        delta: args.delta.unwrap_or(0.05),
        seed: options.seed,
    };
    let found = ball.complexity(&dataset, options.threads())?;
    single::print(&report(&ball, &found, &dataset, options), options)
}

fn report(
    ball: &Ball,
    found: &BallComplexity,
    dataset: &Dataset,
    options: &Options,
) -> QuestionReport {
    let Ball {
        kernel,
        radius,
        delta,
        images: n,
        ..
    } = ball;
    let (trace, frobenius) = (found.trace, found.frobenius);
    let found = &found.complexity;
    let draws = found.suprema.len();
    let columns = [
        Column::text("quantity"),
        Column::number("value"),
        Column::text("which is"),
    ];
    let bounds = &found.sandwich;
    let value = found.value.within(bounds.lower, bounds.upper);
    let estimated =
        format!("an estimate over {draws} sign vectors, 95 % t interval, cut at the bounds below");
    let certified = found.certificates.iter().map(|certificate| {
        let interval = certificate.around(found.value.value);
        let [low, high] =
            [interval.low, interval.high].map(|x| x.max(bounds.lower).min(bounds.upper));
        let (probability, name) = (1.0 - delta, certificate.name);
        vec![
            "R̂, certified".into(),
            Cell::estimate(value.value, low, high),
            format!("with probability {probability} for this line alone, {name}").into(),
        ]
    });
    let (least, most) = (
        Cell::at_least(bounds.lower, 4),
        Cell::at_most(bounds.upper, 4),
    );
    let [trace, frobenius] = [trace, frobenius].map(|x| Cell::significant(x, 4));
    let title = format!("Empirical Rademacher complexity, n = {n}");
    let table = Table::new("complexity", title, columns)
        .row(["R̂".into(), value.into(), estimated.into()])
        .with_rows(certified)
        .row(["R̂ at least".into(), least, bounds.lower_by.into()])
        .row(["R̂ at most".into(), most, bounds.upper_by.into()])
        .row(["tr K".into(), trace, "exact".into()])
        .row(["‖K‖_F".into(), frobenius, "exact".into()]);
    QuestionReport {
        title: format!("Ball of the {kernel} kernel on {}", dataset.name()),
        asks: "How well do functions of bounded RKHS norm follow random signs?".to_owned(),
        answer: format!(
            "Functions of norm at most {radius} have complexity {value} on these images."
        ),
        tables: vec![table],
        method: vec![
            "R̂ = E sup (1/n) Σ σᵢ f(xᵢ) over ‖f‖ ≤ B, which is E (B/n) √(σᵀKσ): every supremum is \
             exact, only the mean over signs σ is estimated."
                .to_owned(),
            format!(
                "k(x, y) = {}, on pixels as given; images drawn with the seed.",
                kernel.formula()
            ),
        ],
        ..single::report("complexity", dataset, options)
    }
}
