//! Expectations: what somebody reads at a path, at a JSON pointer in it.

use serde_json::Value;

use super::play::Outcome;
use super::script::{Step, value};
use super::stage::Stage;
use crate::client::{Refused, escaped};

/// `expect WHO PATH POINTER is|is-not|has|count VALUE`, or `expect WHO PATH hidden|shown`.
pub async fn check(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let (who, path) = (step.word(0, "a person or `public`")?, step.word(1, "a path")?);
    let client = stage.person(who).map_err(|error| step.problem(error.to_string()))?;
    let url = url(stage, step, path)?;
    let answer = client.get::<Value>(&url).await;
    let third = step.word(2, "`hidden`, `shown` or a JSON pointer")?;
    if matches!(third, "hidden" | "shown") {
        return visibility(step, who, path, third, answer);
    }
    let read = answer.map_err(|error| step.problem(format!("{error:#}")))?;
    let (how, wanted) =
        (step.word(3, "is, is-not, has or count")?, step.words.get(4..).unwrap_or_default().join(" "));
    let wanted = value(&wanted, stage.now(), &stage.known).map_err(|message| step.problem(message))?;
    let pointer = if third == "/" { "" } else { third };
    let found = read.pointer(pointer);
    let holds = match how {
        "is" => same(found, &wanted),
        "is-not" => !same(found, &wanted),
        "count" => {
            found.and_then(Value::as_array).map(Vec::len) == wanted.as_u64().and_then(|n| n.try_into().ok())
        }
        "has" => has(found, &wanted),
        _ => return Err(step.problem("use is, is-not, has or count").into()),
    };
    let shown = format!("{who} reads {path}: {third} {how} {}", plain(&wanted));
    if holds {
        return Ok(Outcome::Done(shown));
    }
    let found = found.map_or_else(|| "nothing".to_owned(), plain);
    Ok(Outcome::Failed(format!("{shown}; it is {found}")))
}

/// The path with the names in it replaced by what they stand for; without a leading slash it is one of the API.
fn url(stage: &Stage, step: &Step, path: &str) -> anyhow::Result<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        parts.push(match part.strip_prefix('@') {
            Some(name) => {
                let id = stage.known.get(name);
                escaped(id.ok_or_else(|| step.problem(format!("nothing is called `{name}` yet")))?)
            }
            None => part.to_owned(),
        });
    }
    let path = parts.join("/");
    Ok(if path.starts_with('/') { path } else { format!("/api/v1/{path}") })
}

fn visibility(
    step: &Step,
    who: &str,
    path: &str,
    wanted: &str,
    answer: anyhow::Result<Value>,
) -> anyhow::Result<Outcome> {
    let shown = match answer {
        Ok(_) => true,
        Err(error) if error.downcast_ref::<Refused>().is_some_and(|no| no.0.status < 500) => false,
        Err(error) => return Err(error),
    };
    let line = format!("{who} reads {path}: {wanted}");
    let _ = step;
    Ok(if shown == (wanted == "shown") { Outcome::Done(line) } else { Outcome::Failed(line) })
}

/// Absent, `null` and `none` are the same.
fn same(found: Option<&Value>, wanted: &Value) -> bool {
    match found {
        None | Some(Value::Null) => wanted == "none",
        Some(Value::Bool(flag)) => *wanted == Value::Bool(*flag),
        Some(found) => plain(found) == plain(wanted),
    }
}

/// A text contains it, or a list has an item that is it or contains it.
fn has(found: Option<&Value>, wanted: &Value) -> bool {
    let wanted = plain(wanted);
    match found {
        Some(Value::Array(items)) => items.iter().any(|item| item.to_string().contains(&wanted)),
        Some(found) => plain(found).contains(&wanted),
        None => false,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
