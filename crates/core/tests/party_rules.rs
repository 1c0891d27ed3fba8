//! Organisations, their people, and the credentials by which they act.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::Refusal;
use forewarn_core::access::{Actor, Relation, Role, Scope};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::credential::{self, Credential, CredentialKind, Grant};
use forewarn_core::ids::CredentialId;
use forewarn_core::party::{self, Contacts, Organisation, Principal, Profile, QuietHours, Way, Webhook};
use forewarn_core::sharing::ContentLevel;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use support::cast::{
    CENTRE, OPERATOR, RELAY, alice, bob, finder, member, operator, org, principal, scoped, vendor,
};
use support::{day, facts, policy, remembered};
use uuid::Uuid;

const NAME: &str = "give 1 to 200 characters without control characters";

fn profile() -> Profile {
    Profile {
        name: "Lakeside Water".into(),
        roles: [Role::Operator, Role::Finder].into(),
        sectors: ["water-and-wastewater".to_owned()].into(),
        country: Some("US".into()),
        ..Profile::default()
    }
}

fn enrol(profile: Profile) -> party::Command {
    party::Command::Enrol { org: org(OPERATOR), profile }
}

fn add(number: u128, roles: &[Role]) -> party::Command {
    let roles = roles.iter().copied().collect();
    let principal = Principal { id: principal(number), name: "Dana".into(), person: true, roles };
    party::Command::AddPrincipal { principal }
}

fn of_party(
    state: &Organisation,
    actor: &Actor,
    command: party::Command,
) -> Result<Vec<party::Event>, Refusal> {
    let policy = policy();
    party::decide(state, command, &facts(&policy, actor, day(0)))
}

#[track_caller]
fn party_says(state: &Organisation, actor: &Actor, command: party::Command, words: &str) {
    assert_eq!(of_party(state, actor, command).expect_err("must be refused").to_string(), words);
}

fn fold<A: Aggregate>(state: A, events: &[A::Event]) -> A {
    let meta = Meta { at: day(0), actor: "test".into(), version: 1 };
    events.iter().fold(state, |state, event| state.evolve(&meta, event))
}

fn enrolled() -> Organisation {
    fold(Organisation::default(), &of_party(&Organisation::default(), &alice(), enrol(profile())).unwrap())
}

/// Two coordinators are two people, so none of them makes another.
#[test]
fn coordinators_are_made_at_the_machine_only() {
    let words = "you may see this but not do that: coordinators are enrolled and given credentials by `forewarn admin` at \
        the machine only";
    let centre = Profile { roles: [Role::Coordinator].into(), ..profile() };
    party_says(&Organisation::default(), &alice(), enrol(centre.clone()), words);
    assert!(of_party(&Organisation::default(), &Actor::System, enrol(centre)).is_ok());
}

#[test]
fn coordinators_with_the_admin_scope_and_the_service_enrol() {
    let new = Organisation::default();
    assert!(of_party(&new, &Actor::System, enrol(profile())).is_ok());
    let words = "you may see this but not do that: enrolling needs a coordinator with the admin scope";
    for actor in [operator(), vendor(), Actor::Public, scoped(alice(), &[Scope::Cases, Scope::Findings])] {
        party_says(&new, &actor, enrol(profile()), words);
        party_says(&enrolled(), &actor, add(1, &[Role::Finder]), words);
    }
    party_says(&enrolled(), &alice(), enrol(profile()), "this organisation is already enrolled");
    let not_there = "there is no such thing, or it is not yours to see";
    party_says(&new, &alice(), add(1, &[Role::Finder]), not_there);
}

#[test]
fn a_profile_is_checked() {
    let refused = |change: fn(&mut Profile), words: &str| {
        let mut profile = profile();
        change(&mut profile);
        party_says(&Organisation::default(), &alice(), enrol(profile), words);
    };
    refused(|p| p.name = " ".into(), &format!("/name: {NAME}"));
    refused(|p| p.name = "Lakeside\u{7}Water".into(), &format!("/name: {NAME}"));
    refused(|p| p.name = "ü".repeat(201), &format!("/name: {NAME}"));
    refused(|p| p.roles.clear(), "/roles: give at least one role");
    refused(
        |p| p.sectors = ["alchemy".to_owned()].into(),
        "/sectors: unknown sector code; the policy profile lists them",
    );
    refused(|p| p.sectors.clear(), "/sectors: an operator needs at least one sector");
    refused(|p| p.country = Some("us".into()), "/country: give an ISO 3166-1 alpha-2 code such as US");
    refused(|p| p.country = Some("USA".into()), "/country: give an ISO 3166-1 alpha-2 code such as US");
    let vendor = Profile { roles: [Role::Vendor].into(), sectors: [].into(), country: None, ..profile() };
    assert!(of_party(&Organisation::default(), &alice(), enrol(vendor)).is_ok());
    let longest = Profile { name: "ü".repeat(200), ..profile() };
    assert!(of_party(&Organisation::default(), &alice(), enrol(longest)).is_ok());
}

