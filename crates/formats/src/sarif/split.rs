//! A large log in parts that are each a document of their own.
//!
//! A part has some results of one run and, of the run's lists, what these results refer to: files and functions are
//! numbered anew, and of rules and taxa that are not named only the id is left.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::RESULTS;
use crate::json::Problem;

/// Results in one part; the intake takes no more from one document.
const RESULTS_IN_PART: usize = 500;

/// Some results of one run.
pub struct Part {
    /// A SARIF log of its own.
    pub document: Value,
    /// Where it is from.
    pub origin: PartOf,
}

/// Which results of the whole a part has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartOf {
    /// Which run of the whole they are of, from 0.
    pub run: usize,
    /// Which result of that run is the first here, from 0.
    pub first: usize,
}

impl PartOf {
    /// The place in the whole of a place in the part; one outside the results stays.
    #[must_use]
    pub fn in_whole(&self, place: &str) -> String {
        let Some(rest) = place.strip_prefix("/runs/0") else { return place.to_owned() };
        let (run, first) = (self.run, self.first);
        let result = rest.strip_prefix("/results/").map(|rest| rest.split_once('/').unwrap_or((rest, "")));
        match result.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest))) {
            Some((index, "")) => format!("/runs/{run}/results/{}", first + index),
            Some((index, rest)) => format!("/runs/{run}/results/{}/{rest}", first + index),
            None => format!("/runs/{run}{rest}"),
        }
    }
}

/// Splits a log into parts of at most `most` bytes each, in the order of its results; the same log is always split alike.
///
/// What no result refers to is not in any part. A result that breaks a rule gets a part of its own, so that it keeps no
/// other one out. A result that is larger than a part by itself is a [`Problem`] at its
/// place, and the others go on.
///
/// # Errors
/// When the value does not have the shape of a log, or what a run says for all its results leaves no room for one.
pub fn split(log: &Value, most: usize) -> Result<Vec<Result<Part, Problem>>, Problem> {
    let runs = log.get("runs").and_then(Value::as_array);
    let runs = runs.ok_or_else(|| Problem::at("/runs", "expected a list of runs"))?;
    let mut parts = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        let place = format!("/runs/{number}");
        let run = run.as_object().ok_or_else(|| Problem::at(&place, "expected a run"))?;
        let results = match run.get("results") {
            None | Some(Value::Null) => continue,
            Some(results) => results.as_array(),
        };
        let results =
            results.ok_or_else(|| Problem::at(format!("{place}/results"), "expected a list of results"))?;
        Cut { log, run, number, most, sound: false, parts: &mut parts }.all(results)?;
    }
    Ok(parts)
}

/// A run that is being cut.
struct Cut<'l> {
    log: &'l Value,
    run: &'l Map<String, Value>,
    number: usize,
    most: usize,
    /// Whether what the run says for all its results can be read.
    sound: bool,
    parts: &'l mut Vec<Result<Part, Problem>>,
}

