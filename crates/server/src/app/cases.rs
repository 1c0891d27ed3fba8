//! Work on cases.

use std::collections::BTreeSet;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::case::{
    self, Case, Command, DraftText, Event, ReleaseReason, Terms, Tlp, VendorStatus, Verdict,
};
use forewarn_core::finding::{self, Finding};
use forewarn_core::ids::WaveId;
use forewarn_core::sharing::{Audience, ContentLevel, Recipient};
use forewarn_exposure::{Affected, Confidence};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
        /// `confirmed` or `not-reproduced`.
        #[schema(value_type = String)]
        verdict: Verdict,
        /// How it was checked.
        method: String,
        /// What shows it.
        evidence: String,
    },
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
    /// Approve the release; the last approval needed publishes.
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
            Command::ApproveWave { recipients, .. } => recipients.clone(),
            _ => Vec::new(),
        };
        let events = case::decide(&case, command, &moment.facts())?;
        app.apply(moment, &mut plan, &case, events, wave, recipients).await?;
        Ok(plan)
    }
}

/// A case after some events that are not in the log yet.
pub(super) fn after(case: &Case, events: &[Event], moment: &Moment<'_>) -> Case {
    let meta = Meta { at: moment.now, actor: moment.actor.label(), version: 0 };
    events.iter().fold(case.clone(), |state, event| state.evolve(&meta, event))
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
            CaseAct::Dispute { reason } => Command::Dispute { reason },
            CaseAct::CorrectAffected { affected } => Command::CorrectAffected { affected },
            CaseAct::Join { finding, why } => self.join_by_hand(case, &finding, why, moment, plan).await?,
            CaseAct::SetTerms { release_at, zone, tlp } => {
                Command::SetTerms { terms: Terms { release_at, zone, tlp } }
            }
            CaseAct::InviteVendor { vendor } => self.invitation(&vendor).await?,
            CaseAct::AnswerTerms { accept } => Command::AnswerTerms { accept },
            CaseAct::State { status, statement } => Command::VendorStatement { status, statement },
            CaseAct::RecordFix { fixed_in } => Command::RecordFix { fixed_in },
            CaseAct::Draft { text } => Command::Draft { text: Box::new(text) },
            CaseAct::ProposeWave {
                level,
                sectors,
                countries,
                least_confidence,
                without_vendor,
                proof_before_fix,
            } => Command::ProposeWave {
                wave: WaveId(moment.uuid()),
                level,
                audience: Audience {
                    sectors,
                    countries,
                    least_confidence: least_confidence.unwrap_or(Confidence::Range),
                },
                without_vendor,
                proof_before_fix,
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
            CaseAct::Close => Command::Close,
            CaseAct::Withdraw { reason } => Command::Withdraw { reason },
            CaseAct::Reopen { reason } => Command::Reopen { reason },
        })
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
        recipients: Vec<Recipient>,
    ) -> Result<(), AppError> {
        let after = after(case, &events, moment);
        let id = case.id.ok_or(Refusal::NotFound)?;
        // The decision comes before what follows from it, in the log too.
        plan.append::<Case>(moment, id, case.version(), events.clone())?;
        let mut notified = None;
        for event in &events {
            match event {
                Event::WaveSent { wave, .. } => {
                    notified = Some(recipients.len());
                    self.queue_notices(moment, plan, &after, *wave, recipients.clone())?;
                }
                Event::TermsSet { terms } => self.revise_terms(moment, plan, &id.to_string(), terms).await?,
                Event::CaseReleased { .. } => self.publish(moment, plan, &after).await?,
                _ => {}
            }
        }
        let done = CaseDone {
            case: id.to_string(),
            number: case.number.clone(),
            state: after.state_name().into(),
            wave,
            notified,
        };
        plan.respond(200, &done)
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
