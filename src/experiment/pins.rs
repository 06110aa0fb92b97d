//! What the experiments come to, pinned on specs so small that they take no time.
//!
//! A stored result is read wherever its id fits, so an output must not change under the
//! id that it has. Every file of `src/experiment/pins/` holds the id of one small spec and its
//! output, a number or word per line.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use rethink::dataset::Dataset;
use rethink::store::{Kind, ResultId, leaves};
use serde::Serialize;
use serde_json::Value;

/// Processors round differently, and a training in single precision carries that on:
/// numbers that agree to this share of themselves, or this closely, are the same.
const RELATIVE: f64 = 5e-5;
const ABSOLUTE: f64 = 1e-7;

/// The images inside the program.
pub fn dataset() -> &'static Dataset {
    static DATASET: OnceLock<Dataset> = OnceLock::new();
    DATASET.get_or_init(|| Dataset::load("fashion-mnist-10k", None).expect("it is embedded"))
}

/// Holds the output of a spec against the one on file, `src/experiment/pins/<name>.txt`.
///
/// `PINS=write` puts it there, but never another output under the id on file.
pub fn pin_output(name: &str, kind: Kind, spec: &impl Serialize, output: &impl Serialize) {
    let id = ResultId::of(kind, spec).to_string();
    let mut lines = vec![format!("id {id}")];
    let output = serde_json::to_value(output).expect("an output is plain data");
    lines.extend(
        leaves(&output)
            .into_iter()
            .map(|(place, value)| match value {
                Value::Number(number) if number.is_f64() => {
                    format!("{place} {:.6e}", number.as_f64().unwrap_or(f64::NAN))
                }
                other => format!("{place} {other}"),
            }),
    );
    let found = lines.join("\n") + "\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/experiment/pins");
    let path = path.join(format!("{name}.txt"));
    let pinned = fs::read_to_string(&path).unwrap_or_default();
    if same(&pinned, &found) {
        return;
    }
    let known = pinned.lines().next() == found.lines().next();
    assert!(
        !known,
        "{name}: the output changed: raise NUMERICS_VERSION or put the new input into the spec. \
         It is now:\n{found}"
    );
    assert!(
        std::env::var_os("PINS").is_some_and(|value| value == "write"),
        "{name}: the spec or a version changed; if it was meant to, pin the output with PINS=write. \
         It is now:\n{found}"
    );
    fs::write(&path, found).expect("the file of the pin");
}

/// Whether the lines are the same, their numbers up to rounding.
fn same(pinned: &str, found: &str) -> bool {
    let number = |line: &str| line.rsplit_once(' ')?.1.parse::<f64>().ok();
    let close = |(a, b): (&str, &str)| {
        a == b
            || match (number(a), number(b)) {
                (Some(x), Some(y)) => {
                    let place = |line: &str| line.rsplit_once(' ').map(|(place, _)| place.len());
                    let within = ABSOLUTE.max(RELATIVE * x.abs());
                    place(a) == place(b) && !a.starts_with("id ") && (x - y).abs() <= within
                }
                _ => false,
            }
    };
    pinned.lines().count() == found.lines().count() && pinned.lines().zip(found.lines()).all(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_up_to_rounding_and_all_else_exactly() {
        let pinned = "id 12\n.a 1.000000e0\n.b \"word\"\n";
        assert!(same(pinned, &pinned.replace("1.000000e0", "1.000030e0")));
        for other in [
            pinned.replace("1.000000e0", "1.000100e0"),
            pinned.replace("word", "other"),
            pinned.replace("id 12", "id 13"),
            pinned.replace(".a", ".ab"),
            format!("{pinned}.c 1\n"),
        ] {
            assert!(!same(pinned, &other), "{other}");
        }
    }
}
