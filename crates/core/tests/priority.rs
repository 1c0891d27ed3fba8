//! The order of cases: trees as published, vectors as scored by their authors, and an order that is one.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use forewarn_core::Policy;
use forewarn_core::catalogue::{Epss, Kev};
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_core::priority::{
    ByHand, Coordination, Decision, Exposure, Field, Inputs, OwnAnswers, Places, Question, Record, Tree,
    assess, before, cvss, deployer, exposure_in_words, summary,
};
use jiff::Timestamp;
use proptest::prelude::*;
use support::{day, policy, remembered};

/// Every combination of a tree's answers, the last point changing fastest.
fn combinations(tree: &Tree) -> Vec<Vec<&str>> {
    let mut all: Vec<Vec<&str>> = vec![vec![]];
    for point in tree.points() {
        let mut longer = Vec::new();
        for led in &all {
            longer.extend(point.values.iter().map(|value| [led.as_slice(), &[value.as_str()]].concat()));
        }
        all = longer;
    }
    all
}

fn outcomes(tree: &Tree) -> Vec<&str> {
    combinations(tree).iter().map(|answers| tree.name(tree.outcome(answers).unwrap())).collect()
}

/// CISA's tree, all 36 rows, as in the table `cisa_coordinator_2_0_3` of CERT/CC's SSVC project and in CISA's "SSVC
/// Guide" (November 2022): t is Track, s Track*, a Attend, A Act.
#[test]
fn the_coordinators_tree_is_cisas() {
    let tree = policy().profile.priority.trees.coordinator;
    let published = "ttttts ttatta ttstsa ttatsa ttataA aaAaAA".replace(' ', "");
    let names: Vec<_> = published
        .chars()
        .map(|c| match c {
            't' => "track",
            's' => "track*",
            'a' => "attend",
            _ => "act",
        })
        .collect();
    assert_eq!(outcomes(&tree), names);
}

/// CERT/CC's deployer tree, all 72 rows, as in the table `deployer_patch_application_priority_1_0_0` of its SSVC
/// project: d is defer, s scheduled, o out-of-cycle, i immediate.
#[test]
fn the_deployers_tree_is_cert_ccs() {
    let tree = policy().profile.priority.trees.deployer;
    let published =
        "ddss dsss dsss ssss dsss ssso dsss ssss dsss ssso ssso ssoo ssoo sooo ssoo oooo sooi ooii"
            .replace(' ', "");
    let names: Vec<_> = published
        .chars()
        .map(|c| match c {
            'd' => "defer",
            's' => "scheduled",
            'o' => "out-of-cycle",
            _ => "immediate",
        })
        .collect();
    assert_eq!(outcomes(&tree), names);
}

/// CERT/CC's `coordinator_triage_1_0_0` (192 rows) and `coordinator_publish_decision_table_1_0_0` (27 rows): how often
/// each outcome occurs, and rows of the tables one by one.
#[test]
fn the_trees_of_coordination_are_cert_ccs() {
    let trees = policy().profile.priority.trees;
    let count = |tree: &Tree, name| outcomes(tree).iter().filter(|outcome| **outcome == name).count();
    assert_eq!(["decline", "track", "coordinate"].map(|o| count(&trees.triage, o)), [150, 15, 27]);
    assert_eq!(["do-not-publish", "publish"].map(|o| count(&trees.publication, o)), [13, 14]);
    let triage = [
        ("no yes credible one unresponsive laborious minimal", "track"),
        ("no yes credible multiple unresponsive laborious minimal", "coordinate"),
        ("yes no not-credible multiple active super-effective significant", "coordinate"),
        ("no yes not-credible multiple active super-effective minimal", "track"),
        ("no yes credible one active super-effective significant", "track"),
        ("yes yes credible one unresponsive super-effective significant", "decline"),
        ("no yes not-credible one active laborious significant", "decline"),
    ];
    for (answers, outcome) in triage {
        let answers: Vec<_> = answers.split(' ').collect();
        assert_eq!(trees.triage.name(trees.triage.outcome(&answers).unwrap()), outcome, "{answers:?}");
    }
    let publication = [
        (["fix-ready", "active", "ampliative"], "publish"),
        (["uncooperative", "public-poc", "limited"], "do-not-publish"),
        (["uncooperative", "active", "limited"], "publish"),
        (["cooperative", "active", "limited"], "do-not-publish"),
    ];
    for (answers, outcome) in publication {
        assert_eq!(trees.publication.name(trees.publication.outcome(&answers).unwrap()), outcome);
    }
}

