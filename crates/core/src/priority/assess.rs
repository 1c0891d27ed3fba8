//! From inputs to a decision.

use jiff::{SignedDuration, Timestamp};

use super::order::{Field, Places};
use super::profile::{HUMAN_IMPACT, Priorities, SYSTEM_EXPOSURE};
use super::words::thousandths;
use super::{Decision, Exploitation, Input, Inputs, Question, Record};
use crate::policy::Policy;

/// Ages are counted from here: 2020-01-01.
const EPOCH: i64 = 1_577_836_800;

/// The answers to the coordinator's tree, with their sources.
struct Answers {
    exploitation: Exploitation,
    automatable: String,
    technical: String,
    mission: String,
    inputs: Vec<Input>,
}

fn input(name: &str, value: impl Into<String>, source: impl Into<String>, at: Timestamp) -> Input {
    Input { name: name.into(), value: value.into(), source: source.into(), at }
}

/// Decides on a case. Total: a missing input is replaced as the profile says, and the explanation says so.
pub fn assess(inputs: &Inputs, policy: &Policy) -> Decision {
    let priorities = &policy.profile.priority;
    let mut answers = answers(inputs, priorities);
    answers.inputs.extend(numbers(inputs, priorities));
    let tree = &priorities.trees.coordinator;
    let asked = [answers.exploitation.as_str(), &answers.automatable, &answers.technical, &answers.mission];
    // The profile was checked to have these questions with these answers.
    let outcome = tree.outcome(&asked).unwrap_or(0);
    let places = Places::new(&priorities.order, |field| place(field, outcome, &answers, inputs, priorities));
    let (triage, publication) = advice(inputs, &answers, priorities);
    Decision {
        outcome: tree.name(outcome).to_owned(),
        triage,
        publication,
        exploitation: answers.exploitation,
        automatable: answers.automatable,
        places,
        inputs: answers.inputs,
        exposure: inputs.exposure.0.clone(),
        profile: policy.profile.name.clone(),
        policy: policy.digest.clone(),
    }
}

fn answers(inputs: &Inputs, priorities: &Priorities) -> Answers {
    let (exploitation, source, at) = exploitation(inputs);
    let mut used = vec![input("exploitation", exploitation.as_str(), source, at)];
    let mut answer = |question: Question, derived: Option<(&str, String, Timestamp)>, unknown: &str| {
        let (value, source, at) = match (inputs.by_hand.get(&question), derived) {
            (Some(hand), _) => (hand.answer.clone(), format!("answered by {}", hand.by), hand.at),
            (None, Some((value, source, at))) => (value.to_owned(), source, at),
            (None, None) => (unknown.to_owned(), "not known; the policy profile says so".into(), inputs.now),
        };
        used.push(input(question.as_str(), value.clone(), source, at));
        value
    };
    let vector = inputs.cvss.as_ref();
    let from = |(scored, source, at): &(super::cvss::Scored, String, Timestamp), yes: bool, no, named| {
        let value: &str = if yes { named } else { no };
        (value, format!("derived from the CVSS {} vector of {source}", scored.version), *at)
    };
    let automatable = vector.map(|v| from(v, v.0.automatable(), "no", "yes"));
    let technical = vector.map(|v| from(v, v.0.total_impact(), "partial", "total"));
    let (exposure, counted) = &inputs.exposure;
    let mission = (
        priorities.mission.impact(exposure.weight),
        "exposed operators by the weight of their sectors".to_owned(),
        *counted,
    );
    let automatable = answer(Question::Automatable, automatable, &priorities.unknown.automatable);
    let technical = answer(Question::TechnicalImpact, technical, &priorities.unknown.technical_impact);
    let mission = answer(Question::MissionAndWellBeing, Some(mission), "low");
    Answers { exploitation, automatable, technical, mission, inputs: used }
}

