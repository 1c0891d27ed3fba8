//! Signed approvals in evidence: each signature against its statement, and the statement against what followed.

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::approval;
use forewarn_core::case::Event;
use forewarn_core::event::{Envelope, decode};
use forewarn_server::app::ProvenEvent;

fn read(event: &ProvenEvent) -> anyhow::Result<Envelope<Event>> {
    let bytes = STANDARD.decode(&event.bytes).context("its bytes")?;
    decode(&bytes).map_err(|_| anyhow::anyhow!("its content is not of a case"))
}

/// Every signed approval in words.
///
/// # Errors
/// With the first one that does not hold.
pub(super) fn check(events: &[ProvenEvent]) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    let of_case: Vec<&ProvenEvent> =
        events.iter().filter(|event| event.stream.starts_with("case/")).collect();
    for (position, event) in of_case.iter().enumerate().filter(|(_, event)| event.kind == "approval-signed") {
        let line = one(event, of_case.get(position + 1).copied())
            .with_context(|| format!("event {} of the log, a signed approval", event.index))?;
        lines.push(line);
    }
    Ok(lines)
}

fn one(event: &ProvenEvent, next: Option<&ProvenEvent>) -> anyhow::Result<String> {
    let signed = read(event)?;
    let next = next.map(read).transpose()?;
    // In one stream the next version follows at once: nothing can come between.
    let next = next.filter(|next| next.stream == signed.stream && next.version == signed.version + 1);
    let said = approval::check(&signed.data, next.as_ref().map(|next| &next.data))
        .map_err(|problem| anyhow::anyhow!("{problem}"))?;
    anyhow::ensure!(signed.actor == said.approver.to_string(), "somebody else than the approver sent it");
    let Event::ApprovalSigned { key, .. } = &signed.data else { anyhow::bail!("it is no signature") };
    Ok(format!("{} of draft {} signed by {} with key {key}", said.act, said.revision, said.approver))
}
