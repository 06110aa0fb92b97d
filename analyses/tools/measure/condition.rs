//! `--fail-if`: a bound on a value, for use in pipelines.

use rethink::measure::{Aggregation, Condition, Layer, Relation, Report};

use super::cards;
use crate::cli::exit::UsageError;

/// Reads `ID>VALUE` or `LAYER:ID>VALUE`.
pub fn parse(text: &str) -> Result<Condition, String> {
    let split = (Relation::ALL.iter())
        .find_map(|&relation| Some((text.split_once(relation.sign())?, relation)));
    let Some(((value, bound), relation)) = split else {
        return Err("give ID or LAYER:ID, one of > < >= <=, and a number: 'alpha>6'".to_owned());
    };
    let number: Option<f64> = bound.trim().parse().ok();
    let Some(bound) = number.filter(|number| number.is_finite()) else {
        return Err(format!(
            "'{}' is not a number to compare with",
            bound.trim()
        ));
    };
    // Names of layers may hold a colon, ids do not.
    let (layer, id) = match value.rsplit_once(':') {
        Some((layer, id)) => (Some(layer.to_owned()), id),
        None => (None, value),
    };
    let card = cards::parse(id.trim())?;
    match (&layer, card.aggregation) {
        (None, Aggregation::LayersOnly) => Err(format!(
            "{id} has values of layers only: name one, as in 'LAYER:{id}>1'"
        )),
        (Some(_), Aggregation::WholeNetwork) => {
            Err(format!("{id} has no values of layers: leave the layer out"))
        }
        _ => Ok(Condition {
            layer,
            card,
            relation,
            bound,
        }),
    }
}

/// Refuses a layer that is not there, before anything is computed.
pub fn check(condition: &Condition, layers: &[Layer]) -> Result<(), UsageError> {
    match &condition.layer {
        Some(layer) if !layers.iter().any(|known| known.name == *layer) => Err(UsageError(
            format!("--fail-if names the layer '{layer}', which is not there"),
        )),
        _ => Ok(()),
    }
}

/// Why the check fails, if it does: the condition holds, or there is no number to
/// compare.
pub fn failure(condition: &Condition, report: &Report) -> Option<String> {
    match condition.value(report) {
        None => Some(format!(
            "{condition} cannot be decided: the value is undefined"
        )),
        Some(value) if condition.holds(value) => Some(format!("{condition} holds: it is {value}")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_layers_and_numbers_are_read() {
        for (text, shown) in [
            ("frobenius-norm>1", "frobenius-norm > 1"),
            ("frobenius-norm <= 1e3", "frobenius-norm <= 1000"),
            (
                "model:fc.1:spectral-norm>=-2.5",
                "model:fc.1:spectral-norm >= -2.5",
            ),
            (":spectral-norm<2", ":spectral-norm < 2"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), shown);
        }
        for (text, word) in [
            ("frobenius-norm", "one of > < >= <="),
            ("frobenius-norm>big", "'big'"),
            ("frobenius-norm>inf", "'inf'"),
            ("frobenius-norn>1", "frobenius-norm"),
            ("spectral-norm>1", "layers only"),
            ("0:path-norm-l2>1", "no values of layers"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
