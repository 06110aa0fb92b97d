//! What can be wrong with a network or its outputs.

use thiserror::Error;

/// Weights or outputs that do not determine the measures.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// There is nothing to measure.
    #[error("no weight matrix found; give the arrays \"<layer>.weight\" of a trained network")]
    NoLayers,
    /// An array that is neither a weight nor a bias.
    #[error(
        "array \"{name}\" is neither a \"<layer>.weight\" nor a \"<layer>.bias\"; only fully connected layers can be measured"
    )]
    UnknownArray {
        /// Name of the array.
        name: String,
    },
    /// There is no certificate for another reason than what the network is.
    #[error("no certificate: {why}")]
    Certificate {
        /// What the certificate says.
        why: String,
    },
    /// Two arrays of the same name.
    #[error("array \"{name}\" appears twice; give each array once")]
    DuplicateArray {
        /// Name of the array.
        name: String,
    },
    /// A bias without a weight of the same layer.
    #[error("array \"{name}\" has no weight matrix of the same layer; give that too")]
    BiasWithoutWeight {
        /// Name of the bias.
        name: String,
    },
    /// An array of the wrong rank, or with an axis of length 0.
    #[error("array \"{name}\" has shape {shape:?}, but {expected} is needed")]
    Shape {
        /// Name of the array.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The shape that would do.
        expected: String,
    },
    /// An array whose shape and number of values disagree.
    #[error("array \"{name}\" of shape {shape:?} holds {values} values; the file is damaged")]
    ValueCount {
        /// Name of the array.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Values it holds.
        values: usize,
    },
    /// A layer whose inputs are not the outputs of the layer before it.
    #[error(
        "layer \"{layer}\" takes {inputs} inputs, but \"{previous}\" before it has {outputs} outputs; give the layers in network order"
    )]
    Chain {
        /// The layer.
        layer: String,
        /// Its inputs.
        inputs: usize,
        /// The layer before it.
        previous: String,
        /// The outputs of that layer.
        outputs: usize,
    },
    /// An order that does not name every layer once.
    #[error("the order names {given}, but the layers are {known}; name each once")]
    Order {
        /// What was given.
        given: String,
        /// The layers of the file.
        known: String,
    },
    /// A layer or norm that the file does not have.
    #[error("the file has no {kind} \"{name}\"; it has {known}")]
    UnknownModule {
        /// Layer or batch norm.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// Initial and final network differ in their layers.
    #[error(
        "the initial network has layers {initial}, but the trained one has {trained}; give two states of one network"
    )]
    InitialDiffers {
        /// Names and shapes of the initial layers.
        initial: String,
        /// Names and shapes of the trained layers.
        trained: String,
    },
    /// A margin needs at least two classes.
    #[error("outputs have {classes} classes, but a margin needs at least 2")]
    TooFewClasses {
        /// Classes given.
        classes: usize,
    },
    /// Logits and labels do not match, or there are none.
    #[error(
        "{logits} logits do not match {labels} labels of {classes} classes; give one row of logits per label, at least one"
    )]
    LogitCount {
        /// Logits given.
        logits: usize,
        /// Labels given.
        labels: usize,
        /// Classes.
        classes: usize,
    },
    /// A label that is no class.
    #[error("label {label} of sample {sample} is not one of the {classes} classes 0 to {}", .classes - 1)]
    Label {
        /// The sample.
        sample: usize,
        /// Its label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A training set that is not the network's, or not that of the outputs.
    #[error(
        "{inputs} inputs of {features} numbers and {outputs} outputs of {classes} classes do not fit a network that takes {expected_features} numbers and has {expected_classes} outputs; give the training set the network was trained on"
    )]
    TrainingSet {
        /// Inputs given.
        inputs: usize,
        /// Numbers per input.
        features: usize,
        /// Outputs given.
        outputs: usize,
        /// Classes of the outputs.
        classes: usize,
        /// Numbers the network takes.
        expected_features: usize,
        /// Outputs the network has.
        expected_classes: usize,
    },
    /// Layers that do not follow each other.
    #[error(
        "the layers are not known to follow each other: {reason}; only a chain of layers with ReLU between them can be computed or rescaled"
    )]
    NotAChain {
        /// Where the chain breaks.
        reason: String,
    },
    /// A layer that a measure's formula does not hold for.
    #[error(
        "\"{layer}\" is local response normalization, which is not homogeneous: the formula holds \
         for ReLU, maxima and sums"
    )]
    NotPiecewiseLinear {
        /// The layer.
        layer: String,
    },
    /// Inputs that are not the network's.
    #[error(
        "inputs have {features} features, but the network takes {expected}; give the inputs the network was trained on, as it sees them"
    )]
    InputSize {
        /// Numbers per input.
        features: usize,
        /// Numbers the network takes.
        expected: usize,
    },
    /// Outputs that single precision does not tell apart.
    #[error(
        "the outputs on sample {sample} are {largest:.1e} in size and differ by {spread:.1e}: single precision, in which outputs are held, does not tell them apart; subtract what the biases of the last layer have in common"
    )]
    CommonOutput {
        /// The sample.
        sample: usize,
        /// The largest output in absolute value.
        largest: f64,
        /// The largest output minus the smallest.
        spread: f64,
    },
    /// The eigenvalue iteration failed.
    #[error("the singular values of layer \"{layer}\" did not converge; look for extreme weights")]
    NoConvergence {
        /// The layer.
        layer: String,
    },
}
