//! From a sealed file to a text that is proven: who signed it, for whom, who approved it, and that the log has it.

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::event::{commitment, decode};
use forewarn_seal::{Attested, Identity, VerifyingKey, open_notice};
use forewarn_server::app::{Evidence, NoticeText, ProvenEvent, ProvenText};
use forewarn_tlog::Verifier;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::folder::Profile;
use crate::evidence;

/// How far the clocks of two machines may be apart.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// A text that proved right.
pub struct Opened {
    /// What it is bound to.
    pub attested: Attested,
    /// The text.
    pub text: NoticeText,
    /// When it was approved.
    pub approved_at: Timestamp,
    /// Who approved it last: an id that the clearinghouse explains.
    pub approved_by: String,
    /// Size of the log that has it.
    pub log_size: u64,
}

/// An event of the evidence.
struct Proven {
    commitment: [u8; 32],
    at: Timestamp,
    data: Value,
}

/// Opens a notice and makes sure of it. `newest` is the newest revision seen before.
///
/// # Errors
/// With the first thing that does not hold; never with what the notice says.
pub fn open(
    profile: &Profile,
    identities: &[&Identity],
    (notice, newest): (&str, u32),
    file: &[u8],
    now: Timestamp,
) -> anyhow::Result<Opened> {
    let log = Verifier::parse(&profile.log_key).context("the log's key that is held on to")?;
    let key = VerifyingKey::from_bytes(&log.public_key()).context("the log's key")?;
    let signed = open_notice(identities, &key, &profile.org, file)?;
    let attested = signed.attested;
    ensure!(attested.notice == notice, "it is another notice than was asked for");
    ensure!(attested.revision >= newest, "it is an older revision than was seen before");
    // An error of the reader could quote what it read.
    let proven: ProvenText = serde_json::from_slice(&signed.text)
        .map_err(|_| anyhow::anyhow!("its text is of another version; update this program"))?;
    let ProvenText { text, evidence } = proven;
    ensure!(text.notice == attested.notice, "its text is of another notice");
    let checked = evidence::check(&evidence, Some(&profile.log_key)).context("the log")?;
    let approval = event(&evidence, "wave-approved")?;
    let queued = event(&evidence, "notice-queued")?;
    ensure!(approval.commitment == attested.approval, "the approval is another one than it was sealed with");
    ensure!(approval.data["wave"] == text.wave.as_str(), "the approval is of another wave");
    ensure!(queued.data["wave"] == text.wave.as_str(), "it was sent with another wave");
    ensure!(queued.data["notice"] == notice, "the log has another notice");
    ensure!(approval.at <= queued.at, "it was sent before it was approved");
    let latest = now.checked_add(CLOCKS).unwrap_or(now);
    ensure!(queued.at <= latest, "it was sent in the future; set the clock of this machine");
    let approved_by = approval.data["by"].as_str().unwrap_or_default().to_owned();
    Ok(Opened { attested, text, approved_at: approval.at, approved_by, log_size: checked.size })
}

/// The one event of a kind. [`evidence::check`] has made sure that it is in the log.
fn event(evidence: &Evidence, kind: &str) -> anyhow::Result<Proven> {
    let mut of_kind = evidence.events.iter().filter(|event| event.kind == kind);
    let (Some(event), None) = (of_kind.next(), of_kind.next()) else {
        anyhow::bail!("it is not proven by one event {kind}");
    };
    read(event).with_context(|| format!("the event {kind}"))
}

fn read(event: &ProvenEvent) -> anyhow::Result<Proven> {
    let bytes = STANDARD.decode(&event.bytes).context("its bytes")?;
    let salt = evidence::hash(&event.salt).context("its salt")?;
    let envelope = decode::<Value>(&bytes).map_err(|_| anyhow::anyhow!("its content"))?;
    Ok(Proven { commitment: commitment(&salt, &bytes), at: envelope.at, data: envelope.data })
}
