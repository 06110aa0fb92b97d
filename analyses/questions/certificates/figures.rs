//! Certificates against label noise and against the number of images, and the price of a label.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Point, Series};
use rethink::statistics::Estimate;
use rethink::treatment::Treatment;

use super::findings::Findings;
use super::settings::Cell;

pub fn figures(findings: &Findings) -> Vec<Result<Figure, ReportError>> {
    vec![
        against_noise(findings),
        against_images(findings),
        price(findings),
    ]
}

fn percent(labels: Treatment) -> f64 {
    match labels {
        Treatment::CorruptedLabels { probability } => 100.0 * probability,
        Treatment::RandomLabels => 100.0,
        _ => 0.0,
    }
}

/// `, means over 3 seeds`, where there are several.
fn seeds(findings: &Findings) -> String {
    match findings.settings.seeds.len() {
        1 => String::new(),
        several => format!(", means over {several} seeds"),
    }
}

fn against_noise(findings: &Findings) -> Result<Figure, ReportError> {
    let (labelings, train) = (&findings.settings.labelings, findings.settings.train);
    let series = |name: &str, of: &dyn Fn(Treatment) -> Option<Estimate>| {
        let points = labelings
            .iter()
            .filter_map(|&labels| Some(Point::new(percent(labels), of(labels)?.value)));
        Series::new(name, points.collect())
    };
    let curves = Curves::new(
        Axis::linear("Labels drawn at random (%)"),
        Axis::linear("Error").range(0.0, 1.0),
        vec![
            series("certificate", &|labels| {
                findings.certified(&findings.main(labels), |found| found.certificate.risk)
            }),
            series("held-out bound", &|labels| {
                findings.held_out((labels, train), |found| found.risk)
            }),
            series("test error, random weights", &|labels| {
                findings.certified(&findings.main(labels), |found| {
                    findings.noisy(labels, found.test_gibbs)
                })
            })
            .dashed(),
        ],
    );
    let curves = curves.reference(findings.chance(), "guessing");
    let bounds = labelings
        .iter()
        .filter_map(|&labels| findings.smallest_norm_bound(labels));
    let smallest = bounds.min_by(|a, b| a.1.total_cmp(&b.1));
    let beside = smallest.map_or_else(String::new, |(card, bound)| {
        format!(
            " Norm bounds have no room here: the smallest of all labelings is {} ({}).",
            rethink::text::bound::at_most(bound, 2),
            card.name
        )
    });
    curves.draw(FigureText::new(
        "against-noise",
        "Certificates against label noise",
        format!(
            "{train} training images{}. Errors under the law of the training labels.{beside}",
            seeds(findings)
        ),
        "The certificate, the bound from held-out examples and the test error rise with the share \
         of random labels.",
    ))
}

fn against_images(findings: &Findings) -> Result<Figure, ReportError> {
    let [clean, random] = findings.both();
    let sizes = &findings.settings.sizes;
    let certificate = |labels| {
        let points = sizes.iter().filter_map(|&train| {
            let cell = Cell {
                train,
                ..findings.main(labels)
            };
            let risk = findings.certified(&cell, |found| found.certificate.risk)?;
            Some(Point::new(train as f64, risk.value))
        });
        points.collect::<Vec<_>>()
    };
    let held_out = sizes.iter().filter_map(|&train| {
        let risk = findings.held_out((clean, train), |found| found.risk)?;
        Some(Point::new(train as f64, risk.value))
    });
    let curves = Curves::new(
        Axis::log("Training images"),
        Axis::linear("Limit of the error").range(0.0, 1.0),
        vec![
            Series::new("certificate, true labels", certificate(clean)),
            Series::new("held-out bound, true labels", held_out.collect()),
            Series::new("certificate, random labels", certificate(random)),
        ],
    );
    let curves = curves.reference(findings.chance(), "guessing");
    curves.draw(FigureText::new(
        "against-images",
        "Certificates against the number of training images",
        format!("Held out: a sixth of the images{}.", seeds(findings)),
        "The certificate on true labels falls with the number of images; on random labels it stays \
         above guessing.",
    ))
}

fn price(findings: &Findings) -> Result<Figure, ReportError> {
    let (train, betas) = &findings.settings.price;
    let series = |name: &str, labels| {
        let points = betas.iter().filter_map(|&beta| {
            let cell = Cell {
                train: *train,
                beta,
                ..findings.main(labels)
            };
            let cost = findings.certified(&cell, |found| found.certificate.kl_per_example())?;
            let error = findings.certified(&cell, |found| found.train_gibbs)?;
            Some(Point::new(cost.value, error.value))
        });
        Series::new(name, points.collect())
    };
    let [clean, random] = findings.both();
    let curves = Curves::new(
        Axis::log("KL an example (nats)"),
        Axis::linear("Training error, random weights").range(0.0, 1.0),
        vec![
            series("true labels", clean),
            series("random labels", random),
        ],
    );
    let curves = curves.reference(findings.chance(), "guessing");
    curves.draw(FigureText::new(
        "price-of-a-label",
        "The price of a label",
        format!(
            "{train} training images{}. Every mark is a posterior: from left to right its \
             divergence from the prior weighs less in training (β from {} down to {}).",
            seeds(findings),
            betas.first().copied().unwrap_or(f64::NAN),
            betas.last().copied().unwrap_or(f64::NAN),
        ),
        "Training error against the divergence an example: random labels cost more nats for the \
         same training error than true labels.",
    ))
}
