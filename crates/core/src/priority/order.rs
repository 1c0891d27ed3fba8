//! The order: places that are compared one after the other, and fit into one number.

use serde::{Deserialize, Serialize};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Outcome of the coordinator's tree.
    Outcome,
    /// Exploitation.
    Exploitation,
    /// Impact on mission and well-being.
    Mission,
    /// Weighted exposed operators.
    Exposure,
    /// CVSS score in tenths.
    Cvss,
    /// EPSS in thousandths.
    Epss,
    /// The finder's share of confirmed cases in percent; always 0 unless the profile counts it.
    TrackRecord,
    /// Age: the older case first.
    Age,
}

impl Field {
    /// Every field.
    pub const ALL: &'static [Field] = &[
        Field::Outcome,
        Field::Exploitation,
        Field::Mission,
        Field::Exposure,
        Field::Cvss,
        Field::Epss,
        Field::TrackRecord,
        Field::Age,
    ];

    /// Bits of the number it has. Together 63: the number is an `i64` that is never negative.
    fn bits(self) -> u32 {
        match self {
            Field::Outcome => 3,
            Field::Exploitation | Field::Mission => 2,
            Field::Exposure | Field::Age => 16,
            Field::Cvss | Field::TrackRecord => 7,
            Field::Epss => 10,
        }
    }

    /// The largest place; what is beyond it counts like it.
    pub fn largest(self) -> u32 {
        (1 << self.bits()) - 1
    }
}

/// The places of a case in each field, in the order of the profile; larger comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Places(pub Vec<(Field, u32)>);

impl Places {
    /// Places in this order, each at most the largest of its field.
    pub fn new(order: &[Field], place: impl Fn(Field) -> u32) -> Self {
        Self(order.iter().map(|field| (*field, place(*field).min(field.largest()))).collect())
    }

    /// The place in one field.
    pub fn of(&self, field: Field) -> u32 {
        self.0.iter().find(|(known, _)| *known == field).map_or(0, |(_, place)| *place)
    }

    /// One number that compares as the places do.
    pub fn number(&self) -> i64 {
        let packed = self.0.iter().fold(0_u64, |all, (field, place)| {
            (all << field.bits()) | u64::from((*place).min(field.largest()))
        });
        i64::try_from(packed).unwrap_or(i64::MAX)
    }

    /// The first field in which two cases differ.
    pub fn differs(&self, other: &Self) -> Option<Field> {
        self.0.iter().zip(&other.0).find(|(a, b)| a != b).map(|((field, _), _)| *field)
    }
}
