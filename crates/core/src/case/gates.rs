//! What must hold before a wave is sent, beside its approvals, and the command that sends it once it does.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::Decision;
use super::event::Event;
use super::spread::{people, vendor_gate, wave_of};
use super::states::{Step, next};
use super::{Case, Wave};
use crate::decision::{Facts, Refusal, require};
use crate::ids::WaveId;
use crate::policy::Profile;
use crate::sharing::{Audience, ContentLevel, Reach, Recipient};

/// Gates of a wave beside its approvals.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WaveGate {
    /// It is not sent before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// It is not sent before a fix is ready.
    #[serde(default)]
    pub after_fix: bool,
}

impl Wave {
    /// Whether moment and state allow it to be sent.
    pub fn gate_is_open(&self, case: &Case, now: Timestamp) -> bool {
        self.gate.not_before.is_none_or(|moment| moment <= now) && (!self.gate.after_fix || case.fix_ready)
    }

    /// Whether it carries the latest draft, and nothing it was approved for has changed.
    pub fn is_current(&self, case: &Case) -> bool {
        !self.ended && usize::try_from(self.revision).is_ok_and(|revision| revision == case.drafts.len())
    }
}

/// A gate that can never open within the embargo is refused when the wave is proposed.
pub(super) fn check_gate(state: &Case, gate: &WaveGate) -> Result<(), Refusal> {
    let ends = state.embargo.as_ref().map(|embargo| embargo.terms.release_at);
    let late = gate.not_before.zip(ends).is_some_and(|(moment, end)| moment >= end);
    let message = "is not before the end of the embargo: such a wave would never be sent";
    require(!late, Refusal::Invalid { field: "/not_before", message })
}

/// Who is told without an exposure of its own: whole sectors not in detail, and never everybody.
pub(super) fn check_reach(audience: &Audience, level: ContentLevel) -> Result<(), Refusal> {
    if audience.reach == Reach::Exposed {
        return Ok(());
    }
    let bounded = !audience.sectors.is_empty() || !audience.named.is_empty();
    let message = "reaching those without known exposure needs sectors or named organisations";
    require(bounded, Refusal::Invalid { field: "/reach", message })?;
    let shallow = level <= ContentLevel::Mitigation || !audience.named.is_empty();
    let message = "a whole sector is told at most the mitigation; name organisations to tell them more";
    require(shallow, Refusal::Invalid { field: "/level", message })
}

/// Sends a wave whose last gate has opened. Whatever shuts it makes nothing happen: the plan says what is waited for.
pub(super) fn send_wave(state: &Case, id: WaveId, recipients: &[Recipient], facts: &Facts<'_>) -> Decision {
    let wave = wave_of(state, id)?;
    let sent = || Event::WaveSent { wave: id, recipients: recipients.iter().map(|r| r.org).collect() };
    Ok(is_due(state, wave, facts.now, &facts.policy.profile).then(sent).into_iter().collect())
}

/// Whether a wave with its approvals waits for nothing any more.
fn is_due(state: &Case, wave: &Wave, now: Timestamp, profile: &Profile) -> bool {
    wave.sent_at.is_none()
        && wave.approvals.len() >= people(profile.approvals.share)
        && wave.is_current(state)
        && wave.gate_is_open(state, now)
        && next(state.state, Step::Share).is_some()
        && state.bound_at(now)
        && vendor_gate(state, wave.without_vendor.as_deref(), now, profile).is_ok()
}

impl Case {
    /// Waves that were approved beforehand and whose other gates are open at `now`.
    pub fn due_waves(&self, now: Timestamp, profile: &Profile) -> Vec<WaveId> {
        let due = self.waves.iter().filter(|(_, wave)| is_due(self, wave, now, profile));
        due.map(|(id, _)| *id).collect()
    }
}