#[test]
fn people_have_roles_within_those_of_their_organisation() {
    let state = enrolled();
    let roles = "/roles: give at least one role, all within those of the organisation";
    party_says(&state, &alice(), add(1, &[]), roles);
    party_says(&state, &alice(), add(1, &[Role::Operator, Role::Coordinator]), roles);
    let nameless =
        Principal { id: principal(1), name: String::new(), person: true, roles: [Role::Finder].into() };
    party_says(
        &state,
        &alice(),
        party::Command::AddPrincipal { principal: nameless },
        &format!("/name: {NAME}"),
    );
    let state = fold(state.clone(), &of_party(&state, &alice(), add(1, &[Role::Operator])).unwrap());
    party_says(&state, &alice(), add(1, &[Role::Finder]), "this principal already exists");
    let facets = state.facets();
    assert_eq!(facets.relations, [(org(OPERATOR), Relation::Owner)].into());
    let unique: Vec<_> = facets.keys.iter().filter(|k| k.unique).map(|k| k.value.clone()).collect();
    assert_eq!(
        unique,
        ["lakeside water".to_owned(), principal(1).to_string()],
        "one organisation for a name"
    );
}

fn grant(kind: CredentialKind, expires_at: Timestamp) -> Grant {
    Grant {
        id: CredentialId(Uuid::from_u128(0xC1)),
        kind,
        principal: principal(OPERATOR + 1),
        org: org(OPERATOR),
        scopes: [Scope::Notices].into(),
        secret_sha256: "cd".repeat(32),
        expires_at,
    }
}

fn issue(kind: CredentialKind, expires_at: Timestamp) -> credential::Command {
    credential::Command::Issue { grant: grant(kind, expires_at) }
}

fn attempt(
    state: &Credential,
    actor: &Actor,
    command: credential::Command,
    now: Timestamp,
) -> Result<Vec<credential::Event>, Refusal> {
    let policy = policy();
    credential::decide(state, command, &facts(&policy, actor, now))
}

#[track_caller]
fn says(state: &Credential, actor: &Actor, command: credential::Command, words: &str) {
    assert_eq!(attempt(state, actor, command, day(0)).expect_err("must be refused").to_string(), words);
}

fn issued(kind: CredentialKind) -> Credential {
    let events = attempt(&Credential::default(), &Actor::System, issue(kind, day(7)), day(0)).unwrap();
    fold(Credential::default(), &events)
}

fn use_link() -> credential::Command {
    credential::Command::UseLink { session: CredentialId(Uuid::from_u128(0x5E)) }
}

const NOT_THERE: &str = "there is no such thing, or it is not yours to see";

#[test]
fn credentials_are_issued_by_who_may_and_for_a_time() {
    let new = Credential::default();
    let words =
        "you may see this but not do that: issuing credentials needs a coordinator with the admin scope";
    for actor in [operator(), finder(), Actor::Public, scoped(alice(), &[Scope::Cases])] {
        says(&new, &actor, issue(CredentialKind::Token, day(1)), words);
    }
    assert!(attempt(&new, &Actor::System, issue(CredentialKind::Token, day(1)), day(0)).is_ok());
    let lifetime = "/expires_at: must be in the future and within 366 days";
    let longest = day(366);
    for expires_at in
        [day(0), day(-1), longest + SignedDuration::from_secs(1), Timestamp::MAX, Timestamp::MIN]
    {
        says(&new, &Actor::System, issue(CredentialKind::Token, expires_at), lifetime);
    }
    assert!(attempt(&new, &Actor::System, issue(CredentialKind::Token, longest), day(0)).is_ok());
    let session = "a session is opened by a sign-in link, not issued";
    says(&new, &Actor::System, issue(CredentialKind::Session, day(1)), session);
    let scopeless = Grant { scopes: [].into(), ..grant(CredentialKind::Token, day(1)) };
    says(
        &new,
        &Actor::System,
        credential::Command::Issue { grant: scopeless },
        "/scopes: give at least one scope",
    );
    let token = issued(CredentialKind::Token);
    says(&token, &Actor::System, issue(CredentialKind::Token, day(1)), "this credential was already issued");
    // One coordinator must not become a vendor that consents, or an operator that reads.
    let words = "you may see this but not do that: credentials of others are given by `forewarn admin` at the machine \
                 only: whoever holds one acts as them";
    says(&new, &alice(), issue(CredentialKind::Token, day(1)), words);
    says(&new, &alice(), issue(CredentialKind::SignInLink, day(1)), words);
    let Actor::Member(member) = alice() else { panic!("a member") };
    let own = Grant { principal: member.principal, org: member.org, ..grant(CredentialKind::Token, day(1)) };
    assert!(attempt(&new, &alice(), credential::Command::Issue { grant: own }, day(0)).is_ok());
}

