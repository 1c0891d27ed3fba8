//! Approvals that carry a signature: an approver signs what is approved with a key that only the approver has, so that
//! whoever takes over the approver's session, or the service itself, cannot approve in the approver's name.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::case::{self, Case, Command, Event};
use crate::decision::{Facts, Refusal, require};
use crate::ids::{CaseId, PrincipalId, WaveId};
use crate::secret::Secret;

/// First line of what is signed, so that a signature over it is none over anything else.
const PREFIX: &[u8] = b"forewarn approval 1\n";
/// How far the time of a signature may be from the service's, in minutes.
const FRESH: i64 = 10;

/// What an approver signs: the canonical JSON of this, behind a line that says what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// `propose-wave`, `approve-wave`, `propose-release` or `approve-release`.
    pub act: String,
    /// Who approves.
    pub approver: PrincipalId,
    /// When it was signed.
    pub at: Timestamp,
    /// Case.
    pub case: CaseId,
    /// Lower-case hex SHA-256 of the draft's JSON: the text that is shared or published.
    pub draft: String,
    /// Revision of that draft, from 1.
    pub revision: u32,
    /// Version of this layout.
    pub v: u32,
    /// The wave that is approved; none for its proposal, which has no id yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<WaveId>,
    /// The terms: level, audience and gates of the wave, or the reason of the release.
    pub what: Value,
}

/// A signature as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// When it was signed.
    pub at: Timestamp,
    /// Public key, Ed25519 (RFC 8032), lower-case hex.
    pub key: String,
    /// Signature, lower-case hex.
    pub signature: String,
}

impl Statement {
    /// What `approver` would sign at a moment; `None` for a command that is no approval, or of what is not there.
    pub fn of(state: &Case, command: &Command, approver: PrincipalId, at: Timestamp) -> Option<Self> {
        let latest = u32::try_from(state.drafts.len()).ok()?;
        let (act, wave, revision, what) = match command {
            Command::ProposeWave { level, audience, without_vendor, proof_before_fix, gate, .. } => {
                let what = json!({ "level": level, "audience": audience, "without_vendor": without_vendor,
                    "proof_before_fix": proof_before_fix, "gate": gate });
                ("propose-wave", None, latest, what)
            }
            Command::ApproveWave { wave: id, .. } => {
                let wave = state.waves.get(id)?;
                let what = json!({ "level": wave.level, "audience": wave.audience,
                    "without_vendor": wave.without_vendor, "proof_before_fix": wave.proof_before_fix,
                    "gate": wave.gate });
                ("approve-wave", Some(*id), wave.revision, what)
            }
            Command::ProposeRelease { reason } => {
                ("propose-release", None, latest, json!({ "reason": reason }))
            }
            Command::ApproveRelease => {
                let release = state.release.as_ref()?;
                ("approve-release", None, release.revision, json!({ "reason": release.reason }))
            }
            _ => return None,
        };
        let draft = serde_json::to_value(state.draft(revision)?).ok()?;
        let draft = hex::encode(Sha256::digest(draft.to_string()));
        let (act, case) = (act.to_owned(), state.id?);
        Some(Self { act, approver, at, case, draft, revision, v: 1, wave, what })
    }

    /// Its canonical JSON: object keys sorted, no white space.
    pub fn text(&self) -> String {
        // `serde_json::Value` keeps objects in a BTreeMap, which is what sorts the keys.
        serde_json::to_value(self).map(|value| value.to_string()).unwrap_or_default()
    }
}

/// Signs a statement's text with an Ed25519 seed; gives the public key and the signature, lower-case hex.
pub fn sign(seed: &[u8; 32], text: &str) -> (String, String) {
    let key = SigningKey::from_bytes(seed);
    let signature = key.sign(&[PREFIX, text.as_bytes()].concat());
    (hex::encode(key.verifying_key().as_bytes()), hex::encode(signature.to_bytes()))
}

/// Whether a signature over a statement's text is by this key. Weak keys and signatures of more than one form are not
/// accepted (`verify_strict`).
pub fn verifies(key: &str, text: &str, signature: &str) -> bool {
    let (mut key_bytes, mut signature_bytes) = ([0; 32], [0; 64]);
    if hex::decode_to_slice(key, &mut key_bytes).is_err()
        || hex::decode_to_slice(signature, &mut signature_bytes).is_err()
    {
        return false;
    }
    let message = [PREFIX, text.as_bytes()].concat();
    VerifyingKey::from_bytes(&key_bytes)
        .is_ok_and(|key| key.verify_strict(&message, &Signature::from_bytes(&signature_bytes)).is_ok())
}

