//! Reading and writing the weights of a typed network by name.

use dfdx::nn::modules::TensorCollection;
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName, ViewTensorRef,
};
use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{Cpu, CpuError, Gradients, Tensor};

use super::model::NetworkError;
use crate::solution::Weight;

/// Every weight array of the network, in the order of its layers.
pub fn read<M: TensorCollection<f32, Cpu>>(model: &M) -> Result<Vec<Weight>, NetworkError> {
    walk(model, None)
}

/// The gradient of every weight array, which must have one.
pub fn read_gradient<M: TensorCollection<f32, Cpu>>(
    model: &M,
    gradients: &Gradients<f32, Cpu>,
) -> Result<Vec<Weight>, NetworkError> {
    walk(model, Some(gradients))
}

/// Replaces every weight array of the network by the one of the same name.
pub fn write<M: TensorCollection<f32, Cpu>>(
    model: &mut M,
    weights: &[Weight],
) -> Result<(), NetworkError> {
    // First the check, so that a mismatch leaves the network as it was.
    check(&read(model)?, weights)?;
    let mut writer = Writer(weights.iter());
    M::iter_tensors(&mut RecursiveWalker {
        m: model,
        f: &mut writer,
    })?;
    Ok(())
}

/// Whether the arrays given have the names and shapes of the network's own.
pub fn check(own: &[Weight], given: &[Weight]) -> Result<(), NetworkError> {
    if own.len() != given.len() {
        return Err(NetworkError::WeightCount {
            expected: own.len(),
            found: given.len(),
        });
    }
    for (own, given) in own.iter().zip(given) {
        if own.name != given.name || own.shape != given.shape {
            return Err(NetworkError::WeightMismatch {
                expected: format!("{} {:?}", own.name, own.shape),
                found: format!("{} {:?}", given.name, given.shape),
            });
        }
    }
    Ok(())
}

fn walk<M: TensorCollection<f32, Cpu>>(
    model: &M,
    gradients: Option<&Gradients<f32, Cpu>>,
) -> Result<Vec<Weight>, NetworkError> {
    let mut reader = Reader {
        gradients,
        read: Vec::new(),
    };
    M::iter_tensors(&mut RecursiveWalker {
        m: (model, String::new()),
        f: &mut reader,
    })?;
    Ok(reader.read)
}

/// Reads every array, or its gradient.
struct Reader<'a> {
    gradients: Option<&'a Gradients<f32, Cpu>>,
    read: Vec<Weight>,
}

impl TensorVisitor<f32, Cpu> for Reader<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = CpuError;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Cpu>,
        (tensor, name): (&Tensor<S, f32, Cpu>, String),
    ) -> Result<Option<Tensor<S, f32, Cpu>>, CpuError> {
        let mut values = vec![0.0; tensor.shape().num_elements()];
        match self.gradients {
            None => tensor.copy_into(&mut values),
            // Nothing moves running statistics along a gradient.
            Some(gradients) if options.do_gradient_update => {
                gradients.get(tensor).copy_into(&mut values)
            }
            Some(_) => {}
        }
        self.read.push(Weight {
            name,
            shape: tensor.shape().concrete().into(),
            values,
        });
        Ok(None)
    }
}

struct Writer<'a>(std::slice::Iter<'a, Weight>);

impl TensorVisitor<f32, Cpu> for Writer<'_> {
    type Viewer = ViewTensorMut;
    type Err = CpuError;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, Cpu>,
        tensor: &mut Tensor<S, f32, Cpu>,
    ) -> Result<Option<Tensor<S, f32, Cpu>>, CpuError> {
        let weight = self.0.next().ok_or(CpuError::WrongNumElements)?;
        tensor.copy_from(&weight.values);
        Ok(None)
    }
}
