//! Ranges in the notations of ecosystems, as VERS constraints.
//!
//! Alternatives and conjunctions alike become constraints in one row, which is how the official suite has them; a
//! row that says less than its source (`>=2 >=1`) is not canonical.

mod npm;

use self::npm::Partial;
use super::{Comparator, Constraint, SIGNS, Vers, VersProblem};

const WORDS: VersProblem = VersProblem::Native("a comparison with a version is expected");

pub(super) fn read(ty: &str, range: &str) -> Result<Vers, VersProblem> {
    if range.len() > super::LONGEST_VERS {
        return Err(VersProblem::TooLong(range.len()));
    }
    let constraints = match ty {
        "npm" => alternatives(range, npm::conjunction)?,
        "conan" => alternatives(range.split(',').next().unwrap_or(range), conan_conjunction)?,
        "gem" => listed(range, gem)?,
        "pypi" => listed(range, pypi)?,
        "nginx" => listed(range, nginx)?,
        "openssl" => listed(range, |version| Ok(vec![one(Comparator::Equal, version)]))?,
        "nuget" => nuget(range)?,
        _ => return Err(VersProblem::Native("the notation of the type is not known")),
    };
    Vers::new(ty, constraints)
}

type Constraints = Result<Vec<Constraint>, VersProblem>;

fn one(comparator: Comparator, version: impl Into<String>) -> Constraint {
    Constraint { comparator, version: version.into() }
}

fn interval(from: impl Into<String>, below: String) -> Vec<Constraint> {
    vec![one(Comparator::GreaterOrEqual, from), one(Comparator::Less, below)]
}

/// The sign at the start of a text, `=` and none among them, and what follows.
fn signed(text: &str) -> (Comparator, &str) {
    let sign = SIGNS.iter().find_map(|(sign, comparator)| Some((*comparator, text.strip_prefix(sign)?)));
    let (comparator, rest) = sign.unwrap_or_else(|| (Comparator::Equal, text.trim_start_matches('=')));
    (comparator, rest.trim_start())
}

fn alternatives(range: &str, conjunction: impl Fn(&str) -> Constraints) -> Constraints {
    let mut found = Vec::new();
    for alternative in range.split("||") {
        let constraints = conjunction(alternative.trim())?;
        // Every version, whatever the others say.
        if constraints.is_empty() {
            return Ok(constraints);
        }
        found.extend(constraints);
    }
    Ok(found)
}

fn listed(range: &str, item: impl Fn(&str) -> Constraints) -> Constraints {
    let items = range.split(',').map(|text| text.trim());
    let found = items.map(|text| if text.is_empty() { Err(WORDS) } else { item(text) });
    Ok(found.collect::<Result<Vec<_>, _>>()?.concat())
}

/// Comparisons apart by spaces; a space behind a sign does not count.
fn comparisons(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match found.last_mut().filter(|last| last.chars().all(|c| "<>=!~^".contains(c))) {
            Some(sign) => sign.push_str(word),
            None => found.push(word.to_owned()),
        }
    }
    found
}

/// Conan's ranges (<https://docs.conan.io/2/tutorial/versioning/version_ranges.html>). A `-` at the end lets
/// pre-releases in, which here always are.
fn conan_conjunction(text: &str) -> Constraints {
    let words = comparisons(text);
    if words.is_empty() {
        return Err(WORDS);
    }
    Ok(words.iter().map(|word| conan(word)).collect::<Result<Vec<_>, _>>()?.concat())
}

fn conan(word: &str) -> Constraints {
    let word = word.strip_suffix('-').unwrap_or(word);
    if word == "*" {
        return Ok(vec![one(Comparator::GreaterOrEqual, "0.0.0")]);
    }
    let Some(version) = word.strip_prefix(['~', '^']) else {
        let (comparator, version) = signed(word);
        return if version.is_empty() { Err(WORDS) } else { Ok(vec![one(comparator, version)]) };
    };
    let core = version.split(['-', '+']).next().unwrap_or(version);
    let numbers = core.split('.').map(|part| part.parse::<u64>().map_err(|_| WORDS));
    let mut numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    let place = if word.starts_with('~') {
        numbers.len().saturating_sub(1).min(1)
    } else {
        numbers.iter().position(|number| *number > 0).unwrap_or(numbers.len().saturating_sub(1))
    };
    numbers.truncate(place + 1);
    Ok(interval(version, format!("{}-", next(&numbers))))
}

