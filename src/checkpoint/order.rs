//! The order of arrays in a file that sorts them by name.

use crate::solution::Weight;

/// Puts `"2.weight"` before `"10.weight"` if the arrays come as the alphabet has
/// them: such a file does not say how its layers follow each other, but
/// numbers do.
pub(super) fn restore(arrays: &mut [Weight]) {
    if arrays.is_sorted_by_key(|array| array.name.as_str()) {
        arrays.sort_by_cached_key(|array| natural(&array.name));
    }
}

/// A piece of a name; a number goes before a text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    Number(u128),
    Text(String),
}

/// A key to sort names by: for each part of a dotted name whether it is a bias, which goes after the
/// weight, and its pieces.
pub(crate) fn natural(name: &str) -> Vec<(bool, Vec<Piece>)> {
    let parts = name.split(['.', '/']);
    parts.map(|part| (part == "bias", pieces(part))).collect()
}

/// `"conv12"` is `"conv"` and 12.
fn pieces(part: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = part;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits);
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        pieces.push(match piece.parse() {
            Ok(number) => Piece::Number(number),
            Err(_) => Piece::Text(piece.to_owned()),
        });
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored(names: &[&str]) -> Vec<String> {
        let array = |name: &&str| Weight {
            name: (*name).to_owned(),
            shape: vec![],
            values: vec![],
        };
        let mut arrays: Vec<Weight> = names.iter().map(array).collect();
        restore(&mut arrays);
        arrays.into_iter().map(|array| array.name).collect()
    }

    #[test]
    fn numbers_order_the_arrays_of_a_file_that_the_alphabet_orders() {
        let names = [
            "1.bias",
            "1.weight",
            "10.weight",
            "2.weight",
            "block10.0",
            "block9.0",
        ];
        let expected = [
            "1.weight",
            "1.bias",
            "2.weight",
            "10.weight",
            "block9.0",
            "block10.0",
        ];
        assert_eq!(restored(&names), expected);
        let network = ["fc10.weight", "fc2.weight", "conv.weight"];
        assert_eq!(restored(&network), network);
    }
}
