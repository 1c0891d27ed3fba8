//! Checking the public log against the acts of a store: for the operator, and for auditors who are given its data.

use forewarn_core::aggregate::Category;
use forewarn_store::EventStore;
use forewarn_tlog::{Batch, Entry, HidingKey, MOST_ACTS, Tree, log_commitment};

use super::acts::{Acts, OneAct};
use super::{STEP, entry_of};
use crate::app::AppError;

/// How long an act may take to be stored, in milliseconds. One that says it was done so long before its interval was
/// entered too late, or says another time than the true one.
const LATEST: i64 = 120_000;
/// Most problems that are told.
const MOST_PROBLEMS: usize = 100;

/// What an audit found.
#[derive(Debug, Default)]
pub struct Audit {
    /// The entries as a tree, to be compared with checkpoints that were seen.
    pub public: Tree,
    /// Acts that are in entries.
    pub acts: u64,
    /// Acts of which only the commitment is left, since their case was destroyed.
    pub destroyed: u64,
    /// What does not hold; names acts and entries by number, never content.
    pub problems: Vec<String>,
}

struct Auditor<'a> {
    acts: Acts<'a>,
    key: HidingKey,
    log: Tree,
    first: Option<Entry>,
    through: u64,
    full: bool,
    audit: Audit,
}

/// Works out every entry anew from the events of a store. `secret` is the log's key.
///
/// # Errors
/// When the store does not answer or cannot be read.
pub async fn audit(store: &dyn EventStore, secret: &[u8; 32]) -> Result<Audit, AppError> {
    let mut auditor = Auditor {
        acts: Acts::behind(store, 0),
        key: HidingKey::derive(secret),
        log: Tree::new(),
        first: None,
        through: 0,
        full: false,
        audit: Audit::default(),
    };
    let mut seq = 0;
    loop {
        let events = store.events_after(seq, STEP, Some(Category::PublicLog)).await?;
        let Some(last) = events.last() else { return Ok(auditor.audit) };
        seq = last.seq;
        for event in &events {
            let (entry, through) = entry_of(event)?;
            auditor.entry(entry, through).await?;
        }
    }
}

impl Auditor<'_> {
    async fn entry(&mut self, entry: Entry, through: u64) -> Result<(), AppError> {
        let index = self.audit.public.append(entry.text().as_bytes());
        let first = self.first.get_or_insert_with(|| entry.clone());
        if let Err(problem) = entry.fits(index, first) {
            self.problem(index, &problem.to_string());
        }
        if through < self.through {
            self.problem(index, "ends before the one before it");
        }
        let acts = self.acts.through(through).await?;
        for act in &acts {
            self.log.append(&act.commitment);
            self.act(index, &entry, act);
        }
        let commitments: Vec<_> = acts.iter().map(|act| act.commitment).collect();
        if Batch::new(&self.key, index, &commitments).root() != entry.acts {
            self.problem(index, "has other acts than the store: one was dropped, added, changed or moved");
        }
        if log_commitment(&self.key.log_salt(index), through, &self.log.root()) != entry.log {
            self.problem(index, "commits to another log of acts than the store has");
        }
        self.audit.acts += acts.len() as u64;
        (self.through, self.full) = (through, acts.len() >= MOST_ACTS);
        Ok(())
    }

    fn act(&mut self, index: u64, entry: &Entry, act: &OneAct) {
        let seq = act.seq;
        if !act.sound {
            self.problem(index, &format!("has act {seq}, whose content is not what was committed to"));
        }
        let Some(at) = act.at else {
            self.audit.destroyed += 1;
            return;
        };
        let end = entry.end.saturating_mul(1000);
        let begin = end.saturating_sub(i64::from(entry.seconds) * 1000);
        if at >= end {
            self.problem(index, &format!("has act {seq}, which says it was done after the interval"));
        }
        // The first entry has everything from before there was a public log; behind a full one, acts had to wait.
        if index > 0 && !self.full && at < begin.saturating_sub(LATEST) {
            let late = begin.saturating_sub(at) / 1000;
            self.problem(
                index,
                &format!("has act {seq}, which says it was done {late} s before the interval"),
            );
        }
    }

    fn problem(&mut self, index: u64, what: &str) {
        if self.audit.problems.len() < MOST_PROBLEMS {
            self.audit.problems.push(format!("entry {index} {what}"));
        }
    }
}
