//! Name matching.

use super::value::Value;

/// How the products of a source relate to those of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// The source holds the target and more.
    Superset,
    /// The target holds the source and more.
    Subset,
    /// The same.
    Equal,
    /// Nothing in common.
    Disjoint,
    /// Not settled by the standard: the target has wildcards, or the two overlap in part.
    Undefined,
}

impl Relation {
    /// Of a source that names what is affected and a target that is there: true when the target is surely meant.
    #[must_use]
    pub fn covers(self) -> bool {
        matches!(self, Self::Superset | Self::Equal)
    }

    /// The same: true unless the target is surely not meant. A target that says less than the source is a possible
    /// hit, for a person to decide.
    #[must_use]
    pub fn may_cover(self) -> bool {
        self != Self::Disjoint
    }

    /// NISTIR 7696, table 6-4.
    pub(super) fn of_names(attributes: &[Self]) -> Self {
        let all = |wanted: Self| attributes.iter().all(|one| *one == wanted || *one == Self::Equal);
        if attributes.contains(&Self::Disjoint) {
            Self::Disjoint
        } else if all(Self::Equal) {
            Self::Equal
        } else if all(Self::Subset) {
            Self::Subset
        } else if all(Self::Superset) {
            Self::Superset
        } else {
            Self::Undefined
        }
    }
}

impl Value {
    /// The relation of this value, the source, to the target's (NISTIR 7696, table 6-2).
    #[must_use]
    pub fn relation(&self, target: &Self) -> Relation {
        match (self, target) {
            (_, target) if target.has_wildcard() => Relation::Undefined,
            (Self::Any, Self::Any) | (Self::NotApplicable, Self::NotApplicable) => Relation::Equal,
            (Self::Any, _) => Relation::Superset,
            (_, Self::Any) => Relation::Subset,
            (Self::NotApplicable, _) | (_, Self::NotApplicable) => Relation::Disjoint,
            (Self::Text { .. }, Self::Text { text, .. }) => match (self.has_wildcard(), self.spans(text)) {
                (_, false) => Relation::Disjoint,
                (true, true) => Relation::Superset,
                (false, true) => Relation::Equal,
            },
        }
    }

    /// Whether the text is this one with what the wildcards allow around it.
    fn spans(&self, whole: &str) -> bool {
        let Self::Text { before, text, after } = self else { return false };
        // Texts are ASCII, so that bytes are characters.
        let fits = |(at, _): (usize, &str)| {
            before.allows(at) && after.allows(whole.len().saturating_sub(at + text.len()))
        };
        let starts = (0..whole.len()).filter_map(|at| Some((at, whole.get(at..)?)));
        starts.filter(|(_, rest)| rest.starts_with(text.as_str())).any(fits)
    }
}
