//! Fetching what is new, and everything that follows for each notice.

use std::path::PathBuf;
use std::time::Duration;

use forewarn_seal::Identity;
use forewarn_server::app::NoticeAct;
use forewarn_server::app::views::NoticeView;
use sha2::{Digest, Sha256};

use super::card::Card;
use super::folder::{Folder, Known, Seen};
use super::open::{Opened, open};
use super::siem::{self, Body, Line};
use super::{Looking, machine, now};
use crate::client::{Client, Refused, escaped};
use crate::offline_match::Held;

/// Pauses between tries when the service does not answer, in seconds.
const PAUSES: [u64; 3] = [1, 3, 9];

/// What was done.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Notices that are new, or say something new.
    pub new: usize,
    /// Things that did not work.
    pub problems: usize,
}

struct Agent<'a> {
    folder: &'a Folder,
    looking: &'a Looking,
    client: Client,
    identities: Vec<Identity>,
    held: Held,
    siem: PathBuf,
}

/// Fetches everything once. A recovery key opens what this machine's own key does not.
///
/// # Errors
/// When the service cannot be reached, does not know the token any more, or the folder cannot be written.
pub async fn run(folder: &Folder, looking: &Looking, recovery: Option<Identity>) -> anyhow::Result<Fetched> {
    let mut done = Fetched::default();
    let read = if looking.machine || looking.sbom.is_empty() { machine::packages() } else { vec![] };
    let (held, problems) = Held::local(&looking.sbom, &looking.reading, read);
    for problem in &problems {
        eprintln!("{}: {}: {}", problem.file, problem.place, problem.message);
        done.problems += 1;
    }
    let client = Client::new(&folder.profile.server, &folder.profile.token)?;
    let mut identities = vec![folder.device()?];
    identities.extend(recovery);
    let siem = looking.siem.clone().unwrap_or_else(|| folder.siem());
    let agent = Agent { folder, looking, client, identities, held, siem };
    let mut seen = folder.seen()?;
    // Oldest first: after weeks away, things are told in the order in which they happened.
    let mut notices = agent.list().await?;
    notices.sort_by_key(|notice| notice.sent_at);
    for notice in &notices {
        if let Err(error) = agent.one(notice, &mut seen, &mut done).await {
            done.problems += 1;
            eprintln!("{} ({}): {error:#}", notice.number, notice.id);
        }
        folder.keep(&seen)?;
    }
    seen.fetched_at = Some(now());
    folder.keep(&seen)?;
    println!("{} notices, {} with something new, {} problems", notices.len(), done.new, done.problems);
    Ok(done)
}

/// Whether a try may go better the next time.
fn passing(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<Refused>() {
        Some(Refused(problem)) => problem.status >= 500 || matches!(problem.status, 408 | 429),
        None => true,
    }
}

