//! The effects that the verdict rests on, one under the other.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Figure, FigureText, Forest, ForestPanel, ForestRow};

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
            Self::Ratio => ("Ratios", Axis::log("Ratio of norms")),
            Self::Points => (
                "Differences of the test error",
                Axis::linear("Difference in test error (points)"),
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
pub fn forest(
    stratum: &str,
    title: &str,
    rows: &[(EffectScale, ForestRow)],
) -> Result<Figure, ReportError> {
    let panel = |scale: EffectScale| {
        let of_scale = rows.iter().filter(|(of, _)| *of == scale);
        let of_scale: Vec<ForestRow> = of_scale.map(|(_, row)| row.clone()).collect();
        let measured = of_scale.iter().any(|row| row.value.is_finite());
        let (title, axis) = scale.heading(of_scale.iter().map(|row| row.value));
        measured.then(|| ForestPanel {
            title: title.to_owned(),
            axis,
            rows: of_scale,
        })
    };
    let panels = EffectScale::ALL.into_iter().filter_map(panel).collect();
    Forest { panels }.draw(FigureText::new(
        format!("effects-{stratum}"),
        title,
        "Effects that the verdict rests on, with 95 % interval over blocks; an arrow: it goes on. \
         Line: no effect, or the threshold. Shaded: too small to matter; a row without shade is \
         decided by its line alone. Right: what the rule says.",
        "Rows of effects with intervals beside a line for no effect and a shaded margin; the decision stands at the \
         end of each row.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(effect: Option<f64>, scale: EffectScale) -> (EffectScale, ForestRow) {
        let row = ForestRow {
            label: "share of the effect through the norm".to_owned(),
            value: effect.unwrap_or(f64::NAN),
            interval: None,
            null: 0.5,
            margin: None,
            decision: "holds".to_owned(),
        };
        (scale, row)
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
        // One is in the key.
        assert_eq!((marks(0.7), marks(1.6)), (2, 2));
    }

    #[test]
    fn a_scale_without_a_measured_effect_has_no_panel() {
        let measured = row(Some(1.2), EffectScale::Ratio);
        let missing = row(None, EffectScale::Points);
        let svg = forest("mnist", "MNIST", &[measured, missing.clone()])
            .unwrap()
            .svg;
        assert!(svg.contains("Ratios") && !svg.contains("Differences"));
        assert!(matches!(
            forest("mnist", "MNIST", &[missing]),
            Err(ReportError::NothingToDraw { .. })
        ));
    }
}
