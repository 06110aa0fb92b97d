//! Why a sample cannot be fitted.

/// What stands in the way of a network that fits a sample.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressivityError {
    /// Too few points for anything to be interpolated.
    #[error("{points} point is too few to interpolate; give at least 2")]
    TooFewPoints {
        /// Points given.
        points: usize,
    },
    /// Numbers that are no whole number of points, or targets that do not fit.
    #[error(
        "{numbers} numbers and {targets} targets do not make points of {features} numbers with {outputs} targets each"
    )]
    Shape {
        /// Numbers of all points.
        numbers: usize,
        /// Targets of all points.
        targets: usize,
        /// Numbers per point.
        features: usize,
        /// Targets per point.
        outputs: usize,
    },
    /// A coordinate or a target that is not a finite number.
    #[error("{what} of point {point} is {value}; remove the point or repair its data")]
    NotFinite {
        /// "a coordinate" or "a target".
        what: &'static str,
        /// The point, counted from 0.
        point: usize,
        /// The value.
        value: f64,
    },
    /// A label outside the classes.
    #[error("point {point} has label {label}, but there are {classes} classes")]
    LabelOutOfRange {
        /// The point, counted from 0.
        point: usize,
        /// Its label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// One point with two different targets: no function fits both.
    #[error(
        "points {first} and {second} are the same but have {} and {}; no function has two values at one point, so remove one of them",
        describe(.first_target),
        describe(.second_target)
    )]
    Conflict {
        /// The earlier point, counted from 0.
        first: usize,
        /// The later point.
        second: usize,
        /// Targets of the earlier point.
        first_target: Vec<f64>,
        /// Targets of the later point.
        second_target: Vec<f64>,
    },
    /// Different points that no direction tried tells apart.
    #[error(
        "{attempts} random directions did not tell all points apart in {precision} precision: points {first} and {second} differ, but too little; {remedy}"
    )]
    Coincide {
        /// Directions tried.
        attempts: usize,
        /// "single" or "double".
        precision: &'static str,
        /// One point, counted from 0.
        first: usize,
        /// Its neighbour on the last direction.
        second: usize,
        /// What helps.
        remedy: &'static str,
    },
    /// A depth that the hinges cannot be spread over.
    #[error("depth {depth} is not possible with {hinges} hinges; give one from 2 to {}", hinges + 1)]
    Depth {
        /// Layers of weights asked for.
        depth: usize,
        /// Hidden units of the two-layer network.
        hinges: usize,
    },
}

/// "label 3" for a one-hot row, the numbers otherwise.
fn describe(target: &[f64]) -> String {
    let ones = target.iter().filter(|&&t| t == 1.0).count();
    let zeros = target.iter().filter(|&&t| t == 0.0).count();
    match target.iter().position(|&t| t == 1.0) {
        Some(label) if ones == 1 && ones + zeros == target.len() && target.len() > 1 => {
            format!("label {label}")
        }
        _ => format!("targets {target:?}"),
    }
}
