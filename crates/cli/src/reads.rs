//! Who read a case or a finding, for `forewarn case reads` and `forewarn finding reads`, and the alarms about too much.

use clap::Args;
use forewarn_server::app::{ReadView, ReadingAlarm, SettleReading};
use serde_json::Value;

use crate::client::{Client, escaped, key_of};

/// Lists the reads of what stands at a path of the API.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn list(client: &Client, of: &str, json: bool) -> anyhow::Result<()> {
    let show = |one: ReadView| {
        if json {
            println!("{}", serde_json::to_string(&one)?);
            return Ok(());
        }
        let existence = if one.content { "" } else { ", that it exists" };
        println!("{}  {}  {}{existence}  {}  {}", one.at, one.who, one.what, one.id, one.channel);
        Ok(())
    };
    client.each(&format!("{of}/reads"), show).await
}

/// What came of an alarm about too much reading.
#[derive(Args)]
pub struct Settled {
    /// Id of the alarm, from `forewarn notices tasks`.
    alarm: String,
    /// What was found.
    #[arg(long)]
    words: String,
}

/// Prints an alarm.
pub fn print(alarm: &ReadingAlarm) {
    let stopped = if alarm.stopped { "; shown no more until the stretch ends" } else { "" };
    println!("{}  {} read {} things since {}{stopped}", alarm.id, alarm.who, alarm.things, alarm.since);
}

/// Settles an alarm.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn settle(client: &Client, settled: &Settled) -> anyhow::Result<()> {
    let Settled { alarm, words } = settled;
    let key = key_of(&[b"settle reading", alarm.as_bytes(), words.as_bytes()]);
    let path = format!("/api/v1/reading-alarms/{}/settlement", escaped(alarm));
    client.post::<Value>(&path, &key, &SettleReading { id: alarm.clone(), words: words.clone() }).await?;
    println!("noted");
    Ok(())
}
