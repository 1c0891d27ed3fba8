//! Playing the steps of a scenario, and the transcript of what happened.

use anyhow::Context;
use forewarn_core::party::VendorMode;
use forewarn_server::app::{BatchResult, Enrol};
use serde_json::{Map, Value, json};

use super::expect;
use super::script::{Problem, Step, duration, value};
use super::stage::{Stage, role};
use crate::client::{Client, Refused, escaped, key_of};
use crate::words::one_of;

/// What a step led to.
pub enum Outcome {
    /// It went as the script says; a line for the transcript.
    Done(String),
    /// An expectation does not hold.
    Failed(String),
}

use Outcome::{Done, Failed};

/// Plays one step.
///
/// # Errors
/// [`Problem`] when the script is at fault, anything else when the service is in trouble.
pub async fn play(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    match step.verb.as_str() {
        "say" => Ok(Done(format!("-- {}", step.words.join(" ")))),
        "org" => organisation(stage, step).await,
        "person" | "service" => admit(stage, step).await,
        "wait" => wait(stage, step).await,
        "runs" => runs(stage, step).await,
        "submit" => submit(stage, step).await,
        "open" => open(stage, step).await,
        "act" => act(stage, step).await,
        "write" => write(stage, step).await,
        "notice" => notice(stage, step).await,
        "refuse" => refuse(stage, step).await,
        "expect" => expect::check(stage, step).await,
        _ => Err(step.problem("unknown step; see docs/how-to/scenarios.md for the list").into()),
    }
}

