//! Reproducers, traces and patches: stored as blobs, bound to a finding.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, Visible};
use forewarn_core::aggregate::Category;
use forewarn_core::case::Case;
use forewarn_core::event::StreamId;
use forewarn_core::finding::{self, Attachment, AttachmentKind, Command, Finding, MediaType};
use forewarn_core::ids::{AttachmentId, OrgId};
use forewarn_store::Query;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{App, AppError, Moment, Plan, UseCase};

/// Most cases that a finding was in before and that went on without it.
const MOST_BEFORE: u32 = 20;

/// Add a file to a finding.
pub struct AddAttachment {
    /// The finding.
    pub finding: String,
    /// What the file is for.
    pub kind: AttachmentKind,
    /// What it says it is.
    pub media_type: MediaType,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Answer to an added file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attached {
    /// Id of the file; of the one that was there before, if it was the same.
    pub id: String,
    /// Lower-case hex SHA-256 of it.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// A file as it is handed out.
pub struct AttachmentBytes {
    /// What it is for, and what it says it is.
    pub attachment: Attachment,
    /// The file.
    pub bytes: Vec<u8>,
}

impl UseCase for AddAttachment {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let finding = app.visible::<Finding>(&self.finding, moment.actor, Act::SeeFinding).await?;
        let attachment = Attachment {
            id: AttachmentId(moment.uuid()),
            kind: self.kind,
            media_type: self.media_type,
            size: self.bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&self.bytes)),
        };
        let same = |known: &&Attachment| known.sha256 == attachment.sha256 && known.kind == attachment.kind;
        let id = finding.attachments.iter().find(same).map_or(attachment.id, |known| known.id);
        let (sha256, size) = (attachment.sha256.clone(), attachment.size);
        let events = finding::decide(&finding, Command::Attach { attachment }, &moment.facts())?;
        let mut plan = Plan::answer(201, &Attached { id: id.to_string(), sha256, size })?;
        if !events.is_empty() {
            plan.blob::<Finding>(&self.finding, self.bytes.clone());
        }
        plan.append::<Finding>(moment, &self.finding, finding.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// One file of a finding.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there or not the reader's to see, which for a vendor also is when it does
    /// not consent to the embargo of the case.
    pub async fn attachment(
        &self,
        actor: &Actor,
        finding: &str,
        id: &str,
    ) -> Result<AttachmentBytes, AppError> {
        let finding = match self.visible::<Finding>(finding, actor, Act::SeeAttachment).await {
            Err(AppError::Refused(Refusal::NotFound)) => self.as_vendor(actor, finding).await?,
            other => other?,
        };
        let wanted: AttachmentId = id.parse().map_err(|_| Refusal::NotFound)?;
        let found = finding.attachments.iter().find(|known| known.id == wanted).ok_or(Refusal::NotFound)?;
        let mut digest = [0; 32];
        hex::decode_to_slice(&found.sha256, &mut digest)
            .map_err(|_| AppError::Internal("attachment digest"))?;
        let owner = StreamId::new(Category::Finding, finding.id.ok_or(Refusal::NotFound)?);
        let stored = self.store.blob(&owner, &digest).await?;
        let bytes = stored.ok_or(AppError::Internal("attachment without bytes"))?;
        Ok(AttachmentBytes { attachment: found.clone(), bytes })
    }

    /// The finding for a vendor that was given the proof of concept and consents now.
    async fn as_vendor(&self, actor: &Actor, id: &str) -> Result<Visible<Finding>, AppError> {
        let finding = self.visible::<Finding>(id, actor, Act::SeeProof).await?;
        let id = finding.id.ok_or(Refusal::NotFound)?;
        let case = self.case_of(id).await?.ok_or(Refusal::NotFound)?;
        let mut cases = vec![case.to_string()];
        // Its case went on for its vendor when the finding came into another.
        let mut query = Query::new(Category::Case, Filter::Everything, MOST_BEFORE);
        query.key = Some(("rests-on".into(), id.to_string()));
        cases.extend(self.store.list(&query).await?.into_iter().map(|found| found.id));
        for case in cases {
            match self.visible::<Case>(&case, actor, Act::SeeDetail).await {
                Err(AppError::Refused(Refusal::NotFound)) => {}
                other => return other.map(|_| finding),
            }
        }
        Err(Refusal::NotFound.into())
    }

    /// Whether an organisation is a consenting vendor of the case a finding is in, and `actor` one of the coordinators
    /// who decide in that case.
    pub(super) async fn is_bound_vendor(
        &self,
        actor: &Actor,
        finding: &Finding,
        vendor: OrgId,
    ) -> Result<bool, AppError> {
        let Some(case) = self.case_of(finding.id.ok_or(Refusal::NotFound)?).await? else { return Ok(false) };
        let case = match self.visible::<Case>(&case.to_string(), actor, Act::Approve).await {
            Err(AppError::Refused(Refusal::NotFound)) => return Ok(false),
            other => other?,
        };
        let consent = case.vendors.get(&vendor).map(|party| party.consent);
        Ok(consent == Some(forewarn_core::case::Consent::Signatory))
    }
}
