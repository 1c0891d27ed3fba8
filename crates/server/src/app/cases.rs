//! Work on cases.

mod act;
mod signed;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::approval;
use forewarn_core::case::{Case, Command, DraftText, Event, MatchVerdict, ReleaseReason, Terms, WaveGate};
use forewarn_core::finding::{self, Finding};
use forewarn_core::ids::{OrgId, WaveId};
use forewarn_core::sharing::{Audience, Recipient};
use forewarn_exposure::Confidence;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use act::CaseAct;
pub use signed::ToSign;

use super::following::{EXPOSURE, Follow};
use super::views::{CaseView, Page, PageRequest};
use super::word::words;
use super::{App, AppError, Moment, Plan, UseCase};

/// Answer to an act on a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseDone {
    /// Case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// Its state now.
    pub state: String,
    /// The wave proposed, if the act proposed one.
    pub wave: Option<String>,
    /// Operators that got a notice by this act; only coordinators get this answer.
    pub notified: Option<usize>,
}

/// A [`CaseAct`] on one case.
pub struct OnCase {
    /// Which.
    pub id: String,
    /// What.
    pub act: CaseAct,
}

impl UseCase for OnCase {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let case = app.visible::<Case>(&self.id, moment.actor, Act::SeeCase).await?;
        let (act, signed) = self.act.with_signature();
        match act {
            CaseAct::Merge { from, why } => return app.merge(moment, &case, from, why).await,
            CaseAct::Split { findings, into, why } => {
                return app.split(moment, &case, findings, into.as_deref(), why).await;
            }
            CaseAct::Undo { other } => return app.undo(moment, &case, other).await,
            _ => {}
        }
        let mut plan = Plan::default();
        let command = app.command(&case, act, moment, &mut plan).await?;
        let wave = match &command {
            Command::ProposeWave { wave, .. } => Some(wave.to_string()),
            _ => None,
        };
        // The very recipients that the decision names get the notices.
        let recipients = match &command {
            Command::ApproveWave { wave, recipients } => BTreeMap::from([(*wave, recipients.clone())]),
            _ => BTreeMap::new(),
        };
        let key = app.approval_key(moment.actor).await?;
        let events = approval::decide(&case, command, signed, key.as_deref(), &moment.facts())?;
        let events = app.keep_pace(moment, &mut plan, &case, events).await?;
        app.apply(moment, &mut plan, &case, events, wave, recipients).await?;
        Ok(plan)
    }
}

/// A case after some events that are not in the log yet.
pub(super) fn after(case: &Case, events: &[Event], moment: &Moment<'_>) -> Case {
    let meta = Meta { at: moment.now, actor: moment.actor.label(), version: 0 };
    events.iter().fold(case.clone(), |state, event| state.evolve(&meta, event))
}

/// The rule of the core says that a vector is wrong; this says which metric.
fn check_vectors(text: &DraftText) -> Result<(), AppError> {
    for (field, vector) in [("cvss3", &text.cvss3), ("cvss4", &text.cvss4)] {
        let read = vector.as_deref().map(forewarn_core::priority::cvss::read).transpose();
        read.map_err(|problem| AppError::Invalid {
            place: format!("/text/{field}"),
            message: format!("{}: {}", problem.place, problem.message),
        })?;
    }
    Ok(())
}

fn not_an_id(place: &str) -> AppError {
    AppError::Invalid { place: place.into(), message: "is not an id".into() }
}