async fn organisation(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let short = step.word(0, "a short name")?;
    let roles = step.word(1, "a role such as operator, or several with + between")?;
    let roles = roles.split('+').map(role).collect::<Option<_>>();
    let list = |name: &str| -> Vec<String> {
        let text = step.fields.get(name).map(String::as_str).unwrap_or_default();
        text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let name = step.fields.get("name").cloned().unwrap_or_else(|| short.to_owned());
    let enrol = Enrol {
        name: name.clone(),
        roles: roles.ok_or_else(|| step.problem("unknown role"))?,
        sectors: list("sectors").into_iter().collect(),
        country: Some(step.fields.get("country").cloned().unwrap_or_else(|| "US".into())),
        vendor_names: list("vendor_names").into_iter().collect(),
        standing_consent: step.fields.get("consent").is_some_and(|text| text == "standing"),
        vendor_mode: match step.fields.get("mode") {
            Some(mode) => one_of(mode, VendorMode::ALL).map_err(|message| step.problem(message))?,
            None => VendorMode::default(),
        },
    };
    let roles: Vec<&str> = enrol.roles.iter().map(|role| role.as_str()).collect();
    let line = format!("{name} is enrolled as {}", roles.join(" and "));
    stage.organisation(short, enrol).await.map_err(|error| at(step, &error))?;
    Ok(Done(line))
}

async fn admit(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let (short, org) = (step.word(0, "a short name")?, step.word(1, "an organisation")?);
    stage.admit(short, org, step.verb == "person").await.map_err(|error| at(step, &error))?;
    Ok(Done(format!("{short} works for {org}")))
}

async fn wait(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let text = step.word(0, "a duration such as 3d, 36h or 15m")?;
    let by = duration(text).ok_or_else(|| step.problem("give a duration such as 3d, 36h or 15m"))?;
    stage.wait(by).await?;
    Ok(Done(format!("{text} pass")))
}

/// An operator's asset runs these package URLs, and nothing else from now on.
async fn runs(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let (who, asset) = (step.word(0, "a person")?, step.word(1, "the name of an asset")?);
    let listed = step.words.get(2..).unwrap_or_default().join("\n");
    let path = format!("/api/v1/inventories?asset={}", escaped(asset));
    let client = somebody(stage, step, who)?;
    let key = key(stage, step);
    let pushed = client.send::<Value>(&path, &key, "text/plain", format!("{listed}\n").into_bytes()).await;
    pushed.map_err(|error| at(step, &error))?;
    stage.work().await?;
    let count = step.words.len().saturating_sub(2);
    Ok(Done(format!("{who} says what `{asset}` runs: {count} components")))
}

async fn submit(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let (who, name) = (step.word(0, "a person or service")?, step.word(1, "a name for the finding")?);
    let client = somebody(stage, step, who)?;
    let line = serde_json::to_vec(&finding(name, step)?)?;
    let sent = client.send("/api/v1/findings:batch", &key(stage, step), "application/x-ndjson", line).await;
    let results: BatchResult = sent.map_err(|error| at(step, &error))?;
    let one = results.results.first().context("a batch of one line has no result")?;
    if let Some(id) = &one.finding {
        stage.known.insert(step.save.clone().unwrap_or_else(|| name.to_owned()), id.clone());
    }
    let wanted = step.fields.get("result").map_or("accepted", String::as_str);
    let happened = format!("{who} submits {name}: {}", one.result);
    if one.result == wanted {
        return Ok(Done(happened));
    }
    let why = one.message.clone().unwrap_or_default();
    Ok(Failed(format!("{happened}, not {wanted}: {why}")))
}

/// A finding of our own format from the fields of a step.
fn finding(name: &str, step: &Step) -> Result<Value, Problem> {
    let field = |name: &str| step.fields.get(name).map(String::as_str);
    let affects = field("affects").ok_or_else(|| step.problem("`submit` needs affects=\"PURL RANGE\""))?;
    let mut affected = Vec::new();
    for one in affects.split(" and ") {
        let (purl, range) = one.split_once(' ').unwrap_or((one, "*"));
        affected.push(json!({ "purl": purl, "ranges": [range] }));
    }
    let mut document = json!({
        "forewarn": "finding/1",
        "id": name,
        "title": field("title").unwrap_or(name),
        "description": field("description").unwrap_or("as the title says"),
        "affected": affected,
        "weaknesses": field("weakness").into_iter().collect::<Vec<_>>(),
        "provenance": { "model": field("model").unwrap_or("sample"), "human_checked": false },
    });
    if let Some((file, function)) = field("at").and_then(|at| at.split_once(':')) {
        document["location"] = json!({ "file": file, "function": function });
    }
    if let Some(alias) = field("alias") {
        document["aliases"] = json!([alias]);
    }
    Ok(document)
}

async fn open(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let (who, finding) = (step.word(0, "a coordinator")?, step.word(1, "a finding")?);
    let id = known(stage, step, finding)?;
    let client = somebody(stage, step, who)?;
    let opened = client.post("/api/v1/cases", &key(stage, step), &json!({ "finding": id })).await;
    let done: Value = opened.map_err(|error| at(step, &error))?;
    remember(stage, step, &done, "/case")?;
    Ok(Done(format!("{who} opens a case from {finding}")))
}

/// The path and body of an act on a case or a notice.
fn asked(stage: &Stage, step: &Step, from: usize) -> anyhow::Result<(Client, String, Value, String)> {
    let who = step.word(from, "a person")?;
    let (on, act) = (step.word(from + 1, "a case")?, step.word(from + 2, "an act")?);
    let id = known(stage, step, on)?;
    let mut body = Map::new();
    body.insert("act".into(), json!(act));
    let mut text = Map::new();
    for (name, written) in &step.fields {
        let read = value(written, stage.now(), &stage.known).map_err(|message| step.problem(message))?;
        match name.strip_prefix("text.") {
            Some(part) => text.insert(part.to_owned(), read),
            None => body.insert(name.clone(), read),
        };
    }
    if !text.is_empty() {
        body.insert("text".into(), Value::Object(text));
    }
    let client = somebody(stage, step, who)?;
    Ok((client, format!("/api/v1/cases/{}/acts", escaped(&id)), Value::Object(body), format!("{who}: {act}")))
}

async fn act(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let (client, path, body, shown) = asked(stage, step, 0)?;
    let done: Value = client.post(&path, &key(stage, step), &body).await.map_err(|error| at(step, &error))?;
    if step.save.is_some() {
        remember(stage, step, &done, "/wave")?;
    }
    stage.work().await?;
    let state = done["state"].as_str().unwrap_or_default();
    let told = done["notified"].as_u64().map(|count| format!(", {count} notified")).unwrap_or_default();
    Ok(Done(format!("{shown} -> {state}{told}")))
}

/// A message in a party's thread: the writer's own, or that of `to=`.
async fn write(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let (who, on, text) = (step.word(0, "a person")?, step.word(1, "a case")?, step.word(2, "a message")?);
    let case = known(stage, step, on)?;
    let party = match step.fields.get("to") {
        Some(name) => known(stage, step, name)?,
        None => "own".into(),
    };
    let client = somebody(stage, step, who)?;
    let path = format!("/api/v1/cases/{}/threads/{}", escaped(&case), escaped(&party));
    let sent = client.post::<Value>(&path, &key(stage, step), &json!({ "text": text })).await;
    sent.map_err(|error| at(step, &error))?;
    stage.work().await?;
    Ok(Done(format!("{who} writes: {text}")))
}

/// An act on the only notice of somebody's that fits, or the newest one.
async fn notice(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let (who, act) = (step.word(0, "a person")?, step.word(1, "an act")?);
    let client = somebody(stage, step, who)?;
    let inbox: Value = client.get("/api/v1/notices").await.map_err(|error| at(step, &error))?;
    let id = inbox.pointer("/items/0/id").and_then(Value::as_str);
    let id = id.ok_or_else(|| step.problem(format!("{who} has no notice")))?.to_owned();
    let path = format!("/api/v1/notices/{}", escaped(&id));
    if act == "open" {
        let _: Value = client.get(&path).await.map_err(|error| at(step, &error))?;
        return Ok(Done(format!("{who} reads the notice")));
    }
    let mut body = Map::from_iter([("act".to_owned(), json!(act))]);
    for (name, written) in &step.fields {
        let read = value(written, stage.now(), &stage.known).map_err(|message| step.problem(message))?;
        body.insert(name.clone(), read);
    }
    let key = key(stage, step);
    let _: Value =
        client.post(&format!("{path}/acts"), &key, &body).await.map_err(|error| at(step, &error))?;
    stage.work().await?;
    Ok(Done(format!("{who}, on the notice: {act}")))
}

/// An act that must be refused; `because=` says a part of the words.
async fn refuse(stage: &mut Stage, step: &Step) -> anyhow::Result<Outcome> {
    let mut inner = step.clone();
    let because = inner.fields.remove("because");
    let (client, path, body, shown) = asked(stage, &inner, 0)?;
    match client.post::<Value>(&path, &key(stage, step), &body).await {
        Ok(_) => Ok(Failed(format!("{shown} was allowed"))),
        Err(error) => {
            let refused = error.downcast_ref::<Refused>().map(ToString::to_string);
            let Some(words) = refused else { return Err(error) };
            let fits = because.is_none_or(|part| words.contains(&part));
            let line = format!("{shown} -> refused: {words}");
            Ok(if fits { Done(line) } else { Failed(line) })
        }
    }
}

fn key(stage: &Stage, step: &Step) -> String {
    key_of(&[b"scenario", &step.line.to_be_bytes(), stage.now().to_string().as_bytes()])
}

fn known(stage: &Stage, step: &Step, name: &str) -> Result<String, Problem> {
    stage.known.get(name).cloned().ok_or_else(|| step.problem(format!("nothing is called `{name}` yet")))
}

fn somebody(stage: &Stage, step: &Step, who: &str) -> Result<Client, Problem> {
    stage.person(who).map_err(|error| step.problem(error.to_string()))
}

fn remember(stage: &mut Stage, step: &Step, answer: &Value, pointer: &str) -> Result<(), Problem> {
    let name = step.save.as_ref().ok_or_else(|| step.problem("add `-> NAME` to refer to it later"))?;
    let id = answer.pointer(pointer).and_then(Value::as_str);
    let id = id.ok_or_else(|| step.problem("the answer names nothing to remember"))?;
    stage.known.insert(name.clone(), id.to_owned());
    Ok(())
}

/// What the service refuses is a mistake of the script; trouble stays trouble.
fn at(step: &Step, error: &anyhow::Error) -> anyhow::Error {
    step.problem(format!("{error:#}")).into()
}