/// The worst that any source says of exploitation; of equals the earlier in this list.
fn exploitation(inputs: &Inputs) -> (Exploitation, String, Timestamp) {
    let hand = inputs.by_hand.get(&Question::Exploitation).map(|hand| {
        let said = [Exploitation::None, Exploitation::PublicPoc, Exploitation::Active]
            .into_iter()
            .find(|e| e.as_str() == hand.answer);
        (said.unwrap_or_default(), format!("answered by {}", hand.by), hand.at)
    });
    let kev = inputs
        .kev
        .as_ref()
        .map(|(kev, at)| (Exploitation::Active, format!("listed in KEV since {}", kev.added), *at));
    let proposed = inputs.exploited_since.map(|at| {
        (Exploitation::Active, "an early end for exploitation was proposed or confirmed".to_owned(), at)
    });
    let maturity = inputs.cvss.as_ref().and_then(|(scored, source, at)| {
        Some((scored.maturity()?, format!("exploit maturity in the CVSS vector of {source}"), *at))
    });
    let none = (Exploitation::None, "no source knows of any".to_owned(), inputs.now);
    let sources = [kev, proposed, hand, maturity];
    sources
        .into_iter()
        .flatten()
        .fold(None, |worst: Option<(Exploitation, String, Timestamp)>, one| match worst {
            Some(worst) if worst.0 >= one.0 => Some(worst),
            _ => Some(one),
        })
        .unwrap_or(none)
}

/// The inputs that are numbers.
fn numbers(inputs: &Inputs, priorities: &Priorities) -> Vec<Input> {
    let (exposure, counted) = &inputs.exposure;
    let now = inputs.now;
    let exposed = format!("{} operators, weight {}", exposure.operators, exposure.weight);
    let cvss = match &inputs.cvss {
        Some((scored, source, at)) => input(
            "cvss",
            format!("{} ({}), CVSS {}", scored.score(), scored.severity, scored.version),
            source.clone(),
            *at,
        ),
        None => input("cvss", "none", "no vector was given", now),
    };
    let kev = match &inputs.kev {
        Some((kev, at)) => {
            let ransomware = if kev.ransomware { ", known in ransomware campaigns" } else { "" };
            input("kev", format!("{} since {}{ransomware}", kev.cve, kev.added), "KEV catalogue", *at)
        }
        None => input("kev", "not listed", "KEV catalogue in force, if any", now),
    };
    let epss = match &inputs.epss {
        Some((epss, at)) => input("epss", thousandths(epss.permille()), "EPSS scores", *at),
        None => input("epss", "none", "no EPSS score for a CVE id of the case", now),
    };
    let Record { confirmed, refuted } = inputs.record;
    let counts = if priorities.count_track_record {
        "counts in the order"
    } else {
        "shown only, does not count in the order"
    };
    let record = format!("{confirmed} confirmed, {refuted} not confirmed");
    vec![
        input("exposure", exposed, "exposure index", *counted),
        cvss,
        kev,
        epss,
        input("track-record", record, format!("verdicts on the finder's cases; {counts}"), now),
        input("age", "since it was opened", "case", inputs.opened_at),
    ]
}

fn place(field: Field, outcome: usize, answers: &Answers, inputs: &Inputs, priorities: &Priorities) -> u32 {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let of = |q: Question, answer: &str| number(q.answers().iter().position(|a| *a == answer).unwrap_or(0));
    match field {
        Field::Outcome => number(outcome),
        Field::Exploitation => of(Question::Exploitation, answers.exploitation.as_str()),
        Field::Mission => of(Question::MissionAndWellBeing, &answers.mission),
        Field::Exposure => inputs.exposure.0.weight,
        Field::Cvss => inputs.cvss.as_ref().map_or(0, |(scored, ..)| u32::from(scored.tenths)),
        Field::Epss => inputs.epss.as_ref().map_or(0, |(epss, _)| epss.permille()),
        Field::TrackRecord if priorities.count_track_record => inputs.record.percent(),
        Field::TrackRecord => 0,
        Field::Age => {
            let opened = inputs.opened_at.duration_since(Timestamp::from_second(EPOCH).unwrap_or_default());
            let days = opened.as_hours() / SignedDuration::from_hours(24).as_hours();
            field.largest().saturating_sub(u32::try_from(days.max(0)).unwrap_or(u32::MAX))
        }
    }
}

