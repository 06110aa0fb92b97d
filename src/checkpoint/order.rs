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

/// A key to sort names by: of each part of a dotted name its pieces, where weight
/// and bias go first.
pub(crate) fn natural(name: &str) -> Vec<(u8, Vec<Piece>)> {
    let rank = |part: &str| match part {
        "weight" => 0,
        "bias" => 1,
        _ => 2,
    };
    let parts = name.split(['.', '/']);
    parts.map(|part| (rank(part), pieces(part))).collect()
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
            "1.mean",
            "1.weight",
            "10.weight",
            "2.weight",
            "b10",
            "b1b",
            "b2",
        ];
        let expected = [
            "1.weight",
            "1.bias",
            "1.mean",
            "2.weight",
            "10.weight",
            "b1b",
            "b2",
            "b10",
        ];
        assert_eq!(restored(&names), expected);
        let network = ["fc10.weight", "fc2.weight", "conv.weight"];
        assert_eq!(restored(&network), network);
    }
}
