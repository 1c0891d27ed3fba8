//! Random histories: any command by anybody at any time, most of them by somebody who may.

use forewarn_core::access::{Actor, Role, Scope};
use forewarn_core::case::{
    Command, MatchVerdict, ReleaseReason, Terms, Tlp, VendorStatus, Verdict, WaveGate,
};
use forewarn_core::party::VendorMode;
use forewarn_core::sharing::ContentLevel;
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::cast::{self, CENTRE, FINDER, OPERATOR, RELAY, SECOND_VENDOR, VENDOR};
use super::history::{
    History, affected, answer, approve, checked, dispute, draft, everybody, extend, fix, invite, invite_as,
    join, judge_match, open, propose, propose_later, propose_to, propose_without_vendor, raise, release,
    reopen, terms, validate, wave, withdraw,
};
use super::{day, policy_needing};

/// One attempt.
#[derive(Clone, Debug)]
pub struct Move {
    pub actor: Actor,
    pub command: Command,
    pub after: SignedDuration,
}

/// Histories under profiles that need two or three people.
pub fn histories() -> impl Strategy<Value = History> {
    let begun = (select(ways()), 0..=20_usize).prop_map(|(way, steps)| way.into_iter().take(steps));
    (2..=3_u32, 2..=3_u32, begun, vec(any_move(), 0..70)).prop_map(|(share, release, begun, moves)| {
        let mut history = History::empty();
        history.policy = policy_needing(share, release);
        for Move { actor, command, after } in begun.chain(moves) {
            history.now = history.now.saturating_add(after).expect("whole seconds");
            // Most attempts are refused; what a refusal leaves behind is a property of its own.
            let _ = history.attempt(&actor, command);
        }
        history
    })
}

