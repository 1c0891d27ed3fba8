//! A case as one archive, for the record of its coordinators.

use std::collections::BTreeMap;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::case::Case;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::views::{LARGEST_PAGE, PageRequest};
use super::{App, AppError};

/// The files of an archive by name, in the order in which they are written.
type Files = BTreeMap<String, Vec<u8>>;

impl App {
    /// A tar of everything about a case, and the name to store it under. The bytes follow from what is in it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its other parties
    /// and for a credential without the findings scope.
    pub async fn case_file(&self, actor: &Actor, id: &str) -> Result<(String, Vec<u8>), AppError> {
        let case = self.visible::<Case>(id, actor, Act::SeeCase).await?;
        if !(case.may(Act::SeeEvidence) && case.may(Act::SeeParties)) {
            return Err(Refusal::Forbidden("only the case's coordinators take its file").into());
        }
        let mut files = Files::new();
        put(&mut files, "case.json", &self.case(actor, id).await?)?;
        put(&mut files, "timeline.json", &self.timeline(actor, id).await?)?;
        put(&mut files, "evidence.json", &self.evidence(actor, id).await?)?;
        put(&mut files, "notices.json", &self.notice_list(actor, id).await?)?;
        self.put_findings(&mut files, actor, &case).await?;
        match self.advisory(actor, &case.number).await {
            Ok((_, csaf)) => {
                files.insert("advisory.csaf.json".into(), csaf.into_bytes());
            }
            // Nothing of it is public.
            Err(AppError::Refused(Refusal::NotFound)) => {}
            Err(other) => return Err(other),
        }
        let sums: String = files
            .iter()
            .map(|(name, bytes)| format!("{}  {name}\n", hex::encode(Sha256::digest(bytes))))
            .collect();
        files.insert("SHA256SUMS".into(), sums.into_bytes());
        Ok((format!("{}.tar", case.number), archive(&case.number, &files)?))
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

    async fn put_findings(
        &self,
        files: &mut Files,
        actor: &Actor,
        case: &Visible<Case>,
    ) -> Result<(), AppError> {
        for finding in case.findings.keys() {
            let view = match self.finding(actor, &finding.to_string()).await {
                Err(AppError::Refused(Refusal::NotFound)) => {
                    let text = "a case file has the findings in it, so it needs the findings scope too";
                    return Err(Refusal::Forbidden(text).into());
                }
                found => found?,
            };
            put(files, &format!("findings/{finding}.json"), &view)?;
        }
        Ok(())
    }
}

fn put(files: &mut Files, name: &str, value: &impl Serialize) -> Result<(), AppError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|_| AppError::Internal("case file is not JSON"))?;
    bytes.push(b'\n');
    files.insert(name.to_owned(), bytes);
    Ok(())
}

/// A tar of one folder. Owner, mode and time are the same for every file, so that the same files are the same bytes.
fn archive(folder: &str, files: &Files) -> Result<Vec<u8>, AppError> {
    let failed = |_| AppError::Internal("case file was not written");
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o600);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, format!("{folder}/{name}"), bytes.as_slice()).map_err(failed)?;
    }
    archive.into_inner().map_err(failed)
}
