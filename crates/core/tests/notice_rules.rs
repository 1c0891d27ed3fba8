//! Notices: how far they come, who answers them, and what their recipients read.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::{Actor, Relation, Role, Scope};
use forewarn_core::aggregate::{Aggregate, EventKind};
use forewarn_core::case::{Case, Consent, ReleaseReason};
use forewarn_core::notice::{Command, Event, Notice, Remediation, State};
use forewarn_core::sharing::ContentLevel;
use jiff::SignedDuration;
use proptest::prelude::*;
use support::cast::{self, CENTRE, OPERATOR, alice, bob, member, operator, org, relay, scoped};
use support::history::{History, approve, draft, propose, propose_to, release, reopen, withdraw};
use support::inbox::{Inbox, deliver};
use support::{day, remembered};

const LEVELS: [ContentLevel; 4] =
    [ContentLevel::Existence, ContentLevel::Mitigation, ContentLevel::Detail, ContentLevel::ProofOfConcept];

fn queued() -> Inbox {
    Inbox::queued(ContentLevel::Detail, false)
}

#[track_caller]
fn says(inbox: &Inbox, actor: &Actor, command: Command, words: &str) {
    let refusal = inbox.clone().attempt(actor, command).expect_err("must be refused");
    assert_eq!(refusal.to_string(), words);
}

fn report(status: Remediation, note: &str) -> Command {
    Command::Report { status, note: note.into(), measures: String::new() }
}

#[test]
fn a_notice_is_delivered_opened_acknowledged_and_reported_on() {
    let inbox = queued();
    assert_eq!((inbox.notice.state, inbox.notice.facets().state.as_str()), (State::Queued, "queued"));
    let inbox = inbox.by(&Actor::System, deliver());
    assert_eq!(inbox.notice.state, State::Delivered);
    let inbox = inbox.by(&operator(), Command::Open);
    assert_eq!(inbox.notice.state, State::Opened);
    let inbox = inbox.by(&operator(), Command::Acknowledge);
    assert_eq!(inbox.notice.facets().state, "acknowledged");
    for status in Remediation::ALL {
        let reported = inbox.clone().by(&operator(), report(*status, "as planned"));
        assert_eq!(reported.notice.remediation, Some(*status));
        assert_eq!(reported.notice.facets().state, status.as_str());
        assert_eq!(reported.notice.note.expose(), "as planned");
    }
}

#[test]
fn delivering_and_opening_again_makes_no_event() {
    let mut inbox = queued().by(&Actor::System, deliver()).by(&operator(), Command::Open);
    assert_eq!(inbox.attempt(&Actor::System, deliver()), Ok(vec![]));
    assert_eq!(inbox.attempt(&operator(), Command::Open), Ok(vec![]));
    // Opened before the delivery was recorded: the notice does not go back.
    let mut early = queued().by(&operator(), Command::Open);
    assert_eq!(early.attempt(&Actor::System, deliver()), Ok(vec![]));
    early.apply(&Event::NoticeDelivered { channel: "portal".into() });
    assert_eq!(early.notice.state, State::Opened);
}

#[test]
fn every_refusal_in_its_words() {
    let not_there = "there is no such thing, or it is not yours to see";
    let inbox = queued();
    let own_roles = [Role::Finder, Role::Vendor, Role::Coordinator, Role::Auditor];
    for role in own_roles {
        let colleague = member(OPERATOR, 2, role, true);
        let words = "you may see this but not do that: only an operator answers its notices";
        says(&inbox, &colleague, Command::Acknowledge, words);
        says(&inbox, &colleague, deliver(), words);
    }
    for outsider in [relay(), alice(), cast::vendor(), Actor::Public, scoped(operator(), &[Scope::Inventory])]
    {
        for command in [Command::Open, Command::Acknowledge, deliver(), report(Remediation::Done, "")] {
            says(&inbox, &outsider, command, not_there);
        }
    }
    for command in [Command::Open, Command::Acknowledge, deliver()] {
        says(&Inbox::empty(), &Actor::System, command, not_there);
    }
    let only = "you may see this but not do that: a notice is opened by its recipient only";
    says(&inbox, &Actor::System, Command::Open, only);
    let first = "reporting before acknowledging is not possible while it is queued";
    says(&inbox, &operator(), report(Remediation::Done, ""), first);
    let inbox = inbox.by(&operator(), Command::Acknowledge);
    let twice = "this notice was already acknowledged by your organisation";
    says(&inbox, &operator(), Command::Acknowledge, twice);
    says(&inbox, &member(OPERATOR, 2, Role::Operator, true), Command::Acknowledge, twice);
    let text = "/note: give a text of 1 to 20,000 characters";
    says(&inbox, &operator(), report(Remediation::CannotFix, ""), text);
    says(&inbox, &operator(), report(Remediation::Done, " "), text);
    says(&inbox, &operator(), report(Remediation::Done, &"x".repeat(20_001)), text);
}