impl App {
    async fn command(
        &self,
        case: &Visible<Case>,
        act: &CaseAct,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
    ) -> Result<Command, AppError> {
        Ok(match act.clone() {
            CaseAct::Validate { verdict, method, evidence } => {
                Command::Validate { verdict, method, evidence }
            }
            CaseAct::GiveBack => Command::EndClaim,
            CaseAct::Dispute { reason } => Command::Dispute { reason },
            CaseAct::CorrectAffected { affected } => Command::CorrectAffected { affected },
            CaseAct::JudgeMatch { matched, verdict, reason } => {
                let matched = self.suggested_match(case, &matched).await?;
                Command::JudgeMatch { matched, verdict, reason }
            }
            CaseAct::Join { finding, why } => self.join_by_hand(case, &finding, why, moment, plan).await?,
            CaseAct::SetTerms { release_at, zone, tlp, triggers } => {
                let triggers = triggers.unwrap_or_else(ReleaseReason::all_early);
                Command::SetTerms { terms: Terms { release_at, zone, tlp, triggers } }
            }
            CaseAct::InviteVendor { vendor } => self.invitation(&vendor).await?,
            CaseAct::AnswerTerms { accept } => Command::AnswerTerms { accept },
            CaseAct::State { status, statement } => Command::VendorStatement { status, statement },
            CaseAct::ShowVendor { show } => Command::ShowVendor { show },
            CaseAct::ReportDuty { duty } => Command::ReportDuty { duty },
            CaseAct::RecordFix { fixed_in } => Command::RecordFix { fixed_in },
            CaseAct::Draft { text } => {
                check_vectors(&text)?;
                Command::Draft { text: Box::new(text) }
            }
            CaseAct::ProposeWave {
                level,
                sectors,
                countries,
                least_confidence,
                without_vendor,
                proof_before_fix,
                organisations,
                reach,
                not_before,
                after_fix,
            } => Command::ProposeWave {
                wave: WaveId(moment.uuid()),
                level,
                audience: Audience {
                    sectors,
                    countries,
                    named: self.enrolled(&organisations).await?,
                    reach,
                    least_confidence: least_confidence.unwrap_or(Confidence::Range),
                },
                without_vendor,
                proof_before_fix,
                gate: WaveGate { not_before, after_fix },
            },
            CaseAct::ApproveWave { wave } => {
                let wave: WaveId = wave.parse().map_err(|_| not_an_id("/wave"))?;
                let recipients = self.recipients(case, wave).await?;
                Command::ApproveWave { wave, recipients }
            }
            CaseAct::ProposeRelease { reason } => Command::ProposeRelease { reason },
            CaseAct::ApproveRelease => Command::ApproveRelease,
            CaseAct::Signed { .. } => return Err(signed::twice()),
            CaseAct::Merge { .. } | CaseAct::Split { .. } | CaseAct::Undo { .. } => {
                return Err(AppError::Internal("an act over two cases"));
            }
            CaseAct::RaiseTrigger { reason, evidence } => Command::RaiseTrigger { reason, evidence },
            CaseAct::DismissTrigger { reason } => Command::DismissTrigger { reason },
            CaseAct::SignRule { reason, hours } => Command::SignRule { reason, hours },
            CaseAct::PromiseFix { by } => Command::PromiseFix { by },
            CaseAct::RequestExtension { until, reason } => Command::RequestExtension { until, reason },
            CaseAct::DeclineExtension { reason } => Command::DeclineExtension { reason },
            CaseAct::SetUrgency { urgent, reason } => Command::SetUrgency { urgent, reason },
            CaseAct::Close => Command::Close,
            CaseAct::Withdraw { reason } => Command::Withdraw { reason },
            CaseAct::Reopen { reason } => Command::Reopen { reason },
        })
    }

    /// Organisations by id, each of which is enrolled.
    async fn enrolled(&self, ids: &BTreeSet<String>) -> Result<BTreeSet<OrgId>, AppError> {
        let mut found = BTreeSet::new();
        for id in ids {
            let org = id.parse().map_err(|_| not_an_id("/organisations"))?;
            if self.organisation(org).await?.is_none() {
                let message = "names an organisation that is not enrolled".into();
                return Err(AppError::Invalid { place: "/organisations".into(), message });
            }
            found.insert(org);
        }
        Ok(found)
    }

    async fn invitation(&self, vendor: &str) -> Result<Command, AppError> {
        let id = vendor.parse().map_err(|_| not_an_id("/vendor"))?;
        let known = self.organisation(id).await?;
        let vendor = known.filter(|org| org.profile.roles.contains(&forewarn_core::access::Role::Vendor));
        let Some(vendor) = vendor else {
            let message = "is not an enrolled vendor".into();
            return Err(AppError::Invalid { place: "/vendor".into(), message });
        };
        Ok(Command::InviteVendor { vendor: id, mode: vendor.profile.vendor_mode })
    }

