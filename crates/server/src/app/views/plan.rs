//! The plan of a case, in words.

use forewarn_core::access::Visible;
use forewarn_core::case::{Case, Gate, PlannedStep, Who};
use forewarn_core::policy::Profile;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::{Named, local_in};

/// What is still before a case, and who is waited for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// Number of the case.
    pub number: String,
    /// Its state.
    pub state: String,
    /// Steps not taken yet, in their usual order.
    pub steps: Vec<StepView>,
    /// What waits for too long, with what to do.
    pub alarms: Vec<String>,
    /// When time alone changes something next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub next_at: Option<Timestamp>,
}

/// One step.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// What happens.
    pub what: String,
    /// The wave it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave: Option<String>,
    /// Conditions; the step happens when all are open.
    pub gates: Vec<GateView>,
}

/// One condition.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GateView {
    /// In words.
    pub words: String,
    /// Whether it is open.
    pub open: bool,
    /// Whom it waits for, in words; absent when it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
    /// The vendor it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Named>,
    /// When it opens, or from when waiting is an alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub at: Option<Timestamp>,
    /// The same moment with hour, zone and offset, where the case has terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_local: Option<String>,
    /// Whether the moment is one from which waiting is an alarm.
    pub deadline: bool,
}

/// A case with something that waits for too long.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AlarmView {
    /// Case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// Its state.
    pub state: String,
    /// What waits, with what to do.
    pub alarms: Vec<String>,
}

impl AlarmView {
    /// What waits in a case.
    pub fn of(case: &Visible<Case>) -> Self {
        Self {
            case: case.id.map(|id| id.to_string()).unwrap_or_default(),
            number: case.number.clone(),
            state: case.state.as_str().to_owned(),
            alarms: case.alarms.iter().map(|alarm| alarm.words().to_owned()).collect(),
        }
    }
}

impl PlanView {
    /// The plan of a case at `now`.
    pub fn of(case: &Visible<Case>, now: Timestamp, profile: &Profile) -> Self {
        let zone = case.embargo.as_ref().map(|embargo| embargo.terms.zone.as_str());
        let plan = case.plan(now, profile);
        Self {
            number: case.number.clone(),
            state: case.state.as_str().to_owned(),
            steps: plan.steps.iter().map(|step| StepView::of(step, zone)).collect(),
            alarms: plan.alarms.iter().map(|alarm| alarm.words().to_owned()).collect(),
            next_at: case.next_moment(now, profile),
        }
    }

    /// Every organisation named in it by id.
    pub(crate) fn named(&mut self) -> impl Iterator<Item = &mut Named> {
        self.steps.iter_mut().flat_map(|step| &mut step.gates).filter_map(|gate| gate.vendor.as_mut())
    }
}

impl StepView {
    fn of(step: &PlannedStep, zone: Option<&str>) -> Self {
        let what = match step.level {
            Some(level) => format!("{} (level {})", step.what, level.as_str()),
            None => step.what.to_owned(),
        };
        let gates = step.gates.iter().map(|gate| GateView::of(gate, zone)).collect();
        Self { what, wave: step.wave.map(|wave| wave.to_string()), gates }
    }
}

impl GateView {
    fn of(gate: &Gate, zone: Option<&str>) -> Self {
        let shut = !gate.open;
        let at = gate.at.filter(|_| shut);
        Self {
            words: gate.words.to_owned(),
            open: gate.open,
            waits_for: shut.then(|| waits_for(gate.who)),
            vendor: match gate.who {
                Who::Vendor(org) if shut => Some(Named { id: org.to_string(), name: String::new() }),
                _ => None,
            },
            at,
            at_local: at.zip(zone).map(|(at, zone)| local_in(at, zone)),
            deadline: gate.alarm.is_some(),
        }
    }
}

fn waits_for(who: Who) -> String {
    match who {
        Who::Validator => "somebody other than the finder".into(),
        Who::Coordinators => "the case's coordinators".into(),
        Who::MorePeople(1) => "one more person of the coordinators".into(),
        Who::MorePeople(0) => "the case's coordinators".into(),
        Who::MorePeople(more) => format!("{more} more people of the coordinators"),
        Who::Vendor(_) => "the vendor".into(),
        Who::Clock => "the moment".into(),
        Who::Step => "another step".into(),
    }
}
