//! Who gets a notice, what an operator says it runs, and the profile that the numbers come from.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Policy;
use forewarn_core::access::{Actor, Relation, Scope};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::ids::OrgId;
use forewarn_core::inventory::{Holding, Snapshot, decide, stream_key};
use forewarn_core::policy::{DEFAULT_PROFILE, PolicyProblem};
use forewarn_core::sharing::{Audience, Candidate, ContentLevel, ExposureLine, recipients};
use forewarn_exposure::Confidence;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use support::cast::{OPERATOR, RELAY, alice, finder, operator, org, relay, scoped};
use support::history::{everybody, orgs};
use support::inbox::line;
use support::{day, facts, policy, remembered};

const CONFIDENCES: [Confidence; 4] =
    [Confidence::NeedsPerson, Confidence::ProductOnly, Confidence::Range, Confidence::Exact];

fn candidate(of: u128, exposure: &[(&str, Confidence)]) -> Candidate {
    Candidate {
        org: org(of),
        sectors: ["energy".to_owned()].into(),
        country: Some("US".into()),
        standing_consent: false,
        exposure: exposure.iter().map(|(asset, confidence)| line(asset, *confidence)).collect(),
    }
}

fn told(audience: &Audience, candidates: &[Candidate], already: &[u128]) -> Vec<OrgId> {
    recipients(audience, candidates, &orgs(already)).into_iter().map(|recipient| recipient.org).collect()
}

fn audience(sectors: &[&str], countries: &[&str], least_confidence: Confidence) -> Audience {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Audience { sectors: set(sectors), countries: set(countries), least_confidence, ..everybody() }
}

#[test]
fn an_audience_is_sector_country_and_confidence() {
    let one = [candidate(1, &[("pump", Confidence::Range)])];
    let admits = |sectors: &[&str], countries: &[&str], least| {
        !told(&audience(sectors, countries, least), &one, &[]).is_empty()
    };
    assert!(admits(&[], &[], Confidence::Range), "empty means every");
    assert!(admits(&["water-and-wastewater", "energy"], &["US", "CA"], Confidence::NeedsPerson));
    assert!(!admits(&["water-and-wastewater"], &[], Confidence::Range));
    assert!(!admits(&[], &["CA"], Confidence::Range));
    assert!(!admits(&[], &[], Confidence::Exact));
    let nowhere = [Candidate { country: None, ..one[0].clone() }];
    assert_eq!(told(&audience(&[], &["US"], Confidence::Range), &nowhere, &[]), []);
    assert_eq!(told(&everybody(), &nowhere, &[]), [org(1)]);
}

#[test]
fn only_the_exposure_that_is_sure_enough_is_told() {
    let mixed =
        candidate(1, &[("b", Confidence::Exact), ("a", Confidence::Range), ("c", Confidence::ProductOnly)]);
    let chosen = recipients(&everybody(), std::slice::from_ref(&mixed), &BTreeSet::new());
    let assets: Vec<_> = chosen[0].exposure.iter().map(|line| line.asset.as_str()).collect();
    assert_eq!(assets, ["a", "b"]);
    assert!(!chosen[0].consented);
    let signed = [Candidate { standing_consent: true, ..mixed }];
    assert!(recipients(&everybody(), &signed, &BTreeSet::new())[0].consented);
}

#[test]
fn who_was_told_or_runs_nothing_of_it_is_not_told() {
    let exposed = |number| candidate(number, &[("pump", Confidence::Exact)]);
    let all = [exposed(3), exposed(1), candidate(2, &[]), exposed(1)];
    assert_eq!(told(&everybody(), &all, &[]), [org(1), org(3)]);
    assert_eq!(told(&everybody(), &all, &[3, 9]), [org(1)]);
    assert_eq!(told(&everybody(), &[], &[]), []);
}

