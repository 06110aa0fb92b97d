//! Fewer parameters: networks of several widths at the same cost.

use rethink::experiment::widths::{Number, WidthCell, WidthStudy};
use rethink::report::figure::{Axis, Cloud, Figure, FigureText, Mark, Scatter, ScatterPanel};
use rethink::report::{Cell, ReportError, Table};
use rethink::statistics::{Estimate, Interval};
use rethink::text::number::fixed;
use rethink::treatment::Treatment;

use super::settings::Settings;
use super::{NOISY, name};
use crate::show::or_unknown;

/// What the training images are labelled with.
pub const LABELINGS: [Treatment; 2] = [Treatment::TrueLabels, NOISY];

/// How the mean of a number over seeds is taken.
type Mean<'a> = dyn Fn(&WidthCell) -> Option<Estimate> + 'a;

pub fn figure(widths: &WidthStudy, settings: &Settings) -> Result<Figure, ReportError> {
    let error = |cell: &WidthCell| Some(widths.fraction(cell, |run| run.test_error)?.percent());
    let geometric = |number: Number| move |cell: &WidthCell| widths.geometric_mean(cell, number);
    let frobenius = geometric(|run| run.frobenius_norm);
    let path = geometric(|run| run.path_norm);
    let rows: [(Axis, &Mean, bool); 3] = [
        (Axis::linear("Test error (%)"), &error, true),
        (Axis::log("Frobenius norm"), &frobenius, false),
        (Axis::log("Path norm / margin"), &path, false),
    ];
    let panels = rows.into_iter().flat_map(|(y, value, with_missed)| {
        LABELINGS.map(|labels| panel(widths, labels, y.clone(), value, with_missed))
    });
    let scatter = Scatter {
        tagged: true,
        panels: panels.collect(),
        columns: 2,
        aside: String::new(),
    };
    scatter.draw(FigureText::new(
        "width",
        "Networks of several widths at the same cost",
        format!(
            "One hidden layer, {} training images, trained to 0.01 nats; mean over {} seeds \
             (geometric for norms) with 95 % interval. Dashed: the narrowest network that reaches \
             the target with every seed. Tradition expects errors above the dashed line to the \
             right of it.{}",
            settings.sizes.0,
            settings.width_seeds.len(),
            missed(widths).map_or(String::new(), |missed| format!(" {missed}"))
        ),
        "Six panels against the number of parameters, with true labels and with noise: test \
         error, Frobenius norm, and path norm over margin.",
    ))
}

/// One number against the parameters; networks that missed the target only `with_missed`.
fn panel(
    widths: &WidthStudy,
    labels: Treatment,
    y: Axis,
    value: &Mean,
    with_missed: bool,
) -> ScatterPanel {
    let all = widths.of_labels(labels);
    let (reached, missed): (Vec<_>, Vec<_>) = (all.iter().copied())
        .filter(|cell| with_missed || is_compared(widths, cell))
        .partition(|cell| is_compared(widths, cell));
    let mark = |cell: &WidthCell| {
        let estimate = value(cell)?;
        Some(Mark {
            y_interval: estimate.interval.map(|i| (i.low, i.high)),
            ..Mark::new(widths.parameters(cell)? as f64, estimate.value)
        })
    };
    let threshold = reached.first().and_then(mark);
    // The same axis in every panel, whichever networks it shows.
    let x = Axis::log("Parameters p");
    let ends = all.first().zip(all.last()).and_then(|(first, last)| {
        let at = |cell| Some(widths.parameters(cell)? as f64);
        Some((at(first)? / 1.3, at(last)? * 1.3))
    });
    ScatterPanel {
        title: Some(name(labels)),
        x: match ends {
            Some((low, high)) => x.range(low, high),
            None => x,
        },
        y,
        clouds: vec![
            Cloud {
                label: "target reached".to_owned(),
                look: 0,
                marks: reached.iter().filter_map(mark).collect(),
                joined: true,
            },
            Cloud {
                label: "target missed with some seed".to_owned(),
                look: 1,
                marks: missed.iter().filter_map(mark).collect(),
                joined: false,
            },
        ],
        cross: threshold.and_then(|at| Some((at.x?, at.y))),
    }
}

/// Whether the networks of a cell reached the target with every seed.
fn is_compared(widths: &WidthStudy, cell: &WidthCell) -> bool {
    let (reached, all) = widths.reached_cost(cell);
    reached == all
}

/// Which widths are not compared, if any.
fn missed(widths: &WidthStudy) -> Option<String> {
    let of_labels = |labels: Treatment| {
        let cells = widths.of_labels(labels).into_iter();
        let words = cells.filter_map(move |cell| {
            let (reached, all) = widths.reached_cost(&cell);
            let units = cell.0;
            (reached < all).then(|| {
                let labels = name(labels);
                format!("{units} units, {labels} ({} of {all})", all - reached)
            })
        });
        words.collect::<Vec<_>>()
    };
    let words = LABELINGS.map(of_labels).concat();
    (!words.is_empty()).then(|| {
        format!(
            "Shown apart, since the target is missed (in how many of the seeds): {}.",
            words.join(", ")
        )
    })
}

