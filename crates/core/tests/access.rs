//! Who may see and do what: the whole table as a document, and what the design promises about it.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::{
    Act, Actor, Filter, Ground, Guarded, Member, Relation, Role, Scope, filter, may, rule,
};
use forewarn_core::aggregate::Facets;
use forewarn_core::ids::{CredentialId, OrgId};
use forewarn_core::sharing::ContentLevel;
use proptest::prelude::*;
use support::cast::{org, principal, scoped};
use support::golden;

const OWN: u128 = 1;
const FOREIGN: u128 = 2;

fn actor(roles: &[Role], scopes: &[Scope]) -> Actor {
    Actor::Member(Member {
        principal: principal(9),
        org: org(OWN),
        person: true,
        roles: roles.iter().copied().collect(),
        scopes: scopes.iter().copied().collect(),
        credential: CredentialId(uuid::Uuid::from_u128(9)),
        acts_for: BTreeMap::new(),
    })
}

fn facets(relations: &[(OrgId, Relation)], public: bool) -> Facets {
    Facets { relations: relations.iter().copied().collect(), public, ..Facets::default() }
}

fn admits(actor: &Actor, act: Act, relation: Relation) -> bool {
    filter(actor, act).admits(&facets(&[(org(OWN), relation)], false))
}

/// The relations in which a member of this role may do the act; `None` where it may on everything.
fn relations(role: Role, act: Act) -> Option<BTreeSet<Relation>> {
    let actor = actor(&[role], Scope::ALL);
    if filter(&actor, act) == Filter::Everything {
        return None;
    }
    Some(Relation::ALL.iter().copied().filter(|relation| admits(&actor, act, *relation)).collect())
}

/// The acts that are possible for some member with these scopes only.
fn acts_with(scopes: &[Scope]) -> Vec<Act> {
    let all = actor(Role::ALL, scopes);
    let possible = |act: &Act| may(&all, *act) || Relation::ALL.iter().any(|r| admits(&all, *act, *r));
    Act::ALL.iter().copied().filter(possible).collect()
}

#[test]
fn the_document_is_what_the_table_says() {
    golden::check("access.md", &document());
}