#[test]
fn a_credential_works_until_it_expires_or_is_revoked() {
    let token = issued(CredentialKind::Token);
    assert!(token.usable(day(0)) && token.usable(day(7) - SignedDuration::from_nanos(1)));
    assert!(!token.usable(day(7)), "not at the moment itself");
    let revoked =
        fold(token.clone(), &attempt(&token, &alice(), credential::Command::Revoke, day(1)).unwrap());
    assert!(!revoked.usable(day(1)));
    assert_eq!(
        attempt(&revoked, &alice(), credential::Command::Revoke, day(2)),
        Ok(vec![]),
        "once is enough"
    );
    assert!(!Credential::default().usable(day(0)));
    let states = [&token, &revoked].map(|credential| credential.facets().state);
    assert_eq!(states, ["issued", "revoked"]);
}

#[test]
fn a_credential_is_revoked_by_its_holder_or_an_administrator() {
    let token = issued(CredentialKind::Token);
    for actor in [operator(), scoped(operator(), &[]), bob(), Actor::System] {
        assert!(attempt(&token, &actor, credential::Command::Revoke, day(1)).is_ok(), "{actor:?}");
    }
    let colleague = member(OPERATOR, 2, Role::Operator, true);
    for actor in [colleague, finder(), Actor::Public, scoped(member(CENTRE, 1, Role::Coordinator, true), &[])]
    {
        says(&token, &actor, credential::Command::Revoke, NOT_THERE);
    }
    says(&Credential::default(), &alice(), credential::Command::Revoke, NOT_THERE);
}

#[test]
fn a_sign_in_link_is_used_once() {
    let link = issued(CredentialKind::SignInLink);
    let used = fold(link.clone(), &attempt(&link, &Actor::Public, use_link(), day(1)).unwrap());
    assert_eq!((used.usable(day(1)), used.facets().state.as_str()), (false, "used"));
    assert_eq!(used.session, Some(CredentialId(Uuid::from_u128(0x5E))), "whoever revokes the link ends it");
    assert_eq!(attempt(&used, &Actor::Public, use_link(), day(1)), Err(Refusal::NotFound));
    assert_eq!(attempt(&link, &Actor::Public, use_link(), day(7)), Err(Refusal::NotFound), "expired");
    let revoked = fold(link.clone(), &attempt(&link, &alice(), credential::Command::Revoke, day(1)).unwrap());
    assert_eq!(attempt(&revoked, &Actor::Public, use_link(), day(1)), Err(Refusal::NotFound));
    for other in [issued(CredentialKind::Token), Credential::default()] {
        assert_eq!(attempt(&other, &Actor::Public, use_link(), day(1)), Err(Refusal::NotFound), "no link");
    }
}

#[test]
fn a_session_is_opened_on_a_stream_of_its_own() {
    let open = |kind, expires_at| credential::Command::OpenSession { grant: grant(kind, expires_at) };
    let new = Credential::default();
    let session = fold(
        new.clone(),
        &attempt(&new, &Actor::Public, open(CredentialKind::Session, day(1)), day(0)).unwrap(),
    );
    assert!(session.usable(day(0)) && !session.usable(day(1)));
    says(&new, &Actor::Public, open(CredentialKind::Token, day(1)), NOT_THERE);
    says(&new, &Actor::Public, open(CredentialKind::Session, day(0)), NOT_THERE);
    let taken = "this credential was already issued";
    says(&issued(CredentialKind::Token), &Actor::Public, open(CredentialKind::Session, day(1)), taken);
    // Signing out.
    let out =
        fold(session.clone(), &attempt(&session, &operator(), credential::Command::Revoke, day(0)).unwrap());
    assert!(!out.usable(day(0)));
}

