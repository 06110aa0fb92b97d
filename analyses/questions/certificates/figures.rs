//! Certificates against label noise and against the number of images, and the price of a label.

use rethink::experiment::certificates::share_drawn;
use rethink::report::ReportError;
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Panel, Panels, Point, Series};
use rethink::text::bound::at_most;
use rethink::treatment::Treatment;

use super::findings::Findings;
use super::settings::Cell;

const CERTIFICATE: &str = "certificate";
const HELD_OUT: &str = "held-out bound";

/// One figure of three plots.
pub fn figure(findings: &Findings) -> Result<Figure, ReportError> {
    let settings = &findings.settings;
    let panels = vec![
        Panel::new("Label noise", against_noise(findings)),
        Panel::new("Number of images", against_images(findings)),
        Panel::new("The price of a label", price(findings)),
    ];
    let seeds = match settings.seeds.len() {
        1 => String::new(),
        several => format!(" Limits are the largest of {several} seeds, errors means."),
    };
    let smallest = settings.labelings.iter().copied();
    let smallest = smallest.filter_map(|labels| findings.smallest_norm_bound(labels));
    let beside =
        smallest
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or_else(String::new, |(card, bound)| {
                format!(
                    " Norm bounds have no room here: the smallest of all labelings is {} ({}).",
                    at_most(bound, 2),
                    card.name
                )
            });
    let betas = &settings.price.1;
    let text = FigureText::new(
        "against-noise",
        "Certificates against label noise and images, and the price of a label",
        format!(
            "Label noise: {} training images, errors under the law of the training labels. Number of \
             images: true labels where nothing else is said. Price: {} training images; every mark is a \
             posterior, and from left to right its divergence from the prior weighs less in training \
             (β from {} down to {}).{seeds}{beside}",
            settings.train,
            settings.price.0,
            betas.first().copied().unwrap_or(f64::NAN),
            betas.last().copied().unwrap_or(f64::NAN),
        ),
        "The certificate, the bound from held-out examples and the test error rise with the share \
         of random labels. The certificate on true labels falls with the number of images, on random \
         labels it stays above guessing. Random labels cost more nats for the same training error \
         than true labels.",
    );
    Panels { panels, columns: 3 }.draw(text)
}

fn series<X: Copy>(
    name: &str,
    at: &[X],
    place: impl Fn(X) -> Option<f64>,
    of: impl Fn(X) -> Option<f64>,
) -> Series {
    let points = at
        .iter()
        .filter_map(|&x| Some(Point::new(place(x)?, of(x)?)));
    Series::new(name, points.collect())
}

fn against_noise(findings: &Findings) -> Curves {
    let (labelings, train) = (&findings.settings.labelings, findings.settings.train);
    let of = |name: &str, number: &dyn Fn(Treatment) -> Option<f64>| {
        series(
            name,
            labelings,
            |labels| Some(100.0 * share_drawn(labels)),
            number,
        )
    };
    let test = of("test error, random weights", &|labels| {
        let found = findings.certified(&findings.main(labels), |found| {
            findings.noisy(labels, found.test_gibbs)
        });
        Some(found?.value)
    });
    let curves = vec![
        of(CERTIFICATE, &|labels| {
            findings.certificate(&findings.main(labels))
        }),
        of(HELD_OUT, &|labels| findings.held_out_bound((labels, train))),
        test.dashed(),
    ];
    let x = Axis::linear("Labels drawn at random (%)");
    guessing(findings, Curves::new(x, error("Error"), curves))
}

fn against_images(findings: &Findings) -> Curves {
    let [clean, random] = findings.both();
    let sizes = &findings.settings.sizes;
    let place = |train: usize| Some(train as f64);
    let certificate = |name: &str, labels| {
        series(name, sizes, place, |train| {
            let cell = Cell {
                train,
                ..findings.main(labels)
            };
            findings.certificate(&cell)
        })
    };
    let held_out = series(HELD_OUT, sizes, place, |train| {
        findings.held_out_bound((clean, train))
    });
    let curves = vec![
        certificate(CERTIFICATE, clean),
        held_out,
        certificate("certificate, random labels", random),
    ];
    let x = Axis::log("Training images");
    guessing(
        findings,
        Curves::new(x, error("Limit of the error"), curves),
    )
}

fn price(findings: &Findings) -> Curves {
    let (train, betas) = &findings.settings.price;
    let of = |name: &str, labels| {
        let cell = |beta| Cell {
            train: *train,
            beta,
            ..findings.main(labels)
        };
        let cost = |beta| {
            let cost = findings.certified(&cell(beta), |f| f.certificate.kl_per_example())?;
            Some(cost.value)
        };
        series(name, betas, cost, |beta| {
            let error = findings.certified(&cell(beta), |found| found.train_gibbs)?;
            Some(error.value)
        })
    };
    let [clean, random] = findings.both();
    let curves = vec![
        of("training error, true labels", clean),
        of("training error, random labels", random),
    ];
    let x = Axis::log("KL an example (nats)");
    guessing(findings, Curves::new(x, error("Training error"), curves))
}

fn error(label: &str) -> Axis {
    Axis::linear(label).range(0.0, 1.0)
}

fn guessing(findings: &Findings, curves: Curves) -> Curves {
    curves.reference(findings.chance(), "guessing")
}
