//! Findings: what is taken in, what becomes of it, and which findings certainly have one root cause.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use forewarn_core::access::{Actor, Scope};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::finding::{
    Attachment, AttachmentKind, Command, Event, Finding, Location, MediaType, Received, Report, SourceFormat,
    commitment_of, decide, root_cause_keys,
};
use forewarn_core::ids::{AttachmentId, CaseId, FindingId, OrgId};
use forewarn_core::{Policy, Refusal};
use forewarn_exposure::{Ecosystem, Identity};
use proptest::prelude::*;
use support::cast::{FINDER, alice, auditor, finder, member, operator, org, scoped, stranger, vendor};
use support::history::{affected, affected_of, finding};
use support::{day, facts, policy, remembered};
use uuid::Uuid;

fn report() -> Report {
    Report {
        source: SourceFormat::Forewarn,
        source_pointer: None,
        external_id: Some("run-17/4".into()),
        aliases: vec![],
        title: "Overflow in a parser".into(),
        description: String::new(),
        weaknesses: vec!["CWE-787".into()],
        affected: vec![affected("parser")],
        severity: vec![],
        references: vec![],
        location: Some(Location {
            file: "src/parse.rs".into(),
            function: Some("read_length".into()),
            line: None,
        }),
        code: Default::default(),
        evidence: None,
        reproducer: None,
        mitigation: None,
        provenance: None,
        commitment: None,
        withdrawn: false,
    }
}

fn document(receipt: Option<&str>) -> Received {
    let receipt = receipt.map(str::to_owned);
    Received { document_sha256: "ab".repeat(32), part: 0, opening: None, receipt }
}

fn receive(report: Report) -> Command {
    Command::Receive {
        finding: finding(1),
        report: Box::new(report),
        received: document(None),
        duplicate_of: None,
    }
}

fn after(mut state: Finding, events: &[Event]) -> Finding {
    for event in events {
        let meta = Meta { at: day(0), actor: "test".into(), version: 1 };
        state = state.evolve(&meta, event);
    }
    state
}

fn received() -> Finding {
    after(Finding::default(), &attempt(&Finding::default(), &finder(), receive(report())).unwrap())
}

fn attempt(state: &Finding, actor: &Actor, command: Command) -> Result<Vec<Event>, Refusal> {
    let policy: Policy = policy();
    decide(state, command, &facts(&policy, actor, day(0)))
}

#[track_caller]
fn says(state: &Finding, actor: &Actor, command: Command, words: &str) {
    assert_eq!(attempt(state, actor, command).expect_err("must be refused").to_string(), words);
}

fn ask() -> Command {
    Command::AskInfo { question: "which version?".into() }
}
fn decline() -> Command {
    Command::Decline { reason: "no security boundary is crossed".into() }
}
fn accept() -> Command {
    Command::Accept { case: CaseId(Uuid::from_u128(0xCA5E)) }
}

#[test]
fn finders_and_coordinators_submit() {
    let new = Finding::default();
    for actor in [finder(), alice()] {
        let events = attempt(&new, &actor, receive(report())).unwrap();
        assert!(
            matches!(&events[..], [Event::FindingReceived { submitter, .. }] if actor.org() == Some(*submitter))
        );
    }
    let words =
        "you may see this but not do that: submitting needs a finder's credential with the findings scope";
    for actor in [vendor(), operator(), auditor(), Actor::System, scoped(finder(), &[Scope::Cases])] {
        says(&new, &actor, receive(report()), words);
    }
    let hidden = "there is no such thing, or it is not yours to see";
    says(&new, &Actor::Public, receive(report()), hidden);
    says(&received(), &finder(), receive(report()), "this finding was already received");
    let withdrawn = Report { withdrawn: true, ..report() };
    says(
        &new,
        &finder(),
        receive(withdrawn),
        "/withdrawn: the source withdrew this record; submit a live one",
    );
}

