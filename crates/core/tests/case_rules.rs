//! What holds of every case, whoever did whatever and whenever.
//!
//! The checks read the events alone and keep their own books; they do not ask the state that the rules ask.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Refusal;
use forewarn_core::access::{Actor, Relation};
use forewarn_core::aggregate::{Aggregate, EventKind, Meta};
use forewarn_core::case::{Case, Command, EmbargoState, Event, Exit, ReleaseReason, State, Verdict, decide};
use forewarn_core::ids::PrincipalId;
use forewarn_core::sharing::ContentLevel;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use support::books::{Books, Proposed};
use support::cast::{self, CENTRE, SECOND_VENDOR, VENDOR, org};
use support::facts;
use support::history::{Happened, History, terms};
use support::random::{any_move, anybody, histories};

type Checked = Result<(), TestCaseError>;

fn config(cases: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::Direct("proptest-regressions/case_rules.txt");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

/// Checks every event against the books as they stood before it.
fn each(history: &History, check: impl Fn(&Books, &Happened) -> Checked) -> Checked {
    let mut books = Books::default();
    for happened in &history.past {
        check(&books, happened)?;
        books.note(happened);
    }
    Ok(())
}

/// Different people of the case's centre, and as many as the profile asks for.
fn enough(people: &BTreeSet<PrincipalId>, needed: u32) -> Checked {
    let known = [cast::alice(), cast::bob(), cast::carol()].map(|actor| actor.person().unwrap());
    prop_assert!(people.iter().all(|person| known.contains(person)), "{:?}", people);
    prop_assert!(people.len() >= needed as usize, "{} of {needed}", people.len());
    Ok(())
}

fn vendor_was_first(books: &Books, wave: &Proposed, now: Timestamp, patience: SignedDuration) -> bool {
    let consented = books.vendors.values().any(|asked| asked.word == Some(true));
    let silent_or_declined =
        |a: &support::books::Asked| a.word.is_some() || now.duration_since(a.at) >= patience;
    let reason = wave.without_vendor.as_ref().is_some_and(|text| !text.trim().is_empty());
    consented || (reason && books.vendors.values().all(silent_or_declined))
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn a_wave_is_sent_by_enough_people_under_running_terms_after_the_vendor(history in histories()) {
        let profile = &history.policy.profile;
        let patience = SignedDuration::from_hours(24 * i64::from(profile.limits.vendor_silence_days));
        each(&history, |books, Happened { meta, event, .. }| {
            let Event::WaveSent { wave, .. } = event else { return Ok(()) };
            let wave = &books.waves[wave];
            enough(&wave.people, profile.approvals.share)?;
            prop_assert!(!wave.sent && !wave.stale && !books.released);
            prop_assert!(books.bound(meta.at), "shared without running terms");
            prop_assert_eq!(wave.revision, books.drafts, "they approved another text");
            prop_assert!(vendor_was_first(books, wave, meta.at, patience));
            let proof = wave.level == ContentLevel::ProofOfConcept;
            prop_assert!(!proof || books.fixed || wave.proof_before_fix);
            Ok(())
        })?;
    }

    #[test]
    fn a_wave_follows_exposure_only_under_its_own_approval(history in histories()) {
        each(&history, |books, Happened { meta, event, actor }| {
            let Event::WaveExtended { wave, recipients } = event else { return Ok(()) };
            let wave = &books.waves[wave];
            prop_assert!(wave.sent && !wave.stale && books.bound(meta.at) && !books.released);
            prop_assert_eq!(actor, &Actor::System);
            prop_assert!(!recipients.is_empty() && recipients.iter().all(|org| !books.told.contains(org)));
            Ok(())
        })?;
    }

    #[test]
    fn a_release_needs_enough_people_and_a_reason_that_holds(history in histories()) {
        each(&history, |books, Happened { meta, event, .. }| {
            let Event::CaseReleased { exit } = event else { return Ok(()) };
            let release = books.release.as_ref().expect("proposed");
            enough(&release.people, history.policy.profile.approvals.release)?;
            prop_assert!(!books.released);
            prop_assert_eq!(release.revision, books.drafts, "they approved another text");
            let due = books.release_at.is_none_or(|end| end <= meta.at);
            prop_assert!(due || release.reason != ReleaseReason::Scheduled);
            let now = if due { Exit::Public } else { Exit::LiftedEarly };
            prop_assert_eq!(*exit, books.exited.unwrap_or(now));
            Ok(())
        })?;
    }

    #[test]
    fn an_embargo_exits_once_and_only_new_terms_begin_another(history in histories()) {
        let mut case = Case::default();
        let mut books = Books::default();
        for happened in &history.past {
            let expires = matches!(happened.event, Event::EmbargoExpired);
            let over = books.release_at.is_some_and(|end| end <= happened.meta.at);
            prop_assert!(!expires || (books.exited.is_none() && over));
            case = case.evolve(&happened.meta, &happened.event);
            books.note(happened);
            let state = case.embargo.as_ref().map(|embargo| embargo.state);
            let exited = match state {
                Some(EmbargoState::Exited(exit)) => Some(exit),
                _ => None,
            };
            prop_assert_eq!(exited, books.exited);
            prop_assert!(case.standing_waves().next().is_none() || exited.is_none());
        }
    }

    #[test]
    fn terms_are_within_the_longest_embargo(history in histories()) {
        let days = i64::from(history.policy.profile.limits.longest_embargo_days);
        each(&history, |_, Happened { meta, event, .. }| {
            let Event::TermsSet { terms } = event else { return Ok(()) };
            let length = terms.release_at.duration_since(meta.at);
            prop_assert!(length > SignedDuration::ZERO && length <= SignedDuration::from_hours(24 * days));
            Ok(())
        })?;
    }

    #[test]
    fn everybody_keeps_to_their_part(history in histories()) {
        let coordinators = [cast::alice(), cast::bob(), cast::carol(), cast::bot()];
        each(&history, |books, Happened { event, actor, meta }| {
            let coordinator = coordinators.contains(actor);
            let signed = |org| books.vendors.get(&org).is_some_and(|asked| asked.word == Some(true));
            let own = actor.org();
            let right = match event {
                Event::CaseOpened { .. } => coordinator || *actor == cast::stranger(),
                Event::FindingJoined { finder, .. } => coordinator || own == Some(*finder),
                Event::CaseChecked { .. } => coordinator && !books.finders.contains(&org(CENTRE)),
                Event::TermsAnswered { vendor, .. } => own == Some(*vendor) && books.bound(meta.at),
                Event::VendorStated { vendor, .. } => own == Some(*vendor) && signed(*vendor),
                Event::FixRecorded { .. } => coordinator || own.is_some_and(signed),
                Event::WaveExtended { .. } | Event::EmbargoExpired => *actor == Actor::System,
                Event::WaveProposed { by, .. } | Event::ReleaseProposed { by, .. } | Event::WaveApproved { by, .. }
                | Event::ReleaseApproved { by } => coordinator && actor.person() == Some(*by),
                _ => coordinator,
            };
            prop_assert!(right, "{} by {:?}", event.kind(), actor);
            Ok(())
        })?;
    }

    #[test]
    fn only_parties_stand_in_a_relation_to_a_case(history in histories()) {
        let facets = history.case.facets();
        prop_assert!(!facets.public, "a case itself is never public");
        let mut books = Books::default();
        history.past.iter().for_each(|happened| books.note(happened));
        for (org, relation) in facets.relations {
            let right = match relation {
                Relation::Coordinating => Some(org) == history.case.coordinating,
                Relation::Finder => books.finders.contains(&org),
                Relation::Vendor => books.vendors[&org].word == Some(true),
                Relation::VendorInvited => books.vendors[&org].word.is_none(),
                Relation::Owner | Relation::Submitter | Relation::Recipient => false,
            };
            prop_assert!(right, "{:?} {:?}", org, relation);
        }
    }

    #[test]
    fn to_outsiders_a_case_is_not_there(history in histories(), attempts in proptest::collection::vec(any_move(), 20)) {
        prop_assume!(history.case.coordinating == Some(org(CENTRE)));
        let others = [cast::operator(), cast::relay(), cast::stranger(), Actor::Public];
        for (attempt, actor) in attempts.iter().zip(others.iter().cycle()) {
            if matches!(attempt.command, Command::Open { .. }) {
                continue;
            }
            let decision = decide(&history.case, attempt.command.clone(), &facts(&history.policy, actor, history.now));
            prop_assert_eq!(decision, Err(Refusal::NotFound), "{:?}", attempt.command);
        }
    }

    #[test]
    fn replaying_the_events_gives_the_same_case(history in histories()) {
        let replayed = history.past.iter().fold(Case::default(), |case, h| case.evolve(&h.meta, &h.event));
        prop_assert_eq!(&replayed, &history.case);
        let stored = serde_json::to_vec(&history.case).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<Case>(&stored).unwrap(), &history.case);
    }

    #[test]
    fn no_order_of_events_and_no_moment_breaks_the_fold(
        one in histories(),
        other in histories(),
        order in any::<proptest::sample::Selector>(),
        seconds in any::<i64>(),
    ) {
        let mut events: Vec<_> = one.past.iter().chain(&other.past).map(|h| h.event.clone()).collect();
        let mut case = Case::default();
        let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        while !events.is_empty() {
            let position = order.select(0..events.len());
            let meta = Meta { at, actor: "anybody".into(), version: 0 };
            case = case.evolve(&meta, &events.swap_remove(position));
        }
        let stored = serde_json::to_vec(&case).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Case>(&stored).unwrap().facets(), case.facets());
    }

    #[test]
    fn no_moment_and_no_command_makes_a_decision_panic(
        history in histories(),
        given in any_move(),
        actor in anybody(),
        end in prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX), Just(Timestamp::UNIX_EPOCH)],
        now in prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX)],
    ) {
        for command in [given.command, terms(end)] {
            let _ = decide(&history.case, command, &facts(&history.policy, &actor, now));
        }
    }
}

