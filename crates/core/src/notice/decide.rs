//! The rules of a notice. Rounds of messages are in [`super::delivery`], the ladder in [`super::ladder`].

use jiff::{SignedDuration, Timestamp};

use super::delivery::{Reach, Why};
use super::ladder::Rung;
use super::{Command, Event, Notice, Remediation, State};
use crate::access::{Act, filter};
use crate::aggregate::Aggregate;
use crate::case::Consent;
use crate::decision::{Facts, Refusal, require};
use crate::finding::require_text;
use crate::ids::OrgId;
use crate::secret::Secret;

/// Decides a command on a notice.
///
/// # Errors
/// [`Refusal::NotFound`] where the actor may not see the notice, another [`Refusal`] naming the rule otherwise.
pub fn decide(state: &Notice, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    require(state.id.is_some(), Refusal::NotFound)?;
    authorise(state, &command, facts)?;
    let escalation = &facts.policy.profile.escalation;
    // Who answers a notice that is not its own acts for the recipient.
    let relay = facts.actor.org().filter(|org| Some(*org) != state.org);
    match command {
        Command::Deliver { channel } => {
            once(state.state < State::Delivered, Event::NoticeDelivered { channel })
        }
        Command::Open => {
            let reader = facts.actor.org().is_some();
            require(reader, Refusal::Forbidden("a notice is opened by its recipient only"))?;
            once(state.state < State::Opened, Event::NoticeOpened { relay })
        }
        Command::Seal(sealed) => super::sealed::seal(state, sealed, facts),
        Command::AnswerTerms { accept } => {
            let open = matches!(state.consent, Consent::Invited | Consent::Lapsed);
            require(open, Refusal::Rule("these terms were already answered"))?;
            require(!state.lifted, Refusal::Rule("the embargo is over: there is nothing to consent to"))?;
            Ok(vec![Event::NoticeTermsAnswered { accept }])
        }
        Command::Acknowledge => {
            let first = state.state < State::Acknowledged;
            let twice = Refusal::Rule("this notice was already acknowledged by your organisation");
            require(first, twice)?;
            Ok(vec![Event::NoticeAcknowledged { relay }])
        }
        Command::Report { status, note, measures } => report(state, status, note, measures, relay),
        Command::MakeUrgent => Ok(make_urgent(state, facts)),
        Command::Tell { reach } => Ok(tell(state, &reach)),
        Command::NoteAttempt { one, reach } => Ok(state.note_attempt(one, &reach)),
        Command::NoteBounce { message, status, lasting, reach } => {
            let rule = "expected an enhanced status code such as 5.1.1";
            let known = is_status(&status);
            require(known, Refusal::Invalid { field: "/status", message: rule })?;
            Ok(state.note_bounce(message, &status, lasting, &reach))
        }
        Command::Climb { reach } => Ok(state.climb(escalation, facts.now, &reach)),
        Command::NoteCall { reached, words } => {
            require(state.call_open, Refusal::Rule("nobody needs to be called about this notice"))?;
            require_text("/words", &words)?;
            Ok(vec![Event::NoticeCalled { reached, words: Secret::new(words) }])
        }
        Command::Settle { alarm, words } => {
            let raised = state.alarms.contains(&alarm);
            require(raised, Refusal::Rule("this alarm is not raised, or was settled already"))?;
            require_text("/words", &words)?;
            Ok(vec![Event::NoticeAlarmSettled { alarm, words: Secret::new(words) }])
        }
    }
}

/// The act of the access table that a command is, and why somebody who sees the notice may not do it.
fn act_of(command: &Command) -> (Act, &'static str) {
    match command {
        Command::Deliver { .. }
        | Command::Tell { .. }
        | Command::NoteAttempt { .. }
        | Command::NoteBounce { .. }
        | Command::Climb { .. }
        | Command::MakeUrgent => (Act::Tick, "only an operator answers its notices"),
        Command::Open | Command::Seal(_) => (Act::SeeNotice, "only an operator answers its notices"),
        Command::AnswerTerms { .. } => (Act::ConsentNotice, "only an operator itself answers embargo terms"),
        Command::Acknowledge | Command::Report { .. } => {
            (Act::AnswerNotice, "only an operator answers its notices")
        }
        Command::NoteCall { .. } | Command::Settle { .. } => {
            (Act::TendNotice, "only the case's coordinators call and settle alarms")
        }
    }
}

fn authorise(state: &Notice, command: &Command, facts: &Facts<'_>) -> Result<(), Refusal> {
    let facets = state.facets();
    let (act, why) = act_of(command);
    if filter(facts.actor, act).admits(&facets) {
        return Ok(());
    }
    let seen = filter(facts.actor, Act::SeeNotice).admits(&facets);
    Err(if seen { Refusal::Forbidden(why) } else { Refusal::NotFound })
}

fn report(
    state: &Notice,
    status: Remediation,
    note: String,
    measures: String,
    relay: Option<OrgId>,
) -> Result<Vec<Event>, Refusal> {
    let acknowledged = state.state == State::Acknowledged;
    require(
        acknowledged,
        Refusal::WrongState { state: state.state.as_str(), step: "reporting before acknowledging" },
    )?;
    let stuck = status == Remediation::CannotFix;
    if stuck || !note.is_empty() {
        require_text("/note", &note)?;
    }
    let message = "compensating measures go with cannot-fix only";
    require(stuck || measures.is_empty(), Refusal::Invalid { field: "/measures", message })?;
    if !measures.is_empty() {
        require_text("/measures", &measures)?;
    }
    let (note, measures) = (Secret::new(note), Secret::new(measures));
    Ok(vec![Event::RemediationReported { status, note, measures, relay }])
}

/// A notice of the top tier is due sooner, never later.
fn make_urgent(state: &Notice, facts: &Facts<'_>) -> Vec<Event> {
    let hours = i64::from(facts.policy.profile.escalation.urgent_acknowledge_hours);
    let soon = facts.now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX);
    let due_at = state.due_at.map_or(soon, |due| due.min(soon));
    let open = !state.urgent && state.state < State::Acknowledged;
    if open { vec![Event::NoticeMadeUrgent { due_at }] } else { vec![] }
}

/// Begins the first round, and one more where the notice came into the top tier after it. Where there is no way to
/// tell of a notice of the top tier, somebody calls.
fn tell(state: &Notice, reach: &Reach) -> Vec<Event> {
    let why = match &state.round {
        None if state.urgent => Why::Urgent,
        None => Why::New,
        Some(round) if state.urgent && round.why == Why::New => Why::Urgent,
        Some(_) => return vec![],
    };
    if !state.wants(why) {
        return vec![];
    }
    match state.begin_round(why, reach) {
        Some(sending) => vec![sending],
        None if state.urgent && !state.climbed.contains(&Rung::Call) => {
            vec![Event::NoticeEscalated { rung: Rung::Call }]
        }
        None => vec![],
    }
}

/// Whether a text is a status code of RFC 3463, section 2: a class of 2, 4 or 5 and two numbers of one to three digits.
fn is_status(text: &str) -> bool {
    let mut parts = text.split('.');
    let class = parts.next().is_some_and(|class| matches!(class, "2" | "4" | "5"));
    let number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = [parts.next(), parts.next()].iter().all(|part| part.is_some_and(number));
    class && numbers && parts.next().is_none()
}

fn once(needed: bool, event: Event) -> Result<Vec<Event>, Refusal> {
    Ok(if needed { vec![event] } else { vec![] })
}