#[test]
fn a_duplicate_is_received_all_the_same() {
    let Command::Receive { finding: id, report, received, .. } = receive(report()) else { panic!() };
    let duplicate_of = Some((finding(9), "the same vulnerability id".to_owned()));
    let command = Command::Receive { finding: id, report, received, duplicate_of };
    let events = attempt(&Finding::default(), &finder(), command).unwrap();
    let state = after(Finding::default(), &events);
    assert_eq!((events.len(), state.facets().state.as_str()), (2, "duplicate"));
    assert!(state.report.is_some(), "the report itself is kept");
    // A coordinator may think otherwise.
    assert!(attempt(&state, &alice(), accept()).is_ok());
}

#[test]
fn triage_goes_on_until_it_is_decided() {
    let new = received();
    assert_eq!(new.facets().state, "received");
    let asked = after(new.clone(), &attempt(&new, &alice(), ask()).unwrap());
    assert_eq!(asked.facets().state, "needs-info");
    for (command, state) in [(accept(), "accepted"), (decline(), "declined")] {
        let decided = after(asked.clone(), &attempt(&asked, &alice(), command).unwrap());
        assert_eq!(decided.facets().state, state);
        says(&decided, &alice(), ask(), &format!("asking the finder is not possible while it is {state}"));
        says(&decided, &alice(), decline(), &format!("declining is not possible while it is {state}"));
        says(
            &decided,
            &alice(),
            accept(),
            &format!("accepting into a case is not possible while it is {state}"),
        );
    }
    let text = "give a text of 1 to 20,000 characters";
    says(&new, &alice(), Command::AskInfo { question: " ".into() }, &format!("/question: {text}"));
    says(&new, &alice(), Command::Decline { reason: String::new() }, &format!("/reason: {text}"));
}

#[test]
fn who_may_not_triage_learns_nothing() {
    let not_there = "there is no such thing, or it is not yours to see";
    for command in [ask(), decline(), accept()] {
        let work = "you may see this but not do that: triage is a coordinator's work";
        says(&received(), &finder(), command.clone(), work);
        for outsider in
            [operator(), member(0x301, 1, forewarn_core::access::Role::Finder, true), Actor::Public]
        {
            says(&received(), &outsider, command.clone(), not_there);
            says(&Finding::default(), &outsider, command.clone(), not_there);
        }
        says(&Finding::default(), &alice(), command, not_there);
    }
    assert!(attempt(&received(), &stranger(), ask()).is_ok(), "triage is shared work of all coordinators");
}

#[test]
fn a_declined_finding_is_not_found_by_its_root_cause() {
    let count = |state: &Finding| state.facets().keys.iter().filter(|key| key.name == "root-cause").count();
    let new = received();
    assert_eq!(count(&new), 1);
    let declined = after(new.clone(), &attempt(&new, &alice(), decline()).unwrap());
    assert_eq!(count(&declined), 0);
    let document = Finding::document_key(org(FINDER), &"ab".repeat(32), 0);
    for state in [&new, &declined] {
        assert!(
            state.facets().keys.iter().any(|key| key.unique && key.value == document),
            "sent again, it is known"
        );
    }
    assert_ne!(document, Finding::document_key(org(FINDER), &"ab".repeat(32), 1));
    assert_ne!(document, Finding::document_key(org(0x301), &"ab".repeat(32), 0));
}

fn digests(report: &Report) -> BTreeSet<String> {
    root_cause_keys(report).into_iter().map(|key| key.digest).collect()
}

fn same_cause(one: &Report, other: &Report) -> bool {
    !digests(one).is_disjoint(&digests(other))
}

fn with_id(id: &str) -> Report {
    Report { external_id: Some(id.into()), location: None, ..report() }
}

#[test]
fn an_id_of_one_vulnerability_is_a_sign_in_whatever_place_and_case() {
    for id in ["CVE-2026-12345", "GHSA-jf66-3q76-h5p5", "RUSTSEC-2021-0001", "GO-2020-0001", "PYSEC-2021-9"] {
        let alias = Report { aliases: vec!["x-1".into(), id.to_lowercase()], ..with_id("run-3") };
        assert!(same_cause(&with_id(id), &alias), "{id}");
        assert!(!same_cause(&with_id(id), &with_id("CVE-2026-99999")), "{id}");
    }
}