#[test]
fn terms_are_answered_once_and_while_they_hold() {
    let inbox = queued();
    assert_eq!(inbox.notice.consent, Consent::Invited);
    for accept in [true, false] {
        let answered = inbox.clone().by(&operator(), Command::AnswerTerms { accept });
        let words = "these terms were already answered";
        says(&answered, &operator(), Command::AnswerTerms { accept: !accept }, words);
    }
    let standing = Inbox::queued(ContentLevel::Detail, true);
    assert_eq!(standing.notice.consent, Consent::Signatory);
    says(&standing, &operator(), Command::AnswerTerms { accept: true }, "these terms were already answered");
    let mut lifted = inbox;
    lifted.apply(&Event::NoticeLifted);
    let over = "the embargo is over: there is nothing to consent to";
    says(&lifted, &operator(), Command::AnswerTerms { accept: true }, over);
}

#[test]
fn a_relay_answers_what_is_sent_to_it() {
    let mut queued = support::inbox::first(ContentLevel::Detail, false);
    queued.org = org(cast::RELAY);
    let mut inbox = Inbox::empty();
    inbox.apply(&Event::NoticeQueued(Box::new(queued)));
    let inbox = inbox.by(&relay(), Command::Open).by(&relay(), Command::Acknowledge);
    assert_eq!(inbox.notice.state, State::Acknowledged);
}

#[test]
fn a_notice_is_overdue_after_its_moment_and_until_it_is_acknowledged() {
    let inbox = queued().by(&operator(), Command::Open);
    assert!(!inbox.notice.overdue(day(4)), "due at the moment itself");
    assert!(inbox.notice.overdue(day(4) + SignedDuration::from_nanos(1)));
    assert!(!inbox.by(&operator(), Command::Acknowledge).notice.overdue(day(400)));
    assert!(!Notice::default().overdue(day(400)));
}

#[test]
fn a_wave_tells_each_recipient_once() {
    let facets = queued().notice.facets();
    let relations = [(org(OPERATOR), Relation::Recipient), (org(CENTRE), Relation::Coordinating)];
    assert_eq!(facets.relations, relations.into());
    assert!(!facets.public);
    let unique: Vec<_> = facets.keys.iter().filter(|key| key.unique).map(|key| key.value.clone()).collect();
    let wave = queued().notice.wave.unwrap();
    assert_eq!(unique, [format!("{wave}:{}", org(OPERATOR))]);
    assert_eq!(Notice::default().facets().keys, [].into());
}

/// A case whose wave 1 was sent at `level`, with a fix.
fn shared_at(level: ContentLevel) -> Case {
    sharing(level).case
}

/// The same case when it was released.
fn released_at(level: ContentLevel) -> Case {
    let proposed = sharing(level).by(&alice(), release(ReleaseReason::FixPublic));
    proposed.by(&bob(), forewarn_core::case::Command::ApproveRelease).case
}

fn sharing(level: ContentLevel) -> History {
    let case = History::opened().on_the_way_to(forewarn_core::case::State::FixReady);
    case.by(&alice(), propose(1, level)).by(&bob(), approve(1, &[OPERATOR]))
}

#[test]
fn content_is_cut_to_the_level_of_the_wave() {
    for level in LEVELS {
        let content =
            Inbox::queued(level, true).content(&shared_at(level), &operator()).expect("it consented");
        assert_eq!(content.level, level);
        assert_eq!(content.title.is_some(), level >= ContentLevel::Mitigation);
        assert_eq!(content.mitigation.is_some(), level >= ContentLevel::Mitigation);
        assert_eq!(content.fixed_in.is_empty(), level < ContentLevel::Mitigation);
        assert_eq!(content.detail.is_some(), level >= ContentLevel::Detail);
        assert_eq!(content.proof_of_concept.is_some(), level >= ContentLevel::ProofOfConcept);
    }
}

#[test]
fn content_is_the_text_that_was_approved_and_not_a_later_one() {
    let case = History::opened().on_the_way_to(forewarn_core::case::State::Sharing);
    let later = case.by(&bob(), draft("A later title"));
    let content = Inbox::queued(ContentLevel::Detail, true).content(&later.case, &operator()).unwrap();
    assert_eq!(content.title.as_deref(), Some("Overflow"));
    // It stays readable for its recipient whatever becomes of the case.
    let reopened = later.by(&alice(), withdraw()).by(&alice(), reopen());
    assert!(Inbox::queued(ContentLevel::Detail, true).content(&reopened.case, &operator()).is_some());
}

