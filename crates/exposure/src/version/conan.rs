//! Conan 2's order (<https://docs.conan.io/2/tutorial/versioning/version_ranges.html>): SemVer's, with any count of
//! parts, letters in them, and builds that count.
//!
//! Zeros at the end do not count. A part is its leading number, by value, then its rest, by text; a part without
//! a number is newer than all with one. Conan itself compares such parts by text (there `10a` is older than `9`),
//! which is no order beside numbers by value. A pre-release (behind the first `-`) is older than its release, a
//! build (behind the last `+`) newer than none.

use super::difference::Group;
use super::number::{Number, split_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    parts: Vec<Part>,
    stage: Stage,
    build: Option<Vec<Part>>,
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Before(Vec<Part>),
    Release,
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// The part without anything in it, as in `1.0-`.
    Empty,
    Number(Number, Box<str>),
    Text(Box<str>),
}

pub(super) fn parse(text: &str) -> Option<Key> {
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let (rest, build) = text.rsplit_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let stage = pre.map_or(Stage::Release, |pre| Stage::Before(parts(pre)));
    (!core.is_empty()).then(|| Key { parts: parts(core), stage, build: build.map(parts) })
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = text.split('.').map(part).collect();
    while parts.last().is_some_and(is_zero) {
        parts.pop();
    }
    parts
}

fn is_zero(part: &Part) -> bool {
    matches!(part, Part::Number(number, rest) if number.is_zero() && rest.is_empty())
}

fn part(text: &str) -> Part {
    let (digits, rest) = split_digits(text);
    match Number::parse(digits) {
        _ if text.is_empty() => Part::Empty,
        Some(number) if !digits.is_empty() => Part::Number(number, rest.into()),
        _ => Part::Text(text.into()),
    }
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let (stage, pre) = match &self.stage {
            Stage::Before(parts) => ("pre-release", shown(parts)),
            Stage::Release => ("release", Vec::new()),
        };
        vec![
            Group::many("part", shown(&self.parts)),
            Group::one("stage", &stage),
            Group::many("pre-release part", pre),
            Group::one_if("build", self.build.as_ref().map(|_| "given")),
            Group::many("build part", self.build.iter().flat_map(|build| shown(build))),
        ]
    }
}

fn shown(parts: &[Part]) -> Vec<String> {
    let one = |part: &Part| match part {
        Part::Empty => String::new(),
        Part::Number(number, rest) => format!("{number}{rest}"),
        Part::Text(text) => text.to_string(),
    };
    parts.iter().map(one).collect()
}