#[test]
fn placeholders_and_ids_of_bundles_and_finders_are_no_sign() {
    let none = [
        "CVE-",
        "CVE-PENDING",
        "CVE-2026-XXXX",
        "CVE-2026-",
        "CVE-0000-0000",
        "CVE-2026-0000",
        "cve",
        "",
        "GHSA-",
        "GHSA-xxxx-xxxx-xxxx",
        "GHSA-jf66-3q76",
        "RUSTSEC-0000-0000",
        "GO-TBD",
        "DSA-5000-1",
        "ICSA-26-001-01",
        "run-1",
        "CVE 2026 12345",
        "CVE-26-12345",
        "CVE-2026-12345-1",
    ];
    for id in none {
        assert_eq!(digests(&with_id(id)), BTreeSet::new(), "{id}");
    }
}

#[test]
fn a_place_is_a_sign_with_weakness_file_function_and_package() {
    let one = report();
    let other = |change: fn(&mut Report)| {
        let mut other = Report { title: "Out of bounds write".into(), ..report() };
        change(&mut other);
        other
    };
    let at = |file: &str, function: Option<&str>| {
        let location = Location { file: file.into(), function: function.map(str::to_owned), line: None };
        Report { location: Some(location), ..report() }
    };
    assert!(same_cause(&one, &other(|r| r.external_id = None)), "the words do not matter");
    assert!(same_cause(&one, &other(|r| r.affected[0].versions.clear())), "nor do the versions");
    assert!(!same_cause(&one, &other(|r| r.weaknesses = vec!["CWE-125".into()])));
    assert!(!same_cause(&one, &other(|r| r.affected = vec![affected("lexer")])));
    assert!(!same_cause(&one, &at("src/lex.rs", Some("read_length"))));
    assert!(!same_cause(&one, &at("src/parse.rs", Some("read"))));
    assert!(!same_cause(&at("src/parse", Some(".rsread_length")), &at("src/parse.rs", Some("read_length"))));
    for vague in [at("src/parse.rs", None), at("src/parse.rs", Some(" ")), at("", Some("main"))] {
        assert_eq!(digests(&vague), BTreeSet::new(), "too vague to be sure");
    }
}

#[test]
fn a_product_cannot_be_named_to_look_like_another_or_like_a_package() {
    let of = |identity| Report { affected: vec![affected_of(&identity, &[])], ..report() };
    let npm = of(Identity::package(Ecosystem::Npm, "parser"));
    let alike = [
        (npm, of(Identity::product("npm", "parser"))),
        (of(Identity::product("acme pump", "parser")), of(Identity::product("acme", "pump parser"))),
    ];
    for (one, other) in alike {
        assert!(!same_cause(&one, &other), "{:?} {:?}", one.affected, other.affected);
    }
}

proptest! {
    #![proptest_config(remembered("finding_rules", 500))]

    #[test]
    fn the_order_of_words_does_not_matter(
        ids in Just(["CVE-2026-1", "x-9", "GO-2026-0002", "GHSA-jf66-3q76-h5p5"]).prop_shuffle(),
        weaknesses in Just(["CWE-787", "CWE-125", "CWE-20"]).prop_shuffle(),
        packages in Just(["parser", "lexer"]).prop_shuffle(),
        first_is_external in any::<bool>(),
    ) {
        let plain = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let base = |ids: &[&str], weaknesses: &[&str], packages: &[&str], external: bool| Report {
            external_id: external.then(|| ids[0].to_owned()),
            aliases: plain(if external { &ids[1..] } else { ids }),
            weaknesses: plain(weaknesses),
            affected: packages.iter().map(|name| affected(name)).collect(),
            ..report()
        };
        let sorted = base(
            &["CVE-2026-1", "GHSA-jf66-3q76-h5p5", "GO-2026-0002", "x-9"],
            &["CWE-125", "CWE-20", "CWE-787"],
            &["lexer", "parser"],
            true,
        );
        let shuffled = base(&ids, &weaknesses, &packages, first_is_external);
        prop_assert_eq!(root_cause_keys(&sorted), root_cause_keys(&shuffled));
        prop_assert_eq!(root_cause_keys(&sorted).len(), 3 + 3 * 2);
    }
}