/// What more parameters do to the test error.
pub fn effect(widths: &WidthStudy) -> Table {
    let rows = LABELINGS.map(|labels| (labels, widths.widest_minus_narrowest(labels)));
    let count = |cell: Option<WidthCell>| cell.and_then(|cell| widths.parameters(&cell));
    Table::of(
        "width-effect",
        "Test error against the number of parameters, at the same cost",
        rows,
    )
    .text("labels", |row| name(row.0))
    .number("narrowest p", |row| count(row.1.map(|found| found.0)))
    .number("widest p", |row| count(row.1.map(|found| found.1)))
    .number("widest − narrowest", |row| {
        row.1.map(|found| found.2.percent())
    })
    .unit("points")
    .number("per tenfold p", |row| {
        widths.error_per_decade(row.0).map(Estimate::percent)
    })
    .unit("points")
    .number("rank correlation", |row| widths.rank_correlation(row.0))
    .note(
        "Of the widths that reach 0.01 nats with every seed. Test error of the widest minus that \
         of the narrowest, its slope on log₁₀ p, and Spearman's correlation with p: each within \
         seeds, then the mean with 95 % interval. Tradition predicts that all three are positive.",
    )
}

/// The numbers of the figure.
pub fn table(widths: &WidthStudy, settings: &Settings) -> Table {
    let rows = LABELINGS.map(|labels| widths.of_labels(labels)).concat();
    let parameters = |cell: &WidthCell| widths.parameters(cell);
    let per_image = |p: usize| Cell::fixed(p as f64 / settings.sizes.0 as f64, 1);
    let missed = missed(widths).unwrap_or_default();
    let table = Table::of("widths", "Networks of several widths", rows);
    table
        .text("labels", |cell| name(cell.1))
        .number("units", |cell| cell.0)
        .number("parameters p", parameters)
        .number("p / n", |cell| parameters(cell).map(per_image))
        .text("target reached", |cell| {
            let (reached, all) = widths.reached_cost(cell);
            format!("{reached} of {all}")
        })
        .percent("training error", |cell| {
            widths.fraction(cell, |run| run.train_error)
        })
        .percent("test error", |cell| {
            widths.fraction(cell, |run| run.test_error)
        })
        .number("Frobenius norm", |cell| {
            widths.geometric_mean(cell, |run| run.frobenius_norm)
        })
        .number("path norm / margin", |cell| {
            widths.geometric_mean(cell, |run| run.path_norm)
        })
        .note(format!(
            "Mean over seeds (geometric for norms) with 95 % interval. Training error: on the \
             labels given. Test error: on true labels. The Frobenius norm holds \
             the initial weights too, of which a wider network has more. Path norm: l2, over the \
             margin, which no rescaling of the weights changes. {missed}"
        ))
}

/// What is published of it.
pub fn published() -> Vec<String> {
    vec![
        "Width: Neyshabur, Tomioka and Srebro 2015 (arXiv 1412.6614, Figure 1) trained networks of \
         one hidden layer on MNIST and CIFAR-10 and found that test error goes on falling with the \
         number of units after the training error is zero, which they show as curves without \
         numbers. Belkin et al. 2019 (arXiv 1812.11118) find the peak of the test error at the \
         interpolation threshold. Their networks, data and stopping rules differ from ours, so \
         only the direction compares."
            .to_owned(),
    ]
}

/// The finding of each labeling, and what tradition says of it.
pub fn answer(widths: &WidthStudy) -> String {
    let findings = LABELINGS.map(|labels| {
        let Some((narrowest, widest, difference)) = widths.widest_minus_narrowest(labels) else {
            return format!(
                "With {} fewer than two widths reached the target with every seed, so nothing is \
                 compared.",
                name(labels)
            );
        };
        let count = |cell| widths.parameters(&cell).map(|p| fixed(p as f64, 0));
        format!(
            "With {}, from {} to {} parameters of networks that fit, test error changes by {} \
             points, {}.",
            name(labels),
            or_unknown(count(narrowest)),
            or_unknown(count(widest)),
            difference.percent(),
            against_tradition(difference.interval)
        )
    });
    findings.join(" ")
}

/// What a change of the test error with more parameters means to tradition.
fn against_tradition(change: Option<Interval>) -> &'static str {
    match change {
        Some(i) if i.low > 0.0 => "the rise that tradition predicts",
        Some(i) if i.high < 0.0 => "where tradition predicts a rise",
        _ => "neither the rise that tradition predicts nor a fall",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tradition_is_right_wrong_or_not_decided() {
        let said = |low, high| against_tradition(Some(Interval::new(low, high)));
        assert!(said(0.1, 0.2).starts_with("the rise"));
        assert!(said(-0.2, -0.1).starts_with("where"));
        assert!(said(-0.2, 0.1).contains("neither"));
        assert!(against_tradition(None).contains("neither"));
    }
}