fn changed(from: &str, to: &str) -> String {
    assert!(DEFAULT_PROFILE.contains(from), "{from}");
    Policy::parse(&DEFAULT_PROFILE.replacen(from, to, 1)).expect_err("must be refused").to_string()
}

#[test]
fn a_profile_that_would_not_give_one_order_is_refused_with_its_place() {
    let missing = changed("\"none no total: track track track*\",", "");
    assert!(missing.contains("some combination of values has no row"), "{missing}");
    let lowers = changed("\"active yes total: attend act act\"", "\"active yes total: attend act track\"");
    assert!(lowers.contains("a worse value must never lower the outcome"), "{lowers}");
    let unknown = changed("\"active yes total: attend act act\"", "\"active yes total: attend act panic\"");
    assert!(unknown.contains("row 11 names an outcome that the tree does not have"), "{unknown}");
    let short = changed("\"active yes total: attend act act\"", "\"active yes total: attend act\"");
    assert!(short.contains("an outcome for each combination"), "{short}");
    let value = changed("\"active yes total: attend act act\"", "\"active yes all: attend act act\"");
    assert!(value.contains("names a value that its point does not have"), "{value}");
    let twice = changed("\"epss\", \"track-record\"", "\"cvss\", \"track-record\"");
    assert!(twice.contains("priority.order must name each"), "{twice}");
    let first = changed("[\"outcome\", \"exploitation\"", "[\"exploitation\", \"outcome\"");
    assert!(first.contains("priority.order must begin with outcome"), "{first}");
    assert!(changed("high_from = 12", "high_from = 3").contains("medium_from must be above zero"));
    assert!(changed("nuclear = 6", "nuclear = 0").contains("weights must be 1 to 100"));
    assert!(changed("nuclear = 6", "space = 6").contains("a sector that the profile does not have"));
    assert!(changed("automatable = \"yes\"", "automatable = \"perhaps\"").contains("priority.unknown"));
    assert!(changed("most_claims = 3", "most_claims = 0").contains("must not be zero"));
    assert!(
        changed(
            "name = \"automatable\", values = [\"no\", \"yes\"]",
            "name = \"x\", values = [\"no\", \"yes\"]"
        )
        .contains("the points of a tree")
    );
}

/// Scores from FIRST's "CVSS v3.1 Examples" and "CVSS v4.0 Examples" and from the specifications.
#[test]
fn vectors_score_as_published() {
    let known = [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "9.8", "critical"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "10.0", "critical"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "6.1", "medium"),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", "6.4", "medium"),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", "3.1", "low"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "7.5", "high"),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "0.0", "none"),
        ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "7.3", "high"),
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "7.7", "high"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", "8.7", "high"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "9.3", "critical"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "10.0", "critical"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "0.0", "none"),
    ];
    for (vector, score, severity) in known {
        let scored = cvss::read(vector).unwrap();
        assert_eq!((scored.score().as_str(), scored.severity.as_str()), (score, severity), "{vector}");
    }
}