/// The version in which the last number is greater by one.
fn next(numbers: &[u64]) -> String {
    let last = numbers.len().saturating_sub(1);
    let raised =
        numbers.iter().enumerate().map(|(at, n)| n.saturating_add(u64::from(at == last)).to_string());
    raised.collect::<Vec<_>>().join(".")
}

/// The version up to and without its last number, raised by one: what `~>` and `~=` stop before.
fn pessimistic(version: &str) -> Result<String, VersProblem> {
    let parts = version.split('.').map_while(|part| part.parse::<u64>().ok());
    let mut numbers: Vec<u64> = parts.collect();
    if numbers.len() > 1 {
        numbers.pop();
    }
    if numbers.is_empty() { Err(WORDS) } else { Ok(next(&numbers)) }
}

/// <https://guides.rubygems.org/patterns/#pessimistic-version-constraint>
fn gem(text: &str) -> Constraints {
    if let Some(version) = text.strip_prefix("~>") {
        return Ok(interval(version.trim(), pessimistic(version.trim())?));
    }
    let (comparator, version) = signed(text);
    Ok(vec![one(comparator, version)])
}

/// <https://packaging.python.org/en/latest/specifications/version-specifiers/>
fn pypi(text: &str) -> Constraints {
    if let Some(version) = text.strip_prefix("~=") {
        return Ok(interval(version.trim(), pessimistic(version.trim())?));
    }
    let (comparator, version) = signed(text);
    match (comparator, version.strip_suffix(".*")) {
        (_, None) => Ok(vec![one(comparator, version)]),
        (Comparator::Equal, Some(prefix)) => {
            let numbers = prefix.split('.').map(|part| part.parse().map_err(|_| WORDS));
            Ok(interval(
                format!("{prefix}.dev0"),
                format!("{}.dev0", next(&numbers.collect::<Result<Vec<_>, _>>()?)),
            ))
        }
        (_, Some(_)) => Err(WORDS),
    }
}

/// Nginx's advisories (<https://nginx.org/en/security_advisories.html>): `0.7.52-0.8.39`, and `1.4.1+` for the rest
/// of a branch. The development branches, with an odd second number, go on into the next.
fn nginx(text: &str) -> Constraints {
    if let Some(version) = text.strip_suffix('+') {
        let partial = Partial::read(version)?;
        let odd_line = partial.at(0) > 0 && partial.at(1) % 2 == 1;
        let from = one(Comparator::GreaterOrEqual, version);
        return Ok(if odd_line { vec![from] } else { vec![from, one(Comparator::Less, partial.after(1))] });
    }
    Ok(match text.split_once('-') {
        Some((from, to)) => {
            vec![one(Comparator::GreaterOrEqual, from.trim()), one(Comparator::LessOrEqual, to.trim())]
        }
        None => vec![one(Comparator::Equal, text)],
    })
}

/// <https://learn.microsoft.com/nuget/concepts/package-versioning#version-ranges>
fn nuget(text: &str) -> Constraints {
    let text = text.trim();
    let opened = [('[', Comparator::GreaterOrEqual), ('(', Comparator::Greater)];
    let Some((lower, rest)) = opened.iter().find_map(|(c, sign)| Some((*sign, text.strip_prefix(*c)?)))
    else {
        return Ok(vec![one(Comparator::GreaterOrEqual, text)]);
    };
    let closed = [(']', Comparator::LessOrEqual), (')', Comparator::Less)];
    let found = closed.iter().find_map(|(c, sign)| Some((*sign, rest.strip_suffix(*c)?)));
    let (upper, inside) = found.ok_or(WORDS)?;
    let Some((from, to)) = inside.split_once(',') else {
        let exact = lower == Comparator::GreaterOrEqual && upper == Comparator::LessOrEqual;
        return if exact { Ok(vec![one(Comparator::Equal, inside.trim())]) } else { Err(WORDS) };
    };
    let ends = [(lower, from.trim()), (upper, to.trim())];
    Ok(ends.into_iter().filter(|(_, version)| !version.is_empty()).map(|(sign, v)| one(sign, v)).collect())
}