impl Record {
    /// Confirmed among checked, in percent; 50 when nothing was checked.
    pub fn percent(self) -> u32 {
        let all = u64::from(self.confirmed) + u64::from(self.refuted);
        let share = (u64::from(self.confirmed) * 100).checked_div(all).unwrap_or(50);
        u32::try_from(share).unwrap_or(100)
    }
}

/// What the trees of coordination say: triage and publication.
fn advice(inputs: &Inputs, answers: &Answers, priorities: &Priorities) -> (String, String) {
    let facts = inputs.coordination;
    let yes = |holds: bool| if holds { "yes" } else { "no" };
    let utility = match (answers.automatable.as_str(), answers.mission.as_str()) {
        ("yes", "high") => "super-effective",
        ("yes", _) | (_, "high") => "efficient",
        _ => "laborious",
    };
    let trees = &priorities.trees;
    let triage = trees.triage.outcome(&[
        yes(facts.public || inputs.kev.is_some()),
        yes(facts.vendors > 0),
        if facts.confirmed { "credible" } else { "not-credible" },
        if facts.vendors > 1 { "multiple" } else { "one" },
        if facts.engaged { "active" } else { "unresponsive" },
        utility,
        if answers.mission == "low" { "minimal" } else { "significant" },
    ]);
    let involvement = match (facts.fix_ready, facts.engaged) {
        (true, _) => "fix-ready",
        (false, true) => "cooperative",
        (false, false) => "uncooperative",
    };
    let value = match (facts.public, inputs.kev.is_some()) {
        (true, _) => "limited",
        (false, true) => "ampliative",
        (false, false) => "precedence",
    };
    let publication = trees.publication.outcome(&[involvement, answers.exploitation.as_str(), value]);
    let name = |tree: &super::Tree, outcome: Option<usize>| tree.name(outcome.unwrap_or(0)).to_owned();
    (name(&trees.triage, triage), name(&trees.publication, publication))
}

/// What an operator answers for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAnswers {
    /// `small`, `controlled` or `open`; the profile's default when left out.
    pub system_exposure: Option<String>,
    /// `low`, `medium`, `high` or `very-high`; from the operator's sectors when left out.
    pub human_impact: Option<String>,
}

/// The deployer's decision of one operator, with its inputs; `None` when an own answer is not one.
pub fn deployer<'a>(
    decision: &Decision,
    own: &OwnAnswers,
    sectors: impl IntoIterator<Item = &'a String>,
    policy: &Policy,
    now: Timestamp,
) -> Option<(String, Vec<Input>)> {
    let priorities = &policy.profile.priority;
    let one_of = |answer: &Option<String>, known: &[&str]| {
        answer.as_ref().is_none_or(|answer| known.contains(&answer.as_str()))
    };
    if !one_of(&own.system_exposure, SYSTEM_EXPOSURE.1) || !one_of(&own.human_impact, HUMAN_IMPACT.1) {
        return None;
    }
    let exposure = own.system_exposure.as_ref().unwrap_or(&priorities.unknown.system_exposure);
    let mission = &priorities.mission;
    let by_sector = mission.human_impact(mission.weight(sectors));
    let impact = own.human_impact.as_deref().unwrap_or(by_sector);
    let said = |answer: &Option<String>, otherwise: &str| {
        if answer.is_some() { "your own answer".to_owned() } else { otherwise.to_owned() }
    };
    let tree = &priorities.trees.deployer;
    let asked = [decision.exploitation.as_str(), exposure, &decision.automatable, impact];
    let outcome = tree.name(tree.outcome(&asked)?).to_owned();
    let inputs = vec![
        input("exploitation", asked[0], "the coordination centre", now),
        input(
            "system-exposure",
            asked[1],
            said(&own.system_exposure, "not known; the policy profile says so"),
            now,
        ),
        input("automatable", asked[2], "the coordination centre", now),
        input("human-impact", asked[3], said(&own.human_impact, "the weight of your sectors"), now),
    ];
    Some((outcome, inputs))
}
