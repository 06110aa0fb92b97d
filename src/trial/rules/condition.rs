//! What a rule asks of the data, and how conditions are put together.

/// One condition of a rule: the p-value of its opposite, and whether the interval that is
/// shown lies where the condition says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::trial) struct Condition {
    /// How likely the data are, at most, where the condition is false.
    pub p: f64,
    /// Whether the interval excludes the threshold.
    pub shown: bool,
}

impl Condition {
    /// Of what could not be tested.
    pub const NEVER: Self = Self {
        p: 1.0,
        shown: false,
    };

    /// A condition on means that has no test: it can only prevent.
    pub fn of(met: bool) -> Self {
        Self {
            p: if met { 0.0 } else { 1.0 },
            shown: met,
        }
    }

    /// All of several: the largest p-value, which keeps the level without a correction
    /// (Berger 1982, "Multiparameter hypothesis testing and acceptance sampling"). Never, of
    /// none.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        let both = |a: Self, b: Self| Self {
            p: a.p.max(b.p),
            shown: a.shown && b.shown,
        };
        conditions.into_iter().reduce(both).unwrap_or(Self::NEVER)
    }

    /// One of several, whichever: the smallest p-value times their number (Bonferroni), of
    /// those whose interval shows it if there are any. Never, of none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        let conditions: Vec<Self> = conditions.into_iter().collect();
        let smaller = |a: &&Self, b: &&Self| (!a.shown, a.p).partial_cmp(&(!b.shown, b.p));
        let found = conditions
            .iter()
            .min_by(|a, b| smaller(a, b).unwrap_or(std::cmp::Ordering::Equal));
        found.map_or(Self::NEVER, |found| Self {
            p: (found.p * conditions.len() as f64).min(1.0),
            shown: found.shown,
        })
    }
}