    async fn join_by_hand(
        &self,
        case: &Visible<Case>,
        id: &str,
        why: String,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
    ) -> Result<Command, AppError> {
        if !case.may(Act::WorkCase) {
            return Err(Refusal::Forbidden("only the case's coordinators do this").into());
        }
        let finding = self.visible::<Finding>(id, moment.actor, Act::SeeFinding).await?;
        let own = case.id.ok_or(Refusal::NotFound)?;
        let accepted = finding::decide(&finding, finding::Command::Accept { case: own }, &moment.facts())?;
        plan.append::<Finding>(moment, id, finding.version(), accepted)?;
        let finder = finding.submitter.ok_or(Refusal::NotFound)?;
        Ok(Command::Join { finding: finding.id.ok_or(Refusal::NotFound)?, finder, why })
    }

    /// Appends what was decided with what follows from it, and answers.
    async fn apply(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: &Visible<Case>,
        events: Vec<Event>,
        wave: Option<String>,
        recipients: BTreeMap<WaveId, Vec<Recipient>>,
    ) -> Result<(), AppError> {
        let sent = events.iter().any(|event| matches!(event, Event::WaveSent { .. }));
        let notified = sent.then(|| recipients.values().map(Vec::len).sum());
        let after = self.carry_out(moment, plan, case, events, recipients).await?;
        let id = case.id.ok_or(Refusal::NotFound)?;
        let done = CaseDone {
            case: id.to_string(),
            number: case.number.clone(),
            state: after.state_name().into(),
            wave,
            notified,
        };
        plan.respond(200, &done)
    }

    /// Appends what was decided with what follows from it: notices, and what becomes public.
    pub(super) async fn carry_out(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: &Visible<Case>,
        events: Vec<Event>,
        recipients: BTreeMap<WaveId, Vec<Recipient>>,
    ) -> Result<Case, AppError> {
        let after = after(case, &events, moment);
        let id = case.id.ok_or(Refusal::NotFound)?;
        // The decision comes before what follows from it, in the log too.
        plan.append::<Case>(moment, id, case.version(), events.clone())?;
        for event in &events {
            match event {
                Event::WaveSent { wave, .. } => {
                    let told = recipients.get(wave).cloned().unwrap_or_default();
                    self.queue_notices(moment, plan, &after, *wave, told)?;
                    // Who came to run it while this was decided is in neither list.
                    plan.job(EXPOSURE, Follow::Case(id.to_string(), None).into_body(), moment.now);
                }
                Event::MatchJudged { matched, verdict: MatchVerdict::Same, .. } => {
                    let follow = Follow::Case(id.to_string(), Some(matched.expose().org));
                    plan.job(EXPOSURE, follow.into_body(), moment.now);
                }
                Event::UrgencySet { urgent: true, .. }
                | Event::TriggerRaised { reason: ReleaseReason::Exploited, confirmed: true, .. } => {
                    self.make_urgent(moment, plan, &after).await?
                }
                Event::TermsSet { terms } => self.revise_terms(moment, plan, &id.to_string(), terms).await?,
                Event::CaseReleased { .. } => self.publish(moment, plan, &after).await?,
                _ => {}
            }
        }
        for (org, about) in words(case, &events) {
            self.send_word(moment, plan, id, org, about).await?;
        }
        Ok(after)
    }

    /// Cases the actor may see.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn cases(&self, actor: &Actor, page: &PageRequest) -> Result<Page<CaseView>, AppError> {
        self.page::<Case, _>(actor, Act::SeeCase, page, None, CaseView::line).await
    }

    /// One case.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there or not visible.
    pub async fn case(&self, actor: &Actor, id: &str) -> Result<CaseView, AppError> {
        let case = self.visible::<Case>(id, actor, Act::SeeCase).await?;
        let mut view = CaseView::of(&case);
        view.show_duties(&case, &self.settings.policy.profile);
        self.show_contacts(&mut view).await?;
        for named in view.named() {
            named.name = self.name_of(&named.id).await?;
        }
        Ok(view)
    }
}