#[test]
fn a_bad_vector_is_refused_with_the_metrics_place() {
    let base = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let refused = [
        (base.replace("3.1", "2.0"), "version"),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C".into(), "version"),
        (base.replace("PR:N", "PR:X"), "metric 3 (PR)"),
        (base.replace("UI:N", "UI=N"), "metric 4"),
        (base.replace("AC:L", "SECRET:L"), "metric 2"),
        (format!("{base}/A:L"), "metric 9 (A)"),
        (base.replace("/A:H", ""), "A"),
        (base.replace("AV:N", "av:n"), "metric 1"),
        (format!("{base}/"), "metric 9"),
        (format!("{base}/{}", "E:X/".repeat(200)), "vector"),
        (base.replace("3.1", "4.0"), "metric 5 (S)"),
    ];
    for (vector, place) in refused {
        let problem = cvss::read(&vector).expect_err(&vector);
        assert_eq!(problem.place, place, "{vector}: {problem}");
        assert!(!problem.to_string().contains("SECRET"), "nothing is quoted");
    }
}

#[test]
fn vectors_say_what_can_be_automated_and_how_far_exploitation_has_come() {
    let read = |more: &str| {
        let base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N";
        cvss::read(&format!("{base}{more}")).unwrap()
    };
    assert!(read("").automatable() && !read("/AU:N").automatable() && read("").total_impact());
    let maturity = |more| read(more).maturity().map(|e| e.as_str());
    assert_eq!(["", "/E:P", "/E:A", "/E:U"].map(maturity), [None, Some("public-poc"), Some("active"), None]);
    let hard = cvss::read("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:L/A:H/E:H").unwrap();
    assert!(!hard.automatable() && !hard.total_impact());
    assert_eq!(hard.maturity().map(|e| e.as_str()), Some("public-poc"));
}

/// Vectors of which each is at least as bad as the one before in every metric.
const CHAIN: &[&str] = &[
    "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N",
    "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N",
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:R/S:U/C:H/I:L/A:N",
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:L",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P",
];

/// What a case may have, as steps: a larger step is worse.
#[derive(Clone, Debug)]
struct Steps {
    hand: [usize; 4],
    vector: usize,
    kev: bool,
    epss: u32,
    proposed: bool,
    operators: u32,
    weight: u32,
    confirmed: u32,
    days: i64,
    coordination: (bool, u32, bool),
}

fn steps() -> impl Strategy<Value = Steps> {
    let hand = [0..4_usize, 0..3_usize, 0..3_usize, 0..4_usize];
    let numbers = (0..=CHAIN.len(), any::<bool>(), 0..=1_000_000_u32, any::<bool>(), 0..40_u32, 0..20_u32);
    let rest = (0..5_u32, 0..2_000_i64, (any::<bool>(), 0..3_u32, any::<bool>()));
    (hand, numbers, rest).prop_map(|(hand, numbers, (confirmed, days, coordination))| {
        let (vector, kev, epss, proposed, operators, weight) = numbers;
        Steps { hand, vector, kev, epss, proposed, operators, weight, confirmed, days, coordination }
    })
}

fn inputs(steps: &Steps) -> Inputs {
    let now = day(3_000);
    let answer = |(question, step): (&Question, &usize)| {
        let answer = (*question, step.checked_sub(1)?);
        let answer = (answer.0, answer.0.answers().get(answer.1)?);
        Some((answer.0, ByHand { answer: (*answer.1).into(), by: "ada".into(), at: now }))
    };
    let by_hand: BTreeMap<_, _> = Question::ALL.iter().zip(&steps.hand).filter_map(answer).collect();
    let vector = steps.vector.checked_sub(1).map(|step| cvss::read(CHAIN[step]).unwrap());
    let cve = "CVE-2026-12345".parse().unwrap();
    let kev = Kev { cve, added: "2026-01-02".parse().unwrap(), ransomware: false };
    let sectors = [("energy".to_owned(), steps.operators)].into();
    Inputs {
        by_hand,
        cvss: vector.map(|vector| (vector, "a finding".into(), now)),
        kev: steps.kev.then_some((kev, now)),
        epss: (steps.epss > 0).then_some((Epss { cve, millionths: steps.epss }, now)),
        exploited_since: steps.proposed.then_some(now),
        exposure: (
            Exposure { operators: steps.operators, sectors, weight: steps.operators * steps.weight },
            now,
        ),
        record: Record { confirmed: steps.confirmed, refuted: 5 },
        coordination: Coordination {
            public: false,
            vendors: steps.coordination.1,
            engaged: steps.coordination.0,
            confirmed: steps.coordination.2,
            fix_ready: false,
        },
        opened_at: day(2_500 - steps.days),
        now,
    }
}