/// Ways of a case from opening to release, so that random moves also begin deep in its life: with a vendor that
/// consents, with one that declines, with one that stays silent, and without any.
fn ways() -> Vec<Vec<Move>> {
    let by = |actor: Actor, command| Move { actor, command, after: SignedDuration::from_hours(5) };
    let late = |mut moved: Move| {
        moved.after = SignedDuration::from_hours(24 * 31);
        moved
    };
    let begun = [
        by(cast::alice(), open()),
        by(cast::bob(), draft("Overflow")),
        by(cast::alice(), terms(day(90))),
        by(cast::bob(), validate()),
    ];
    let invited = by(cast::alice(), invite(VENDOR));
    let without = by(cast::alice(), propose_without_vendor(1));
    let beforehand = [
        by(cast::bob(), Command::SignRule { reason: ReleaseReason::Leaked, hours: 48 }),
        by(cast::alice(), Command::SignRule { reason: ReleaseReason::Leaked, hours: 48 }),
        by(cast::carol(), Command::SignRule { reason: ReleaseReason::Leaked, hours: 48 }),
        invited.clone(),
        by(cast::vendor(), answer(true)),
        by(cast::alice(), propose_later(1, WaveGate { not_before: Some(day(20)), after_fix: true })),
        by(cast::bob(), approve(1, &[])),
        by(cast::carol(), approve(1, &[])),
        by(cast::vendor(), fix()),
        late(by(Actor::System, Command::SendWave { wave: wave(1), recipients: vec![] })),
        by(cast::vendor(), raise(ReleaseReason::Leaked)),
        by(cast::alice(), release(ReleaseReason::Scheduled)),
        by(cast::bob(), Command::ApproveRelease),
        by(cast::carol(), Command::ApproveRelease),
        by(cast::alice(), raise(ReleaseReason::Leaked)),
    ];
    let mut expired = by(Actor::System, Command::ExpireEmbargo);
    expired.after = SignedDuration::from_hours(24 * 91);
    let late_release = [
        invited.clone(),
        by(cast::vendor(), answer(true)),
        expired,
        by(cast::alice(), release(ReleaseReason::Scheduled)),
        by(cast::bob(), Command::ApproveRelease),
        by(cast::carol(), Command::ApproveRelease),
    ];
    // Asked before anybody checked it, and confirmed by the vendor itself; and a vendor that takes no part.
    let unchecked = [
        by(cast::alice(), invite_as(VENDOR, VendorMode::Firehose)),
        by(cast::vendor(), answer(true)),
        by(cast::vendor(), validate()),
        by(cast::vendor(), fix()),
        by(cast::alice(), propose(1, ContentLevel::Detail)),
    ];
    let noted = [by(cast::alice(), invite_as(VENDOR, VendorMode::PublicOnly))];
    let checked_by_labs = [
        by(cast::lab(), Command::Claim { held: 0 }),
        by(cast::lab(), checked(Verdict::NotReproduced)),
        late(by(cast::other_lab(), Command::Claim { held: 1 })),
        late(by(Actor::System, Command::EndClaim)),
        by(cast::alice(), dispute()),
        by(cast::bob(), Command::NoteTrace { sha256: "00".repeat(32), copies: 3 }),
        by(cast::bob(), Command::QueueVendor { vendor: cast::org(VENDOR), mode: VendorMode::VerifiedOnly }),
        by(
            Actor::System,
            Command::InviteQueued { vendor: cast::org(VENDOR), mode: VendorMode::VerifiedOnly },
        ),
        by(cast::vendor(), answer(true)),
    ];
    let ways = [
        checked_by_labs.to_vec(),
        beforehand.to_vec(),
        late_release.to_vec(),
        vec![
            invited.clone(),
            by(cast::vendor(), answer(true)),
            by(cast::vendor(), fix()),
            by(cast::alice(), propose(1, ContentLevel::Detail)),
        ],
        vec![invited.clone(), by(cast::vendor(), answer(false)), without.clone()],
        vec![invited, late(without.clone())],
        vec![without],
    ];
    let rest = [
        by(cast::bob(), approve(1, &[OPERATOR])),
        by(cast::carol(), approve(1, &[OPERATOR])),
        by(Actor::System, extend(1, &[RELAY])),
        by(cast::alice(), release(ReleaseReason::Exploited)),
        by(cast::bob(), Command::ApproveRelease),
        by(cast::carol(), Command::ApproveRelease),
    ];
    let open = begun.iter().take(3).cloned().chain(unchecked).chain(rest.clone()).collect();
    let public_only = begun.iter().cloned().chain(noted).chain(rest.clone()).collect();
    let usual = ways.into_iter().map(|way| begun.iter().cloned().chain(way).chain(rest.clone()).collect());
    usual.chain([open, public_only]).collect()
}

pub fn anybody() -> impl Strategy<Value = Actor> {
    let unscoped = cast::scoped(cast::alice(), &[Scope::Findings, Scope::Admin]);
    select(vec![
        cast::alice(),
        cast::bob(),
        cast::carol(),
        cast::bot(),
        cast::stranger(),
        cast::finder(),
        cast::vendor(),
        cast::second_vendor(),
        cast::operator(),
        cast::relay(),
        cast::auditor(),
        cast::lab(),
        cast::other_lab(),
        cast::member(CENTRE, 5, Role::Operator, true),
        unscoped,
        Actor::Public,
        Actor::System,
    ])
}

fn mostly(suited: Vec<Actor>) -> impl Strategy<Value = Actor> {
    prop_oneof![5 => select(suited), 1 => anybody()]
}

/// A move with a command that somebody may be allowed to give.
pub fn any_move() -> impl Strategy<Value = Move> {
    let people = || mostly(vec![cast::alice(), cast::bob(), cast::carol()]);
    let vendors = || mostly(vec![cast::vendor(), cast::second_vendor()]);
    let service = || mostly(vec![Actor::System]);
    let given = prop_oneof![
        6 => (people(), work()),
        5 => (people(), approval()),
        3 => (vendors(), vendors_answer()),
        2 => (service(), ticks()),
        2 => (mostly(vec![cast::lab(), cast::other_lab()]), checking()),
        2 => (mostly(vec![cast::alice(), cast::bob(), cast::vendor(), cast::finder()]), about_time()),
        1 => (anybody(), prop_oneof![work(), approval(), vendors_answer(), ticks(), checking()]),
    ];
    (given, passing()).prop_map(|((actor, command), after)| Move { actor, command, after })
}