#[test]
fn promotion_and_keeping_apart_have_rules() {
    let new = received();
    let other = FindingId(Uuid::from_u128(0xF00D));
    let own = new.id.unwrap();
    let mark = |of| Command::MarkDuplicate { of, why: "the same".into() };
    says(
        &new,
        &alice(),
        Command::Promote { instead_of: other, stands_for: BTreeSet::new() },
        "only a duplicate of the declined finding takes its place",
    );
    says(&new, &alice(), mark(own), "a finding is not a duplicate of itself");
    says(&new, &alice(), Command::KeepApart { other: own }, "a finding cannot be kept apart from itself");
    let case = CaseId(Uuid::from_u128(0xCA5E));
    says(
        &new,
        &alice(),
        Command::Move { case },
        "moving to another case is not possible while it is received",
    );
    let declined = after(new.clone(), &attempt(&new, &alice(), decline()).unwrap());
    says(
        &declined,
        &alice(),
        Command::NoteDuplicate { by: other },
        "following is not possible while it is declined",
    );
    says(&declined, &alice(), mark(other), "marking as a duplicate is not possible while it is declined");
    let duplicate = after(new.clone(), &attempt(&new, &alice(), mark(other)).unwrap());
    let promote = Command::Promote { instead_of: other, stands_for: BTreeSet::new() };
    let promoted = after(duplicate.clone(), &attempt(&duplicate, &alice(), promote).unwrap());
    assert_eq!(promoted.outcome.as_str(), "promoted");
    assert!(promoted.facets().keys.iter().any(|key| key.name == "stands-for"));
    says(
        &declined,
        &alice(),
        Command::Promote { instead_of: other, stands_for: BTreeSet::new() },
        "promoting is not possible while it is declined",
    );
    let apart = after(new.clone(), &attempt(&new, &alice(), Command::KeepApart { other }).unwrap());
    assert_eq!(attempt(&apart, &alice(), Command::KeepApart { other }), Ok(vec![]), "said once");
}

fn file(number: u8, size: u64) -> Attachment {
    Attachment {
        id: AttachmentId(Uuid::from_u128(u128::from(number))),
        kind: AttachmentKind::Trace,
        media_type: MediaType::Text,
        size,
        sha256: format!("{number:064x}"),
    }
}

fn attach(number: u8, size: u64) -> Command {
    Command::Attach { attachment: file(number, size) }
}

#[test]
fn its_submitter_adds_files_within_limits() {
    let mut state = received();
    assert_eq!(attempt(&state, &finder(), attach(1, 5)).unwrap().len(), 1);
    let only = "you may see this but not do that: only who submitted a finding adds files to it";
    says(&state, &alice(), attach(1, 5), only);
    for outsider in [vendor(), operator(), auditor(), Actor::Public] {
        says(&state, &outsider, attach(1, 5), "there is no such thing, or it is not yours to see");
    }
    says(&Finding::default(), &finder(), attach(1, 5), "there is no such thing, or it is not yours to see");
    says(&state, &finder(), attach(1, 0), "/: the file is empty");
    says(&state, &finder(), attach(1, (16 << 20) + 1), "/: a file has at most 16 MiB");
    let rule = "a finding has at most 20 files and 64 MiB of them";
    for number in 1..=4 {
        state = after(state.clone(), &attempt(&state, &finder(), attach(number, 16 << 20)).unwrap());
    }
    says(&state, &finder(), attach(5, 1), rule);
    assert_eq!(
        attempt(&state, &finder(), attach(4, 16 << 20)).unwrap(),
        [],
        "the same file is there already"
    );
    let mut many = received();
    for number in 1..=20 {
        many = after(many.clone(), &attempt(&many, &finder(), attach(number, 1)).unwrap());
    }
    says(&many, &finder(), attach(21, 1), rule);
}

