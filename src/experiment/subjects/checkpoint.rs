//! Checkpoints: arrays that become layers, by what the file shows and what is given.

use std::path::{Path, PathBuf};

use super::images::Images;
use super::{Source, SubjectError, TrainingSet, Wiring, geometries, sha256};
use crate::checkpoint::{self, ArrayOrder, Checkpoint};
use crate::measure::{
    Assumption, Geometry, Interpretation, MeasureError, Reading, Subject, compare_moments,
    interpret, wired_reading,
};

/// What is known of a checkpoint beside the file.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// How its arrays are read; the order of the arrays is the file's, and the widths are
    /// those of the data.
    pub reading: Reading,
    /// The same network at initialization.
    pub initial: Option<PathBuf>,
    /// Other states of the network, which may tell the order of the arrays where the file
    /// does not.
    pub others: Vec<PathBuf>,
    /// Size of the images that convolutions are applied to, height first.
    pub image: Option<[usize; 2]>,
    /// Geometries of single convolutions, by the names of the layers.
    pub convolutions: Vec<(String, Geometry)>,
}

impl Source {
    /// Reads a checkpoint; with a training set, the network is sent through it, wired as
    /// is said.
    ///
    /// # Errors
    /// A file that is no checkpoint, arrays that make no layers, or layers that are not
    /// what is said of them.
    pub fn of_checkpoint(
        path: &Path,
        given: &Given,
        data: Option<(&TrainingSet, &Wiring)>,
    ) -> Result<Self, SubjectError> {
        let (read, sha256) = rayon::join(|| checkpoint::read(path), || sha256(path));
        let mut checkpoint = read?;
        order_like_another(&mut checkpoint, given)?;
        let (format, sha256) = (checkpoint.format, sha256?);
        let set = data.map(|(set, _)| set);
        let of_images = data.and_then(|(set, wiring)| Images::of(wiring, set));
        let of_images = of_images.transpose()?;
        let reading = match &of_images {
            Some(network) => {
                network.arrange(&mut checkpoint)?;
                Reading {
                    epsilon: given.reading.epsilon,
                    ..wired_reading(network.layout())
                }
            }
            None => Reading {
                array_order: checkpoint.order.clone(),
                widths: set.map(TrainingSet::widths),
                ..given.reading.clone()
            },
        };
        let rounded = checkpoint.rounded;
        let trained = interpretation(checkpoint, &reading)?;
        let initial = match &given.initial {
            Some(path) => {
                let initial = |reading| {
                    let mut initial = checkpoint::read(path)?;
                    if let Some(network) = &of_images {
                        network.arrange(&mut initial)?;
                    }
                    interpretation(initial, reading)
                };
                Some(match initial(&reading.like(&trained)) {
                    // Another network; the subject says how it differs.
                    Err(error) if is_of_layers(&error) => initial(&reading)?.layers,
                    other => other?.layers,
                })
            }
            None => None,
        };
        let geometries = geometries(given.image, &given.convolutions, &trained.layers)?;
        let assumptions = assumptions(&trained, rounded, given, set);
        let moments = match (set, &trained.chain) {
            (Some(set), Ok(_)) => compare_moments(&trained.layers, &trained.folded, &set.inputs)?,
            _ => vec![],
        };
        let mut subject = Subject::new(trained.layers, initial)?;
        if let Err(why) = trained.chain {
            subject = subject.with_no_chain(why);
        }
        if let Some(geometries) = geometries {
            subject = subject.with_geometries(geometries);
        }
        if let Some(network) = &of_images {
            subject = subject.with_wiring(network.layout());
        }
        if let Some((set, wiring)) = data {
            subject = set.attach(subject, wiring)?;
        }
        Ok(Self {
            subject,
            skipped: trained.skipped,
            folded: trained.folded,
            moments,
            assumptions,
            transposed: trained.transposed,
            format: Some(format),
            sha256,
            origin: set.map(|set| set.origin.clone()),
        })
    }
}

/// What is taken for granted of a checkpoint, whose numbers may have been rounded.
fn assumptions(
    found: &Interpretation,
    rounded: bool,
    given: &Given,
    data: Option<&TrainingSet>,
) -> Vec<Assumption> {
    let epsilon = given.reading.epsilon;
    let inputs = |set: &TrainingSet| Assumption::Inputs {
        preprocessing: set.origin.preprocessing,
        rounded: set.origin.rounded,
    };
    let axes = || Assumption::Axes {
        layers: found.axes_assumed.clone(),
    };
    let geometry = given.image.is_some() || !given.convolutions.is_empty();
    [
        Assumption::chain(found),
        (!found.folded.is_empty()).then_some(Assumption::BatchNorm { epsilon }),
        data.map(inputs),
        (!found.axes_assumed.is_empty()).then(axes),
        geometry.then_some(Assumption::Groups),
        rounded.then_some(Assumption::Precision),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Takes the order of the arrays, if the file does not tell it, from another that does.
fn order_like_another(checkpoint: &mut Checkpoint, given: &Given) -> Result<(), SubjectError> {
    for other in given.initial.iter().chain(&given.others) {
        if checkpoint.order != ArrayOrder::Sorted || given.reading.order.is_some() {
            break;
        }
        if *other != checkpoint.path && other.is_file() {
            let other = checkpoint::read(other)?;
            if other.order == ArrayOrder::Registration {
                checkpoint.reorder_like(&other);
            }
        }
    }
    Ok(())
}

/// Whether an order or a fold names what the file does not have.
fn is_of_layers(error: &SubjectError) -> bool {
    let SubjectError::Arrays { source, .. } = error else {
        return false;
    };
    matches!(
        source,
        MeasureError::Order { .. } | MeasureError::UnknownModule { .. }
    )
}

/// The layers of a checkpoint, with the array that is in none of them.
fn interpretation(
    checkpoint: Checkpoint,
    reading: &Reading,
) -> Result<Interpretation, SubjectError> {
    let path = checkpoint.path;
    let mut found = match interpret(checkpoint.arrays, reading) {
        Ok(found) => found,
        Err(source) => return Err(SubjectError::Arrays { path, source }),
    };
    if let (Ok(_), Some(other)) = (&found.chain, checkpoint.skipped.iter().find(|s| !s.inert)) {
        found.chain = Err(format!("\"{}\" is not read: {}", other.name, other.reason));
    }
    found.skipped.splice(0..0, checkpoint.skipped);
    if let ([], [first, ..]) = (&found.layers[..], &found.skipped[..]) {
        return Err(SubjectError::NoLayers {
            path,
            arrays: found.skipped.len(),
            first: first.name.clone(),
            reason: first.reason.clone(),
        });
    }
    Ok(found)
}