impl Agent<'_> {
    async fn list(&self) -> anyhow::Result<Vec<NoticeView>> {
        let path = format!("/api/v1/notices?for={}", escaped(&self.folder.profile.org));
        let mut tries = PAUSES.iter();
        loop {
            let mut notices = Vec::new();
            let listed = self.client.each(&path, |notice| {
                notices.push(notice);
                Ok(())
            });
            match (listed.await, tries.next()) {
                (Ok(()), _) => return Ok(notices),
                (Err(error), Some(pause)) if passing(&error) => {
                    tokio::time::sleep(Duration::from_secs(*pause)).await;
                }
                (Err(error), _) => return Err(explained(error)),
            }
        }
    }

    async fn one(&self, notice: &NoticeView, seen: &mut Seen, done: &mut Fetched) -> anyhow::Result<()> {
        let before = seen.notices.get(&notice.id).cloned().unwrap_or_default();
        let mut known = Known { number: notice.number.clone(), refused: None, ..before.clone() };
        let file = self.file(notice, &before).await?;
        let identities: Vec<&Identity> = self.identities.iter().collect();
        let asked = (notice.id.as_str(), before.revision);
        let opened = match open(&self.folder.profile, &identities, asked, &file, now()) {
            Ok(opened) => opened,
            Err(error) => {
                known.refused = Some(format!("{error:#}"));
                self.refused(notice, &known, before.refused != known.refused)?;
                seen.notices.insert(notice.id.clone(), known);
                return Err(error.context("NOT shown, for it did not prove right"));
            }
        };
        // Only what proved right is kept.
        self.folder.keep_sealed(&notice.id, &file)?;
        known.tag = hex::encode(Sha256::digest(&file));
        known.revision = opened.attested.revision;
        self.told(notice, &opened, &before, &mut known, done).await?;
        seen.notices.insert(notice.id.clone(), known);
        Ok(())
    }

    /// The sealed file: as it was, when that is what the service still has.
    async fn file(&self, notice: &NoticeView, before: &Known) -> anyhow::Result<Vec<u8>> {
        let path = format!("/api/v1/notices/{}/sealed", escaped(&notice.id));
        let kept = self.folder.sealed(&notice.id)?;
        let kept = kept.filter(|kept| hex::encode(Sha256::digest(kept)) == before.tag);
        let tag = kept.as_ref().map(|_| before.tag.as_str());
        let fetched = self.client.bytes_unless(&path, tag).await.map_err(|error| {
            match error.downcast_ref::<Refused>() {
                Some(Refused(problem)) if problem.status == 404 => anyhow::anyhow!(
                    "the service seals nothing for your organisation: none of its keys counts yet; see forewarn notices \
                     keys list"
                ),
                _ => explained(error),
            }
        })?;
        match (fetched, kept) {
            (Some(fresh), _) => Ok(fresh),
            (None, Some(kept)) => Ok(kept),
            (None, None) => anyhow::bail!("the service answers that nothing changed, and nothing is here"),
        }
    }

    async fn told(
        &self,
        notice: &NoticeView,
        opened: &Opened,
        before: &Known,
        known: &mut Known,
        done: &mut Fetched,
    ) -> anyhow::Result<()> {
        let hits = self.held.hits(&opened.text.affected, &opened.text.number);
        let card = Card { profile: &self.folder.profile, opened, held: &self.held, hits: &hits };
        let path = card.write(self.folder)?;
        known.card = hex::encode(Sha256::digest(card.text()));
        known.hits = hits.len();
        known.acknowledged = notice.state == "acknowledged";
        if !known.acknowledged && !self.looking.no_ack {
            let acknowledged: anyhow::Result<serde_json::Value> =
                self.client.act("notices", &notice.id, &NoticeAct::Acknowledge).await;
            match acknowledged {
                Ok(_) => known.acknowledged = true,
                Err(error) => {
                    done.problems += 1;
                    eprintln!("{}: could not be acknowledged: {:#}", notice.number, explained(error));
                }
            }
        }
        if *before != *known {
            done.new += 1;
            println!("{}  {} hits  {}", notice.number, hits.len(), path.display());
            let text = &opened.text;
            let body = self.looking.siem_body.then(|| Body::of(opened, &hits));
            let line = Line {
                urgent: Some(text.urgent),
                due_at: text.due_at,
                release_at: text.embargo.as_ref().map(|embargo| embargo.release_at),
                tlp: text.embargo.as_ref().map(|embargo| embargo.tlp.as_str()),
                body,
                ..self.line("opened", notice, known)
            };
            siem::add(&self.siem, &line)?;
        }
        Ok(())
    }

    fn refused(&self, notice: &NoticeView, known: &Known, new: bool) -> anyhow::Result<()> {
        if !new {
            return Ok(());
        }
        let line = Line { reason: known.refused.as_deref(), ..self.line("refused", notice, known) };
        siem::add(&self.siem, &line)
    }

    fn line<'a>(&'a self, event: &'static str, notice: &'a NoticeView, known: &Known) -> Line<'a> {
        Line {
            at: now(),
            event,
            org: &self.folder.profile.org,
            notice: &notice.id,
            number: &notice.number,
            revision: known.revision,
            reason: None,
            urgent: None,
            due_at: None,
            release_at: None,
            tlp: None,
            hits: known.hits,
            acknowledged: known.acknowledged,
            body: None,
        }
    }
}

/// An error with what to do next.
fn explained(error: anyhow::Error) -> anyhow::Error {
    let status = error.downcast_ref::<Refused>().map(|refused| refused.0.status);
    match status {
        Some(401) => error.context(
            "the service does not know this agent's token any more (it lasts a year, or was revoked): ask for a new code, \
             and join with a new folder",
        ),
        Some(403) => error.context("the agent's token does not allow this: ask whoever gave its code"),
        _ => error,
    }
}