#[test]
fn two_people_give_a_vendor_the_proof_of_concept() {
    use support::cast::{VENDOR, bob, bot};
    let give = || Command::GiveProof { vendor: org(VENDOR) };
    let state = received();
    let only = "you may see this but not do that: only coordinators give a vendor the proof of concept";
    says(&state, &finder(), give(), only);
    says(&state, &vendor(), give(), "there is no such thing, or it is not yours to see");
    says(&state, &bot(), give(), "you may see this but not do that: this needs a person");
    let once = after(state.clone(), &attempt(&state, &alice(), give()).unwrap());
    let holds = |state: &Finding| {
        state.facets().relations.iter().any(|(_, relation)| relation.as_str() == "proof-holder")
    };
    assert!(!holds(&once), "one person is not enough");
    says(&once, &alice(), give(), "you approved this already; another person is needed");
    let twice = after(once.clone(), &attempt(&once, &bob(), give()).unwrap());
    assert!(holds(&twice));
    says(&twice, &support::cast::carol(), give(), "this vendor has the proof of concept");
}

#[test]
fn what_is_missing_is_asked_for_with_its_place() {
    for (source, pointer, place) in [
        (SourceFormat::Osv, None, "/affected"),
        (SourceFormat::Csaf, Some("/vulnerabilities/2"), "/vulnerabilities/2/product_status"),
        (SourceFormat::Cve, None, "/containers/cna/affected"),
        (SourceFormat::Sarif, Some("/runs/1/results/7"), "/runs/1/versionControlProvenance"),
    ] {
        let bare =
            Report { affected: vec![], source, source_pointer: pointer.map(str::to_owned), ..report() };
        let events = attempt(&Finding::default(), &finder(), receive(bare)).unwrap();
        let Event::FindingNeedsInfo { place: asked, .. } = &events[1] else { panic!("{events:?}") };
        assert_eq!(asked.as_deref(), Some(place));
        let state = after(Finding::default(), &events);
        assert_eq!(state.facets().state, "needs-info");
        assert!(attempt(&state, &alice(), accept()).is_ok(), "a coordinator may know the answer");
    }
}

#[test]
fn without_an_account_only_where_the_policy_takes_it() {
    let text = forewarn_core::policy::DEFAULT_PROFILE.replace("anonymous = false", "anonymous = true");
    let open = Policy::parse(&text).unwrap();
    let command = |receipt: &str| Command::Receive {
        finding: finding(1),
        report: Box::new(report()),
        received: document(Some(receipt)),
        duplicate_of: None,
    };
    let sent = |receipt: &str| {
        let events = decide(&Finding::default(), command(receipt), &facts(&open, &Actor::Public, day(0)));
        after(Finding::default(), &events.unwrap())
    };
    let (one, other) = (sent("a"), sent("b"));
    assert_eq!(one.submitter, Some(OrgId::NOBODY));
    let unique =
        |state: &Finding| state.facets().keys.into_iter().filter(|key| key.unique).collect::<BTreeSet<_>>();
    assert!(unique(&one).is_disjoint(&unique(&other)), "the same document of two people is two findings");
    assert!(!forewarn_core::access::may_submit_anonymously(&finder(), &open), "who has an account uses it");
    assert!(!forewarn_core::access::may_submit_anonymously(&Actor::Public, &policy()));
}

/// The same bytes by another program: `printf 'forewarn finding commitment 1\n' ...` into `openssl dgst -sha3-256`.
#[test]
fn a_commitment_is_what_other_programs_compute() {
    let salt: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let hash = hex::encode(commitment_of(&salt, br#"{"forewarn":"finding/1"}"#));
    assert_eq!(hash, "b129c6f33024f8ddc050156660ca70b4635078c91fc6d3283aae2c2282dc180a");
    assert_ne!(commitment_of(&[0; 32], b"{}"), commitment_of(&[1; 32], b"{}"));
}
