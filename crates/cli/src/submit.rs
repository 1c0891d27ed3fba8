//! `forewarn submit`: findings in bulk, each with its own answer, to be gone on with after an interruption.

mod input;
mod journal;
mod send;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use forewarn_server::app::{AnonymousReceipt, ItemResult};

use crate::client::{Client, ServerArguments, key_of};
use crate::progress::Progress;
use crate::{BAD_INPUT, DONE, FOUND, TROUBLE};
use input::Line;
use journal::Journal;
use send::{Answered, Sender};

/// Documents sent in one request.
const AT_ONCE: usize = 1_000;
/// Bytes after which a request takes no further document.
const BYTES_AT_ONCE: usize = 16 << 20;

/// Arguments of `forewarn submit`.
#[derive(Args)]
#[command(
    after_help = "Example:\n  forewarn submit findings.ndjson osv/ 'scans/*.sarif' --resume run.journal --token \
\"$FINDER_TOKEN\"\n\n\
Repeating it is safe: what was taken in is answered as before. Exit code: 0 everything was taken in or was known, \
1 everything was taken in but something is missing in some, 2 something was rejected or could not be read (the rest is \
in), 3 the service did not answer or takes no more for now (go on later with --resume)."
)]
pub struct SubmitArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Files in SARIF 2.1.0 (a large log is sent in parts), OSV, CSAF 2.0, CVE record or Forewarn's finding JSON, or
    /// one of these a line (NDJSON); folders of them (*.json, *.sarif, *.ndjson, *.jsonl), patterns, or - for standard input. What is inside decides
    /// how a file is read.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Print one JSON object for each result.
    #[arg(long)]
    json: bool,
    /// Journal of what was sent; a run with the same journal goes on where the one before stopped.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Longest wait for room or for the service, in seconds, before giving up.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    wait: u64,
    /// Also read vulnerability reports of CSAF 2.1 (the profile csaf_vulnerability_report), which is a draft.
    #[arg(long, value_name = "VERSION", value_parser = ["2.0", "2.1"], default_value = "2.0")]
    csaf: String,
    /// Submit one document without an account, where the service takes that; the receipt is printed once.
    #[arg(long, conflicts_with = "resume")]
    anonymous: bool,
}

/// Submits and prints what became of each.
///
/// # Errors
/// When the service cannot be reached or refuses the batch as a whole.
pub async fn run(arguments: &SubmitArguments) -> anyhow::Result<u8> {
    let read = input::read(&arguments.files);
    for problem in &read.problems {
        eprintln!("{}: {}: {}", problem.file, problem.place, problem.message);
    }
    if arguments.anonymous {
        return anonymously(arguments, &read.lines).await;
    }
    let client = Client::from_arguments(&arguments.server)?;
    let mut journal =
        arguments.resume.as_deref().map(|file| Journal::open(file, client.server())).transpose()?;
    let mut run = Run {
        sender: Sender {
            client,
            patience: Duration::from_secs(arguments.wait),
            csaf: arguments.csaf.clone(),
        },
        counts: Counts::default(),
        as_json: arguments.json,
        progress: Progress::new("submitting", read.lines.len()),
    };
    let unread = read.problems.len();
    let ended = run.all(read.lines, journal.as_mut()).await;
    let Run { counts, progress, .. } = run;
    drop(progress);
    counts.print(unread);
    ended?;
    Ok(counts.code(unread))
}

async fn anonymously(arguments: &SubmitArguments, lines: &[Line]) -> anyhow::Result<u8> {
    let [line] = lines else {
        let words = format!("without an account one document is sent at once; {} were found", lines.len());
        return Err(crate::bad_input::BadInput::new(words).into());
    };
    let client = Client::new(&arguments.server.server, "")?;
    let csaf = &arguments.csaf;
    let key = key_of(&[b"anonymous", csaf.as_bytes(), &line.bytes]);
    let path = format!("/api/v1/anonymous-findings?csaf={csaf}");
    let given: AnonymousReceipt = client.send(&path, &key, "application/json", line.bytes.clone()).await?;
    println!("{}", serde_json::to_string_pretty(&given)?);
    eprintln!("keep the receipt: `forewarn finding receipt` asks with it what became of the finding");
    Ok(DONE)
}

struct Run {
    sender: Sender,
    counts: Counts,
    as_json: bool,
    progress: Progress,
}

/// A request: its documents and its key.
struct Group {
    key: String,
    lines: Vec<Line>,
}

impl Group {
    fn of(lines: Vec<Line>, csaf: &str) -> Self {
        let mut parts: Vec<&[u8]> = lines.iter().map(|line| line.bytes.as_slice()).collect();
        parts.push(csaf.as_bytes());
        Self { key: key_of(&parts), lines }
    }
}

