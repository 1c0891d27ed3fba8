//! The SQL reading of the access filter and of queries. It must admit what [`Filter::admits`] does, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::{Filter, Relation};
use forewarn_core::aggregate::Category;

use crate::plan::has_nul;
use crate::types::{Position, Query};

use super::Shared;
use super::sealing::key_value;
use super::statement::{Statement, Value};

/// `<select> AND ...` for everything in the query but place, order and limit; `select` ends with a condition.
pub(super) fn documents<'a>(shared: &Shared, select: &str, query: &'a Query) -> Statement<'a> {
    let mut statement = Statement::new(select);
    statement.push(" AND d.category = ").bind(query.category).push(" AND (");
    admit(&mut statement, query.category, &query.filter);
    statement.push(")");
    if !query.states.is_empty() {
        statement.push(" AND ");
        one_of(&mut statement, "d.state", query.states.iter().map(String::as_str).filter(|s| !has_nul(s)));
    }
    match &query.key {
        Some((name, value)) if has_nul(name) || has_nul(value) => {
            statement.push(" AND 1 = 0");
        }
        Some((name, value)) => {
            statement.push(" AND d.id IN (SELECT k.id FROM keys k WHERE k.category = ").bind(query.category);
            statement.push(" AND k.name = ").bind(name.as_str());
            let value = key_value(shared.vault(), query.category, name, value);
            statement.push(" AND k.value = ").bind(Value::Owned(value.into_owned())).push(")");
        }
        None => {}
    }
    statement
}

/// The condition that `filter` admits row `d`.
fn admit(statement: &mut Statement<'_>, category: Category, filter: &Filter) {
    let (public, related) = match filter {
        Filter::Nothing => (false, &BTreeMap::new()),
        Filter::Everything => {
            statement.push("1 = 1");
            return;
        }
        Filter::Some { public, related } => (*public, related),
    };
    statement.push(if public { "d.public = 1" } else { "1 = 0" });
    // One condition for all organisations with the same relations: those an actor acts for can be many.
    let mut alike: BTreeMap<&BTreeSet<Relation>, Vec<String>> = BTreeMap::new();
    for (org, relations) in related {
        alike.entry(relations).or_default().push(org.to_string());
    }
    for (relations, orgs) in alike {
        statement.push(" OR d.id IN (SELECT r.id FROM relations r WHERE r.category = ").bind(category);
        statement.push(" AND r.org IN ").bind_list(orgs.into_iter().map(Value::Owned)).push(" AND ");
        one_of(statement, "r.relation", relations.iter().map(|relation| relation.as_str()));
        statement.push(")");
    }
}

/// `<column> IN (...)`, false for an empty list, for which SQL has no text.
fn one_of<'a>(statement: &mut Statement<'a>, column: &str, values: impl Iterator<Item = &'a str>) {
    let mut values = values.peekable();
    if values.peek().is_none() {
        statement.push("1 = 0");
    } else {
        statement.push(column).push(" IN ").bind_list(values);
    }
}

/// Continues behind a place, in the direction of the list.
pub(super) fn behind<'a>(statement: &mut Statement<'a>, after: &'a Position, newest_first: bool) {
    // Ids have no NUL: a made-up place with one lies directly behind what stands before the NUL.
    let (id, inside) = after.id.split_once('\0').map_or((after.id.as_str(), false), |(id, _)| (id, true));
    let operator = match (newest_first, inside) {
        (true, false) => " < ",
        (true, true) => " <= ",
        (false, _) => " > ",
    };
    statement.push(" AND (d.sort_at, d.id)").push(operator);
    statement.push("(").bind(Value::Int(after.sort_at)).push(", ").bind(id).push(")");
}
