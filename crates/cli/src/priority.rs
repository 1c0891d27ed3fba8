//! `forewarn case queue`, `priority`, `claim` and what belongs to them.

use forewarn_server::app::views::Page;
use forewarn_server::app::{
    AnswerPriority, Claimed, PaceView, PriorityView, QueueEntry, RecordView, SetPace, ValidationEntry,
};
use serde_json::Value;

use crate::cases::path_of;
use crate::client::{Client, escaped, fresh_key};

/// A pace as typed.
#[derive(Clone, Copy, Debug)]
pub struct PerWeek(Option<u32>);

/// Reads a pace: a number of cases a week, or `any`.
///
/// # Errors
/// When it is neither.
pub fn per_week(text: &str) -> Result<PerWeek, String> {
    match text {
        "any" => Ok(PerWeek(None)),
        _ => {
            text.parse().map(|n| PerWeek(Some(n))).map_err(|_| "give a number of cases a week, or any".into())
        }
    }
}

pub(crate) async fn queue(client: &Client, limit: u32, json: bool) -> anyhow::Result<()> {
    let mut left = limit;
    let mut after = String::new();
    let mut number = 0_u32;
    while left > 0 {
        let path = format!("/api/v1/queue?limit={}{after}", left.min(200));
        let page: Page<QueueEntry> = client.get(&path).await?;
        for entry in &page.items {
            number += 1;
            if json {
                println!("{}", serde_json::to_string(entry)?);
            } else {
                print_entry(number, entry);
            }
        }
        left = left.saturating_sub(u32::try_from(page.items.len()).unwrap_or(left));
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    Ok(())
}

fn print_entry(number: u32, entry: &QueueEntry) {
    let title = entry.title.as_deref().unwrap_or_default();
    println!("{number:>4}  {:12}  {}  {}  {}  {title}", entry.outcome, entry.number, entry.case, entry.state);
    if let Some(before) = &entry.before {
        println!("      {before}");
    }
}

pub(crate) async fn explain(client: &Client, case: &str, json: bool) -> anyhow::Result<()> {
    let view: PriorityView = client.get(&format!("{}/priority", path_of(case))).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&view)?);
        return Ok(());
    }
    println!("{}  {}", view.entry.number, view.entry.summary);
    println!("Decided {} by the {}, under {}.", view.entry.decided_at, view.tree, view.profile);
    for input in &view.inputs {
        println!("  {}: {} ({}, {})", input.name, input.value, input.source, input.at.strftime("%Y-%m-%d"));
    }
    for (sector, count) in view.sectors.iter().flatten() {
        println!("  exposed in {sector}: {count}");
    }
    if let (Some(triage), Some(publication)) = (&view.triage, &view.publication) {
        println!("As advice: triage {triage}, publication {publication}.");
    }
    if let Some(before) = &view.entry.before {
        println!("{before}");
    }
    if view.pending {
        println!("Its inputs have changed since; it is put in order anew.");
    }
    Ok(())
}

pub(crate) async fn answer(client: &Client, case: &str, answer: AnswerPriority) -> anyhow::Result<()> {
    let path = format!("{}/priority", path_of(case));
    let key = fresh_key(&[case.as_bytes(), &serde_json::to_vec(&answer)?]);
    client.post::<Value>(&path, &key, &answer).await?;
    println!("kept; `forewarn case priority` shows the new decision");
    Ok(())
}

pub(crate) async fn claim(client: &Client) -> anyhow::Result<()> {
    let key = fresh_key(&[b"claim"]);
    let claimed: Claimed = client.post("/api/v1/validations:claim", &key, &serde_json::json!({})).await?;
    match (claimed.case, claimed.number, claimed.until) {
        (Some(case), Some(number), Some(until)) => println!("{case}  {number}  yours until {until}"),
        _ => println!("no case waits for your check"),
    }
    Ok(())
}

pub(crate) async fn checks(client: &Client) -> anyhow::Result<()> {
    let show = |one: ValidationEntry| {
        let until = one.until.map(|until| format!("  held until {until}")).unwrap_or_default();
        println!("{}  {}  {}{until}", one.case, one.number, one.state);
        Ok(())
    };
    client.each("/api/v1/validations", show).await
}

pub(crate) async fn material(client: &Client, case: &str) -> anyhow::Result<()> {
    let material: Value = client.get(&format!("/api/v1/validations/{}", escaped(case))).await?;
    println!("{}", serde_json::to_string_pretty(&material)?);
    Ok(())
}

pub(crate) async fn record(client: &Client, finder: &str) -> anyhow::Result<()> {
    let record: RecordView = client.get(&format!("/api/v1/finders/{}/record", escaped(finder))).await?;
    println!("{}", record.name);
    for (verdict, count) in &record.verdicts {
        println!("  {verdict}: {count}");
    }
    println!("{}", if record.counts { "It counts in the order." } else { "It does not count in the order." });
    Ok(())
}

pub(crate) async fn pace(client: &Client, vendor: Option<&str>, set: Option<PerWeek>) -> anyhow::Result<()> {
    if let Some(PerWeek(per_week)) = set {
        let key = fresh_key(&[b"pace"]);
        client.post::<Value>("/api/v1/pace", &key, &SetPace { per_week }).await?;
    }
    let path = match vendor {
        Some(vendor) => format!("/api/v1/vendors/{}/pace", escaped(vendor)),
        None => "/api/v1/pace".to_owned(),
    };
    let view: PaceView = client.get(&path).await?;
    println!("{}", view.words);
    for one in view.waiting.iter().flatten() {
        match &one.dropped {
            Some(why) => println!("  {}  {}  could not be told: {why}", one.case, one.number),
            None => {
                let alarm = if one.alarm.is_some() { "  WAITS TOO LONG" } else { "" };
                println!("  {}  {}  waits since {}{alarm}", one.case, one.number, one.since);
            }
        }
    }
    Ok(())
}
