//! `forewarn case`: coordinators' and vendors' work on the command line.

mod act;
mod exposure;
mod file;
mod messages;
mod plan;
mod signing;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use forewarn_core::priority::Question;
use forewarn_server::app::views::{CaseView, FindingView};
use forewarn_server::app::{AnswerPriority, CaseAct, CaseDone, FindingAct, OpenCase, ProposalView, Timeline};
use serde_json::Value;

use act::Act;
pub use file::{in_words, private};

use crate::DONE;
use crate::client::{Client, ServerArguments, escaped, key_of};
use crate::priority::{self, PerWeek, per_week};
use crate::reads;
use crate::words::one_of;

/// Arguments of `forewarn case`.
#[derive(Args)]
pub struct CaseArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    command: CaseCommand,
}

#[derive(Subcommand)]
enum CaseCommand {
    /// List findings that wait, newest first.
    Findings {
        /// received, duplicate, needs-info, declined or accepted.
        #[arg(long)]
        state: Option<String>,
    },
    /// List cases, newest first.
    List,
    /// Show a case as JSON.
    Show {
        /// Id of the case.
        case: String,
    },
    /// Open a case from a finding.
    Open {
        /// Id of the finding.
        finding: String,
    },
    /// Show what is still before a case: every gate, and who is waited for.
    Plan {
        /// Id of the case.
        case: String,
    },
    /// List the cases in which something waits for too long; exit 1 when there are any.
    Alarms,
    /// Act on a case.
    Act {
        /// Id of the case.
        case: String,
        /// Sign a proposal or an approval with the approval key in this file; see `case key`.
        #[arg(long, value_name = "FILE")]
        sign: Option<PathBuf>,
        #[command(subcommand)]
        act: Act,
    },
    /// Print the public half of the approval key in a file, which is made if there is none. An administrator registers
    /// it for you with `forewarn admin approval-key`.
    Key {
        /// File of the key; only you may read it.
        file: PathBuf,
    },
    /// List the threads of messages you are on a side of, with how many are unread.
    Threads,
    /// Show the messages between a party of a case and its coordinators, and mark them as read.
    Messages {
        /// Id of the case.
        case: String,
        /// As a coordinator: id of the party; your own organisation when left out.
        #[arg(long)]
        party: Option<String>,
        /// Leave them unread.
        #[arg(long)]
        peek: bool,
    },
    /// Write a message to the other side. Until a vendor has accepted the terms, write nothing of the content.
    Write {
        /// Id of the case.
        case: String,
        /// As a coordinator: id of the party; your own organisation when left out.
        #[arg(long)]
        party: Option<String>,
        /// The message; read from standard input when left out, so that it stays out of the list of processes.
        text: Option<String>,
    },
    /// List pairs of findings that may have one root cause, with the reasons.
    Proposals,
    /// Accept a proposal: the two findings have one root cause.
    Accept {
        /// Id of the later finding.
        finding: String,
        /// Id of the earlier one.
        with: String,
    },
    /// Reject a proposal: the two findings are different. It is not proposed again.
    Reject {
        /// Id of the later finding.
        finding: String,
        /// Id of the earlier one.
        with: String,
    },
    /// Put the findings of another case into this one.
    Merge {
        /// Id of the case that stays.
        case: String,
        /// Id of the case whose findings come into it.
        from: String,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Put some findings of a case into another one.
    Split {
        /// Id of the case.
        case: String,
        /// Ids of the findings.
        #[arg(required = true)]
        findings: Vec<String>,
        /// Id of the other case; a new one when left out.
        #[arg(long)]
        into: Option<String>,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Take back a merge into a case, or a split from it.
    Undo {
        /// Id of the case.
        case: String,
        /// Id of the other case.
        other: String,
    },
    /// Show who runs what it affects, and who may run it under another name.
    Exposure {
        /// Id of the case.
        case: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the cases that wait, the most urgent first, each with why it stands before the next.
    Queue {
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say in words where a case stands and why.
    Priority {
        /// Id of the case.
        case: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Answer a question of a case's priority by hand.
    Answer {
        /// Id of the case.
        case: String,
        /// exploitation, automatable, technical-impact or mission-and-well-being.
        #[arg(value_parser = |text: &str| one_of(text, Question::ALL))]
        question: Question,
        /// The answer, such as active; take-back removes an earlier one.
        answer: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Take the most urgent case that waits for a check, as a validator.
    Claim,
    /// List the cases you hold to check, or, as a coordinator, those that wait for it.
    Checks,
    /// Show what the check of a case needs, as JSON.
    Material {
        /// Id of the case.
        case: String,
    },
    /// Show a finder's track record.
    Record {
        /// Id of the finder's organisation.
        finder: String,
    },
    /// Show a vendor's pace, or set your own as a vendor.
    Pace {
        /// Id of the vendor, as a coordinator; your own organisation when left out.
        vendor: Option<String>,
        /// Cases a week that you take, or `any`.
        #[arg(long, conflicts_with = "vendor", value_parser = per_week)]
        per_week: Option<PerWeek>,
    },
    /// Show who did what when.
    Timeline {
        /// Id of the case.
        case: String,
    },
    /// Show who read a case and what belongs to it, newest first; a finder sees what concerns the report.
    Reads {
        /// Id of the case.
        case: String,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Save the case's events with their proofs, for `forewarn log verify`.
    Evidence {
        /// Id of the case.
        case: String,
        /// File to write.
        file: PathBuf,
    },
    /// Save the whole case as one tar, for the record.
    File {
        /// Id of the case.
        case: String,
        /// File to write.
        file: PathBuf,
    },
    /// Show how recipients fare by sector, without small numbers: of a case, or of all cases.
    Rollup {
        /// Id of the case; all when left out.
        case: Option<String>,
        /// First month of the notices, such as 2026-07; for all cases only.
        #[arg(long, conflicts_with = "case")]
        since: Option<String>,
        /// Last month of the notices; for all cases only.
        #[arg(long, conflicts_with = "case")]
        until: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Reads or works on cases.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn run(arguments: CaseArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    match arguments.command {
        CaseCommand::Findings { state } => findings(&client, state.as_deref()).await?,
        CaseCommand::List => list(&client).await?,
        CaseCommand::Show { case } => {
            let view: CaseView = client.get(&path_of(&case)).await?;
            println!("{}", serde_json::to_string_pretty(&view)?);
        }
        CaseCommand::Open { finding } => {
            let key = key_of(&[b"open", finding.as_bytes()]);
            let done: CaseDone = client.post("/api/v1/cases", &key, &OpenCase { finding }).await?;
            println!("{}  {}", done.case, done.number);
        }
        CaseCommand::Plan { case } => plan::show(&client, &path_of(&case)).await?,
        CaseCommand::Alarms => return plan::alarms(&client).await,
        CaseCommand::Key { file } => println!("{}", signing::public(&file)?),
        CaseCommand::Act { case, sign, act } => {
            let act = act.into_act()?;
            let act = match sign {
                Some(file) => signing::signed(&client, &case, act, &file).await?,
                None => act,
            };
            let done = self::act(&client, &case, &act).await?;
            println!("{} is {}", done.number, done.state);
            if let Some(wave) = done.wave {
                println!("wave {wave}");
            }
            if let Some(count) = done.notified {
                let word = if count == 1 { "operator gets" } else { "operators get" };
                println!("{count} {word} a notice");
            }
        }
        CaseCommand::Threads => messages::list(&client).await?,
        CaseCommand::Messages { case, party, peek } => {
            messages::show(&client, &case, party.as_deref(), peek).await?;
        }
        CaseCommand::Write { case, party, text } => {
            messages::write(&client, &case, party.as_deref(), text).await?;
        }
        CaseCommand::Proposals => proposals(&client).await?,
        CaseCommand::Accept { finding, with } => {
            decide(&client, &finding, &FindingAct::AcceptProposal { with }).await?;
        }
        CaseCommand::Reject { finding, with } => {
            decide(&client, &finding, &FindingAct::RejectProposal { with }).await?;
        }
        CaseCommand::Merge { case, from, why } => {
            print_done(&self::act(&client, &case, &CaseAct::Merge { from, why }).await?);
        }
        CaseCommand::Split { case, findings, into, why } => {
            print_done(&self::act(&client, &case, &CaseAct::Split { findings, into, why }).await?);
        }
        CaseCommand::Undo { case, other } => {
            print_done(&self::act(&client, &case, &CaseAct::Undo { other }).await?);
        }
        CaseCommand::Exposure { case, json } => exposure::show(&client, &case, json).await?,
        CaseCommand::Queue { limit, json } => priority::queue(&client, limit, json).await?,
        CaseCommand::Priority { case, json } => priority::explain(&client, &case, json).await?,
        CaseCommand::Answer { case, question, answer, reason } => {
            let answer = (answer != "take-back").then_some(answer);
            priority::answer(&client, &case, AnswerPriority { question, answer, reason }).await?;
        }
        CaseCommand::Claim => priority::claim(&client).await?,
        CaseCommand::Checks => priority::checks(&client).await?,
        CaseCommand::Material { case } => priority::material(&client, &case).await?,
        CaseCommand::Record { finder } => priority::record(&client, &finder).await?,
        CaseCommand::Pace { vendor, per_week } => {
            priority::pace(&client, vendor.as_deref(), per_week).await?
        }
        CaseCommand::Timeline { case } => {
            let timeline: Timeline = client.get(&format!("{}/timeline", path_of(&case))).await?;
            for entry in &timeline.entries {
                println!("{}  {:5}  {}  {}", entry.at, entry.index, entry.what, entry.actor);
            }
        }
        CaseCommand::Reads { case, json } => reads::list(&client, &path_of(&case), json).await?,
        CaseCommand::Evidence { case, file } => {
            let bytes = client.bytes(&format!("{}/evidence", path_of(&case))).await?;
            write_private(&file, &bytes)?;
            println!("{}", file.display());
        }
        CaseCommand::File { case, file } => {
            file::save(&client, &path_of(&case), &file).await?;
            println!("{}", file.display());
        }
        CaseCommand::Rollup { case, since, until, json } => {
            let path = case.as_deref().map(path_of);
            file::rollup(&client, path.as_deref(), since.as_deref(), until.as_deref(), json).await?;
        }
    }
    Ok(DONE)
}

/// Evidence holds embargoed content, so only its owner may read the file.
fn write_private(file: &std::path::Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::io::Write;
    private(file)?.write_all(bytes).with_context(|| format!("{} cannot be written", file.display()))
}

pub(crate) fn path_of(case: &str) -> String {
    format!("/api/v1/cases/{}", escaped(case))
}

async fn act(client: &Client, case: &str, act: &CaseAct) -> anyhow::Result<CaseDone> {
    client.act("cases", case, act).await
}

async fn findings(client: &Client, state: Option<&str>) -> anyhow::Result<()> {
    let filter = state.map(|state| format!("?state={}", escaped(state))).unwrap_or_default();
    let show = |one: FindingView| {
        println!("{}  {}  {}  {}", one.id, one.state, one.title, one.affected.join("; "));
        Ok(())
    };
    client.each(&format!("/api/v1/findings{filter}"), show).await
}

async fn list(client: &Client) -> anyhow::Result<()> {
    let show = |one: CaseView| {
        let title = one.detail.as_ref().map_or("", |detail| detail.title.as_str());
        println!("{}  {}  {}  {title}", one.id, one.number, one.state);
        Ok(())
    };
    client.each("/api/v1/cases", show).await
}

fn print_done(done: &CaseDone) {
    println!("{}  {}  {}", done.case, done.number, done.state);
}

async fn proposals(client: &Client) -> anyhow::Result<()> {
    let show = |one: ProposalView| {
        println!("{}  {}  {:3}  {}", one.finding, one.with, one.score, one.reasons.join("; "));
        Ok(())
    };
    client.each("/api/v1/proposals", show).await
}

/// Decides on a proposal.
async fn decide(client: &Client, finding: &str, act: &FindingAct) -> anyhow::Result<()> {
    client.act::<Value>("findings", finding, act).await?;
    println!("decided");
    Ok(())
}
