//! A line of JSON for each change, for a SIEM. Without being asked it holds nothing of what is embargoed.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;

use super::open::Opened;
use crate::offline_match::Hit;

/// A line.
#[derive(Serialize)]
pub struct Line<'a> {
    /// When.
    pub at: Timestamp,
    /// What happened: `opened` or `refused`.
    pub event: &'static str,
    /// Organisation.
    pub org: &'a str,
    /// Id of the notice.
    pub notice: &'a str,
    /// Number of the case.
    pub number: &'a str,
    /// Revision.
    pub revision: u32,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// Whether it is of the top tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent: Option<bool>,
    /// Acknowledge by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// End of the embargo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_at: Option<Timestamp>,
    /// TLP label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tlp: Option<&'a str>,
    /// Components that it covers here.
    pub hits: usize,
    /// Whether it was acknowledged.
    pub acknowledged: bool,
    /// What it says, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body<'a>>,
}

/// What is embargoed.
#[derive(Serialize)]
pub struct Body<'a> {
    title: Option<&'a str>,
    mitigation: Option<&'a str>,
    fixed_in: &'a [String],
    hits: &'a [Hit],
}

impl<'a> Body<'a> {
    /// Of a notice, with where it is.
    pub fn of(opened: &'a Opened, hits: &'a [Hit]) -> Self {
        let content = opened.text.content.as_ref();
        Self {
            title: content.and_then(|content| content.title.as_deref()),
            mitigation: content.and_then(|content| content.mitigation.as_deref()),
            fixed_in: content.map_or(&[], |content| &content.fixed_in),
            hits,
        }
    }
}

/// Adds a line to a file, which is made for its owner only.
pub fn add(path: &Path, line: &Line<'_>) -> anyhow::Result<()> {
    let told = || format!("{} cannot be written", path.display());
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path).with_context(told)?;
    file.write_all(&text).and_then(|()| file.sync_data()).with_context(told)
}