/// The same with one thing worse. A vector is made worse only where there was one, or the profile's own answers for
/// what is not known would be replaced by better ones.
fn worse(steps: &Steps, which: usize) -> Steps {
    let mut worse = steps.clone();
    match which {
        0..4 => {
            let most = Question::ALL[which].answers().len();
            // From nothing to an answer is no step: what was derived may be worse.
            if worse.hand[which] > 0 {
                worse.hand[which] = (worse.hand[which] + 1).min(most);
            }
        }
        4 if worse.vector > 0 => worse.vector = (worse.vector + 1).min(CHAIN.len()),
        5 => worse.kev = true,
        6 => worse.epss = (worse.epss + 100_000).min(1_000_000),
        7 => worse.proposed = true,
        8 => worse.operators += 3,
        9 => worse.weight += 1,
        10 => worse.days += 30,
        11 => worse.confirmed += 1,
        _ => {}
    }
    worse
}

fn counting_records() -> Policy {
    Policy::parse(&DEFAULT_PROFILE.replace("count_track_record = false", "count_track_record = true"))
        .unwrap()
}

fn decided(steps: &Steps, policy: &Policy) -> Decision {
    assess(&inputs(steps), policy)
}

proptest! {
    #![proptest_config(remembered("priority", 600))]

    #[test]
    fn a_worse_input_never_lowers_a_case(steps in steps(), which in 0..12_usize, counted in any::<bool>()) {
        let policy = if counted { counting_records() } else { policy() };
        let (case, worse) = (decided(&steps, &policy), decided(&worse(&steps, which), &policy));
        prop_assert!(worse.places >= case.places, "{which}: {:?} {:?}", case.places, worse.places);
        prop_assert!(worse.places.number() >= case.places.number());
    }

    #[test]
    fn the_number_orders_as_the_places_do(a in steps(), b in steps()) {
        let policy = policy();
        let (a, b) = (decided(&a, &policy), decided(&b, &policy));
        prop_assert_eq!(a.places.cmp(&b.places), a.places.number().cmp(&b.places.number()));
        prop_assert_eq!(a.places.cmp(&b.places).reverse(), b.places.cmp(&a.places));
        prop_assert_eq!(a.places.differs(&b.places).is_none(), a.places == b.places);
        prop_assert!(a.places.number() >= 0);
    }

    #[test]
    fn a_decision_is_the_same_for_the_same_inputs_and_names_each(steps in steps()) {
        let policy = policy();
        let decision = decided(&steps, &policy);
        prop_assert_eq!(&decision, &decided(&steps, &policy));
        let names: Vec<_> = decision.inputs.iter().map(|input| input.name.as_str()).collect();
        let every = ["exploitation", "automatable", "technical-impact", "mission-and-well-being", "exposure", "cvss",
            "kev", "epss", "track-record", "age"];
        prop_assert_eq!(names, every);
        prop_assert!(decision.inputs.iter().all(|input| !input.value.is_empty() && !input.source.is_empty()));
        prop_assert!(summary(&decision).starts_with(&decision.outcome));
        prop_assert_eq!(&decision.policy, &policy.digest);
    }

    #[test]
    fn the_words_name_what_differs_first(a in steps(), b in steps()) {
        let policy = policy();
        let (mut a, mut b) = (decided(&a, &policy), decided(&b, &policy));
        if a.places < b.places {
            std::mem::swap(&mut a, &mut b);
        }
        let words = before(&a, &b, true);
        prop_assert!(words.starts_with("It stands before the next because") && words.ends_with('.'));
        let field = match a.places.differs(&b.places) {
            None => "equal in everything that counts",
            Some(Field::Outcome) => "its decision is",
            Some(Field::Exploitation) => "its exploitation is",
            Some(Field::Mission) => "its impact on mission",
            Some(Field::Exposure) => "the weight of its exposed operators",
            Some(Field::Cvss) => "its CVSS score",
            Some(Field::Epss) => "its EPSS",
            Some(Field::TrackRecord) => "of its finder's checked cases",
            Some(Field::Age) => "an earlier day",
        };
        prop_assert!(words.contains(field), "{words}");
        if a.places.differs(&b.places) == Some(Field::Exposure) {
            prop_assert!(!before(&a, &b, false).contains(|c: char| c.is_ascii_digit()));
        }
    }

    #[test]
    fn places_beyond_the_largest_count_like_it(places in proptest::collection::vec(any::<u32>(), 8)) {
        let place = |field: Field| places[Field::ALL.iter().position(|f| *f == field).unwrap()];
        let made = Places::new(Field::ALL, place);
        prop_assert!(made.number() >= 0);
        for field in Field::ALL {
            prop_assert_eq!(made.of(*field), place(*field).min(field.largest()));
        }
    }
}

