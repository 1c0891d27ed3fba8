//! The text of a notice, sealed to its reader's keys: made once for a text and a set of keys, and kept.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{self, Case, Content};
use forewarn_core::event::{Recorded, StreamId, decode};
use forewarn_core::ids::OrgId;
use forewarn_core::notice::{self, Command, Notice, Sealed};
use forewarn_core::party::Organisation;
use forewarn_core::sharing::ExposureLine;
use forewarn_exposure::Affected;
use forewarn_seal::{Attested, Recipient, SigningKey, seal_notice};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::log::Evidence;
use super::views::{EmbargoView, SealedView};
use super::{App, AppError, Call, Moment, Plan, UseCase};
use crate::keys::MachineRandom;

/// What is sealed: everything of a notice that tells what it is about.
#[derive(Clone, Serialize, Deserialize)]
pub struct NoticeText {
    /// Id of the notice.
    pub notice: String,
    /// Id of its wave, which the approvals name.
    pub wave: String,
    /// Number of the case, for reference.
    pub number: String,
    /// Name of the recipient's organisation.
    pub recipient: String,
    /// Whether it is of the top tier.
    pub urgent: bool,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Acknowledge by.
    pub due_at: Option<Timestamp>,
    /// The embargo.
    pub embargo: Option<EmbargoView>,
    /// The content at the reader's level; none before it consented.
    pub content: Option<Content>,
    /// What is affected, for the reader to look at home; from level `mitigation` on.
    pub affected: Vec<Affected>,
    /// Where it is in the inventories that were pushed.
    pub exposure: Vec<ExposureLine>,
}

/// The sealed text with the events that prove it.
#[derive(Clone, Serialize, Deserialize)]
pub struct ProvenText {
    /// The text.
    pub text: NoticeText,
    /// The approval that sent it and the notice as it was queued, with proofs that they are in the log.
    pub evidence: Evidence,
}

/// How a reader gets the text of a notice.
pub(super) enum Reading {
    /// As it is: nobody has keys.
    Open,
    /// Sealed to these keys, by fingerprint.
    Sealed(OrgId, BTreeMap<String, Recipient>),
    /// Not at all: the recipient has its notices sealed, and the relay that reads for it has no key.
    Withheld,
}

/// A sealed notice.
pub struct SealedFile {
    /// How it was sealed.
    pub sealed: Sealed,
    /// The age file.
    pub bytes: Vec<u8>,
}

/// Seal a notice for the reader's keys, where that was not done. `again` also when keys were added since.
pub struct Seal {
    /// Which notice.
    pub id: String,
    /// Whether keys that were added since are a reason to do it again.
    pub again: bool,
}

/// Answer to [`Seal`].
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SealedDone {
    /// Id of the notice.
    pub id: String,
    /// Revision of the sealed text.
    pub revision: u32,
}

impl From<&Sealed> for SealedView {
    fn from(sealed: &Sealed) -> Self {
        Self { revision: sealed.revision, sha256: sealed.file.clone(), keys: sealed.keys.clone() }
    }
}

fn keys_of(org: &Organisation) -> BTreeMap<String, Recipient> {
    // What was registered was read as a key then.
    let read = |(id, key): (&str, &forewarn_core::party::SealingKey)| {
        Some((id.to_owned(), key.key.recipient.parse().ok()?))
    };
    org.active_keys().filter_map(read).collect()
}