impl Cut<'_> {
    fn all(&mut self, results: &[Value]) -> Result<(), Problem> {
        let empty = length(&self.document(&[]));
        if empty > self.most {
            let message =
                format!("what this run says for all its results is larger than {} bytes", self.most);
            return Err(Problem::at(format!("/runs/{}", self.number), message));
        }
        self.sound = super::read(self.document(&[])).is_ok();
        let mut first = 0;
        while first < results.len() {
            first += self.next(results, first);
        }
        Ok(())
    }

    /// Makes the part that begins with a result and tells how many are in it: as many as fit and can be read, by halving.
    fn next(&mut self, results: &[Value], first: usize) -> usize {
        let left = &results[first..];
        let mut own = 0;
        let sized = left.iter().take(RESULTS_IN_PART.min(RESULTS)).take_while(|result| {
            own += length(result) + 1;
            own <= self.most
        });
        let mut count = sized.count().max(1);
        loop {
            let document = self.document(&left[..count]);
            let alone = count == 1 || !self.sound;
            let fits = length(&document) <= self.most;
            if fits && (alone || super::read(document.clone()).is_ok()) {
                let origin = PartOf { run: self.number, first };
                self.parts.push(Ok(Part { document, origin }));
                return count;
            }
            if count == 1 {
                let place = format!("/runs/{}/results/{first}", self.number);
                let message =
                    format!("this result with what it refers to is larger than {} bytes", self.most);
                self.parts.push(Err(Problem::at(place, message)));
                return 1;
            }
            count /= 2;
        }
    }

    fn document(&self, results: &[Value]) -> Value {
        let list = |field: &str| self.run.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut named = Named::default();
        results.iter().for_each(|result| named.gather("", result));
        let others = self.run.iter().filter(|(field, _)| !OWN.contains(&field.as_str()));
        others.for_each(|(field, value)| named.gather(field, value));
        let numbers = Numbers {
            artifacts: with_parents(&named.artifacts, list("artifacts")),
            logical: with_parents(&named.logical, list("logicalLocations")),
        };
        let mut run = Map::new();
        for (field, value) in self.run {
            let value = match (field.as_str(), value) {
                ("results", _) => results.iter().map(|result| numbers.renumbered("", result)).collect(),
                ("artifacts", Value::Array(list)) => numbers.files(list),
                ("logicalLocations", Value::Array(list)) => numbers.functions(list),
                ("tool", Value::Object(tool)) => named.tool(tool),
                ("taxonomies", Value::Array(list)) => {
                    list.iter().map(|one| named.component(one, "taxa")).collect()
                }
                (field, value) => numbers.renumbered(field, value),
            };
            run.insert(field.clone(), value);
        }
        let mut document = Map::new();
        for (field, value) in self.log.as_object().into_iter().flatten() {
            let value = if field == "runs" { json!([run]) } else { value.clone() };
            document.insert(field.clone(), value);
        }
        Value::Object(document)
    }
}

/// Lists of a run that are thinned, and what holds some of them.
const OWN: [&str; 5] = ["results", "artifacts", "logicalLocations", "tool", "taxonomies"];

/// Whether a field holds places of files, whose index is one of the run's artifacts (SARIF 2.1.0, 3.4.5).
fn is_file(field: &str) -> bool {
    matches!(
        field,
        "artifactLocation"
            | "analysisTarget"
            | "executableLocation"
            | "workingDirectory"
            | "stdin"
            | "stdout"
            | "stderr"
            | "stdoutStderr"
            | "responseFiles"
            | "analysisToolLogFiles"
    )
}

fn is_logical(field: &str) -> bool {
    matches!(field, "logicalLocations" | "logicalLocation")
}

/// Bytes of a value as compact JSON.
fn length(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // A value of JSON is always JSON, and counting does not fail.
    serde_json::to_writer(&mut count, value).map_or(usize::MAX, |()| count.0)
}

/// What results refer to.
#[derive(Default)]
struct Named {
    artifacts: HashSet<usize>,
    logical: HashSet<usize>,
    /// Entries of a component's lists, by index; of which component is not told apart.
    described: HashSet<usize>,
    ids: HashSet<String>,
}

