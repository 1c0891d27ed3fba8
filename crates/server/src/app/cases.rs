//! Work on cases.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::case::{
    self, Case, Command, DraftText, Event, MatchVerdict, ReleaseReason, Terms, Tlp, VendorStatus, Verdict,
    WaveGate,
};
use forewarn_core::finding::{self, Finding};
use forewarn_core::ids::{OrgId, WaveId};
use forewarn_core::sharing::{Audience, ContentLevel, Reach, Recipient};
use forewarn_exposure::{Affected, Confidence};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::following::{EXPOSURE, Follow};
use super::views::{CaseView, Page, PageRequest};
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

/// An act on a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CaseAct {
    /// Confirm it, or say that it could not be reproduced.
    Validate {
        /// `confirmed`, `not-reproduced`, `not-a-vulnerability`, `already-public` or `needs-information`.
        #[schema(value_type = String)]
        verdict: Verdict,
        /// How it was checked.
        method: String,
        /// What shows it.
        evidence: String,
    },
    /// Give it back unchecked, as the validator that took it.
    GiveBack,
    /// Dispute it.
    Dispute {
        /// Why.
        reason: String,
    },
    /// Correct what is affected.
    CorrectAffected {
        /// The whole new list.
        #[schema(value_type = Vec<Object>)]
        affected: Vec<Affected>,
    },
    /// Say whether a component under another name is the affected product.
    JudgeMatch {
        /// Id of the suggested match, from the case's exposure.
        #[serde(rename = "match")]
        matched: String,
        /// `same` makes it exposure, `different` keeps it from being suggested again.
        #[schema(value_type = String)]
        verdict: MatchVerdict,
        /// Why.
        reason: String,
    },
    /// Put a finding into the case by hand.
    Join {
        /// Which.
        finding: String,
        /// Why.
        why: String,
    },
    /// Set embargo terms.
    SetTerms {
        /// Moment of release, RFC 3339.
        #[schema(value_type = String)]
        release_at: Timestamp,
        /// IANA time zone in which it was agreed.
        zone: String,
        /// TLP label.
        #[schema(value_type = String)]
        tlp: Tlp,
        /// Reasons for an early end that are agreed beforehand; every one when left out.
        #[serde(default)]
        #[schema(value_type = Option<Vec<String>>)]
        triggers: Option<BTreeSet<ReleaseReason>>,
    },
    /// Invite a vendor.
    InviteVendor {
        /// Organisation.
        vendor: String,
    },
    /// Answer the embargo terms as a vendor.
    AnswerTerms {
        /// Yes or no.
        accept: bool,
    },
    /// State whether products are affected, as a vendor.
    State {
        /// `affected`, `not-affected` or `unknown`.
        #[schema(value_type = String)]
        status: VendorStatus,
        /// In the vendor's words.
        statement: String,
    },
    /// Record that a fix is ready.
    RecordFix {
        /// Versions that fix it.
        fixed_in: Vec<String>,
    },
    /// Write an advisory revision.
    Draft {
        /// The text.
        #[schema(value_type = Object)]
        text: DraftText,
    },
    /// Propose a wave; counts as the proposer's approval.
    ProposeWave {
        /// `existence`, `mitigation`, `detail` or `proof-of-concept`.
        #[schema(value_type = String)]
        level: ContentLevel,
        /// Sector codes; empty for all.
        #[serde(default)]
        sectors: BTreeSet<String>,
        /// Country codes; empty for all.
        #[serde(default)]
        countries: BTreeSet<String>,
        /// `exact`, `range`, `product-only` or `needs-person`; `range` when left out.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        least_confidence: Option<Confidence>,
        /// Why no vendor is in it, when none is.
        #[serde(default)]
        without_vendor: Option<String>,
        /// A proof of concept before a fix.
        #[serde(default)]
        proof_before_fix: bool,
        /// Organisations it is limited to; empty for no such limit.
        #[serde(default)]
        organisations: BTreeSet<String>,
        /// `exposed`, or `everyone` for those of the sectors or organisations whatever their inventories show.
        #[serde(default)]
        #[schema(value_type = String)]
        reach: Reach,
        /// Not before this moment, RFC 3339.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        not_before: Option<Timestamp>,
        /// Not before a fix is ready.
        #[serde(default)]
        after_fix: bool,
    },
    /// Approve a wave; the last approval needed sends it.
    ApproveWave {
        /// Which.
        wave: String,
    },
    /// Propose the release; counts as the proposer's approval.
    ProposeRelease {
        /// `scheduled`, `exploited`, `leaked`, `fix-public` or `vendor-silent`.
        #[schema(value_type = String)]
        reason: ReleaseReason,
    },
    /// Approve the release; the last approval needed publishes, or when the agreed moment comes.
    ApproveRelease,
    /// Put the findings of another case into this one.
    Merge {
        /// The other case.
        from: String,
        /// Why.
        why: String,
    },
    /// Put some findings of this case into another.
    Split {
        /// Which.
        findings: Vec<String>,
        /// The other case; a new one when left out.
        #[serde(default)]
        into: Option<String>,
        /// Why.
        why: String,
    },
    /// Take back a merge into this case, or a split from it.
    Undo {
        /// The other case.
        other: String,
    },
    /// Report that a trigger for an early end has come, as a party of the case.
    RaiseTrigger {
        /// `exploited`, `leaked`, `fix-public` or `vendor-silent`.
        #[schema(value_type = String)]
        reason: ReleaseReason,
        /// What shows it.
        evidence: String,
    },
    /// Hold that a raised trigger is none; with enough people it is gone.
    DismissTrigger {
        /// Which.
        #[schema(value_type = String)]
        reason: ReleaseReason,
    },
    /// Sign beforehand that a trigger lifts the embargo by itself after some hours.
    SignRule {
        /// Which trigger.
        #[schema(value_type = String)]
        reason: ReleaseReason,
        /// Hours between trigger and release.
        hours: u32,
    },
    /// Promise a fix by a moment, as a vendor.
    PromiseFix {
        /// RFC 3339.
        #[schema(value_type = String)]
        by: Timestamp,
    },
    /// Ask to move the release, as a vendor.
    RequestExtension {
        /// RFC 3339.
        #[schema(value_type = String)]
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// Decline to move it; `set-terms` grants it.
    DeclineExtension {
        /// Why.
        reason: String,
    },
    /// Put it into the top tier (exploited, or to be acted on at once), or take it out. Its notices are told on every
    /// way and without hours of quiet.
    SetUrgency {
        /// Whether it is of the top tier.
        urgent: bool,
        /// Why.
        reason: String,
    },
    /// Close it.
    Close,
    /// Withdraw it.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Reopen it.
    Reopen {
        /// Why.
        reason: String,
    },
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
        match &self.act {
            CaseAct::Merge { from, why } => return app.merge(moment, &case, from, why).await,
            CaseAct::Split { findings, into, why } => {
                return app.split(moment, &case, findings, into.as_deref(), why).await;
            }
            CaseAct::Undo { other } => return app.undo(moment, &case, other).await,
            _ => {}
        }
        let mut plan = Plan::default();
        let command = app.command(&case, &self.act, moment, &mut plan).await?;
        let wave = match &command {
            Command::ProposeWave { wave, .. } => Some(wave.to_string()),
            _ => None,
        };
        // The very recipients that the decision names get the notices.
        let recipients = match &command {
            Command::ApproveWave { wave, recipients } => BTreeMap::from([(*wave, recipients.clone())]),
            _ => BTreeMap::new(),
        };
        let events = case::decide(&case, command, &moment.facts())?;
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
        let is_vendor =
            known.is_some_and(|org| org.profile.roles.contains(&forewarn_core::access::Role::Vendor));
        if !is_vendor {
            let message = "is not an enrolled vendor".into();
            return Err(AppError::Invalid { place: "/vendor".into(), message });
        }
        Ok(Command::InviteVendor { vendor: id })
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

    /// Appends what was decided with what follows from it: notices, what becomes public, and when to look again.
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
        self.look_again(moment, plan, Some(case), &after);
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
        let mut view = CaseView::of(&self.visible::<Case>(id, actor, Act::SeeCase).await?);
        for named in view.named() {
            named.name = self.name_of(&named.id).await?;
        }
        Ok(view)
    }
}