fn document() -> String {
    let mut text = String::from(
        "# Who may see and do what\n\n\
         Rendered from what `crates/core/src/access.rs` answers. After a change run \
         `UPDATE_GOLDEN=1 cargo test -p forewarn-core` and read the difference.\n\n\
         A member needs the scope on the credential in use and the role. `all`: on everything of the kind; \
         `public`: on what was released; a relation: where the member's organisation stands so to the thing, \
         `as delegate`: where an organisation that named it as its delegate does; \
         an empty cell: never.\n\n\
         | act | scope | nobody known | the service |",
    );
    for role in Role::ALL {
        text.push_str(&format!(" {} |", role.as_str()));
    }
    text.push_str(&format!("\n|---|---|---|---|{}\n", "---|".repeat(Role::ALL.len())));
    for act in Act::ALL {
        let mut cells = vec![format!("{act:?}"), scope_cell(*act)];
        cells.extend([&Actor::Public, &Actor::System].map(|actor| cell(actor, *act)));
        cells.extend(Role::ALL.iter().map(|role| cell(&actor(&[*role], Scope::ALL), *act)));
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

fn scope_cell(act: Act) -> String {
    let name = |scope: &Scope| serde_json::to_value(scope).unwrap().as_str().unwrap().to_owned();
    let opening = Scope::ALL.iter().filter(|scope| acts_with(&[**scope]).contains(&act));
    let needed: Vec<String> = opening.map(name).collect();
    let any = needed.is_empty() || acts_with(&[]).contains(&act);
    if any { "none".into() } else { needed.join(" or ") }
}

fn cell(actor: &Actor, act: Act) -> String {
    if filter(actor, act) == Filter::Everything {
        return "all".into();
    }
    let related = Relation::ALL.iter().filter(|relation| admits(actor, act, **relation));
    let mut grounds: Vec<&str> = related.map(|relation| relation.as_str()).collect();
    if filter(actor, act).admits(&facets(&[], true)) {
        grounds.push("public");
    }
    let delegate = delegate_of(actor.clone(), FOREIGN);
    let foreign =
        |relation: &&Relation| filter(&delegate, act).admits(&facets(&[(org(FOREIGN), **relation)], false));
    let delegated: Vec<String> =
        Relation::ALL.iter().filter(foreign).map(|r| format!("{} as delegate", r.as_str())).collect();
    grounds.extend(delegated.iter().map(String::as_str));
    grounds.join(", ")
}

/// The same member, named as its delegate by an organisation.
fn delegate_of(actor: Actor, of: u128) -> Actor {
    match actor {
        Actor::Member(mut member) => {
            member.acts_for = BTreeMap::from([(org(of), ContentLevel::Mitigation)]);
            Actor::Member(member)
        }
        other => other,
    }
}

#[test]
fn a_relay_that_was_named_sees_and_answers_notices_and_nothing_else() {
    let relay = delegate_of(actor(&[Role::Relay], Scope::ALL), FOREIGN);
    let every: Vec<_> = Relation::ALL.iter().map(|relation| (org(FOREIGN), *relation)).collect();
    let granted = |actor: &Actor| -> Vec<Act> {
        let on = |act: &Act| !may(actor, *act) && filter(actor, *act).admits(&facets(&every, false));
        Act::ALL.iter().copied().filter(on).collect()
    };
    assert_eq!(granted(&relay), [Act::SeeNotice, Act::AnswerNotice]);
    // Nobody else becomes anything by being named, and nobody is anything without it.
    for role in Role::ALL.iter().filter(|role| **role != Role::Relay) {
        assert_eq!(granted(&delegate_of(actor(&[*role], Scope::ALL), FOREIGN)), [], "{role:?}");
    }
    assert_eq!(granted(&actor(&[Role::Relay], Scope::ALL)), []);
    assert_eq!(granted(&scoped(relay, &[Scope::Inventory, Scope::Admin])), []);
}

#[test]
fn a_filter_because_of_one_organisation_admits_no_more_than_the_whole() {
    let relay = delegate_of(actor(&[Role::Relay], Scope::ALL), FOREIGN);
    let whole = filter(&relay, Act::SeeNotice);
    let (own, foreign) = (
        facets(&[(org(OWN), Relation::Recipient)], false),
        facets(&[(org(FOREIGN), Relation::Recipient)], false),
    );
    assert!(whole.admits(&own) && whole.admits(&foreign));
    let part = whole.clone().because_of(org(FOREIGN));
    assert!(!part.admits(&own) && part.admits(&foreign));
    assert_eq!(whole.because_of(org(3)), Filter::Nothing);
    assert_eq!(Filter::Nothing.because_of(org(OWN)), Filter::Nothing);
    let all = Filter::Everything.because_of(org(OWN));
    assert!(all.admits(&own) && !all.admits(&foreign) && !all.admits(&facets(&[], true)));
}

#[test]
fn the_public_sees_published_advisories_and_nothing_else() {
    for act in Act::ALL {
        let every: Vec<_> = Relation::ALL.iter().map(|relation| (org(OWN), *relation)).collect();
        assert!(!filter(&Actor::Public, *act).admits(&facets(&every, false)), "{act:?}");
        let seen = filter(&Actor::Public, *act).admits(&facets(&every, true));
        assert_eq!(seen, *act == Act::SeeAdvisory, "{act:?}");
    }
}

/// The acts by which one learns of a case.
const ON_CASES: &[Act] = &[
    Act::SeeCase,
    Act::SeeDetail,
    Act::SeeEmbargo,
    Act::SeeParties,
    Act::SeeTimeline,
    Act::SeeEvidence,
    Act::WorkCase,
    Act::AnswerAsVendor,
    Act::RecordFix,
    Act::Approve,
    Act::FollowNotice,
    Act::SeePriority,
    Act::AnswerPriority,
    Act::SeeValidation,
    Act::CheckCase,
    Act::DisputeCase,
];

#[test]
fn a_validator_sees_and_does_what_a_check_needs_and_only_while_it_holds_the_case() {
    let held: BTreeSet<_> = [Relation::Validator].into();
    let possible = [Act::SeeCase, Act::SeeValidation, Act::CheckCase, Act::DisputeCase];
    for act in ON_CASES {
        let expected = if possible.contains(act) { held.clone() } else { BTreeSet::new() };
        assert_eq!(relations(Role::Validator, *act), Some(expected), "{act:?}");
    }
    assert!(!admits(&actor(&[Role::Finder], Scope::ALL), Act::SeeValidation, Relation::Validator));
}

#[test]
fn a_vendor_sees_the_decision_on_its_cases_but_answers_nothing_and_knows_no_record() {
    assert_eq!(relations(Role::Vendor, Act::SeePriority), Some([Relation::Vendor].into()));
    for act in
        [Act::AnswerPriority, Act::SeeRecord, Act::SeeCatalogue, Act::ImportCatalogue, Act::SeePaceQueue]
    {
        assert_eq!(relations(Role::Vendor, act), Some([].into()), "{act:?}");
    }
}

#[test]
fn operators_and_relays_never_see_a_case_in_whatever_relation() {
    for act in ON_CASES {
        for role in [Role::Operator, Role::Relay] {
            assert_eq!(relations(role, *act), Some(BTreeSet::new()), "{role:?} {act:?}");
        }
    }
}

#[test]
fn an_invited_vendor_sees_the_embargo_but_no_detail_until_it_consents() {
    let vendor = actor(&[Role::Vendor], Scope::ALL);
    for act in [Act::SeeCase, Act::SeeEmbargo, Act::AnswerAsVendor] {
        assert!(admits(&vendor, act, Relation::VendorInvited), "{act:?}");
    }
    for act in [Act::SeeDetail, Act::RecordFix] {
        assert!(!admits(&vendor, act, Relation::VendorInvited), "{act:?}");
        assert!(admits(&vendor, act, Relation::Vendor), "{act:?}");
    }
    for act in [Act::SeeParties, Act::SeeTimeline, Act::SeeEvidence, Act::WorkCase, Act::Approve] {
        assert_eq!(relations(Role::Vendor, act), Some(BTreeSet::new()), "{act:?}");
    }
}

#[test]
fn a_finder_sees_that_its_case_exists_and_no_more() {
    let seen: Vec<Act> =
        ON_CASES.iter().copied().filter(|act| relations(Role::Finder, *act) != Some([].into())).collect();
    assert_eq!(seen, [Act::SeeCase]);
    assert_eq!(relations(Role::Finder, Act::SeeCase), Some([Relation::Finder].into()));
}

#[test]
fn an_auditor_sees_cases_and_their_timelines_but_no_content() {
    for act in ON_CASES {
        let all = matches!(act, Act::SeeCase | Act::SeeTimeline);
        assert_eq!(relations(Role::Auditor, *act).is_none(), all, "{act:?}");
        assert!(all || relations(Role::Auditor, *act) == Some([].into()), "{act:?}");
    }
    for act in [Act::SeeNotice, Act::SeeInventory, Act::SeeFinding] {
        assert!(relations(Role::Auditor, act).is_some(), "{act:?}");
    }
}

#[test]
fn a_coordinator_has_no_power_over_a_case_of_another_centre() {
    for act in ON_CASES {
        let others = facets(&[(org(FOREIGN), Relation::Coordinating)], false);
        assert!(!filter(&actor(&[Role::Coordinator], Scope::ALL), *act).admits(&others), "{act:?}");
    }
}

#[test]
fn nobody_but_its_owner_sees_an_inventory_and_nobody_but_its_recipient_a_notice() {
    for (act, ground) in [(Act::SeeInventory, Relation::Owner), (Act::SeeNotice, Relation::Recipient)] {
        for role in Role::ALL {
            assert_eq!(relations(*role, act), Some([ground].into()), "{role:?} {act:?}");
        }
    }
}

#[test]
fn time_passes_only_by_the_service() {
    assert!(may(&Actor::System, Act::Tick));
    for scopes in [&[][..], Scope::ALL] {
        assert!(!acts_with(scopes).contains(&Act::Tick));
    }
    // The service does not stand in for people and members.
    for act in [Act::Approve, Act::WorkCase, Act::AnswerAsVendor, Act::AnswerNotice, Act::SubmitFinding] {
        assert_eq!(filter(&Actor::System, act), Filter::Nothing, "{act:?}");
    }
}

#[test]
fn without_its_scope_no_act_is_granted() {
    // What needs no scope: the public's advisories, and giving up a credential of one's own.
    assert_eq!(acts_with(&[]), [Act::SeeCredential]);
    let fully = acts_with(Scope::ALL);
    for act in fully.into_iter().filter(|act| *act != Act::SeeCredential) {
        let scopes = Scope::ALL.iter().filter(|scope| acts_with(&[**scope]).contains(&act));
        let [scope] = scopes.copied().collect::<Vec<_>>()[..] else { panic!("{act:?} has one scope") };
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|other| *other != scope).collect();
        assert!(!acts_with(&others).contains(&act), "{act:?}");
        let every: Vec<_> = Relation::ALL.iter().map(|relation| (org(OWN), *relation)).collect();
        let without = scoped(actor(Role::ALL, Scope::ALL), &others);
        assert!(!filter(&without, act).admits(&facets(&every, false)), "{act:?}");
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the core has nothing to note a read on")]
fn only_who_may_sees_what_is_guarded() {
    let guarded = || Guarded::new("embargoed", facets(&[(org(OWN), Relation::Vendor)], false), 7);
    assert!(guarded().see(&Actor::Public, Act::SeeCase).is_none());
    assert!(guarded().see(&actor(&[Role::Operator], Scope::ALL), Act::SeeCase).is_none());
    let vendor = actor(&[Role::Vendor], Scope::ALL);
    let visible = guarded().see(&vendor, Act::SeeCase).expect("the vendor sees it");
    assert_eq!((*visible, visible.version(), visible.actor()), ("embargoed", 7, &vendor));
    assert!(visible.may(Act::SeeDetail) && !visible.may(Act::SeeParties));
}

fn any_actor() -> impl Strategy<Value = Actor> {
    let member = (
        proptest::sample::subsequence(Role::ALL.to_vec(), 0..=Role::ALL.len()),
        proptest::sample::subsequence(Scope::ALL.to_vec(), 0..=Scope::ALL.len()),
    );
    prop_oneof![
        1 => Just(Actor::Public),
        1 => Just(Actor::System),
        5 => member.clone().prop_map(|(roles, scopes)| actor(&roles, &scopes)),
        3 => member.prop_map(|(roles, scopes)| delegate_of(actor(&roles, &scopes), FOREIGN)),
    ]
}

fn any_facets() -> impl Strategy<Value = Facets> {
    let relation = (prop_oneof![Just(OWN), Just(FOREIGN)], proptest::sample::select(Relation::ALL));
    (proptest::collection::vec(relation, 0..4), any::<bool>()).prop_map(|(relations, public)| {
        let relations: Vec<_> = relations.into_iter().map(|(of, relation)| (org(of), relation)).collect();
        facets(&relations, public)
    })
}

/// The table read row by row, the slow and obvious way.
fn granted(actor: &Actor, act: Act, thing: &Facets) -> bool {
    let (scope, grounds) = rule(act);
    let holds = |ground: &Ground| match (ground, actor) {
        (Ground::Public, _) => thing.public,
        (Ground::System, actor) => *actor == Actor::System,
        (Ground::Role(role), Actor::Member(m)) => m.roles.contains(role),
        (Ground::Anyone(relation), Actor::Member(m)) => thing.relations.contains(&(m.org, *relation)),
        (Ground::Related(role, relation), Actor::Member(m)) => {
            m.roles.contains(role) && thing.relations.contains(&(m.org, *relation))
        }
        (Ground::Delegate(role, relation), Actor::Member(m)) => {
            let named = m.acts_for.keys().any(|of| thing.relations.contains(&(*of, *relation)));
            m.roles.contains(role) && named
        }
        (_, Actor::Public | Actor::System) => false,
    };
    let scoped = |ground: &Ground| match (ground, actor, scope) {
        (Ground::Public, ..) | (_, _, None) | (_, Actor::Public | Actor::System, _) => true,
        (_, Actor::Member(m), Some(scope)) => m.scopes.contains(&scope),
    };
    grounds.iter().any(|ground| holds(ground) && scoped(ground))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_filter_is_the_table(actor in any_actor(), thing in any_facets()) {
        for act in Act::ALL {
            prop_assert_eq!(filter(&actor, *act).admits(&thing), granted(&actor, *act, &thing), "{:?}", act);
        }
    }

    #[test]
    fn may_means_on_everything(actor in any_actor(), thing in any_facets()) {
        for act in Act::ALL.iter().filter(|act| may(&actor, **act)) {
            prop_assert!(filter(&actor, *act).admits(&thing), "{:?}", act);
            prop_assert!(filter(&actor, *act).admits(&Facets::default()), "{:?}", act);
        }
    }
}