/// Hours, weeks, and a clock that jumps back or far ahead.
fn passing() -> impl Strategy<Value = SignedDuration> {
    prop_oneof![
        30 => (0..30_i64).prop_map(SignedDuration::from_hours),
        3 => (24 * 20..24 * 40_i64).prop_map(SignedDuration::from_hours),
        2 => (-24 * 40..0_i64).prop_map(SignedDuration::from_hours),
        1 => Just(SignedDuration::from_hours(24 * 4_000)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![6 => Just("because".to_owned()), 1 => Just("  ".to_owned())]
}

fn work() -> impl Strategy<Value = Command> {
    let verdict = prop_oneof![4 => Just(Verdict::Confirmed), 1 => Just(Verdict::NotReproduced)];
    prop_oneof![
        1 => Just(open()),
        1 => (2..6_u128, prop_oneof![6 => Just(FINDER), 1 => Just(CENTRE), 1 => Just(VENDOR)])
            .prop_map(|(number, finder)| join(number, finder)),
        5 => verdict.prop_map(checked),
        1 => Just(dispute()),
        1 => Just(Command::CorrectAffected { affected: vec![affected("lexer")] }),
        1 => (select(vec!["parser", "lexer"]), any::<bool>(), text()).prop_map(|(of, same, reason)| {
            let verdict = if same { MatchVerdict::Same } else { MatchVerdict::Different };
            judge_match(of, verdict, &reason)
        }),
        4 => any_terms().prop_map(|terms| Command::SetTerms { terms }),
        4 => (select(vec![VENDOR, SECOND_VENDOR]), any_mode()).prop_map(|(vendor, mode)| invite_as(vendor, mode)),
        1 => (select(vec![VENDOR, SECOND_VENDOR]), any_mode())
            .prop_map(|(vendor, mode)| Command::QueueVendor { vendor: cast::org(vendor), mode }),
        2 => select(vec!["Overflow", "Use after free", ""]).prop_map(draft),
        1 => Just(fix()),
        2 => Just(Command::Close),
        1 => Just(withdraw()),
        2 => text().prop_map(|reason| Command::Reopen { reason }),
        2 => Just(reopen()),
    ]
}

fn any_mode() -> impl Strategy<Value = VendorMode> {
    prop_oneof![3 => Just(VendorMode::VerifiedOnly), 1 => select(VendorMode::ALL.to_vec())]
}

/// What validators do: take a case, give it back, give a verdict.
fn checking() -> impl Strategy<Value = Command> {
    let verdict = prop_oneof![3 => Just(Verdict::Confirmed), 1 => Just(Verdict::NotReproduced)];
    prop_oneof![
        4 => (0..4_u64).prop_map(|held| Command::Claim { held }),
        1 => Just(Command::EndClaim),
        2 => verdict.prop_map(checked),
    ]
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let zone = prop_oneof![9 => Just("UTC".to_owned()), 1 => Just("Moon/Crater".to_owned())];
    let tlp = select(vec![Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red]);
    let moment = prop_oneof![9 => 0..200_i64, 1 => 4_000..4_200_i64].prop_map(day);
    let triggers = select(vec![ReleaseReason::EARLY, &[ReleaseReason::Exploited], &[]]);
    (moment, zone, tlp, triggers).prop_map(|(release_at, zone, tlp, triggers)| Terms {
        triggers: triggers.iter().copied().collect(),
        ..Terms::new(release_at, &zone, tlp)
    })
}

/// What parties report, sign, promise and ask about the end of the embargo.
fn about_time() -> impl Strategy<Value = Command> {
    let reason = || select(ReleaseReason::EARLY.to_vec());
    let moment = || (0..200_i64).prop_map(day);
    prop_oneof![
        3 => (reason(), text()).prop_map(|(reason, evidence)| Command::RaiseTrigger { reason, evidence }),
        1 => reason().prop_map(|reason| Command::DismissTrigger { reason }),
        2 => (reason(), 0..400_u32).prop_map(|(reason, hours)| Command::SignRule { reason, hours }),
        1 => (reason(), Just(24)).prop_map(|(reason, hours)| Command::SignRule { reason, hours }),
        1 => moment().prop_map(|by| Command::PromiseFix { by }),
        1 => (moment(), text()).prop_map(|(until, reason)| Command::RequestExtension { until, reason }),
        1 => text().prop_map(|reason| Command::DeclineExtension { reason }),
    ]
}

fn any_gate() -> impl Strategy<Value = WaveGate> {
    let moment = prop_oneof![2 => Just(None), 1 => (0..200_i64).prop_map(|days| Some(day(days)))];
    let after_fix = prop_oneof![3 => Just(false), 1 => Just(true)];
    (moment, after_fix).prop_map(|(not_before, after_fix)| WaveGate { not_before, after_fix })
}

fn approval() -> impl Strategy<Value = Command> {
    let levels = [
        ContentLevel::Existence,
        ContentLevel::Mitigation,
        ContentLevel::Detail,
        ContentLevel::ProofOfConcept,
    ];
    let without = select(vec![None, Some("it is silent"), Some(" ")]);
    let flags = (any::<bool>(), any::<bool>());
    let proposed = (1..4_u128, select(levels.to_vec()), without, flags, any_gate()).prop_map(
        |(number, level, without, (proof_before_fix, known), gate)| {
            let mut audience = everybody();
            audience.sectors.insert(if known { "energy" } else { "alchemy" }.to_owned());
            match propose_to(number, level, audience, without) {
                Command::ProposeWave { wave, level, audience, without_vendor, .. } => {
                    Command::ProposeWave { wave, level, audience, without_vendor, proof_before_fix, gate }
                }
                other => other,
            }
        },
    );
    let reasons = [
        ReleaseReason::Scheduled,
        ReleaseReason::Exploited,
        ReleaseReason::Leaked,
        ReleaseReason::FixPublic,
        ReleaseReason::VendorSilent,
    ];
    prop_oneof![
        3 => proposed,
        5 => (1..4_u128).prop_map(|number| approve(number, &[OPERATOR, RELAY])),
        1 => select(reasons.to_vec()).prop_map(release),
        1 => Just(Command::ApproveRelease),
    ]
}

fn vendors_answer() -> impl Strategy<Value = Command> {
    let status = select(vec![VendorStatus::Affected, VendorStatus::NotAffected, VendorStatus::Unknown]);
    prop_oneof![
        5 => prop_oneof![3 => Just(true), 1 => Just(false)].prop_map(answer),
        1 => (status, text()).prop_map(|(status, statement)| Command::VendorStatement { status, statement }),
        1 => any::<bool>().prop_map(|show| Command::ShowVendor { show }),
        1 => select(vec!["cra-early-warning", "cra-final-report", "none"])
            .prop_map(|duty| Command::ReportDuty { duty: duty.into() }),
        1 => Just(checked(Verdict::Confirmed)),
        1 => Just(fix()),
    ]
}

fn ticks() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => Just(Command::ExpireEmbargo),
        1 => (select(vec![VENDOR, SECOND_VENDOR]), any::<bool>())
            .prop_map(|(vendor, taken)| Command::NoteVendorTold { vendor: cast::org(vendor), taken }),
        2 => Just(Command::EndClaim),
        1 => (select(vec![VENDOR, SECOND_VENDOR]), any_mode())
            .prop_map(|(vendor, mode)| Command::InviteQueued { vendor: cast::org(vendor), mode }),
        1 => (1..4_u128, select(vec![vec![], vec![RELAY], vec![OPERATOR, 0x601, 0x602]]))
            .prop_map(|(number, to)| extend(number, &to)),
        1 => (1..4_u128).prop_map(|number| Command::ApproveWave { wave: wave(number), recipients: vec![] }),
        2 => (1..4_u128).prop_map(|number| Command::SendWave { wave: wave(number), recipients: vec![] }),
    ]
}
