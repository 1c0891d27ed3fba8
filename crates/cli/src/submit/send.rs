//! Sending a group of documents until it is answered.

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use forewarn_server::app::{BatchResult, ItemResult};
use forewarn_server::http::Problem;

use super::input::Line;
use crate::client::{Client, Refused, Reply};

/// How often a group is sent before giving up.
const ATTEMPTS: u32 = 8;

/// Sends groups.
pub struct Sender {
    /// To which service.
    pub client: Client,
    /// Longest wait between two attempts.
    pub patience: Duration,
    /// Version of CSAF that is asked for.
    pub csaf: String,
}

/// What was answered, and how long to wait before there is room again.
pub struct Answered {
    /// One for each report.
    pub results: Vec<ItemResult>,
    /// `None` when there is room.
    pub wait: Option<Duration>,
}

impl Sender {
    /// Sends documents under a key, again and again while the service is away, busy or slow.
    ///
    /// # Errors
    /// When the service refuses the group, or has not answered after the last attempt.
    pub async fn send(&self, key: &str, lines: &[Line]) -> anyhow::Result<Answered> {
        let body = compressed(lines).context("the documents cannot be compressed")?;
        let path = format!("/api/v1/findings:batch?csaf={}", self.csaf);
        let mut last = None;
        for attempt in 0..ATTEMPTS {
            let reply = self.client.post_gzip(&path, key, body.clone()).await;
            let pause = Duration::from_millis(500 << attempt);
            let (error, wait) = match reply {
                Ok(Reply { status: 200 | 429, body, retry_after }) if is_results(&body) => {
                    let answered: BatchResult = serde_json::from_slice(&body)
                        .context("the answer of the service is not understood")?;
                    let wait = answered.retry_after().map(Duration::from_secs).max(retry_after);
                    return Ok(Answered { results: answered.results, wait });
                }
                Ok(Reply { status: 408 | 429 | 502..=504, body, retry_after }) => {
                    (refusal(&body), retry_after.unwrap_or(pause))
                }
                Ok(Reply { body, .. }) => return Err(refusal(&body)),
                Err(error) => (error, pause),
            };
            last = Some(error);
            if wait > self.patience || attempt + 1 == ATTEMPTS {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("the service did not answer")))
    }
}

fn is_results(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|value| value.get("results").is_some())
}

fn refusal(body: &[u8]) -> anyhow::Error {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => Refused(problem).into(),
        Err(_) => anyhow::anyhow!("the answer of the service is not understood"),
    }
}

fn compressed(lines: &[Line]) -> std::io::Result<Vec<u8>> {
    let plain: usize = lines.iter().map(|line| line.bytes.len() + 1).sum();
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain / 4), Compression::fast());
    for line in lines {
        encoder.write_all(&line.bytes)?;
        encoder.write_all(b"\n")?;
    }
    encoder.finish()
}