impl Named {
    fn gather(&mut self, field: &str, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.gather(field, item)),
            Value::Object(object) => {
                let index = position(object.get("index"));
                match field {
                    field if is_file(field) => self.artifacts.extend(index),
                    field if is_logical(field) => self.logical.extend(index),
                    "rule" | "taxa" => self.described.extend(index),
                    _ => {}
                }
                for (field, value) in object {
                    self.name(field, value);
                    self.gather(field, value);
                }
            }
            _ => {}
        }
    }

    /// An id names its parents too: `a/b` is a part of `a` (SARIF 2.1.0, 3.27.5).
    fn name(&mut self, field: &str, value: &Value) {
        if field == "ruleIndex" {
            self.described.extend(position(Some(value)));
        }
        let Some(mut id) = value.as_str().filter(|_| matches!(field, "ruleId" | "id")) else { return };
        self.ids.insert(id.to_owned());
        while let Some((parent, _)) = id.rsplit_once('/') {
            id = parent;
            self.ids.insert(id.to_owned());
        }
    }

    fn tool(&self, tool: &Map<String, Value>) -> Value {
        let component = |value: &Value| self.component(value, "rules");
        let fields = tool.iter().map(|(field, value)| {
            let value = match (field.as_str(), value) {
                ("driver", value) => component(value),
                ("extensions", Value::Array(list)) => list.iter().map(component).collect(),
                _ => value.clone(),
            };
            (field.clone(), value)
        });
        Value::Object(fields.collect())
    }

    /// A component with the full text of what is named in one of its lists, and the ids of the others.
    fn component(&self, component: &Value, list: &str) -> Value {
        let Some(object) = component.as_object() else { return component.clone() };
        let fields = object.iter().map(|(field, value)| match value {
            Value::Array(entries) if field == list => (field.clone(), self.descriptors(entries)),
            _ => (field.clone(), value.clone()),
        });
        Value::Object(fields.collect())
    }

    fn descriptors(&self, entries: &[Value]) -> Value {
        let id = |entry: &Value| entry.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let named = entries.iter().enumerate();
        let named = named.filter(|(at, one)| self.described.contains(at) || self.ids.contains(&id(one)));
        let named = named.map(|(at, _)| at).collect();
        thinned(entries, &named, |entry| json!({ "id": id(entry) }))
    }
}

fn position(value: Option<&Value>) -> Option<usize> {
    value.and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok())
}

/// The entries of a run's lists that are in a part, by their places in the whole, in order.
struct Numbers {
    artifacts: Vec<usize>,
    logical: Vec<usize>,
}

impl Numbers {
    /// A value with the numbers that files and functions have in the part.
    fn renumbered(&self, field: &str, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.renumbered(field, item)).collect(),
            Value::Object(object) => {
                let list = is_file(field).then_some(&self.artifacts);
                let list = list.or_else(|| is_logical(field).then_some(&self.logical));
                let fields = object.iter().map(|(name, value)| {
                    let new = match list.filter(|_| matches!(name.as_str(), "index" | "parentIndex")) {
                        Some(list) => renumber(list, value),
                        None => self.renumbered(name, value),
                    };
                    (name.clone(), new)
                });
                Value::Object(fields.collect())
            }
            _ => value.clone(),
        }
    }

    fn functions(&self, list: &[Value]) -> Value {
        let entries = self.logical.iter().filter_map(|at| list.get(*at));
        entries.map(|entry| self.renumbered("logicalLocations", entry)).collect()
    }

    fn files(&self, list: &[Value]) -> Value {
        let entry = |at: &usize| {
            let mut entry = list.get(*at)?.clone();
            for pointer in ["/location/index", "/parentIndex"] {
                if let Some(number) = entry.pointer_mut(pointer) {
                    *number = renumber(&self.artifacts, number);
                }
            }
            Some(entry)
        };
        self.artifacts.iter().filter_map(entry).collect()
    }
}

/// Where an entry is in the part; a number that is none of the list stays as wrong as it is.
fn renumber(kept: &[usize], number: &Value) -> Value {
    let new = position(Some(number)).and_then(|at| kept.binary_search(&at).ok());
    new.map_or_else(|| number.clone(), Value::from)
}

/// The entries of a list that are named, and those they are in.
fn with_parents(named: &HashSet<usize>, list: &[Value]) -> Vec<usize> {
    let mut all = BTreeSet::new();
    let mut open: Vec<usize> = named.iter().copied().collect();
    while let Some(at) = open.pop() {
        if let Some(entry) = list.get(at)
            && all.insert(at)
        {
            open.extend(position(entry.get("parentIndex")));
        }
    }
    all.into_iter().collect()
}

/// A list up to its last named entry, the others replaced.
fn thinned(list: &[Value], named: &HashSet<usize>, stand_in: impl Fn(&Value) -> Value) -> Value {
    let end = named.iter().filter(|at| **at < list.len()).max().map_or(0, |last| last + 1);
    let entries = list.iter().take(end).enumerate();
    let entry = |(at, one): (usize, &Value)| if named.contains(&at) { one.clone() } else { stand_in(one) };
    entries.map(entry).collect()
}
