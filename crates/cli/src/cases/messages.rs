//! `forewarn case threads`, `messages` and `write`.

use std::io::Read;

use anyhow::{Context, bail};
use forewarn_core::thread::TEXT_LIMIT;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::app::{MarkRead, ThreadLine, ThreadView, Write, Written};
use serde_json::Value;

use crate::client::{Client, escaped, key_of};

/// Lists threads, the latest message first.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub(super) async fn list(client: &Client) -> anyhow::Result<()> {
    let show = |one: ThreadLine| {
        let last = one.last_at.map(|at| at.to_string()).unwrap_or_default();
        println!(
            "{}  {}  {}  {} messages, {} unread  {last}",
            one.case, one.party.id, one.party.name, one.messages, one.unread
        );
        Ok(())
    };
    client.each("/api/v1/threads", show).await
}

/// Shows a thread, and marks it as read.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub(super) async fn show(client: &Client, case: &str, party: Option<&str>, peek: bool) -> anyhow::Result<()> {
    let path = path_of(case, party);
    let thread: ThreadView = client.get(&path).await?;
    for message in &thread.messages {
        println!("{}  {}", message.at, message.from.name);
        message.text.lines().for_each(|line| println!("    {line}"));
    }
    if thread.count == 0 {
        println!("no messages yet");
    }
    if thread.withheld > 0 {
        println!("{} wait until you have accepted the embargo terms", thread.withheld);
    }
    if thread.unread > 0 && thread.withheld == 0 && !peek {
        let key = key_of(&[path.as_bytes(), &thread.count.to_be_bytes()]);
        let read = MarkRead { case: String::new(), party: String::new(), count: thread.count };
        client.post::<Value>(&format!("{path}/read"), &key, &read).await?;
    }
    Ok(())
}

/// Writes a message.
///
/// # Errors
/// When it cannot be read, or the service cannot be reached or refuses.
pub(super) async fn write(
    client: &Client,
    case: &str,
    party: Option<&str>,
    text: Option<String>,
) -> anyhow::Result<()> {
    let text = match text {
        Some(text) => text,
        None => from_input()?,
    };
    let message = Write { case: String::new(), party: String::new(), text, seen: 0 };
    // The same words twice are two messages.
    let fresh = Machine.draw(None).bytes();
    let done: Written = client.post(&path_of(case, party), &key_of(&[&fresh]), &message).await?;
    println!("written; the thread has {} messages", done.messages);
    Ok(())
}

fn from_input() -> anyhow::Result<String> {
    let mut text = String::new();
    // A character has at most four bytes.
    let most = u64::try_from(4 * TEXT_LIMIT).unwrap_or(u64::MAX);
    std::io::stdin().take(most + 1).read_to_string(&mut text).context("the message cannot be read")?;
    if text.len() > 4 * TEXT_LIMIT {
        bail!("a message has at most 20,000 characters");
    }
    Ok(text)
}

fn path_of(case: &str, party: Option<&str>) -> String {
    format!("{}/threads/{}", super::path_of(case), escaped(party.unwrap_or("own")))
}