/// Whether this is the public half of an approval key: lower-case hex of an Ed25519 point that is not weak.
pub fn is_key(text: &str) -> bool {
    let mut bytes = [0; 32];
    let hex = hex::decode_to_slice(text, &mut bytes).is_ok() && !text.bytes().any(|b| b.is_ascii_uppercase());
    hex && VerifyingKey::from_bytes(&bytes).is_ok_and(|key| !key.is_weak())
}

/// Decides a command on a case, with the signature that came with it. `key` is the approval key that is registered for
/// the actor.
///
/// # Errors
/// As [`case::decide`], and for a signature that is missing, of another key, not of now, or not over what is approved.
pub fn decide(
    state: &Case,
    command: Command,
    signed: Option<&Signed>,
    key: Option<&str>,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let Some(signed) = signed else {
        let approver = facts.actor.person();
        let approval = approver.and_then(|by| Statement::of(state, &command, by, facts.now)).is_some();
        // Who may not approve at all is told so first.
        let events = case::decide(state, command, facts)?;
        let wanted = approval && facts.policy.profile.approvals.require_signed_approvals;
        require(
            !wanted,
            Refusal::Rule(
                "the policy wants approvals signed with your approval key: `forewarn case act --sign FILE`",
            ),
        )?;
        return Ok(events);
    };
    let by = case::person(facts)?;
    let statement = Statement::of(state, &command, by, signed.at)
        .ok_or(Refusal::Rule("only proposals and approvals of waves and releases are signed"))?;
    let events = case::decide(state, command, facts)?;
    let registered =
        key.ok_or(Refusal::Rule("no approval key of yours is registered; ask the administrator"))?;
    require(
        registered == signed.key,
        Refusal::Rule("this is signed with another key than your registered one"),
    )?;
    let fresh = facts.now.duration_since(signed.at).abs() <= SignedDuration::from_mins(FRESH);
    require(
        fresh,
        Refusal::Rule("this was not signed within the last 10 minutes; look at it again and sign it anew"),
    )?;
    let text = statement.text();
    require(
        verifies(&signed.key, &text, &signed.signature),
        Refusal::Rule("the signature is not over what would be approved; look at it again and sign it anew"),
    )?;
    require(
        !state.signatures.contains(&signed.signature),
        Refusal::Rule("this signature was used before; look at it again and sign it anew"),
    )?;
    let signature = Event::ApprovalSigned {
        by,
        key: signed.key.clone(),
        signature: signed.signature.clone(),
        statement: Secret::new(text),
    };
    Ok(std::iter::once(signature).chain(events).collect())
}

/// Checks the signature of an event against the event that follows it in its stream: offline, from evidence alone.
///
/// # Errors
/// With what does not hold.
pub fn check(signed: &Event, next: Option<&Event>) -> Result<Statement, &'static str> {
    let Event::ApprovalSigned { by, key, signature, statement } = signed else {
        return Err("it is no signature");
    };
    if !verifies(key, statement.expose(), signature) {
        return Err("the signature is not by the key over the statement");
    }
    let said: Statement =
        serde_json::from_str(statement.expose()).map_err(|_| "the statement is not readable")?;
    let followed = match (next, said.act.as_str()) {
        (
            Some(Event::WaveProposed {
                level,
                audience,
                revision,
                without_vendor,
                proof_before_fix,
                gate,
                by,
                ..
            }),
            "propose-wave",
        ) => {
            let what = json!({ "level": level, "audience": audience, "without_vendor": without_vendor,
                "proof_before_fix": proof_before_fix, "gate": gate });
            *by == said.approver && *revision == said.revision && what == said.what
        }
        (Some(Event::WaveApproved { wave, by }), "approve-wave") => {
            *by == said.approver && Some(*wave) == said.wave
        }
        (Some(Event::ReleaseProposed { reason, revision, by }), "propose-release") => {
            *by == said.approver && *revision == said.revision && json!({ "reason": reason }) == said.what
        }
        (Some(Event::ReleaseApproved { by }), "approve-release") => *by == said.approver,
        _ => false,
    };
    let same = followed && *by == said.approver;
    if same { Ok(said) } else { Err("what follows is not what was signed") }
}