#[test]
fn a_proof_of_concept_is_never_shown_without_consent() {
    let case = shared_at(ContentLevel::ProofOfConcept);
    for answer in [None, Some(false)] {
        let mut inbox = Inbox::queued(ContentLevel::ProofOfConcept, false);
        if let Some(accept) = answer {
            inbox = inbox.by(&operator(), Command::AnswerTerms { accept });
        }
        assert_eq!(inbox.content(&case, &operator()), None);
        inbox.apply(&Event::NoticeLifted);
        assert_eq!(inbox.content(&case, &operator()), None, "nothing was published");
        let public = released_at(ContentLevel::ProofOfConcept);
        let content = inbox.content(&public, &operator()).expect("the rest is public now");
        assert_eq!((content.level, content.proof_of_concept), (ContentLevel::Detail, None));
        assert!(content.detail.is_some());
    }
}

#[test]
fn consent_to_old_terms_is_none_to_new_ones() {
    let case = shared_at(ContentLevel::Detail);
    for standing in [true, false] {
        let mut inbox =
            Inbox::queued(ContentLevel::Detail, false).by(&operator(), Command::AnswerTerms { accept: true });
        let mut terms = inbox.notice.terms.clone().unwrap();
        terms.release_at = day(80);
        inbox.apply(&Event::NoticeTermsRevised { terms: terms.clone(), standing });
        assert_eq!(inbox.notice.terms, Some(terms));
        assert_eq!(inbox.content(&case, &operator()).is_some(), standing);
        if !standing {
            let again = inbox.by(&operator(), Command::AnswerTerms { accept: true });
            assert!(again.content(&case, &operator()).is_some());
        }
    }
}

#[test]
fn there_is_no_content_for_a_notice_of_another_case() {
    let other = History::opened().on_the_way_to(forewarn_core::case::State::FixReady);
    let sent = other.by(&alice(), propose_to(8, ContentLevel::Detail, support::history::everybody(), None));
    assert_eq!(Inbox::queued(ContentLevel::Detail, true).content(&sent.case, &operator()), None);
    assert_eq!(Inbox::queued(ContentLevel::Detail, true).content(&Case::default(), &operator()), None);
    assert_eq!(
        Inbox::queued(ContentLevel::Detail, true).content(&shared_at(ContentLevel::Detail), &relay()),
        None
    );
}

fn any_attempt() -> impl Strategy<Value = (Actor, Command)> {
    let actor = prop_oneof![
        4 => Just(operator()),
        1 => Just(member(OPERATOR, 2, Role::Operator, false)),
        1 => Just(member(OPERATOR, 3, Role::Auditor, true)),
        2 => Just(Actor::System),
        1 => support::random::anybody(),
    ];
    let status = proptest::sample::select(Remediation::ALL);
    let command = prop_oneof![
        2 => Just(deliver()),
        2 => Just(Command::Open),
        2 => any::<bool>().prop_map(|accept| Command::AnswerTerms { accept }),
        2 => Just(Command::Acknowledge),
        3 => (status, prop_oneof![Just(""), Just("a note"), Just(" ")]).prop_map(|(s, note)| report(s, note)),
    ];
    (actor, command)
}

proptest! {
    #![proptest_config(remembered("notice_rules", 500))]

    #[test]
    fn whatever_is_tried_the_rules_hold(
        consented in any::<bool>(),
        level in proptest::sample::select(LEVELS.to_vec()),
        attempts in proptest::collection::vec((any_attempt(), prop::bool::weighted(0.05)), 0..30),
    ) {
        let (case, released) = (shared_at(level), released_at(level));
        let mut inbox = Inbox::queued(level, consented);
        let mut furthest = inbox.notice.state;
        for ((actor, command), lift) in attempts {
            let _ = inbox.attempt(&actor, command);
            if lift {
                inbox.apply(&Event::NoticeLifted);
            }
            prop_assert!(inbox.notice.state >= furthest, "a notice never goes back");
            furthest = inbox.notice.state;
            let accepted = consented || inbox.past.contains(&Event::NoticeTermsAnswered { accept: true });
            let public = inbox.past.contains(&Event::NoticeLifted);
            let content = inbox.content(if public { &released } else { &case }, &operator());
            prop_assert_eq!(content.is_some(), accepted || public, "no consent, no content");
            let proof = content.is_some_and(|content| content.proof_of_concept.is_some());
            prop_assert!(!proof || (accepted && level == ContentLevel::ProofOfConcept));
        }
        let times = |kind: &str| inbox.past.iter().filter(|event| event.kind() == kind).count();
        prop_assert!(times("notice-acknowledged") <= 1, "one acknowledgement for each notice and organisation");
        prop_assert!(times("notice-terms-answered") <= usize::from(!consented));
        prop_assert!(times("notice-delivered") <= 1 && times("notice-opened") <= 1);
        let acknowledged = inbox.past.iter().position(|event| matches!(event, Event::NoticeAcknowledged { .. }));
        let reported = inbox.past.iter().position(|event| matches!(event, Event::RemediationReported { .. }));
        prop_assert!(reported.is_none_or(|report| acknowledged.is_some_and(|first| first < report)));
        let stored = serde_json::to_vec(&inbox.notice).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Notice>(&stored).unwrap(), inbox.notice);
    }
}
