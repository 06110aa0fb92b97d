//! The norms in which Theorem 1's networks and trained ones are compared: of a
//! network of one hidden layer, and unchanged when a unit is rescaled.

use rethink::experiment::expressivity::Norms;

/// A norm of the table: its name, and how it is read.
pub type Quantity = (&'static str, fn(&Norms) -> f64);

/// The norms of the table; all of them grow like the output, so over the margin they
/// are free of scale.
pub const QUANTITIES: [Quantity; 3] = [
    ("path norm (l1) / margin", |n| n.path_l1 / n.margin),
    ("path norm (l2) / margin", |n| n.path_l2 / n.margin),
    ("Σ ‖w_in‖‖w_out‖ / margin", |n| {
        n.balanced / n.margin
    }),
];