fn plain() -> Steps {
    Steps {
        hand: [0; 4],
        vector: 5,
        kev: false,
        epss: 0,
        proposed: false,
        operators: 2,
        weight: 6,
        confirmed: 3,
        days: 0,
        coordination: (true, 1, true),
    }
}

#[test]
fn the_source_of_each_input_is_said() {
    let decision = decided(&Steps { kev: true, epss: 42_000, ..plain() }, &policy());
    let of = |name: &str| {
        let input = decision.inputs.iter().find(|input| input.name == name).unwrap();
        format!("{}: {}", input.value, input.source)
    };
    assert_eq!(decision.outcome, "act");
    assert_eq!(of("exploitation"), "active: listed in KEV since 2026-01-02");
    assert_eq!(of("automatable"), "yes: derived from the CVSS 3.1 vector of a finding");
    assert_eq!(of("cvss"), "9.8 (critical), CVSS 3.1: a finding");
    assert_eq!(of("epss"), "0.042: EPSS scores");
    assert_eq!(of("exposure"), "2 operators, weight 12: exposure index");
    assert!(of("track-record").contains("does not count in the order"));
    assert_eq!(decided(&plain(), &counting_records()).places.of(Field::TrackRecord), 37);
    assert_eq!(decided(&plain(), &policy()).places.of(Field::TrackRecord), 0);
    let by_hand = decided(&Steps { hand: [3, 0, 0, 0], ..plain() }, &policy());
    assert_eq!(by_hand.exploitation.as_str(), "active");
    let unknown = decided(&Steps { vector: 0, ..plain() }, &policy());
    assert!(unknown.inputs.iter().any(|input| input.source.contains("the policy profile says so")));
}

#[test]
fn small_numbers_of_operators_are_told_as_a_band() {
    let words = |operators| exposure_in_words(&Exposure { operators, ..Exposure::default() }, 5);
    assert_eq!(words(0), "no operator is known to be exposed");
    assert_eq!(words(1), words(4));
    assert_eq!(words(5), words(5_000));
    assert!(words(4).contains("fewer than 5") && words(5).contains("5 or more"));
}

#[test]
fn an_operator_decides_for_itself() {
    let policy = policy();
    let decision = decided(&Steps { kev: true, ..plain() }, &policy);
    let at = |exposure: Option<&str>, impact: Option<&str>, sector: &str| {
        let own = OwnAnswers {
            system_exposure: exposure.map(str::to_owned),
            human_impact: impact.map(str::to_owned),
        };
        let now: Timestamp = day(1);
        deployer(&decision, &own, &[sector.to_owned()], &policy, now).map(|(outcome, _)| outcome)
    };
    assert_eq!(at(None, None, "energy").as_deref(), Some("immediate"));
    assert_eq!(at(Some("small"), Some("low"), "energy").as_deref(), Some("scheduled"));
    assert_eq!(at(None, None, "commercial-facilities").as_deref(), Some("out-of-cycle"));
    assert_eq!(at(Some("wide"), None, "energy"), None);
    assert_eq!(at(None, Some("awful"), "energy"), None);
}
