//! The order in words.

use super::order::Field;
use super::{Decision, Exposure};

/// Thousandths as people write probabilities, such as `0.042`.
pub(super) fn thousandths(permille: u32) -> String {
    format!("{}.{:03}", permille / 1000, permille % 1000)
}

/// One sentence with the decision and every input that decided it.
pub fn summary(decision: &Decision) -> String {
    let value = |name: &str| {
        decision.inputs.iter().find(|input| input.name == name).map_or("not known", |i| i.value.as_str())
    };
    format!(
        "{}: exploitation {}, automatable {}, technical impact {}, impact on mission and well-being {}.",
        decision.outcome,
        value("exploitation"),
        value("automatable"),
        value("technical-impact"),
        value("mission-and-well-being"),
    )
}

/// Why `first` stands before `second`, in one sentence. `told` says whether the reader may know numbers of exposed
/// operators.
pub fn before(first: &Decision, second: &Decision, told: bool) -> String {
    let places = |field: Field| (first.places.of(field), second.places.of(field));
    let Some(field) = first.places.differs(&second.places) else {
        return "It stands before the next because its id comes first; they are equal in everything that counts.".into();
    };
    let (a, b) = places(field);
    let because = match field {
        Field::Outcome => {
            format!("its decision is {} and the next one's is {}", first.outcome, second.outcome)
        }
        Field::Exploitation => {
            format!(
                "its exploitation is {} and the next one's is {}",
                first.exploitation.as_str(),
                second.exploitation.as_str()
            )
        }
        Field::Mission => {
            let named = |d: &Decision| {
                let found = d.inputs.iter().find(|input| input.name == "mission-and-well-being");
                found.map_or_else(String::new, |input| input.value.clone())
            };
            format!(
                "its impact on mission and well-being is {} and the next one's is {}",
                named(first),
                named(second)
            )
        }
        Field::Exposure if told => {
            format!("the weight of its exposed operators is {a} and the next one's is {b}")
        }
        Field::Exposure => "more operators, or weightier ones, are exposed to it than to the next".into(),
        Field::Cvss => {
            format!("its CVSS score is {}.{} and the next one's is {}.{}", a / 10, a % 10, b / 10, b % 10)
        }
        Field::Epss => format!("its EPSS is {} and the next one's is {}", thousandths(a), thousandths(b)),
        Field::TrackRecord => {
            format!(
                "of its finder's checked cases {a} percent were confirmed and of the next one's {b} percent; the policy profile says that this counts"
            )
        }
        Field::Age => "it was opened on an earlier day than the next".into(),
    };
    let alike = if field == Field::Outcome { "" } else { ", and in what counts before that they are equal" };
    format!("It stands before the next because {because}{alike}.")
}

/// Exposed operators for a reader who may not know small numbers: a band.
pub fn exposure_in_words(exposure: &Exposure, least_shown: u32) -> String {
    match exposure.operators {
        0 => "no operator is known to be exposed".into(),
        n if n < least_shown => format!("fewer than {least_shown} operators are exposed"),
        _ => format!("{least_shown} or more operators are exposed"),
    }
}
