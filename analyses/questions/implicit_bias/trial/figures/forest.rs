//! The effects that the verdict rests on, one under the other.

use rethink::report::ReportError;
use rethink::report::figure::{self, Axis, Figure, FigureText, Forest, ForestPanel};
use rethink::statistics::Estimate;

/// An effect, and what it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestRow {
    /// What is estimated: `"H2: norm, all examples / 32 per step"`.
    pub label: String,
    /// The effect; none where it could not be estimated.
    pub effect: Option<Estimate>,
    /// What it would be without an effect, or the threshold it must pass.
    pub null: f64,
    /// Effects that do not matter.
    pub margin: Option<(f64, f64)>,
    pub scale: EffectScale,
    /// What was decided, in a word or two.
    pub decision: String,
}

/// What an effect is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectScale {
    /// A factor of norms.
    Ratio,
    /// A difference of test errors, in points.
    Points,
    /// Between −1 and 1.
    Correlation,
}

impl EffectScale {
    const ALL: [Self; 3] = [Self::Ratio, Self::Points, Self::Correlation];

    /// Title and axis of the panel that shows these values.
    fn heading(self, values: impl Iterator<Item = f64>) -> (&'static str, Axis) {
        match self {
            Self::Ratio => ("Factors", Axis::log("Factor")),
            Self::Points => (
                "Differences of the test error",
                Axis::linear("Difference (points)"),
            ),
            Self::Correlation => {
                // A share of an effect may lie outside.
                let finite = values.filter(|value| value.is_finite());
                let (low, high) =
                    finite.fold((-1.0_f64, 1.0_f64), |(l, h), v| (l.min(v), h.max(v)));
                (
                    "Correlations and shares",
                    Axis::linear("Correlation or share").range(low, high),
                )
            }
        }
    }
}

/// The effects of a stratum, one panel per scale.
pub fn forest(stratum: &str, title: &str, rows: &[ForestRow]) -> Result<Figure, ReportError> {
    let panel = |scale: EffectScale| {
        let of_scale = rows.iter().filter(|row| row.scale == scale);
        let rows: Vec<figure::ForestRow> = of_scale.map(drawn).collect();
        let measured = rows.iter().any(|row| row.value.is_finite());
        let (title, axis) = scale.heading(rows.iter().map(|row| row.value));
        measured.then(|| ForestPanel {
            title: title.to_owned(),
            axis,
            rows,
        })
    };
    let panels = EffectScale::ALL.into_iter().filter_map(panel).collect();
    Forest { panels }.draw(FigureText::new(
        format!("effects-{stratum}"),
        format!("Effects and what they are judged by, {title}"),
        "Estimates with 95 % intervals; an arrow: the interval goes on. Line: no effect, or the threshold of the \
         rule. Shaded: the margin within which an effect does not matter. At the right: what the rule, fixed \
         before the runs, says.",
        "Rows of effects with intervals beside a line for no effect and a shaded margin; the decision stands at the \
         end of each row.",
    ))
}

fn drawn(row: &ForestRow) -> figure::ForestRow {
    figure::ForestRow {
        label: row.label.clone(),
        value: row.effect.map_or(f64::NAN, |effect| effect.value),
        interval: row.effect.as_ref().and_then(super::ends),
        null: row.null,
        margin: row.margin,
        decision: row.decision.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(effect: Option<f64>, scale: EffectScale) -> ForestRow {
        ForestRow {
            label: "share of the effect through the norm".to_owned(),
            effect: effect.map(Estimate::exact),
            null: 0.5,
            margin: None,
            scale,
            decision: "holds".to_owned(),
        }
    }

    #[test]
    fn a_share_beyond_one_is_drawn() {
        let marks = |value| {
            let svg = forest(
                "mnist",
                "MNIST",
                &[row(Some(value), EffectScale::Correlation)],
            )
            .unwrap()
            .svg;
            svg.matches("<circle").count()
        };
        assert_eq!((marks(0.7), marks(1.6)), (1, 1));
    }

    #[test]
    fn a_scale_without_a_measured_effect_has_no_panel() {
        let measured = row(Some(1.2), EffectScale::Ratio);
        let missing = row(None, EffectScale::Points);
        let svg = forest("mnist", "MNIST", &[measured, missing.clone()])
            .unwrap()
            .svg;
        assert!(svg.contains("Factors") && !svg.contains("Differences"));
        assert!(matches!(
            forest("mnist", "MNIST", &[missing]),
            Err(ReportError::NothingToDraw { .. })
        ));
    }
}
