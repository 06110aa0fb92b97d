//! What the order of the arrays in a file says.

use std::path::PathBuf;

use super::Format;
use crate::solution::Weight;

/// Where the order of a checkpoint's arrays comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrayOrder {
    /// The program that trained the network made them in this order, usually but not
    /// necessarily the one it uses them in.
    Registration,
    /// The writer of the file sorted them, or may have: it says nothing of the network.
    Sorted,
    /// It was taken from another file of the same arrays.
    Of(PathBuf),
}

impl ArrayOrder {
    /// A state dict keeps the order of its entries, and so does NumPy; either may have
    /// been sorted before. The library of safetensors sorts by type and name, and other
    /// programs write a hash table as it comes.
    pub(super) fn of(format: Format, arrays: &[Weight]) -> Self {
        let sorted = arrays.is_sorted_by_key(|array| &*array.name);
        // PyTorch makes weight before bias and 2 before 10; the alphabet does not.
        let only_alphabet = || !arrays.is_sorted_by_key(|array| natural(&array.name));
        match format {
            Format::Pytorch if !(sorted && only_alphabet()) => Self::Registration,
            Format::Npz if !sorted => Self::Registration,
            _ => Self::Sorted,
        }
    }
}

/// Puts `"2.weight"` before `"10.weight"`, for people to read.
pub(super) fn restore(arrays: &mut [Weight]) {
    arrays.sort_by_cached_key(|array| natural(&array.name));
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

    fn arrays(names: &[&str]) -> Vec<Weight> {
        let array = |name: &&str| Weight {
            name: (*name).to_owned(),
            shape: vec![],
            values: vec![],
        };
        names.iter().map(array).collect()
    }

    #[test]
    fn numbers_order_the_arrays_of_a_file_that_the_alphabet_orders() {
        let mut names = arrays(&[
            "1.bias",
            "1.mean",
            "1.weight",
            "10.weight",
            "2.weight",
            "b10",
            "b1b",
            "b2",
        ]);
        restore(&mut names);
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
        assert_eq!(names, arrays(&expected));
    }

    #[test]
    fn a_sorted_file_says_nothing_of_the_order() {
        let (alphabet, natural, own) = (
            ["0.bias", "0.weight", "10.weight", "2.weight"],
            ["alpha.weight", "body.weight", "inp.weight", "out.weight"],
            ["inp.weight", "body.weight", "alpha.weight", "out.weight"],
        );
        let registered = |format| {
            [alphabet, natural, own]
                .map(|names| ArrayOrder::of(format, &arrays(&names)) == ArrayOrder::Registration)
        };
        assert_eq!(registered(Format::Pytorch), [false, true, true]);
        assert_eq!(registered(Format::Npz), [false, false, true]);
        assert_eq!(registered(Format::Safetensors), [false; 3]);
    }
}
