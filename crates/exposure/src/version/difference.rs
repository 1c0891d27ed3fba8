//! Where two versions differ, for people who ask why one is older.

use super::Version;

/// Parts of a version that are compared one after the other.
pub(super) struct Group {
    name: &'static str,
    parts: Vec<String>,
    numbered: bool,
}

impl Group {
    /// A part that every version has.
    pub(super) fn one(name: &'static str, part: &impl ToString) -> Self {
        Self { name, parts: vec![part.to_string()], numbered: false }
    }

    /// A part that a version may lack.
    pub(super) fn one_if(name: &'static str, part: Option<impl ToString>) -> Self {
        Self { name, parts: part.iter().map(ToString::to_string).collect(), numbered: false }
    }

    /// Parts that are counted from one.
    pub(super) fn many(name: &'static str, parts: impl IntoIterator<Item = String>) -> Self {
        Self { name, parts: parts.into_iter().collect(), numbered: true }
    }
}

/// The first place at which two versions differ, which decides their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs, such as `epoch` or `segment 2`.
    pub place: String,
    /// What the first version has there; `None` when it has ended.
    pub left: Option<String>,
    /// The same of the second.
    pub right: Option<String>,
}

impl Version {
    /// The place that decides between two versions of a scheme; `None` when they are equal.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        if self == other {
            return None;
        }
        if self.scheme() != other.scheme() {
            let [left, right] = [self, other].map(|version| Some(version.scheme().to_string()));
            return Some(Difference { place: "scheme".to_owned(), left, right });
        }
        self.groups().iter().zip(other.groups()).find_map(|(left, right)| first(left, &right))
    }
}

fn first(left: &Group, right: &Group) -> Option<Difference> {
    let length = left.parts.len().max(right.parts.len());
    let at = (0..length).find(|at| left.parts.get(*at) != right.parts.get(*at))?;
    let place = if left.numbered { format!("{} {}", left.name, at + 1) } else { left.name.to_owned() };
    Some(Difference { place, left: left.parts.get(at).cloned(), right: right.parts.get(at).cloned() })
}
