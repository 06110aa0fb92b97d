//! Checkpoints of the networks of images, whose arrays do not tell how the layers are wired.

use std::sync::Arc;

use super::{SubjectError, TrainingSet, Wiring};
use crate::checkpoint::{ArrayOrder, Checkpoint};
use crate::network::Architecture;
use crate::network::graph::Layout;
use crate::solution::Weight;

/// A network of images for data of one size.
pub struct Images {
    architecture: Architecture,
    layout: Arc<Layout>,
    /// Its arrays, in its order.
    arrays: Vec<Weight>,
}

impl Images {
    /// The network that is said, if it is one of images.
    ///
    /// # Errors
    /// Data of a size that it is not built for.
    pub fn of(wiring: &Wiring, set: &TrainingSet) -> Option<Result<Self, SubjectError>> {
        let architecture = match wiring {
            Wiring::Network(architecture) if wiring.is_of_images() => architecture,
            _ => return None,
        };
        let [features, classes] = set.widths();
        let build = || {
            let model = architecture.build(features, classes)?;
            Ok(Self {
                architecture: architecture.clone(),
                layout: Arc::clone(model.layout()),
                arrays: model.weights()?,
            })
        };
        Some(build())
    }

    /// Its layers and their wiring.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Puts the arrays of a file into the order of the network; what it does not have goes last.
    ///
    /// # Errors
    /// An array of the network that the file does not have, or has in another shape.
    pub fn arrange(&self, checkpoint: &mut Checkpoint) -> Result<(), SubjectError> {
        let mut arrays = Vec::with_capacity(self.arrays.len());
        for expected in &self.arrays {
            let refuse = |found: String| {
                Err(SubjectError::OtherArrays {
                    architecture: self.architecture.clone(),
                    array: expected.name.clone(),
                    shape: expected.shape.clone(),
                    found,
                })
            };
            let mut file = checkpoint.arrays.iter();
            let Some(at) = file.position(|array| array.name == expected.name) else {
                return refuse("the file has none".to_owned());
            };
            if checkpoint.arrays[at].shape != expected.shape {
                return refuse(format!(
                    "in the file it has {:?}",
                    checkpoint.arrays[at].shape
                ));
            }
            arrays.push(checkpoint.arrays.remove(at));
        }
        arrays.append(&mut checkpoint.arrays);
        checkpoint.arrays = arrays;
        checkpoint.order = ArrayOrder::Registration;
        Ok(())
    }
}
