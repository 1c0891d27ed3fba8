//! Which rule a result is of, what it says, and which weaknesses both name.

use std::collections::HashMap;

use super::shape::{Component, Outcome, Reference, Rule, Run};
use super::{MANY, TEXT};
use crate::json::Problem;
use crate::words;

/// The rules of a run, by component and index and by id.
pub(super) struct Rules<'r> {
    run: &'r Run,
    by_id: HashMap<&'r str, &'r Rule>,
}

impl<'r> Rules<'r> {
    pub(super) fn of(run: &'r Run) -> Self {
        let mut by_id = HashMap::new();
        for component in std::iter::once(&run.tool.driver).chain(&run.tool.extensions) {
            for rule in &component.rules {
                by_id.entry(rule.id.as_str()).or_insert(rule);
            }
        }
        Self { run, by_id }
    }

    fn component(&self, result: &Outcome) -> Option<&'r Component> {
        let reference = result.rule.as_ref().and_then(|rule| rule.tool_component.as_ref());
        match reference.and_then(|one| one.index) {
            None => Some(&self.run.tool.driver),
            Some(index) => self.run.tool.extensions.get(usize::try_from(index).ok()?),
        }
    }

    /// The rule of a result: by index, or by its id, where `a/b` is a part of rule `a` (SARIF 2.1.0, 3.27.5).
    pub(super) fn find(&self, result: &Outcome, place: &str) -> Result<Option<&'r Rule>, Problem> {
        let inner = result.rule.as_ref();
        let index = inner.and_then(|rule| rule.index).or(result.rule_index).filter(|index| *index >= 0);
        if let Some(index) = index {
            let known = self.component(result).and_then(|one| one.rules.get(usize::try_from(index).ok()?));
            let missing =
                || Problem::at(format!("{place}/ruleIndex"), "refers to a rule that is not in the tool");
            return known.map(Some).ok_or_else(missing);
        }
        let id = result.rule_id.as_deref().or_else(|| inner.and_then(|rule| rule.id.as_deref()));
        let Some(mut id) = id else { return Ok(None) };
        loop {
            if let Some(rule) = self.by_id.get(id) {
                return Ok(Some(rule));
            }
            match id.rsplit_once('/') {
                Some((parent, _)) => id = parent,
                None => return Ok(None),
            }
        }
    }

    /// The message of a result, with its arguments in their places.
    pub(super) fn message(&self, result: &Outcome, rule: Option<&Rule>) -> String {
        if let Some(text) = result.message.plain() {
            return words::bounded(&filled(text, &result.message.arguments), TEXT);
        }
        let id = result.message.id.as_deref().unwrap_or_default();
        let text = rule.and_then(|rule| rule.message_strings.get(id)).and_then(|text| text.plain());
        words::bounded(&filled(text.unwrap_or_default(), &result.message.arguments), TEXT)
    }

    /// CWE ids of the taxa of a result, of its rule's relationships and of the tags that say them.
    pub(super) fn weaknesses(&self, result: &Outcome, rule: Option<&Rule>) -> Vec<String> {
        let related = rule.iter().flat_map(|rule| &rule.relationships).map(|one| &one.target);
        let mut found: Vec<String> =
            result.taxa.iter().chain(related).filter_map(|one| self.weakness(one)).collect();
        let tags = rule.iter().flat_map(|rule| &rule.properties.tags).chain(&result.properties.tags);
        found.extend(tags.filter_map(|tag| numbered(tag)));
        words::distinct(&mut found);
        found.truncate(MANY);
        found
    }

    fn weakness(&self, reference: &Reference) -> Option<String> {
        let component = reference.tool_component.as_ref()?;
        let by_index =
            component.index.and_then(|index| self.run.taxonomies.get(usize::try_from(index).ok()?));
        let name = component.name.as_deref().or_else(|| by_index.map(|taxonomy| taxonomy.name.as_str()))?;
        let number = reference.id.as_deref().filter(|_| name.eq_ignore_ascii_case("CWE"))?;
        weakness(number.strip_prefix("CWE-").unwrap_or(number))
    }
}

/// `CWE-79` out of `external/cwe/cwe-079` or `CWE-79: ...`.
fn numbered(tag: &str) -> Option<String> {
    let last = tag.rsplit('/').next()?;
    let lower = last.to_ascii_lowercase();
    let rest = lower.strip_prefix("cwe-")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let ends = rest[digits.len()..].chars().next().is_none_or(|c| c == ':' || c == ' ');
    if ends { weakness(&digits) } else { None }
}

fn weakness(number: &str) -> Option<String> {
    let id = format!("CWE-{}", number.trim_start_matches('0'));
    words::is_weakness(&id).then_some(id)
}

/// `{0}` and its like replaced by the arguments; doubled braces stand for themselves (SARIF 2.1.0, 3.11.5).
fn filled(text: &str, arguments: &[String]) -> String {
    if arguments.is_empty() {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let twice = rest.starts_with("{{") || rest.starts_with("}}");
        let inside = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let argument = inside.and_then(|(number, _)| arguments.get(number.parse::<usize>().ok()?));
        match (twice, argument, inside) {
            (false, Some(argument), Some((number, _))) => {
                out.push_str(argument);
                rest = &rest[number.len() + 2..];
            }
            _ => {
                out.push_str(&rest[..1]);
                rest = &rest[if twice { 2 } else { 1 }..];
            }
        }
        if out.len() > 4 * TEXT {
            return out;
        }
    }
    out.push_str(rest);
    out
}
