//! A case as one archive, for the record of its coordinators. It is made part by part while it is sent, so that it takes
//! no more memory than its largest part, whatever the number of findings and attachments.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor};
use forewarn_core::case::Case;
use forewarn_core::ids::FindingId;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::views::{FindingView, LARGEST_PAGE, PageRequest};
use super::{App, AppError};

/// Bytes of a block of a tar.
const BLOCK: usize = 512;

/// A file of an archive that is not written yet.
enum Part {
    Case,
    Timeline,
    Evidence,
    Notices,
    Advisory,
    Finding(FindingId),
    Attachment { finding: String, id: String },
    Sums,
}

/// An archive under way.
struct Archive {
    app: Arc<App>,
    actor: Actor,
    case: String,
    number: String,
    parts: VecDeque<Part>,
    sums: String,
}

impl App {
    /// A tar of everything about a case that `actor` may see, and the name to store it under. The bytes follow from what
    /// is in it. The first part is made at once, so that what is refused is an error and not a short answer.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its other parties
    /// and for a credential without the findings scope.
    pub async fn case_file(
        self: &Arc<Self>,
        actor: &Actor,
        id: &str,
    ) -> Result<(String, impl Stream<Item = Result<Bytes, AppError>> + Send + use<>), AppError> {
        let case = self.visible::<Case>(id, actor, Act::SeeCase).await?;
        if !(case.may(Act::SeeEvidence) && case.may(Act::SeeParties)) {
            return Err(Refusal::Forbidden("only the case's coordinators take its file").into());
        }
        if let Some(finding) = case.findings.keys().next() {
            self.finding_in_file(actor, finding).await?;
        }
        let mut parts: VecDeque<Part> =
            [Part::Case, Part::Timeline, Part::Evidence, Part::Notices, Part::Advisory].into();
        parts.extend(case.findings.keys().copied().map(Part::Finding));
        parts.push_back(Part::Sums);
        let mut archive = Archive {
            app: Arc::clone(self),
            actor: actor.clone(),
            case: id.to_owned(),
            number: case.number.clone(),
            parts,
            sums: String::new(),
        };
        let name = format!("{}.tar", case.number);
        let first = archive.next().await?.unwrap_or_default();
        let rest = stream::try_unfold(archive, |mut archive| async {
            Ok::<_, AppError>(archive.next().await?.map(|part| (part, archive)))
        });
        let rest = rest.inspect(|part| {
            if part.is_err() {
                tracing::error!("a case file ended early");
            }
        });
        // Two empty blocks say that nothing is missing.
        let end = stream::iter([Ok(Bytes::from_static(&[0; 2 * BLOCK]))]);
        Ok((name, stream::iter([Ok(first)]).chain(rest).chain(end)))
    }

    async fn notice_list(&self, actor: &Actor, id: &str) -> Result<Vec<super::NoticeStatus>, AppError> {
        let mut page = PageRequest { limit: Some(LARGEST_PAGE), ..PageRequest::default() };
        let mut all = Vec::new();
        loop {
            let found = self.notices_of_case(actor, id, &page).await?;
            all.extend(found.items);
            page.after = found.next;
            if page.after.is_none() {
                return Ok(all);
            }
        }
    }

    async fn finding_in_file(&self, actor: &Actor, finding: &FindingId) -> Result<FindingView, AppError> {
        match self.finding(actor, &finding.to_string()).await {
            Err(AppError::Refused(Refusal::NotFound)) => {
                let text = "a case file has the findings in it, so it needs the findings scope too";
                Err(Refusal::Forbidden(text).into())
            }
            found => found,
        }
    }
}

impl Archive {
    /// The next file with its header; `None` after the last.
    async fn next(&mut self) -> Result<Option<Bytes>, AppError> {
        while let Some(part) = self.parts.pop_front() {
            if let Some((name, bytes)) = self.file(part).await? {
                self.sums.push_str(&format!("{}  {name}\n", hex::encode(Sha256::digest(&bytes))));
                return entry(&format!("{}/{name}", self.number), bytes).map(Some);
            }
        }
        Ok(None)
    }

    /// Name and content of a file; `None` where there is none.
    async fn file(&mut self, part: Part) -> Result<Option<(String, Vec<u8>)>, AppError> {
        let (app, actor, id) = (Arc::clone(&self.app), self.actor.clone(), self.case.clone());
        let named = |name: &str, bytes| Ok(Some((name.to_owned(), bytes)));
        match part {
            Part::Case => named("case.json", json(&app.case(&actor, &id).await?)?),
            Part::Timeline => named("timeline.json", json(&app.timeline(&actor, &id).await?)?),
            Part::Evidence => named("evidence.json", json(&app.evidence(&actor, &id).await?)?),
            Part::Notices => named("notices.json", json(&app.notice_list(&actor, &id).await?)?),
            Part::Advisory => match app.advisory(&actor, &self.number).await {
                Ok((_, csaf)) => named("advisory.csaf.json", csaf.into_bytes()),
                // Nothing of it is public.
                Err(AppError::Refused(Refusal::NotFound)) => Ok(None),
                Err(other) => Err(other),
            },
            Part::Finding(finding) => {
                let view = app.finding_in_file(&actor, &finding).await?;
                let finding = finding.to_string();
                let of = |id: &String| Part::Attachment { finding: finding.clone(), id: id.clone() };
                // They follow their finding; what the reader may not see is not among them.
                for attachment in view.attachments.iter().rev() {
                    self.parts.push_front(of(&attachment.id));
                }
                named(&format!("findings/{finding}.json"), json(&view)?)
            }
            Part::Attachment { finding, id } => {
                let found = app.attachment(&actor, &finding, &id).await?;
                let kind = found.attachment.kind.as_str();
                named(&format!("attachments/{finding}/{kind}-{id}"), found.bytes)
            }
            Part::Sums => named("SHA256SUMS", std::mem::take(&mut self.sums).into_bytes()),
        }
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, AppError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|_| AppError::Internal("case file is not JSON"))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// One file of a tar. Owner, mode and time are the same for every file, so that the same files are the same bytes.
fn entry(path: &str, bytes: Vec<u8>) -> Result<Bytes, AppError> {
    let mut header = tar::Header::new_ustar();
    header.set_path(path).map_err(|_| AppError::Internal("case file was not written"))?;
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    let mut entry = header.as_bytes().to_vec();
    entry.extend(bytes);
    entry.resize(entry.len().next_multiple_of(BLOCK), 0);
    Ok(entry.into())
}
