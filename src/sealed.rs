//! JSON with its checksum inside.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::sha256;

/// Before the checksum, of everything before it.
const BEFORE: &str = ",\n  \"sha256\": \"";
const AFTER: &str = "\"\n}\n";
const DIGITS: usize = 64;

/// A struct as pretty JSON with one more field, `sha256`, which is last.
///
/// ```text
/// {
///   …,
///   "sha256": "<of all bytes before the comma>"
/// }
/// ```
///
/// ```
/// use rethink::sealed;
/// let text = sealed::seal(&serde_json::json!({ "answer": 42 }));
/// let back: serde_json::Value = sealed::open(text.as_bytes()).unwrap();
/// assert_eq!(back["answer"], 42);
/// assert!(sealed::open::<serde_json::Value>(text.replace("42", "43").as_bytes()).is_err());
/// ```
///
/// # Panics
/// Of what is no struct with fields.
pub fn seal(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("plain data with string keys");
    let body = text.strip_suffix("\n}").expect("a struct with fields");
    format!("{body}{BEFORE}{}{AFTER}", sha256(body.as_bytes()))
}

/// What was sealed, or what is wrong with it.
///
/// # Errors
/// Bytes that are not as [`seal`] made them, or are of another type.
pub fn open<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let tail = BEFORE.len() + DIGITS + AFTER.len();
    let body = (bytes.len().checked_sub(tail)).map(|length| bytes.split_at(length));
    let expected = |body: &[u8]| format!("{BEFORE}{}{AFTER}", sha256(body));
    match body {
        Some((body, tail)) if tail == expected(body).as_bytes() => {
            serde_json::from_slice(bytes).map_err(|error| error.to_string())
        }
        Some((_, tail)) if tail.starts_with(BEFORE.as_bytes()) => {
            Err("its checksum does not match".to_owned())
        }
        _ => Err("it does not end with its checksum".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_covered() {
        let text = seal(&serde_json::json!({ "a": [1.5, 2.0], "b": "c" }));
        let whole = text.as_bytes();
        assert!(open::<serde_json::Value>(whole).is_ok());
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.to_vec();
                flipped[at] ^= 1 << bit;
                assert!(open::<serde_json::Value>(&flipped).is_err(), "{at}, {bit}");
            }
            assert!(open::<serde_json::Value>(&whole[..at]).is_err(), "{at}");
        }
        let longer = format!("{text} ");
        assert!(open::<serde_json::Value>(longer.as_bytes()).is_err());
    }
}
