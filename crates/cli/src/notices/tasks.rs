//! `forewarn notices tasks`, `called` and `settle`: what waits for coordinators.

use clap::Args;
use forewarn_core::notice::Alarm;
use forewarn_server::app::{Task, TaskAct, Tasks};
use serde_json::Value;

use crate::client::{Client, escaped, key_of};
use crate::reads;
use crate::words::one_of;

/// A call that was made.
#[derive(Args)]
pub struct Called {
    /// Id of the notice.
    notice: String,
    /// reached or not-reached.
    #[arg(value_parser = ["reached", "not-reached"])]
    outcome: String,
    /// What was said, or whom you tried.
    #[arg(long)]
    words: String,
}

/// An alarm that was looked at.
#[derive(Args)]
pub struct Settled {
    /// Id of the notice.
    notice: String,
    /// undeliverable, unanswered or unfinished.
    #[arg(value_parser = alarm)]
    alarm: Alarm,
    /// What was done.
    #[arg(long)]
    words: String,
}

fn alarm(text: &str) -> Result<Alarm, String> {
    one_of(text, Alarm::ALL)
}

/// Lists what waits for coordinators.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn list(client: &Client, json: bool) -> anyhow::Result<()> {
    let mut path = "/api/v1/tasks?limit=200".to_owned();
    let mut count = 0;
    loop {
        let found: Tasks = client.get(&path).await?;
        for task in &found.page.items {
            count += 1;
            if json { println!("{}", serde_json::to_string(task)?) } else { print(task) }
        }
        if found.page.next.is_none() && !json {
            for one in &found.disabled_webhooks {
                let since = one.since.map(|at| at.to_string()).unwrap_or_default();
                println!("webhook of {} is not tried any more since {since}", one.organisation);
                count += 1;
            }
            for one in &found.heavy_readers {
                reads::print(one);
                count += 1;
            }
        }
        match found.page.next {
            Some(next) => path = format!("/api/v1/tasks?limit=200&after={next}"),
            None => break,
        }
    }
    if count == 0 && !json {
        println!("nothing waits");
    }
    Ok(())
}

fn print(task: &Task) {
    let urgent = if task.urgent { "  URGENT" } else { "" };
    println!("{}  {}  {}{urgent}", task.notice, task.number, task.recipient);
    for line in &task.what {
        println!("  {line}");
    }
    for (place, phone) in (1..).zip(&task.phones) {
        println!("    {place}. {phone}");
    }
    if let Some(until) = task.quiet_until {
        println!("  hours of quiet there until {until}");
    }
    if task.calls_missed > 0 {
        println!("  calls that reached nobody: {}", task.calls_missed);
    }
    for attempt in &task.attempts {
        let code = attempt.code.map(|code| format!(" ({code})")).unwrap_or_default();
        println!("  {}  {}: {}{code}", attempt.at, attempt.way, attempt.words);
    }
}

/// Notes a call.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn called(client: &Client, called: &Called) -> anyhow::Result<()> {
    let reached = called.outcome == "reached";
    act(client, &called.notice, &TaskAct::Called { reached, words: called.words.clone() }).await
}

/// Settles an alarm.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn settle(client: &Client, settled: &Settled) -> anyhow::Result<()> {
    act(client, &settled.notice, &TaskAct::Settle { alarm: settled.alarm, words: settled.words.clone() })
        .await
}

async fn act(client: &Client, notice: &str, act: &TaskAct) -> anyhow::Result<()> {
    let key = key_of(&[notice.as_bytes(), &serde_json::to_vec(act)?]);
    client.post::<Value>(&format!("/api/v1/tasks/{}/acts", escaped(notice)), &key, act).await?;
    println!("noted");
    Ok(())
}