/// The properties above are worth something only if the histories go everywhere.
#[test]
fn the_histories_go_everywhere() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..1_500 {
        let history = histories().new_tree(&mut runner).unwrap().current();
        let mut books = Books::default();
        for happened in &history.past {
            *seen.entry(shown(&books, &happened.event)).or_default() += 1;
            books.note(happened);
        }
        *seen.entry(format!("ends {}", history.case.state.as_str())).or_default() += 1;
    }
    let mut expected: Vec<String> =
        State::ALL.iter().map(|state| format!("ends {}", state.as_str())).collect();
    expected.extend(KINDS.iter().map(|kind| (*kind).to_owned()));
    for name in expected {
        assert!(seen.get(&name).is_some_and(|times| *times >= 5), "{name} is too rare: {seen:#?}");
    }
}

fn shown(books: &Books, event: &Event) -> String {
    match event {
        Event::WaveSent { .. } => {
            let consented = books.vendors.values().any(|asked| asked.word == Some(true));
            format!("wave-sent, vendor consented: {consented}, vendors: {}", books.vendors.len().min(1))
        }
        Event::CaseReleased { exit } => format!("case-released {exit:?}"),
        Event::CaseChecked { verdict, .. } => format!("case-checked {}", *verdict == Verdict::Confirmed),
        Event::VendorInvited { vendor } if *vendor == org(VENDOR) => "first vendor-invited".into(),
        Event::VendorInvited { vendor } if *vendor == org(SECOND_VENDOR) => "second vendor-invited".into(),
        Event::TermsAnswered { accept, .. } => format!("terms-answered {accept}"),
        other => other.kind().into(),
    }
}

const KINDS: &[&str] = &[
    "case-opened",
    "finding-joined",
    "case-checked true",
    "case-checked false",
    "case-disputed",
    "affected-corrected",
    "terms-set",
    "first vendor-invited",
    "second vendor-invited",
    "terms-answered true",
    "terms-answered false",
    "vendor-stated",
    "fix-recorded",
    "advisory-drafted",
    "wave-proposed",
    "wave-approved",
    "wave-sent, vendor consented: true, vendors: 1",
    "wave-sent, vendor consented: false, vendors: 1",
    "wave-sent, vendor consented: false, vendors: 0",
    "wave-extended",
    "release-proposed",
    "release-approved",
    "case-released Public",
    "case-released LiftedEarly",
    "case-released Expired",
    "embargo-expired",
    "case-closed",
    "case-withdrawn",
    "case-reopened",
];