impl UseCase for Seal {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let notice = app.visible::<Notice>(&self.id, moment.actor, Act::SeeNotice).await?;
        let Reading::Sealed(reader, keys) = app.reading(moment.actor, &notice).await? else {
            return Err(Refusal::NotFound.into());
        };
        let text = app.text_of(&notice).await?;
        let plain = serde_json::to_vec(&text).map_err(|_| AppError::Internal("text is not JSON"))?;
        let digest = hex::encode(Sha256::digest(&plain));
        let active: BTreeSet<String> = keys.keys().cloned().collect();
        let known = notice.sealed_for(reader, &digest, &active);
        if let Some(known) = known.filter(|known| !self.again || known.keys == active) {
            return Plan::answer(200, &SealedDone { id: self.id.clone(), revision: known.revision });
        }
        let revision = notice.next_revision(reader);
        let bytes = app.seal(&notice, text, (reader, revision), keys.values().collect()).await?;
        let sealed =
            Sealed { revision, text: digest, keys: active, file: hex::encode(Sha256::digest(&bytes)) };
        let events = notice::decide(&notice, Command::Seal(sealed), &moment.facts())?;
        let mut plan = Plan::answer(200, &SealedDone { id: self.id.clone(), revision })?;
        plan.blob::<Notice>(&self.id, bytes);
        plan.append::<Notice>(moment, &self.id, notice.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// How this reader gets the text of a notice.
    pub(super) async fn reading(&self, actor: &Actor, notice: &Notice) -> Result<Reading, AppError> {
        let (Some(reader), Some(recipient)) = (actor.org(), notice.org) else { return Ok(Reading::Open) };
        let of = async |org: OrgId| -> Result<_, AppError> {
            Ok(self.organisation(org).await?.map(|org| keys_of(&org)).unwrap_or_default())
        };
        let own = of(recipient).await?;
        if reader == recipient {
            return Ok(if own.is_empty() { Reading::Open } else { Reading::Sealed(reader, own) });
        }
        let keys = of(reader).await?;
        Ok(match (own.is_empty(), keys.is_empty()) {
            (_, false) => Reading::Sealed(reader, keys),
            (true, true) => Reading::Open,
            (false, true) => Reading::Withheld,
        })
    }

    async fn text_of(&self, notice: &Visible<Notice>) -> Result<NoticeText, AppError> {
        let case = match notice.case {
            Some(case) => self.guarded::<Case>(&case.to_string()).await?,
            None => None,
        };
        let content = self.content(notice).await?;
        let affected =
            content.as_ref().zip(case.as_ref()).map(|(content, case)| case.guarded().affected_of(content));
        let recipient = notice.org.ok_or(Refusal::NotFound)?;
        let over = if notice.lifted { "public" } else { "active" };
        Ok(NoticeText {
            notice: notice.id.map(|id| id.to_string()).unwrap_or_default(),
            wave: notice.wave.map(|wave| wave.to_string()).unwrap_or_default(),
            number: notice.number.clone(),
            recipient: self.name_of(&recipient.to_string()).await?,
            urgent: notice.urgent,
            sent_at: super::views::moment(notice.queued_at),
            due_at: notice.due_at,
            embargo: notice.terms.as_ref().map(|terms| EmbargoView::of(terms, over)),
            affected: affected.unwrap_or_default().to_vec(),
            content,
            exposure: notice.exposure.expose().clone(),
        })
    }

    async fn seal(
        &self,
        notice: &Notice,
        text: NoticeText,
        (reader, revision): (OrgId, u32),
        keys: Vec<&Recipient>,
    ) -> Result<Vec<u8>, AppError> {
        let (approval, queued) = self.approval_of(notice).await?;
        let attested = Attested {
            notice: text.notice.clone(),
            revision,
            recipient: reader.to_string(),
            approval: approval.commitment(),
        };
        let evidence = self.proven(vec![approval, queued]).await?;
        let text = serde_json::to_vec(&ProvenText { text, evidence })
            .map_err(|_| AppError::Internal("text is not JSON"))?;
        let key = SigningKey::from_bytes(&self.settings.log_key);
        seal_notice(&mut MachineRandom::default(), &key, &attested, &keys, &text)
            .map_err(|_| AppError::Internal("a notice could not be sealed"))
    }

    /// The last approval of the wave before the notice was queued, and that event. Whom else the wave reaches, and why, is
    /// in other events, which are not given away.
    async fn approval_of(&self, notice: &Notice) -> Result<(Recorded, Recorded), AppError> {
        let (Some(id), Some(case), Some(wave)) = (notice.id, notice.case, notice.wave) else {
            return Err(Refusal::NotFound.into());
        };
        let own = self.store.stream(&StreamId::new(Category::Notice, id)).await?;
        let queued = own.into_iter().next().ok_or(AppError::Internal("a notice without events"))?;
        let approves = |event: &Recorded| {
            event.seq <= queued.seq
                && event.event.kind == "wave-approved"
                && decode::<case::Event>(&event.event.bytes).is_ok_and(
                    |known| matches!(known.data, case::Event::WaveApproved { wave: of, .. } if of == wave),
                )
        };
        let events = self.store.stream(&StreamId::new(Category::Case, case)).await?;
        let approval = events.into_iter().rfind(approves);
        Ok((approval.ok_or(AppError::Internal("a notice without an approval"))?, queued))
    }

    /// A notice, sealed to the reader's keys. Reading it is recorded the first time.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there, not the actor's, or not sealed because there is no key.
    pub async fn sealed_notice(&self, actor: &Actor, id: &str) -> Result<SealedFile, AppError> {
        let notice = self.visible::<Notice>(id, actor, Act::SeeNotice).await?;
        let Reading::Sealed(reader, _) = self.reading(actor, &notice).await? else {
            return Err(Refusal::NotFound.into());
        };
        self.note_opened(actor, &notice, id).await?;
        let call = Call { actor: actor.clone(), key: None, digest: [0; 32] };
        self.execute(&call, &Seal { id: id.to_owned(), again: false }).await?;
        let notice = self.visible::<Notice>(id, actor, Act::SeeNotice).await?;
        let sealed = notice.sealed.get(&reader).cloned().ok_or(Refusal::NotFound)?;
        let mut digest = [0; 32];
        hex::decode_to_slice(&sealed.file, &mut digest).map_err(|_| AppError::Internal("a digest"))?;
        let stored = self.store.blob(&StreamId::new(Category::Notice, id), &digest).await?;
        let bytes = stored.ok_or(AppError::Internal("a sealed notice without bytes"))?;
        Ok(SealedFile { sealed, bytes })
    }

    /// What of a sealed or withheld notice is not shown to its reader.
    pub(super) async fn is_closed(&self, actor: &Actor, notice: &Notice) -> Result<bool, AppError> {
        Ok(!matches!(self.reading(actor, notice).await?, Reading::Open))
    }
}
