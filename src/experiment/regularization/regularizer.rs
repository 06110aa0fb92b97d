//! The explicit regularizers, and how strong each is.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::training::{Augmentation, EarlyStopping, Regularization};

/// What a network is regularized with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Regularizer {
    /// Nothing.
    None,
    /// A penalty on the squares of the weights.
    WeightDecay,
    /// Dropping units of hidden dense layers.
    Dropout,
    /// Random crops of the training images.
    Crop,
    /// Random flips of left and right, and rotations: the paper's data augmentation.
    FlipsAndRotation,
    /// Crops and weight decay, the pair of the paper's Table 1.
    CropAndWeightDecay,
    /// Stopping by the error on training images that are held out.
    EarlyStopping,
    /// Weight decay, dropout, crops, flips and rotations.
    All,
}

/// Text that names no regularizer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no regularizer is called '{0}'; choose from {names}", names = Regularizer::ALL.map(Regularizer::id).join(", "))]
pub struct UnknownRegularizer(pub String);

/// How strong the regularizers are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Strengths {
    /// Coefficient of the weight decay.
    pub weight_decay: f64,
    /// Probability that a unit is dropped.
    pub dropout: f64,
    /// Crops move an image by up to so many pixels.
    pub crop: usize,
    /// Rotations by up to so many degrees.
    pub rotation: f64,
    /// What is held out, and how long is waited.
    pub early_stopping: EarlyStopping,
}

impl Regularizer {
    /// Those that act alone while a network is trained to fit its labels.
    pub const SINGLE: [Self; 4] = [
        Self::WeightDecay,
        Self::Dropout,
        Self::Crop,
        Self::FlipsAndRotation,
    ];

    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::WeightDecay,
        Self::Dropout,
        Self::Crop,
        Self::FlipsAndRotation,
        Self::CropAndWeightDecay,
        Self::EarlyStopping,
        Self::All,
    ];

    /// Its name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::WeightDecay => "weight-decay",
            Self::Dropout => "dropout",
            Self::Crop => "crop",
            Self::FlipsAndRotation => "flips-and-rotation",
            Self::CropAndWeightDecay => "crop-and-weight-decay",
            Self::EarlyStopping => "early-stopping",
            Self::All => "all",
        }
    }

    /// Its name in a table or a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::WeightDecay => "weight decay",
            Self::Dropout => "dropout",
            Self::Crop => "random crop",
            Self::FlipsAndRotation => "flips and rotation",
            Self::CropAndWeightDecay => "random crop and weight decay",
            Self::EarlyStopping => "early stopping",
            Self::All => "all but early stopping",
        }
    }

    /// Whether it is one alone, under which a network could still fit any labels.
    pub fn is_single(self) -> bool {
        Self::SINGLE.contains(&self)
    }

    /// Whether training images are changed at random.
    pub fn changes_images(self) -> bool {
        use Regularizer::{All, Crop, CropAndWeightDecay, FlipsAndRotation};
        matches!(self, All | Crop | CropAndWeightDecay | FlipsAndRotation)
    }

    /// What a training is told.
    ///
    /// ```
    /// use rethink::experiment::regularization::{Regularizer, Strengths};
    /// use rethink::training::EarlyStopping;
    /// let early_stopping = EarlyStopping { held_out: 0.2, patience: 10 };
    /// let strengths =
    ///     Strengths { weight_decay: 5e-4, dropout: 0.5, crop: 2, rotation: 25.0, early_stopping };
    /// assert!(Regularizer::None.with(&strengths).is_none());
    /// assert_eq!(Regularizer::All.with(&strengths).dropout, 0.5);
    /// ```
    pub fn with(self, strengths: &Strengths) -> Regularization {
        use Regularizer::{
            All, Crop, CropAndWeightDecay, Dropout, EarlyStopping, FlipsAndRotation, WeightDecay,
        };
        let crops = matches!(self, Crop | CropAndWeightDecay | All);
        let turns = matches!(self, FlipsAndRotation | All);
        let decays = matches!(self, WeightDecay | CropAndWeightDecay | All);
        let drops = matches!(self, Dropout | All);
        let of = |on: bool, strength: f64| if on { strength } else { 0.0 };
        Regularization {
            weight_decay: of(decays, strengths.weight_decay),
            dropout: of(drops, strengths.dropout),
            augmentation: Augmentation {
                crop: if crops { strengths.crop } else { 0 },
                flip: turns,
                rotation: of(turns, strengths.rotation),
            },
            early_stopping: (self == EarlyStopping).then_some(strengths.early_stopping),
        }
    }
}

impl FromStr for Regularizer {
    type Err = UnknownRegularizer;

    fn from_str(id: &str) -> Result<Self, UnknownRegularizer> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|one| one.id() == id);
        found.ok_or_else(|| UnknownRegularizer(id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_an_unknown_one_lists_them() {
        for one in Regularizer::ALL {
            assert_eq!(one.id().parse(), Ok(one));
        }
        let error = "weight decay".parse::<Regularizer>().unwrap_err();
        assert!(error.to_string().contains("weight-decay"));
    }
}