proptest! {
    #![proptest_config(remembered("party_rules", 500))]

    #[test]
    fn nothing_makes_a_spent_credential_work_again(
        kind in proptest::sample::select(vec![CredentialKind::Token, CredentialKind::SignInLink]),
        attempts in proptest::collection::vec((0..4_u8, 0..10_i64, support::random::anybody()), 0..20),
    ) {
        let mut state = issued(kind);
        let mut uses = 0;
        let mut spent = false;
        for (what, now, actor) in attempts {
            let command = match what {
                0 => use_link(),
                1 => issue(kind, day(300)),
                2 => credential::Command::OpenSession { grant: grant(CredentialKind::Session, day(300)) },
                _ => credential::Command::Revoke,
            };
            let events = attempt(&state, &actor, command, day(now)).unwrap_or_default();
            let reissued = events.iter().any(|e| matches!(e, credential::Event::CredentialIssued { .. }));
            prop_assert!(!reissued);
            uses += events.iter().filter(|e| matches!(e, credential::Event::SignInLinkUsed { .. })).count();
            state = fold(state, &events);
            spent |= !events.is_empty();
            prop_assert_eq!(state.usable(day(now)), !spent && now < 7);
        }
        prop_assert!(uses <= usize::from(kind == CredentialKind::SignInLink));
    }
}

fn contacts() -> Contacts {
    Contacts {
        mail: Some("desk@lake.example".into()),
        second_mail: Some("duty@lake.example".into()),
        phones: vec!["Night desk, +1 555 0100".into()],
        webhook: Some(Webhook { url: "https://lake.example/hook".into(), secret: Uuid::from_u128(1) }),
        quiet: Some(QuietHours {
            zone: "America/Chicago".into(),
            from: "22:00".parse().unwrap(),
            to: "06:00".parse().unwrap(),
        }),
        preferred: Some(Way::Mail),
    }
}

fn set(contacts: Contacts) -> party::Command {
    party::Command::SetContacts { contacts }
}

#[test]
fn an_organisations_own_administrators_say_how_it_is_reached() {
    let not_there = "there is no such thing, or it is not yours to see";
    for actor in [alice(), finder(), Actor::Public, scoped(operator(), &[Scope::Notices])] {
        party_says(&enrolled(), &actor, set(contacts()), not_there);
    }
    party_says(&Organisation::default(), &operator(), set(contacts()), not_there);
    let events = of_party(&enrolled(), &operator(), set(contacts())).unwrap();
    let known = fold(enrolled(), &events);
    assert_eq!(known.contacts, contacts());
    assert_eq!(known.ways(day(0)), [Way::Webhook, Way::Mail, Way::SecondMail].into());
    assert_eq!(of_party(&known, &operator(), set(contacts())), Ok(vec![]));
    assert!(of_party(&known, &Actor::System, set(Contacts::default())).is_ok());
}

#[test]
fn contacts_are_checked() {
    let refused = |change: fn(&mut Contacts), words: &str| {
        let mut contacts = contacts();
        change(&mut contacts);
        party_says(&enrolled(), &operator(), set(contacts), words);
    };
    let address = "give a plain mail address such as desk@example.org";
    for wrong in [
        "",
        "desk",
        "desk@",
        "@x.example",
        "a b@x.example",
        "a@x..example",
        "a..b@x.example",
        "a@[1.2.3.4]",
        "a@x.example\r\nBcc: b@x.example",
        "\"a\"@x.example",
        "\u{fc}@x.example",
    ] {
        let wrong = Contacts { mail: Some(wrong.into()), ..contacts() };
        party_says(&enrolled(), &operator(), set(wrong), &format!("/mail: {address}"));
    }
    refused(
        |c| c.second_mail = Some(format!("{}@x.example", "a".repeat(65))),
        &format!("/second_mail: {address}"),
    );
    let lines = "/phones: give at most 20 lines of 1 to 200 characters without control characters";
    refused(|c| c.phones = vec![" ".into()], lines);
    refused(|c| c.phones = vec!["+1\u{7}".into()], lines);
    refused(|c| c.phones = vec!["+1".into(); 21], lines);
    let url = "/webhook: give an http or https URL of at most 2,000 printable ASCII characters";
    let hook = |url: String| Some(Webhook { url, secret: Uuid::from_u128(1) });
    for wrong in
        ["ftp://x.example".to_owned(), "https://x y".into(), format!("https://{}", "x".repeat(2_000))]
    {
        party_says(&enrolled(), &operator(), set(Contacts { webhook: hook(wrong), ..contacts() }), url);
    }
    refused(
        |c| {
            c.mail = None;
        },
        "/preferred: give a way that is set: webhook, mail or second-mail",
    );
    refused(
        |c| c.quiet.as_mut().unwrap().zone = "Moon/Crater".into(),
        "/quiet/zone: unknown time zone; give an IANA name such as Europe/Berlin",
    );
    let minutes = "/quiet/to: give quiet hours of one minute to 14 hours, to the minute";
    refused(|c| c.quiet.as_mut().unwrap().to = "22:00".parse().unwrap(), minutes);
    refused(|c| c.quiet.as_mut().unwrap().to = "12:01".parse().unwrap(), minutes);
    refused(|c| c.quiet.as_mut().unwrap().to = "06:00:30".parse().unwrap(), minutes);
}

