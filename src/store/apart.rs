//! What tells results from others of their kind.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Listed, leaves};

/// Of each result the single values of its spec that not all of its kind have, as
/// `name=value`; of the only one of a kind all.
pub fn apart(results: &[&Listed]) -> Vec<Vec<String>> {
    let values: Vec<Vec<String>> = results.iter().map(|l| values(&l.spec)).collect();
    let (mut of_kind, mut having) = (BTreeMap::new(), BTreeMap::new());
    for (l, parts) in results.iter().zip(&values) {
        *of_kind.entry(&l.kind).or_insert(0) += 1;
        for part in parts {
            *having.entry((&l.kind, part)).or_insert(0) += 1;
        }
    }
    let apart = |(l, parts): (&&Listed, &Vec<String>)| {
        let all = of_kind[&l.kind];
        let apart = |part: &&String| all == 1 || having[&(&l.kind, *part)] < all;
        parts.iter().filter(apart).cloned().collect()
    };
    results.iter().zip(&values).map(apart).collect()
}

/// `name=value` of every single value that a list shows.
fn values(spec: &Value) -> Vec<String> {
    let single = |(place, value): (String, &Value)| {
        let name = place.rsplit('.').next()?;
        let left_out = ["checksum", "numerics"].contains(&name) || place.contains('[');
        (!left_out && !value.is_null()).then(|| match value {
            Value::String(text) => format!("{name}={text}"),
            single => format!("{name}={single}"),
        })
    };
    leaves(spec).into_iter().filter_map(single).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::State;

    fn listed(kind: &str, spec: Value) -> Listed {
        Listed {
            kind: kind.to_owned(),
            id: String::new(),
            place: "".into(),
            state: State::Current,
            spec,
            scalars: serde_json::Map::new(),
            seconds: 0.0,
            started: 0,
        }
    }

    #[test]
    fn only_what_differs_within_a_kind_is_named() {
        let spec = |seed: u32| json!({"data": {"n": 5, "checksum": "a"}, "seed": seed});
        let all = [
            listed("run", spec(1)),
            listed("run", spec(2)),
            listed("sum", json!({"name": "x", "list": [1], "none": null})),
        ];
        let all: Vec<&Listed> = all.iter().collect();
        assert_eq!(apart(&all), [["seed=1"], ["seed=2"], ["name=x"]]);
        assert_eq!(apart(&all[..1]), [["n=5", "seed=1"]]);
    }
}
