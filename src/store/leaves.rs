//! The single values in nested ones.

use serde_json::Value;

/// Every number, word and truth value in a JSON value, with its place: `last.train_error`,
/// `margins[3]`. A list or an object without any has none.
///
/// ```
/// use rethink::store::leaves;
/// let value = serde_json::json!({"last": {"error": 0.5}, "margins": [1, 2]});
/// let places: Vec<String> = leaves(&value).into_iter().map(|(place, _)| place).collect();
/// assert_eq!(places, ["last.error", "margins[0]", "margins[1]"]);
/// ```
pub fn leaves(value: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect(value, String::new(), &mut found);
    found
}

fn collect<'a>(value: &'a Value, place: String, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                collect(value, format!("{place}[{index}]"), found);
            }
        }
        Value::Object(fields) => {
            let dot = if place.is_empty() { "" } else { "." };
            for (name, value) in fields {
                collect(value, format!("{place}{dot}{name}"), found);
            }
        }
        single => found.push((place, single)),
    }
}