fn note(taken: bool) -> party::Command {
    party::Command::NoteWebhook { taken }
}

#[test]
fn a_webhook_that_fails_for_long_is_given_up_until_it_is_set_again() {
    let policy = policy();
    let mut org = fold(enrolled(), &[party::Event::ContactsSet { contacts: contacts() }]);
    let at = |hours: i64, taken: bool, org: &mut Organisation| {
        let now = support::hour(hours);
        let events = party::decide(org, note(taken), &facts(&policy, &Actor::System, now)).unwrap();
        let meta = Meta { at: now, actor: "system".into(), version: 1 };
        *org = events.iter().fold(std::mem::take(org), |org, event| org.evolve(&meta, event));
        events
    };
    assert_eq!(at(0, true, &mut org), []);
    assert_eq!(at(1, false, &mut org), [party::Event::WebhookFailing]);
    assert_eq!(at(2, false, &mut org), []);
    assert_eq!(at(3, true, &mut org), [party::Event::WebhookRecovered]);
    assert_eq!(at(4, false, &mut org), [party::Event::WebhookFailing]);
    assert_eq!(at(123, false, &mut org), []);
    assert_eq!(at(124, false, &mut org), [party::Event::WebhookDisabled]);
    assert_eq!(at(125, true, &mut org), []);
    assert_eq!(org.ways(day(0)), [Way::Mail, Way::SecondMail].into());
    assert!(org.facets().keys.iter().any(|key| key.name == "alarm"));
    party_says(&org, &operator(), note(true), "there is no such thing, or it is not yours to see");
    let again = of_party(&org, &operator(), set(contacts())).unwrap();
    let org = fold(org, &again);
    assert!(
        org.ways(day(0)).contains(&Way::Webhook) && !org.facets().keys.iter().any(|key| key.name == "alarm")
    );
}

#[test]
fn an_operator_names_a_relay_that_is_bound_and_takes_it_back() {
    let agreement = policy().profile.lead.agreement;
    let relay = |change: fn(&mut Profile)| {
        let mut profile =
            Profile { roles: [Role::Relay].into(), standing_consent: Some(agreement.clone()), ..profile() };
        change(&mut profile);
        let event = party::Event::OrganisationEnrolled { org: org(RELAY), profile };
        Box::new(fold(Organisation::default(), &[event]))
    };
    let name = |relay| party::Command::NameDelegate { relay, level: ContentLevel::Mitigation };
    let words = "/relay: give the id of another organisation that is a relay and signed the standing embargo agreement";
    for wrong in [
        relay(|p| p.roles = [Role::Operator].into()),
        relay(|p| p.standing_consent = None),
        relay(|p| p.standing_consent = Some("another/1".into())),
        Box::default(),
    ] {
        party_says(&enrolled(), &operator(), name(wrong), words);
    }
    let not_there = "there is no such thing, or it is not yours to see";
    party_says(&enrolled(), &alice(), name(relay(|_| {})), not_there);
    let named = of_party(&enrolled(), &operator(), name(relay(|_| {}))).unwrap();
    let with = fold(enrolled(), &named);
    assert_eq!(with.delegates.get(&org(RELAY)), Some(&ContentLevel::Mitigation));
    assert!(
        with.facets().keys.iter().any(|key| key.name == "delegate" && key.value == org(RELAY).to_string())
    );
    assert_eq!(of_party(&with, &operator(), name(relay(|_| {}))), Ok(vec![]));
    let remove = || party::Command::RemoveDelegate { relay: org(RELAY) };
    let without = fold(with.clone(), &of_party(&with, &operator(), remove()).unwrap());
    assert!(without.delegates.is_empty());
    assert_eq!(of_party(&without, &operator(), remove()), Ok(vec![]));
}

