//! What is compiled in this crate: every operation that is worth the widest vectors.
//!
//! A generic function is compiled where it is called. Each operation is therefore a value that
//! [`Element::run`](crate::Element::run), which is not generic, takes.

use pulp::Arch;

use crate::tile::in_registers;
use crate::{
    Element, average_pooling, batch_norm, convolution, dense, dropout, flatten, local_response,
    max_pooling, relu,
};

/// An operation on numbers of type T.
pub enum Operation<'a, T> {
    DenseForward(dense::Forward<'a, T>),
    DenseBackward(dense::Backward<'a, T>),
    DenseGradient(dense::Gradient<'a, T>),
    ConvolutionForward(convolution::Forward<'a, T, convolution::Lines<'a, T>>),
    ConvolutionForwardOfFew(convolution::Forward<'a, T, convolution::Fours<'a, T>>),
    ConvolutionGradient(
        convolution::Gradient<'a, T, convolution::GradientLines<'a, T>, { convolution::INPUTS }>,
    ),
    ConvolutionGradientOfFew(
        convolution::Gradient<'a, T, convolution::Fours<'a, T>, { convolution::FOUR }>,
    ),
    Descent(dense::Descent<'a, T>),
    Relu(relu::Relu<'a, T>),
    Mask(relu::Mask<'a, T>),
    BatchNormMoments(batch_norm::Sums<'a, T>),
    BatchNorm(batch_norm::Forward<'a, T>),
    BatchNormGradient(batch_norm::Gradient<'a, T>),
    BatchNormBackward(batch_norm::Backward<'a, T>),
    BatchNormDirectional(batch_norm::Directional<'a, T>),
    BatchNormBackwardDirectional(batch_norm::BackwardDirectional<'a, T>),
    LocalResponse(local_response::Forward<'a, T>),
    LocalResponseBackward(local_response::Backward<'a, T>),
    LocalResponseDirectional(local_response::Directional<'a, T>),
    LocalResponseBackwardDirectional(local_response::BackwardDirectional<'a, T>),
    MaxPooling(max_pooling::Forward<'a, T>),
    MaxPoolingBackward(max_pooling::Backward<'a, T>),
    MaxPoolingDirectional(max_pooling::Directional<'a, T>),
    AveragePooling(average_pooling::Forward<'a, T>),
    AveragePoolingBackward(average_pooling::Backward<'a, T>),
    GlobalAverage(average_pooling::GlobalAverage<'a, T>),
    Flatten(flatten::Flatten<'a, T>),
    Unflatten(flatten::Unflatten<'a, T>),
    Dropout(dropout::Mask<'a, T>),
}

/// Runs it.
pub fn run<T: Element>(operation: Operation<'_, T>) {
    let arch = Arch::new();
    match operation {
        Operation::DenseForward(operation) => in_registers(operation),
        Operation::DenseBackward(operation) => in_registers(operation),
        Operation::DenseGradient(operation) => in_registers(operation),
        Operation::ConvolutionForward(operation) => arch.dispatch(operation),
        Operation::ConvolutionForwardOfFew(operation) => arch.dispatch(operation),
        Operation::ConvolutionGradient(operation) => arch.dispatch(operation),
        Operation::ConvolutionGradientOfFew(operation) => arch.dispatch(operation),
        Operation::Descent(operation) => arch.dispatch(operation),
        Operation::Relu(operation) => arch.dispatch(operation),
        Operation::Mask(operation) => arch.dispatch(operation),
        Operation::BatchNormMoments(operation) => arch.dispatch(operation),
        Operation::BatchNorm(operation) => arch.dispatch(operation),
        Operation::BatchNormGradient(operation) => arch.dispatch(operation),
        Operation::BatchNormBackward(operation) => arch.dispatch(operation),
        Operation::BatchNormDirectional(operation) => arch.dispatch(operation),
        Operation::BatchNormBackwardDirectional(operation) => arch.dispatch(operation),
        Operation::LocalResponse(operation) => arch.dispatch(operation),
        Operation::LocalResponseBackward(operation) => arch.dispatch(operation),
        Operation::LocalResponseDirectional(operation) => arch.dispatch(operation),
        Operation::LocalResponseBackwardDirectional(operation) => arch.dispatch(operation),
        Operation::MaxPooling(operation) => arch.dispatch(operation),
        Operation::MaxPoolingBackward(operation) => arch.dispatch(operation),
        Operation::MaxPoolingDirectional(operation) => arch.dispatch(operation),
        Operation::AveragePooling(operation) => arch.dispatch(operation),
        Operation::AveragePoolingBackward(operation) => arch.dispatch(operation),
        Operation::GlobalAverage(operation) => arch.dispatch(operation),
        Operation::Flatten(operation) => arch.dispatch(operation),
        Operation::Unflatten(operation) => arch.dispatch(operation),
        Operation::Dropout(operation) => arch.dispatch(operation),
    }
}
