//! From the type of a network to its layers with their wiring.

use dfdx::prelude::ReLU;

use crate::network::graph::{Layer, Layout};

/// A layer, or several in a row, as the type of a network has them.
pub trait Describe {
    /// Adds it to a layout behind a value, and returns the number of the value it computes; its
    /// arrays have names that begin with `name`.
    fn describe(layout: &mut Layout, value: usize, name: &str) -> usize;
}

impl Describe for ReLU {
    fn describe(layout: &mut Layout, value: usize, name: &str) -> usize {
        layout.push(name.to_owned(), Layer::Relu, &[value])
    }
}

/// The name of a part of a layer, as dfdx has it.
pub fn part(name: &str, part: &str) -> String {
    match name {
        "" => part.to_owned(),
        _ => format!("{name}.{part}"),
    }
}

macro_rules! tuple {
    ($($layer:ident $index:literal),+) => {
        impl<$($layer: Describe),+> Describe for ($($layer,)+) {
            fn describe(layout: &mut Layout, value: usize, name: &str) -> usize {
                $(let value = $layer::describe(layout, value, &part(name, $index));)+
                value
            }
        }
    };
}

tuple!(A "0", B "1");
tuple!(A "0", B "1", C "2");
tuple!(A "0", B "1", C "2", D "3");
tuple!(A "0", B "1", C "2", D "3", E "4");
tuple!(A "0", B "1", C "2", D "3", E "4", F "5");