fn security_contact(contacts: &[&str]) -> party::SecurityContact {
    party::SecurityContact {
        contacts: contacts.iter().map(|&uri| uri.to_owned()).collect(),
        expires: day(100),
        encryption: vec![],
        policy: vec![],
        languages: vec!["en".into()],
        canonical: vec![],
        signed: false,
    }
}

#[test]
fn a_vendor_says_how_it_takes_part_or_a_coordinator_writes_it_down() {
    use forewarn_core::party::VendorMode;
    let mode = |mode| party::Command::SetVendorMode { mode };
    let maker = Profile { roles: [Role::Vendor].into(), sectors: [].into(), country: None, ..profile() };
    let known = fold(
        Organisation::default(),
        &[party::Event::OrganisationEnrolled { org: org(support::cast::VENDOR), profile: maker }],
    );
    for actor in [vendor(), alice(), Actor::System] {
        let events = of_party(&known, &actor, mode(VendorMode::PublicOnly)).unwrap();
        let changed = fold(known.clone(), &events);
        assert_eq!(changed.profile.vendor_mode, VendorMode::PublicOnly);
        assert_eq!(of_party(&changed, &actor, mode(VendorMode::PublicOnly)), Ok(vec![]));
    }
    for actor in [finder(), operator(), Actor::Public, scoped(vendor(), &[Scope::Cases])] {
        let not_there = "there is no such thing, or it is not yours to see";
        party_says(&known, &actor, mode(VendorMode::Firehose), not_there);
    }
    party_says(&enrolled(), &alice(), mode(VendorMode::Firehose), "only a vendor has a mode");
    let no_vendor = Profile { vendor_mode: VendorMode::Firehose, ..profile() };
    let enrol = party::Command::Enrol { org: org(OPERATOR), profile: no_vendor };
    party_says(&Organisation::default(), &alice(), enrol, "/vendor_mode: only a vendor has a mode");
}

#[test]
fn a_security_txt_is_used_while_it_holds_and_nothing_else_is_set() {
    let set_txt = |contact| party::Command::SetSecurityContact { contact };
    let good = security_contact(&["https://example.org/report", "mailto:security@example.org?subject=hello"]);
    let known = fold(enrolled(), &of_party(&enrolled(), &alice(), set_txt(good.clone())).unwrap());
    assert_eq!(known.ways(day(1)), [Way::Mail].into());
    assert_eq!(known.address(Way::Mail, day(1)), Some("security@example.org"));
    assert!(known.ways(day(100)).is_empty(), "it has expired");
    assert_eq!(of_party(&known, &alice(), set_txt(good.clone())), Ok(vec![]));
    let own = Contacts { mail: Some("desk@example.org".into()), ..Contacts::default() };
    let both = fold(known.clone(), &of_party(&known, &operator(), set(own)).unwrap());
    assert_eq!(both.address(Way::Mail, day(1)), Some("desk@example.org"), "its own word counts first");
    for odd in ["mailto:a@example.org,b@example.org", "mailto:%61@example.org", "tel:+1-201-555-0123"] {
        assert_eq!(security_contact(&[odd]).mail(day(1)), None);
    }
    let no_contact = "/contacts: a security.txt needs at least one contact: a mailto:, tel: or https: URI";
    for bad in [&[][..], &["http://example.org"], &["mailto:"], &["mailto:a b@example.org"]] {
        party_says(&enrolled(), &alice(), set_txt(security_contact(bad)), no_contact);
    }
    let stale = party::SecurityContact { expires: day(0), ..good.clone() };
    party_says(
        &enrolled(),
        &alice(),
        set_txt(stale),
        "/expires: this security.txt has expired; ask for a newer one",
    );
    let long = party::SecurityContact { policy: vec!["x".repeat(2_001)], ..good };
    let message = "give at most 20 values of each kind, each of at most 2,000 printable characters";
    let refused = of_party(&enrolled(), &alice(), set_txt(long)).unwrap_err().to_string();
    assert!(refused.contains(message), "{refused}");
    party_says(
        &enrolled(),
        &finder(),
        set_txt(security_contact(&["tel:1"])),
        "there is no such thing, or it is not yours to see",
    );
}