#[test]
fn a_level_includes_the_ones_before_it() {
    let names = [
        (ContentLevel::Existence, "existence"),
        (ContentLevel::Mitigation, "mitigation"),
        (ContentLevel::Detail, "detail"),
        (ContentLevel::ProofOfConcept, "proof-of-concept"),
    ];
    assert!(names.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(names.iter().all(|(level, name)| level.as_str() == *name));
}

fn any_candidate() -> impl Strategy<Value = Candidate> {
    let sectors = btree_set(select(vec!["energy", "dams", "chemical"]).prop_map(str::to_owned), 0..3);
    let country = select(vec![None, Some("US"), Some("CA")]).prop_map(|code| code.map(str::to_owned));
    let exposure = vec((select(vec!["a", "b"]), select(CONFIDENCES.to_vec())), 0..4);
    (1..20_u128, sectors, country, any::<bool>(), exposure).prop_map(
        |(of, sectors, country, consent, exposure)| Candidate {
            sectors,
            country,
            standing_consent: consent,
            ..candidate(of, &exposure)
        },
    )
}

fn any_audience() -> impl Strategy<Value = Audience> {
    let sectors = btree_set(select(vec!["energy", "dams"]).prop_map(str::to_owned), 0..3);
    let countries = btree_set(select(vec!["US", "CA"]).prop_map(str::to_owned), 0..3);
    (sectors, countries, select(CONFIDENCES.to_vec())).prop_map(|(sectors, countries, least_confidence)| {
        Audience { sectors, countries, least_confidence, ..everybody() }
    })
}

/// Whether the audience rule lets a line of a candidate through, condition by condition.
fn counts(audience: &Audience, candidate: &Candidate, line: &ExposureLine) -> bool {
    let rank = |confidence| CONFIDENCES.iter().position(|known| *known == confidence).unwrap();
    let mut sector = audience.sectors.is_empty();
    for code in &candidate.sectors {
        sector |= audience.sectors.contains(code);
    }
    let country = match &candidate.country {
        Some(code) => audience.countries.is_empty() || audience.countries.contains(code),
        None => audience.countries.is_empty(),
    };
    sector && country && rank(line.confidence) >= rank(audience.least_confidence)
}

proptest! {
    #![proptest_config(remembered("sharing_rules", 1_000))]

    #[test]
    fn the_recipients_are_those_of_the_obvious_way(
        audience in any_audience(),
        candidates in vec(any_candidate(), 0..12),
        already in btree_set((1..20_u128).prop_map(org), 0..6),
    ) {
        // The server gives each organisation once.
        let candidates: Vec<Candidate> =
            candidates.into_iter().map(|c| (c.org, c)).collect::<BTreeMap<_, _>>().into_values().rev().collect();
        let mut expected = Vec::new();
        for candidate in candidates.iter().filter(|candidate| !already.contains(&candidate.org)) {
            let lines: BTreeSet<_> =
                candidate.exposure.iter().filter(|line| counts(&audience, candidate, line)).cloned().collect();
            if !lines.is_empty() {
                expected.push((candidate.org, candidate.standing_consent, lines.into_iter().collect::<Vec<_>>()));
            }
        }
        expected.sort();
        let chosen = recipients(&audience, &candidates, &already);
        let chosen: Vec<_> = chosen.into_iter().map(|r| (r.org, r.consented, r.exposure)).collect();
        prop_assert_eq!(chosen, expected);
    }

    #[test]
    fn nobody_is_told_twice(audience in any_audience(), candidates in vec(any_candidate(), 0..20)) {
        let chosen = told(&audience, &candidates, &[]);
        prop_assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
        let later = recipients(&audience, &candidates, &chosen.iter().copied().collect());
        prop_assert!(later.is_empty());
    }
}

fn snapshot(digest: &str) -> Snapshot {
    Snapshot {
        format: "CycloneDX 1.6".into(),
        components_sha256: digest.repeat(32),
        components: 3,
        skipped: 1,
    }
}

#[test]
fn operators_and_relays_push_what_their_assets_run() {
    let policy = policy();
    let push = |state: &Holding, actor: &Actor, asset: &str, digest: &str| {
        decide(state, asset, snapshot(digest), &facts(&policy, actor, day(0)))
    };
    let new = Holding::default();
    let words = "you may see this but not do that: pushing inventories needs an operator's credential with the \
                 inventory scope";
    for actor in [alice(), finder(), Actor::Public, Actor::System, scoped(operator(), &[Scope::Notices])] {
        assert_eq!(push(&new, &actor, "pump", "ab").unwrap_err().to_string(), words);
    }
    for asset in ["", "  ", "pump\n1", &"x".repeat(201)] {
        let refusal = push(&new, &operator(), asset, "ab").unwrap_err().to_string();
        assert_eq!(refusal, "/asset: give 1 to 200 characters without control characters");
    }
    assert_eq!(push(&new, &relay(), "pump", "ab").unwrap().len(), 1);
    let events = push(&new, &operator(), "pump", "ab").unwrap();
    let meta = Meta { at: day(0), actor: "test".into(), version: 1 };
    let held = events.iter().fold(new, |state, event| state.evolve(&meta, event));
    assert_eq!((held.org, held.asset.as_str()), (Some(org(OPERATOR)), "pump"));
    assert_eq!(push(&held, &operator(), "pump", "ab"), Ok(vec![]), "unchanged");
    assert_eq!(push(&held, &operator(), "pump", "cd").unwrap().len(), 1);
    let facets = held.facets();
    assert_eq!((facets.relations, facets.public), ([(org(OPERATOR), Relation::Owner)].into(), false));
}

#[test]
fn an_assets_stream_tells_neither_its_name_nor_its_owner() {
    let key = stream_key(org(OPERATOR), "pump");
    assert_eq!(key, stream_key(org(OPERATOR), "pump"));
    assert_ne!(key, stream_key(org(RELAY), "pump"));
    assert_ne!(key, stream_key(org(OPERATOR), "pump "));
    assert!(key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit()));
}

