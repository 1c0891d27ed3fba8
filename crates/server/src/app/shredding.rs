//! Destroying a case: two of its coordinators decide, with their own tokens; then its keys are destroyed.

use std::collections::BTreeSet;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::Case;
use forewarn_core::credential::CredentialKind;
use forewarn_core::event::{StreamId, decode};
use forewarn_core::finding::Finding;
use forewarn_core::notice;
use forewarn_core::reading::Channel;
use forewarn_core::shredding::{self, Shredding};
use forewarn_store::Query;

use super::walk::Pages;
use super::{App, AppError, Call, Desk, Moment, Plan, UseCase, guard};

/// That a case is to be destroyed, by the two who decide it.
struct Shred<'a> {
    case: &'a str,
    deciders: [&'a Actor; 2],
    reason: &'a str,
}

impl UseCase for Shred<'_> {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let [one, two] = self.deciders;
        let first = app.visible::<Case>(self.case, one, Act::SeeCase).await?;
        let second = app.visible::<Case>(self.case, two, Act::SeeCase).await?;
        let events =
            shredding::decide(&Shredding::default(), [&first, &second], self.reason, &moment.facts())?;
        let mut plan = Plan::answer(200, &())?;
        plan.append::<Shredding>(moment, self.case, 0, events)?;
        Ok(plan)
    }
}

impl App {
    /// Destroys a case for ever, with its findings, their files, its notices, its messages and its place in the order: their data keys
    /// go, and with them everything sealed under them. That it was destroyed, by whom and why, stays in the log. Called
    /// again for a case whose destruction was decided, it goes on with it and asks nobody.
    ///
    /// `tokens` are those of the two coordinators who decide. Says how many streams there were.
    ///
    /// # Errors
    /// When they are not two coordinators of the case, or it is not over.
    pub async fn shred(&self, case: &str, tokens: [&str; 2], reason: &str) -> Result<u64, AppError> {
        if self.store.get(Category::Shredding, case).await?.is_none() {
            let one = self.authenticate(tokens[0], &[CredentialKind::Token]).await?;
            let two = self.authenticate(tokens[1], &[CredentialKind::Token]).await?;
            let decision = Shred { case, deciders: [&one, &two], reason };
            // That these two opened it is in the event of the decision itself.
            let desk = Desk::new(&one, Channel::Act);
            desk.at(self.execute(&Call::system(), &decision)).await?;
        }
        let Some(document) = self.store.get(Category::Case, case).await? else { return Ok(0) };
        let found = guard::<Case>(&document)?.see(&Actor::System, Act::SeeCase).ok_or(Refusal::NotFound)?;
        let mut streams = Vec::new();
        for category in [Category::Notice, Category::Thread] {
            self.collect(&mut streams, category, "case", case).await?;
        }
        let mut findings: BTreeSet<String> = found.findings.keys().map(ToString::to_string).collect();
        for finding in found.findings.keys() {
            let mut others = Vec::new();
            self.collect(&mut others, Category::Finding, "duplicate-of", &finding.to_string()).await?;
            findings.extend(others.into_iter().map(|stream| stream.id));
        }
        let mut blobs = self.blobs_of(&findings).await?;
        blobs.extend(self.sealed_of(case).await?);
        streams.extend(findings.iter().map(|id| StreamId::new(Category::Finding, id)));
        streams.push(StreamId::new(Category::Priority, case));
        // The case goes in the same transaction; while it is there, all of this can be found again.
        streams.push(StreamId::new(Category::Case, case));
        Ok(self.store.shred(&streams, &blobs).await?)
    }

    /// Adds the streams of a category that have this key.
    pub(super) async fn collect(
        &self,
        into: &mut Vec<StreamId>,
        category: Category,
        name: &str,
        value: &str,
    ) -> Result<(), AppError> {
        let mut query = Query::new(category, Filter::Everything, 500);
        query.key = Some((name.to_owned(), value.to_owned()));
        let mut pages = Pages::new(query);
        while let Some(documents) = pages.next(self.store.as_ref()).await? {
            into.extend(documents.into_iter().map(|document| StreamId::new(category, document.id)));
        }
        Ok(())
    }

    /// The sealed texts of a case's notices.
    async fn sealed_of(&self, case: &str) -> Result<Vec<(StreamId, [u8; 32])>, AppError> {
        let mut blobs = Vec::new();
        for document in self.all_notices(case).await? {
            for event in self.store.stream(&StreamId::new(Category::Notice, &document.id)).await? {
                let sealed = decode::<notice::Event>(&event.event.bytes).map(|known| known.data);
                let Ok(notice::Event::NoticeSealed { sealed, .. }) = sealed else { continue };
                let mut bytes = [0; 32];
                hex::decode_to_slice(&sealed.file, &mut bytes).map_err(|_| AppError::Internal("a digest"))?;
                blobs.push((event.stream, bytes));
            }
        }
        Ok(blobs)
    }

    /// The documents that findings came in, and their files. A document of several findings is kept once, with the first:
    /// it goes when one of them does.
    async fn blobs_of(&self, findings: &BTreeSet<String>) -> Result<Vec<(StreamId, [u8; 32])>, AppError> {
        let mut blobs = Vec::new();
        for id in findings {
            let Some(document) = self.store.get(Category::Finding, id).await? else { continue };
            let finding = guard::<Finding>(&document)?.see(&Actor::System, Act::SeeFinding);
            let Some(finding) = finding else { continue };
            let mut owners = BTreeSet::from([id.clone()]);
            if let Some(submitter) = finding.submitter {
                let keys: Vec<String> = (0..=finding.part)
                    .map(|part| Finding::document_key(submitter, &finding.document_sha256, part))
                    .collect();
                let holders = self.store.holders(Category::Finding, "document", &keys).await?;
                owners.extend(holders.into_iter().map(|(_, document)| document.id));
            }
            let files = finding.attachments.iter().map(|file| file.sha256.as_str());
            for digest in files.chain([finding.document_sha256.as_str()]) {
                let mut bytes = [0; 32];
                hex::decode_to_slice(digest, &mut bytes).map_err(|_| AppError::Internal("a digest"))?;
                let named = |owner: &String| (StreamId::new(Category::Finding, owner), bytes);
                blobs.extend(owners.iter().map(named));
            }
        }
        Ok(blobs)
    }
}
