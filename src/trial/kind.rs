//! The kinds of arms.

use super::Role;

/// What an arm is in the trial for, without numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What the claim speaks of.
    Reference,
    /// Another batch size.
    Batch,
    /// Another optimizer.
    Method,
    /// Search without gradients.
    Search,
    /// Other initial weights.
    Scale,
    /// A start trained on random labels.
    Adversarial,
    /// The norm moved at fixed cost.
    Dose,
    /// An adversarial start, its norm set.
    Held,
    /// Labels of which a share is random.
    Memorizing,
    /// Fewer examples.
    Growth,
    /// Constructed, not trained.
    Pole,
}

impl Kind {
    /// All of them, in the order of keys.
    pub const ALL: [Self; 11] = [
        Self::Reference,
        Self::Batch,
        Self::Method,
        Self::Search,
        Self::Scale,
        Self::Adversarial,
        Self::Dose,
        Self::Held,
        Self::Memorizing,
        Self::Growth,
        Self::Pole,
    ];

    /// That of a role.
    pub fn of(role: Role) -> Self {
        match role {
            Role::Reference => Self::Reference,
            Role::Batch { .. } | Role::Convention { .. } => Self::Batch,
            Role::Method { .. } => Self::Method,
            Role::Search => Self::Search,
            Role::Scale { .. } => Self::Scale,
            Role::Adversarial { .. } => Self::Adversarial,
            Role::Dose { .. } => Self::Dose,
            Role::Held => Self::Held,
            Role::Memorizing { .. } => Self::Memorizing,
            Role::Growth { .. } => Self::Growth,
            Role::Pole => Self::Pole,
        }
    }

    /// Its name in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Batch => "batch size",
            Self::Method => "method",
            Self::Search => "search",
            Self::Scale => "initial scale",
            Self::Adversarial => "adversarial start",
            Self::Dose => "norm moved",
            Self::Held => "adversarial, norm held",
            Self::Memorizing => "random labels",
            Self::Growth => "fewer examples",
            Self::Pole => "constructed",
        }
    }

    /// Whether the arm has the data and the network of the reference, so that norms compare.
    pub fn compares(self) -> bool {
        !matches!(self, Self::Memorizing | Self::Growth | Self::Pole)
    }

    /// Whether the norm is what the way led to, not what was asked for.
    pub fn natural(self) -> bool {
        self.compares() && !matches!(self, Self::Dose | Self::Held)
    }
}
