//! Products that an advisory names by CPE: what the name says beyond vendor and product counts too.
//!
//! NISTIR 7696: where the advisory's name is equal to the component's or a superset of it, the component is meant;
//! where it is a subset, the component's name says less than the advisory's and a person must decide; disjoint names
//! are of different products. `-` (has none) is not `*` (nothing is said).

use super::{Confidence, Hit};
use crate::affected::{Affected, Range};
use crate::cpe::{Cpe, Relation, Value};
use crate::inventory::Component;
use crate::version::Scheme;

/// Places of attributes in a name.
const PART: usize = 0;
const VERSION: usize = 3;
const UPDATE: usize = 4;
const REST: usize = 5;

/// The CPE name of an affected product.
#[derive(Clone, Debug)]
pub(super) struct Named {
    cpe: Cpe,
    /// Whether the versions are those that the name says, and not ranges or versions beside it.
    decides: bool,
}

impl Named {
    pub(super) fn of(affected: &Affected) -> Option<Self> {
        let cpe = Cpe::shortened(affected.names.as_ref()?.cpe.as_deref()?).ok()?;
        let any = |attribute| cpe.get(attribute) == Some(&Value::Any);
        let all = affected.ranges == [Range::ALL] && affected.versions.is_empty();
        let decides = all || !(any("version") && any("update"));
        Some(Self { cpe, decides })
    }

    /// What stands for everything that the name may cover, to find candidates by.
    pub(super) fn widened(&self, affected: &Affected) -> Affected {
        match self.decides {
            true => Affected {
                identity: affected.identity.clone(),
                names: None,
                ranges: vec![],
                versions: vec![],
                needs_person: None,
            },
            false => Affected { names: None, ..affected.clone() },
        }
    }

    /// Weighs a component of the product; `by_version` is what versions and ranges beside the name say of it.
    pub(super) fn weigh(
        &self,
        affected: &Affected,
        component: &Component,
        by_version: impl FnOnce() -> Option<Hit>,
    ) -> Option<Hit> {
        let relations = self.relations(component);
        if relations.contains(&Relation::Disjoint) {
            return None;
        }
        let doubt = relations.iter().any(|relation| !relation.covers());
        let exact = || Hit { range: affected.statement(), confidence: Confidence::Exact };
        let hit = if self.decides { Some(exact()) } else { by_version() }?;
        let doubt = doubt || (self.decides && affected.needs_person.is_some());
        Some(if doubt { Hit { confidence: Confidence::NeedsPerson, ..hit } } else { hit })
    }

    /// Of the attributes that count. Vendor and product are the same already.
    fn relations(&self, component: &Component) -> Vec<Relation> {
        let word = component.label.split_whitespace().next().unwrap_or_default();
        let target =
            word.get(..4).filter(|lead| lead.eq_ignore_ascii_case("cpe:")).map(|_| Cpe::shortened(word));
        match target {
            Some(Ok(target)) => {
                let all = self.cpe.relations(&target);
                let mut counted = vec![all[PART]];
                counted.extend(&all[REST..]);
                if self.decides {
                    counted.push(self.same_number(&target).unwrap_or(all[VERSION]));
                    counted.push(all[UPDATE]);
                }
                counted
            }
            // Names say nothing of the rest, and cannot say what part it is.
            _ => {
                let nothing = self.cpe.relations(&Cpe::of_nothing());
                let mut counted = nothing[REST..].to_vec();
                if self.decides {
                    counted.push(self.of_text(component.version.as_deref()));
                }
                counted
            }
        }
    }

    /// Versions that the order of products takes for the same, such as `1.0` and `1.0.0`.
    fn same_number(&self, target: &Cpe) -> Option<Relation> {
        let single = |cpe: &Cpe| cpe.get("version").and_then(Value::single).map(str::to_owned);
        let (own, other) = (single(&self.cpe)?, single(target)?);
        equal(&own, &other).then_some(Relation::Equal)
    }

    /// The relation of version and update to a version that is written in one.
    fn of_text(&self, written: Option<&str>) -> Relation {
        let written = written.map(str::trim).filter(|text| !text.is_empty());
        let value = |attribute| self.cpe.get(attribute).unwrap_or(&Value::Any);
        match (value("version"), value("update"), written) {
            (Value::Any, Value::Any, _) => Relation::Superset,
            (_, _, None) => Relation::Subset,
            (Value::NotApplicable, _, Some(_)) => Relation::Disjoint,
            (Value::Any, _, Some(_)) => Relation::Subset,
            (version @ Value::Text { .. }, update, Some(written)) => texts(version, update, written),
        }
    }
}

fn texts(version: &Value, update: &Value, written: &str) -> Relation {
    let folded = written.to_ascii_lowercase();
    let Some(single) = version.single() else { return version.relation(&Value::plain(&folded)) };
    let joined = match update.single() {
        Some(update) => format!("{single} {update}"),
        None => single.to_owned(),
    };
    if equal(&joined, &folded) {
        return Relation::Equal;
    }
    // `1.0 sp1` may be the version 1.0 with an update.
    let longer = folded.strip_prefix(single).is_some_and(|rest| rest.starts_with([' ', '_', '-']));
    // And `1.0` may have the update that the advisory names.
    let shorter = update.single().is_some() && equal(single, &folded);
    match (update, longer, shorter) {
        (Value::Any, true, _) | (_, _, true) => Relation::Subset,
        _ => Relation::Disjoint,
    }
}

fn equal(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace('_', " ");
    let (one, other) = (plain(one), plain(other));
    let read = |text: &str| Scheme::Generic.parse(text).ok();
    one.eq_ignore_ascii_case(&other) || read(&one).zip(read(&other)).is_some_and(|(one, other)| one == other)
}
