//! Test error where the norm was moved with the outcome on the training examples held.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Cloud, Figure, FigureText, Mark, Scatter, ScatterPanel};
use rethink::trial::described::Network;
use rethink::trial::design::{Along, Cell, Change, Held, Plan};

use super::super::Shown;
use super::{difference, mark, setting};

/// One figure of two panels where there is one stratum, else two with a panel each.
pub fn figures(plan: &Plan, strata: &[Shown<'_>]) -> Vec<Result<Figure, ReportError>> {
    let several = strata.len() > 1;
    let curves = strata.iter().filter_map(|shown| curve(shown, several));
    let directions = strata.iter().filter_map(|shown| directions(shown, several));
    let (mut curves, directions): (Vec<_>, Vec<_>) = (curves.collect(), directions.collect());
    let alt = "Test error against the factor of the path norm: a curve that rises where the norm \
               matters. Beside it, other changes of the weights by their length.";
    let caption = format!(
        "{}, 95 % intervals. The norm of SGD's networks was moved while the loss of every \
         training example (margins held) or every training logit (logits held) stayed as it was. \
         Hollow: moved away and back to the norm of SGD.",
        setting(plan)
    );
    let aside = "Below: other changes with margins held, by their length; norm doubled, or held \
                 where it was.";
    let text = |id: &str, title: &str, caption: String| FigureText::new(id, title, caption, alt);
    let title = "Test error where the norm is moved and the training outcome held";
    if several {
        let other = text(
            "directions",
            "Test error after other changes of the weights",
            format!(
                "{}, 95 % intervals. Changes of SGD's networks with every training loss held, by \
                 their length; norm doubled, or held where it was.",
                setting(plan)
            ),
        );
        return vec![
            drawn(curves, 2, text("norm-moved", title, caption)),
            drawn(directions, 2, other),
        ];
    }
    curves.extend(directions);
    let caption = format!("{caption} {aside}");
    vec![drawn(curves, 1, text("norm-moved", title, caption))]
}

fn drawn(
    panels: Vec<ScatterPanel>,
    columns: usize,
    text: FigureText,
) -> Result<Figure, ReportError> {
    let scatter = Scatter {
        tagged: columns == 1,
        panels,
        columns,
        aside: String::new(),
    };
    scatter.draw(text)
}

fn at(network: &Network, name: &str) -> Option<Mark> {
    let (norm, error) = (network.path_ratio?, network.error_difference?);
    // The norm is set: how exactly is in the table.
    let mark = mark(name, &norm, &error);
    Some(Mark {
        x_interval: None,
        ..mark
    })
}

fn curve(shown: &Shown<'_>, several: bool) -> Option<ScatterPanel> {
    let mut clouds = Vec::new();
    for (look, held) in [Held::Margins, Held::Logits].into_iter().enumerate() {
        let of = |change: &dyn Fn(Change) -> bool| -> Vec<Mark> {
            let networks = shown.networks.iter().filter(|one| match one.cell {
                Cell::Changed {
                    held: other,
                    change: how,
                } => other == held && change(how),
                _ => false,
            });
            networks.filter_map(|one| at(one, "")).collect()
        };
        let mut line = of(&|change| matches!(change, Change::Dose { .. }));
        if line.is_empty() {
            continue;
        }
        line.push(Mark::new(1.0, 0.0));
        line.sort_by(|a, b| a.x.partial_cmp(&b.x).unwrap_or(std::cmp::Ordering::Equal));
        let back = of(&|change| matches!(change, Change::Return { .. }));
        clouds.push(Cloud {
            label: format!("{held} held"),
            look,
            marks: line,
            joined: true,
        });
        clouds.push(Cloud {
            label: format!("{held} held"),
            look,
            marks: back
                .into_iter()
                .map(|mark| Mark { open: true, ..mark })
                .collect(),
            joined: false,
        });
    }
    let title = match several {
        true => shown.stratum.title(),
        false => "Norm moved".to_owned(),
    };
    (!clouds.is_empty()).then(|| ScatterPanel {
        title: Some(title),
        x: Axis::log("Path norm / SGD's").range(0.45, 4.6),
        y: difference(),
        clouds,
        cross: Some((1.0, 0.0)),
    })
}

/// The changes drawn by their length: how they leave the norm, which they are, their name.
const CHANGES: [(Norm, Change, &str); 7] = {
    const fn along(along: Along) -> Change {
        Change::Direction { along }
    }
    [
        (Norm::Doubled, Change::Dose { factor: 2.0 }, "path norm"),
        (Norm::Doubled, along(Along::Frobenius), "Frobenius"),
        (Norm::Doubled, along(Along::Random), "random"),
        (
            Norm::Doubled,
            along(Along::RandomPerLayer),
            "random per layer",
        ),
        (Norm::Equal, along(Along::RandomAtNorm), "random"),
        (Norm::Equal, along(Along::WrongLabels), "wrong labels"),
        (Norm::Equal, along(Along::RightLabels), "right labels"),
    ]
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Norm {
    Doubled,
    Equal,
}

impl Norm {
    fn words(self) -> &'static str {
        match self {
            Self::Doubled => "norm doubled",
            Self::Equal => "norm as SGD's",
        }
    }
}

fn directions(shown: &Shown<'_>, several: bool) -> Option<ScatterPanel> {
    let mark = |change: Change, name: &str| {
        let cell = Cell::Changed {
            held: Held::Margins,
            change,
        };
        let network = shown.networks.iter().find(|one| one.cell == cell)?;
        let error = network.error_difference?;
        Some(Mark {
            y_interval: super::ends(&error),
            name: name.to_owned(),
            ..Mark::new(network.moved?.length, error.value)
        })
    };
    let cloud = |label: String, look, marks| Cloud {
        label,
        look,
        marks,
        joined: false,
    };
    // A look for every change where there are several plots: small plots have no room for names.
    let of_changes = CHANGES
        .iter()
        .enumerate()
        .map(|(look, (norm, change, name))| {
            let label = format!("{}: {name}", norm.words());
            cloud(label, look, mark(*change, name).into_iter().collect())
        });
    let of_norms = [(Norm::Doubled, 2), (Norm::Equal, 3)]
        .into_iter()
        .map(|(norm, look)| {
            let changes = CHANGES.iter().filter(|(of, ..)| *of == norm);
            let marks = changes.filter_map(|(_, change, name)| mark(*change, name));
            cloud(norm.words().to_owned(), look, marks.collect())
        });
    let (title, clouds): (_, Vec<Cloud>) = match several {
        true => (shown.stratum.title(), of_changes.collect()),
        false => ("Other changes".to_owned(), of_norms.collect()),
    };
    let drawn = clouds.iter().any(|cloud| !cloud.marks.is_empty());
    drawn.then(|| ScatterPanel {
        title: Some(title),
        x: Axis::linear("Length of the change / of the weights"),
        y: difference(),
        clouds,
        cross: Some((0.0, 0.0)),
    })
}
