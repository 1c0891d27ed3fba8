//! Many short texts in one piece of memory.

use std::collections::HashMap;

/// Texts by number, end to end.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    pub(super) text: String,
    pub(super) ends: Vec<usize>,
}

impl Texts {
    /// The number of the text that was added.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        self.text.push_str(text);
        self.ends.push(self.text.len());
        number(self.ends.len() - 1)
    }

    /// Empty when there is no such text.
    pub(super) fn get(&self, number: u32) -> &str {
        let position = number as usize;
        let start = position.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(position).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<usize>()
    }
}

/// Positions as they are kept. Memory ends long before four thousand million of anything do.
pub(super) fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Texts of which each is kept once.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pub(super) texts: Texts,
    numbers: HashMap<Box<str>, u32>,
}

impl Pool {
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.push(text);
        self.numbers.insert(text.into(), number);
        number
    }
}

/// Labels mostly are a text of the package around the version (`pkg:pypi/flask@` `1.0`), so that text is kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    pub(super) around: Texts,
    /// Where the version goes; [`WHOLE`] for a label that is kept as it is.
    pub(super) places: Vec<u32>,
}

/// No version inside.
pub(super) const WHOLE: u32 = u32::MAX;

impl Labels {
    pub(super) fn get(&self, number: u32, version: Option<&str>) -> String {
        let around = self.around.get(number);
        let place = self.places.get(number as usize).copied().unwrap_or(WHOLE) as usize;
        match (around.split_at_checked(place), version) {
            (Some((before, after)), Some(version)) => [before, version, after].concat(),
            _ => around.to_owned(),
        }
    }
}

/// Labels while they are gathered.
#[derive(Debug, Default)]
pub(super) struct LabelPool {
    pub(super) labels: Labels,
    numbers: HashMap<(Box<str>, u32), u32>,
}

impl LabelPool {
    pub(super) fn intern(&mut self, label: &str, version: Option<&str>) -> u32 {
        // Mostly at the end, which is cheaper to see than to search for.
        let last = |version: &str| label.strip_suffix(version).map(str::len).or_else(|| label.rfind(version));
        let place = version.filter(|version| !version.is_empty()).and_then(last);
        let (before, rest) = label.split_at(place.unwrap_or(label.len()));
        let after = place.and(version).and_then(|version| rest.get(version.len()..)).unwrap_or_default();
        let place = place.map_or(WHOLE, number);
        // Neighbours mostly are of one package, and agree.
        let last = self.labels.places.len().checked_sub(1).map(number);
        if let Some(last) = last.filter(|last| self.is(*last, before, after, place)) {
            return last;
        }
        let key = ([before, after].concat().into_boxed_str(), place);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.labels.around.push(&key.0);
        self.labels.places.push(place);
        self.numbers.insert(key, number);
        number
    }

    fn is(&self, label: u32, before: &str, after: &str, place: u32) -> bool {
        self.labels.places.get(label as usize) == Some(&place)
            && self.labels.around.get(label).strip_prefix(before) == Some(after)
    }
}