impl Run {
    async fn all(&mut self, lines: Vec<Line>, mut journal: Option<&mut Journal>) -> anyhow::Result<()> {
        let (mut waiting, first) = self.left(lines, journal.as_deref());
        let mut next = first;
        loop {
            let group = match next.take() {
                Some(group) => group,
                None if waiting.is_empty() => return Ok(()),
                None => Group::of(take(&mut waiting), &self.sender.csaf),
            };
            if let Some(journal) = journal.as_deref_mut() {
                journal.sends(&group.key, &group.lines)?;
            }
            let Answered { results, wait } = self.sender.send(&group.key, &group.lines).await?;
            if let Some(journal) = journal.as_deref_mut() {
                journal.done(&group.key, &group.lines, &results)?;
            }
            let again = self.settle(group.lines, &results);
            for line in again.into_iter().rev() {
                waiting.push_front(line);
            }
            if let Some(wait) = wait.filter(|_| !waiting.is_empty()) {
                self.counts.over_quota = waiting.len();
                anyhow::ensure!(
                    wait <= self.sender.patience,
                    "the service takes no more for now; go on in {} s (see --resume and --wait)",
                    wait.as_secs()
                );
                tokio::time::sleep(wait).await;
                self.counts.over_quota = 0;
            }
        }
    }

    /// What is still to be sent, and the request that was under way when the run before stopped.
    fn left(&mut self, lines: Vec<Line>, journal: Option<&Journal>) -> (VecDeque<Line>, Option<Group>) {
        let Some(journal) = journal else { return (lines.into(), None) };
        let total = lines.len();
        let mut open: Vec<Line> = lines.into_iter().filter(|line| !journal.is_settled(line)).collect();
        self.counts.before = total - open.len();
        self.progress.skip(self.counts.before);
        let Some((key, digests)) = journal.unfinished() else { return (open.into(), None) };
        // The same documents in the same order under the same key get the same answers.
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (place, line) in open.iter().enumerate() {
            places.entry(line.digest.as_str()).or_insert(place);
        }
        let found: Option<Vec<usize>> =
            digests.iter().map(|digest| places.get(digest.as_str()).copied()).collect();
        let Some(found) = found else { return (open.into(), None) };
        let again: Vec<Line> = found.iter().filter_map(|place| open.get(*place).cloned()).collect();
        let mut gone: Vec<bool> = vec![false; open.len()];
        found.iter().for_each(|place| gone[*place] = true);
        let mut gone = gone.into_iter();
        open.retain(|_| gone.next() == Some(false));
        (open.into(), Some(Group { key: key.to_owned(), lines: again }))
    }

    /// Prints and counts results; gives back the documents that were over the quota, in part or as a whole.
    fn settle(&mut self, lines: Vec<Line>, results: &[ItemResult]) -> Vec<Line> {
        let mut again = vec![false; lines.len()];
        for result in results {
            let place = usize::try_from(result.line).ok().and_then(|line| line.checked_sub(1));
            let Some(line) = place.and_then(|place| lines.get(place)) else { continue };
            if result.retry_after.is_some() {
                again[place.unwrap_or_default()] = true;
                continue;
            }
            self.counts.add(&result.result);
            print(self.as_json, line, result);
        }
        let mut number = 0;
        let over: Vec<Line> = lines
            .into_iter()
            .filter(|_| {
                number += 1;
                again[number - 1]
            })
            .collect();
        self.progress.skip(number - over.len());
        over
    }
}

fn take(waiting: &mut VecDeque<Line>) -> Vec<Line> {
    let (mut lines, mut size) = (Vec::new(), 0);
    while lines.len() < AT_ONCE && size < BYTES_AT_ONCE {
        let Some(line) = waiting.pop_front() else { break };
        size += line.bytes.len();
        lines.push(line);
    }
    lines
}

#[derive(Default)]
struct Counts {
    accepted: usize,
    duplicate: usize,
    needs_info: usize,
    rejected: usize,
    over_quota: usize,
    before: usize,
}

impl Counts {
    fn add(&mut self, result: &str) {
        match result {
            "accepted" => self.accepted += 1,
            "duplicate" => self.duplicate += 1,
            "needs-info" => self.needs_info += 1,
            _ => self.rejected += 1,
        }
    }

    fn print(&self, unread: usize) {
        let Self { accepted, duplicate, needs_info, rejected, over_quota, before } = self;
        let mut text = format!("{accepted} accepted, {duplicate} duplicates, {rejected} rejected");
        for (count, words) in
            [(*needs_info, "need information"), (*over_quota, "wait for room"), (*before, "were sent before")]
        {
            if count > 0 {
                text.push_str(&format!(", {count} {words}"));
            }
        }
        eprintln!("{text}, {unread} files could not be read");
    }

    fn code(&self, unread: usize) -> u8 {
        if self.over_quota > 0 {
            TROUBLE
        } else if self.rejected > 0 || unread > 0 {
            BAD_INPUT
        } else if self.needs_info > 0 {
            FOUND
        } else {
            DONE
        }
    }
}

fn print(as_json: bool, line: &Line, result: &ItemResult) {
    let file = line.name();
    if as_json {
        let mut value = serde_json::json!(result);
        value["file"] = file.into();
        if let Some(place) = &result.place {
            value["place"] = line.place_in_file(place).into();
        }
        println!("{value}");
        return;
    }
    let finding = result.finding.as_deref().unwrap_or("-");
    let place =
        result.place.as_ref().map(|place| format!("{}: ", line.place_in_file(place))).unwrap_or_default();
    let message = result.message.as_deref().unwrap_or_default();
    println!("{:10}  {finding:36}  {file}  {place}{message}", result.result);
}
