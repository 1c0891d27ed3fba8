//! What holds of every case, whoever did whatever and whenever.
//!
//! The checks read the events alone and keep their own books; they do not ask the state that the rules ask.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use forewarn_core::Refusal;
use forewarn_core::access::{Actor, Relation};
use forewarn_core::aggregate::{Aggregate, EventKind};
use forewarn_core::case::{Case, Command, EmbargoState, Event, Exit, ReleaseReason, decide};
use forewarn_core::ids::PrincipalId;
use forewarn_core::sharing::ContentLevel;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use support::books::{Books, Proposed};
use support::cast::{self, CENTRE, org};
use support::history::{Happened, History};
use support::random::{any_move, histories};
use support::{facts, remembered};

type Checked = Result<(), TestCaseError>;

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
    let given = wave.without_vendor.as_ref().is_some_and(|text| !text.trim().is_empty());
    let reason = given || !books.noted.is_empty();
    consented || (reason && books.vendors.values().all(silent_or_declined))
}

proptest! {
    #![proptest_config(remembered("case_rules", 500))]

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
            prop_assert!(!wave.gate.after_fix || books.fixed, "sent before the fix it waits for");
            prop_assert!(wave.gate.not_before.is_none_or(|moment| moment <= meta.at), "sent before its moment");
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
            let told = !books.vendors.is_empty() || books.waves.values().any(|wave| wave.sent);
            prop_assert!(told || !books.noted.is_empty(), "nobody was told");
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
            // A case may be released that was never under an embargo, when nobody was to be told before.
            prop_assert_eq!(case.embargo.is_some(), books.release_at.is_some());
            prop_assert_eq!(exited, books.exited.filter(|_| case.embargo.is_some()));
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
                // Reports of one root cause are joined by rule; the cases themselves are opened and put together by people.
                Event::FindingJoined { finder, .. } => {
                    coordinator || own == Some(*finder) || *actor == Actor::System
                }
                Event::VendorShows { vendor, .. } | Event::DutyReported { vendor, .. } => {
                    own == Some(*vendor) && signed(*vendor)
                }
                Event::CaseChecked { org: by, .. } => {
                    let holds = books.claim.is_some_and(|(holder, until)| own == Some(holder) && meta.at < until);
                    let party = coordinator || holds || own.is_some_and(signed);
                    own == *by && own.is_some_and(|org| !books.finders.contains(&org)) && party
                }
                Event::ValidationClaimed { org, .. } => {
                    let lab = [cast::lab(), cast::other_lab(), cast::stranger()].contains(actor);
                    (lab || coordinator) && own == Some(*org) && !books.finders.contains(org)
                }
                // Nobody loses a claim before its end, and whoever holds it may give it back.
                Event::ValidationReturned { org, lapsed } => {
                    let (holder, until) = books.claim.expect("claimed before");
                    prop_assert_eq!(*lapsed, until <= meta.at);
                    holder == *org && (*lapsed || own == Some(holder))
                }
                // A vendor that left embargoes while it waited for its pace is noted, not invited.
                Event::VendorInvited { vendor, .. } | Event::VendorNoted { vendor, .. } => {
                    coordinator || (*actor == Actor::System && books.queued.contains(vendor))
                }
                Event::TermsAnswered { vendor, .. } => own == Some(*vendor) && books.bound(meta.at),
                Event::VendorStated { vendor, .. } => own == Some(*vendor) && signed(*vendor),
                Event::WaveExtended { .. } | Event::EmbargoExpired | Event::AlarmRaised { .. }
                | Event::VendorTold { .. } | Event::ReleaseByRule { .. } => *actor == Actor::System,
                // Whatever time does was approved or signed by people before.
                Event::WaveSent { .. } | Event::CaseReleased { .. } => coordinator || *actor == Actor::System,
                Event::FixPromised { vendor, .. } | Event::ExtensionRequested { vendor, .. } => {
                    own == Some(*vendor) && signed(*vendor)
                }
                Event::TriggerRaised { confirmed, .. } => {
                    let finder = own.is_some_and(|org| books.finders.contains(&org));
                    let party = finder || own.is_some_and(signed);
                    if coordinator { *confirmed == actor.person().is_some() } else { party && !confirmed }
                }
                Event::TriggerDismissed { by, .. } | Event::LiftRuleSigned { by, .. } => {
                    coordinator && actor.person() == Some(*by)
                }
                Event::FixRecorded { .. } => coordinator || own.is_some_and(signed),
                Event::CaseDisputed { .. } => {
                    let holds = books.claim.is_some_and(|(holder, until)| own == Some(holder) && meta.at < until);
                    coordinator || holds || own.is_some_and(signed)
                }
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
                Relation::Validator => history.case.claim.as_ref().is_some_and(|claim| claim.org == org),
                Relation::Owner | Relation::Submitter | Relation::ProofHolder | Relation::Recipient => false,
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
}