#[test]
fn the_default_profile_is_the_one_of_the_design() {
    let Policy { profile, digest } = policy();
    assert_eq!(profile.sectors.len(), 16);
    let limits = &profile.limits;
    assert_eq!((limits.answer_finder_days, limits.vendor_days, limits.vendor_exploited_days), (3, 90, 7));
    assert_eq!((limits.vendor_silence_days, limits.longest_embargo_days), (30, 90 + 14));
    assert_eq!((profile.approvals.share, profile.approvals.release), (2, 2));
    assert_eq!(digest.len(), 64);
    let edited = Policy::parse(&format!("{DEFAULT_PROFILE}\n# a remark\n")).unwrap();
    assert_eq!(edited.profile, profile);
    assert_ne!(edited.digest, digest, "the digest is of the text");
}

#[test]
fn a_profile_that_cannot_be_read_or_would_break_a_promise_is_refused() {
    let changed = |from: &str, to: &str| {
        assert!(DEFAULT_PROFILE.contains(from), "{from}");
        Policy::parse(&DEFAULT_PROFILE.replace(from, to)).unwrap_err()
    };
    for (from, to) in [
        ("share = 2", "share = 1"),
        ("release = 2", "release = 0"),
        ("answer_finder_days = 3", "answer_finder_days = 0"),
        ("vendor_days = 90", "vendor_days = 0"),
        ("vendor_exploited_days = 7", "vendor_exploited_days = 0"),
        ("vendor_silence_days = 30", "vendor_silence_days = 0"),
        ("acknowledge_hours = 72", "acknowledge_hours = 0"),
        ("longest_embargo_days = 104", "longest_embargo_days = 0"),
    ] {
        assert!(matches!(changed(from, to), PolicyProblem::Unsafe(_)), "{to}");
    }
    for (from, to) in [
        ("share = 2", "share = -2"),
        ("share = 2", "share = \"two\""),
        ("share = 2", "share = 2\nshare = 3"),
        ("share = 2", "shar = 2"),
        ("[limits]", "[limits"),
        ("acknowledge_hours = 72", ""),
    ] {
        assert!(matches!(changed(from, to), PolicyProblem::Unreadable(_)), "{to}");
    }
    let PolicyProblem::Unreadable(message) = changed("vendor_days = 90", "vendor_dayz = 90") else {
        panic!()
    };
    assert!(message.contains("vendor_dayz") && message.contains("line"), "{message}");
}
