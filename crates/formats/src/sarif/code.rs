//! What a result shows of the code: places, stacks, fixes.

use forewarn_core::finding::Location;

use super::shape::{Change, FilePlace, Logical, Outcome, Physical, Place, Run};
use super::{MANY, NAME};
use crate::json::Problem;
use crate::words;

/// Longest trace and longest patch, in bytes.
const LONGEST: usize = 65_536;

/// Where the weakness is, and the other places that the result names: further locations, related ones, code flows.
pub(super) fn places(
    run: &Run,
    result: &Outcome,
    place: &str,
) -> Result<(Option<Location>, Vec<Location>), Problem> {
    let mut found = Vec::new();
    for (list, name) in [(&result.locations, "locations"), (&result.related_locations, "relatedLocations")] {
        for (index, one) in list.iter().take(MANY).enumerate() {
            let place = format!("{place}/{name}/{index}/physicalLocation/artifactLocation/index");
            found.extend(location(run, one).map_err(|message| Problem::at(place, message))?);
        }
    }
    let flows = result.code_flows.iter().flat_map(|flow| &flow.thread_flows);
    let passages = flows.flat_map(|flow| &flow.locations).filter_map(|one| one.location.as_ref());
    found.extend(passages.take(MANY).filter_map(|one| location(run, one).ok().flatten()));
    words::distinct(&mut found);
    found.truncate(MANY);
    let mut found = found.into_iter();
    Ok((found.next(), found.collect()))
}

fn location(run: &Run, place: &Place) -> Result<Option<Location>, &'static str> {
    let physical = place.physical_location.as_ref();
    let file = match physical {
        Some(Physical { artifact_location, .. }) => file(run, artifact_location)?,
        None => None,
    };
    let function = place.logical_locations.iter().filter_map(|one| function(run, one)).next_back();
    let line = physical.and_then(|one| one.region.as_ref()).and_then(|region| region.start_line);
    let file = match (file, &function) {
        (Some(file), _) => file,
        // A place that is a function only, as in a binary.
        (None, Some(_)) => "?".to_owned(),
        (None, None) => return Ok(None),
    };
    Ok(Some(Location { file, function, line: line.filter(|line| *line > 0) }))
}

/// The path of a file: percent-escapes stay, `file://` and leading `./` go.
fn file(run: &Run, place: &FilePlace) -> Result<Option<String>, &'static str> {
    let uri = match (&place.uri, place.index.filter(|index| *index >= 0)) {
        (Some(uri), _) => Some(uri),
        (None, Some(index)) => {
            let artifact = usize::try_from(index).ok().and_then(|index| run.artifacts.get(index));
            artifact.ok_or("refers to a file that is not among the run's artifacts")?.location.uri.as_ref()
        }
        (None, None) => None,
    };
    let path = uri.map(|uri| {
        let path = uri.strip_prefix("file://").unwrap_or(uri);
        words::title(&[path.strip_prefix("./").unwrap_or(path)])
    });
    Ok(path.filter(|path| !path.is_empty()))
}

/// The name of a function or a method; other kinds of logical places are none.
fn function(run: &Run, place: &Logical) -> Option<String> {
    let indexed = place.index.and_then(|index| run.logical_locations.get(usize::try_from(index).ok()?));
    let named = |one: &Logical| one.fully_qualified_name.clone().or_else(|| one.name.clone());
    let kind = place.kind.as_deref().or_else(|| indexed.and_then(|one| one.kind.as_deref()));
    let is_function = kind.is_none_or(|kind| matches!(kind, "function" | "member"));
    let name = named(place).or_else(|| indexed.and_then(named)).filter(|_| is_function)?;
    let name = name.trim();
    (!name.is_empty()).then(|| words::bounded(name, NAME - 1))
}

/// The stacks, a frame a line, as debuggers print them.
pub(super) fn trace(run: &Run, result: &Outcome) -> Option<String> {
    let mut lines = Vec::new();
    for stack in result.stacks.iter().take(MANY) {
        lines.extend(stack.message.as_ref().and_then(|text| text.plain()).map(|text| words::title(&[text])));
        for (number, frame) in stack.frames.iter().take(10 * MANY).enumerate() {
            let place = frame.location.as_ref().and_then(|one| location(run, one).ok().flatten());
            let function = place.as_ref().and_then(|one| one.function.as_deref()).unwrap_or("??");
            let mut line = format!("#{number} in {function}");
            if let Some(place) = place.as_ref().filter(|place| place.file != "?") {
                line.push_str(&format!(" {}", place.file));
                line.extend(place.line.map(|line| format!(":{line}")));
            } else if let Some(module) = &frame.module {
                line.push_str(&format!(" ({})", words::bounded(module, NAME)));
            }
            lines.push(line);
        }
    }
    whole(lines.join("\n"))
}

/// The fixes in the form of a diff: which lines of which file go, and what comes in their place. The lines that go are
/// not in the document, so it can be read and compared, not applied.
pub(super) fn patch(run: &Run, result: &Outcome) -> Option<String> {
    let changes = result.fixes.iter().flat_map(|fix| &fix.artifact_changes).take(MANY);
    let mut text = String::new();
    for change in changes {
        one_file(run, change, &mut text);
        if text.len() > LONGEST {
            break;
        }
    }
    whole(text)
}

fn one_file(run: &Run, change: &Change, text: &mut String) {
    let path = file(run, &change.artifact_location).ok().flatten();
    let Some(path) = path else { return };
    text.push_str(&format!("--- a/{path}\n+++ b/{path}\n"));
    for replacement in change.replacements.iter().take(MANY) {
        let region = &replacement.deleted_region;
        let start = region.start_line.unwrap_or(1);
        let gone = region.end_line.unwrap_or(start).saturating_sub(start).saturating_add(1);
        let come =
            replacement.inserted_content.as_ref().and_then(|one| one.text.as_deref()).unwrap_or_default();
        text.push_str(&format!("@@ -{start},{gone} +{start},{} @@\n", come.lines().count()));
        for line in come.lines() {
            text.push_str(&format!("+{line}\n"));
            if text.len() > LONGEST {
                return;
            }
        }
    }
}

fn whole(text: String) -> Option<String> {
    let end =
        text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LONGEST).last()?;
    Some(text[..end].to_owned())
}
