//! `forewarn case`: coordinators' and vendors' work on the command line.

mod exposure;
mod file;
mod plan;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use forewarn_core::case::{MatchVerdict, ReleaseReason, Tlp, VendorStatus, Verdict};
use forewarn_core::priority::Question;
use forewarn_core::sharing::{ContentLevel, Reach};
use forewarn_exposure::Confidence;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::app::views::{CaseView, FindingView, Page};
use forewarn_server::app::{AnswerPriority, CaseAct, CaseDone, FindingAct, OpenCase, ProposalView, Timeline};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub use file::{in_words, private};

use crate::client::{Client, ServerArguments, escaped, key_of};
use crate::priority::{self, PerWeek, per_week};
use crate::words::one_of;
use crate::{DONE, documents};

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
        #[command(subcommand)]
        act: Act,
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

#[derive(Subcommand)]
enum Act {
    /// Confirm it, or say that it could not be reproduced.
    Validate {
        /// confirmed, not-reproduced, not-a-vulnerability, already-public or needs-information.
        #[arg(value_parser = |text: &str| one_of(text, Verdict::ALL))]
        verdict: Verdict,
        /// How it was checked.
        #[arg(long)]
        method: String,
        /// What shows it.
        #[arg(long)]
        evidence: String,
    },
    /// Give it back unchecked, as the validator that took it.
    GiveBack,
    /// Dispute it.
    Dispute {
        /// Why.
        reason: String,
    },
    /// Confirm that a suggested match is the affected product under another name; it is exposure from then on.
    ConfirmMatch {
        /// Id of the match, from `case exposure`.
        #[arg(value_name = "MATCH")]
        matched: String,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Reject a suggested match: it is another product, and is not suggested again.
    RejectMatch {
        /// Id of the match, from `case exposure`.
        #[arg(value_name = "MATCH")]
        matched: String,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Put embargo terms on the table.
    Terms {
        /// Moment of release, RFC 3339.
        #[arg(long, required_unless_present = "days")]
        release_at: Option<Timestamp>,
        /// Days from now until release, instead of a moment.
        #[arg(long, conflicts_with = "release_at")]
        days: Option<i64>,
        /// Time zone in which it was agreed.
        #[arg(long, default_value = "UTC")]
        zone: String,
        /// CLEAR, GREEN, AMBER, AMBER+STRICT or RED.
        #[arg(long, default_value = "AMBER+STRICT", value_parser = |text: &str|
            one_of(text, &[Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red]))]
        tlp: Tlp,
        /// Reason for an early end that is agreed beforehand; every one when left out.
        #[arg(long = "trigger", value_parser = |text: &str| one_of(text, ReleaseReason::EARLY))]
        triggers: Vec<ReleaseReason>,
    },
    /// Invite a vendor.
    InviteVendor {
        /// Id of the organisation.
        vendor: String,
    },
    /// As a vendor: answer the embargo terms.
    AnswerTerms {
        /// accept or decline.
        #[arg(value_parser = ["accept", "decline"])]
        answer: String,
    },
    /// As a vendor: state whether your products are affected.
    State {
        /// affected, not-affected or unknown.
        #[arg(value_parser = |text: &str|
            one_of(text, &[VendorStatus::Affected, VendorStatus::NotAffected, VendorStatus::Unknown]))]
        status: VendorStatus,
        /// In your words.
        #[arg(long)]
        statement: String,
    },
    /// Record that a fix is ready.
    RecordFix {
        /// Versions that fix it.
        #[arg(required = true)]
        fixed_in: Vec<String>,
    },
    /// Write an advisory revision from a JSON file with title, mitigation, detail, and optionally
    /// proof_of_concept, weakness, cve, cvss3.
    Draft {
        /// The file.
        file: PathBuf,
    },
    /// Propose a wave; counts as your approval.
    ProposeWave {
        /// existence, mitigation, detail or proof-of-concept.
        #[arg(value_parser = |text: &str| one_of(text, &[ContentLevel::Existence, ContentLevel::Mitigation,
            ContentLevel::Detail, ContentLevel::ProofOfConcept]))]
        level: ContentLevel,
        /// Sector code; every sector when left out.
        #[arg(long = "sector")]
        sectors: Vec<String>,
        /// Country code, such as US; every country when left out.
        #[arg(long = "country")]
        countries: Vec<String>,
        /// Id of an organisation it is limited to; no such limit when left out.
        #[arg(long = "organisation")]
        organisations: Vec<String>,
        /// The weakest exposure that counts: exact, range, product-only or needs-person.
        #[arg(long, value_parser = |text: &str| one_of(text, &[Confidence::Exact, Confidence::Range,
            Confidence::ProductOnly, Confidence::NeedsPerson]))]
        least_confidence: Option<Confidence>,
        /// Reach those of the sectors or organisations also whose inventories show nothing.
        #[arg(long)]
        everyone: bool,
        /// Why no vendor is in it.
        #[arg(long)]
        without_vendor: Option<String>,
        /// A proof of concept before there is a fix.
        #[arg(long)]
        proof_before_fix: bool,
        /// Not before this moment, RFC 3339.
        #[arg(long)]
        not_before: Option<Timestamp>,
        /// Not before a fix is ready.
        #[arg(long)]
        after_fix: bool,
    },
    /// Approve a wave.
    ApproveWave {
        /// Id of the wave.
        wave: String,
    },
    /// Propose the release; counts as your approval.
    ProposeRelease {
        /// scheduled, exploited, leaked, fix-public or vendor-silent.
        #[arg(value_parser = |text: &str| one_of(text, &[ReleaseReason::Scheduled, ReleaseReason::Exploited,
            ReleaseReason::Leaked, ReleaseReason::FixPublic, ReleaseReason::VendorSilent]))]
        reason: ReleaseReason,
    },
    /// Approve the release. A scheduled one that was approved beforehand happens at its moment.
    ApproveRelease,
    /// Report that a trigger for an early end of the embargo has come.
    RaiseTrigger {
        /// exploited, leaked, fix-public or vendor-silent.
        #[arg(value_parser = |text: &str| one_of(text, ReleaseReason::EARLY))]
        reason: ReleaseReason,
        /// What shows it.
        #[arg(long)]
        evidence: String,
    },
    /// Hold that a raised trigger is none; with a second person it is gone.
    DismissTrigger {
        /// Which.
        #[arg(value_parser = |text: &str| one_of(text, ReleaseReason::EARLY))]
        reason: ReleaseReason,
    },
    /// Sign beforehand that a confirmed trigger lifts the embargo by itself after some hours.
    SignRule {
        /// Which trigger.
        #[arg(value_parser = |text: &str| one_of(text, ReleaseReason::EARLY))]
        reason: ReleaseReason,
        /// Hours between trigger and release, 1 to 336.
        hours: u32,
    },
    /// As a vendor: promise a fix by a moment, RFC 3339.
    PromiseFix {
        /// The moment.
        by: Timestamp,
    },
    /// As a vendor: ask to move the release.
    RequestExtension {
        /// Until when, RFC 3339.
        until: Timestamp,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Decline to move the release; `terms` grants it.
    DeclineExtension {
        /// Why.
        reason: String,
    },
    /// Put the case into the top tier: exploited, or to be acted on at once. Its notices are told on every way.
    Urgent {
        /// Why.
        reason: String,
    },
    /// Take the case out of the top tier.
    NotUrgent {
        /// Why.
        reason: String,
    },
    /// Close the case.
    Close,
    /// Withdraw the case.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Reopen the case.
    Reopen {
        /// Why.
        reason: String,
    },
}

impl Act {
    fn into_act(self) -> anyhow::Result<CaseAct> {
        Ok(match self {
            Act::Validate { verdict, method, evidence } => CaseAct::Validate { verdict, method, evidence },
            Act::GiveBack => CaseAct::GiveBack,
            Act::Dispute { reason } => CaseAct::Dispute { reason },
            Act::ConfirmMatch { matched, why } => {
                CaseAct::JudgeMatch { matched, verdict: MatchVerdict::Same, reason: why }
            }
            Act::RejectMatch { matched, why } => {
                CaseAct::JudgeMatch { matched, verdict: MatchVerdict::Different, reason: why }
            }
            Act::Terms { release_at, days, zone, tlp, triggers } => {
                let in_days = |days: i64| {
                    let hours = days.checked_mul(24).and_then(SignedDuration::try_from_hours);
                    hours.and_then(|hours| Machine.now().checked_add(hours).ok())
                };
                let release_at = match (release_at, days) {
                    (Some(moment), _) => moment,
                    (None, days) => in_days(days.unwrap_or_default()).context("too many days")?,
                };
                let triggers = (!triggers.is_empty()).then(|| triggers.into_iter().collect());
                CaseAct::SetTerms { release_at, zone, tlp, triggers }
            }
            Act::InviteVendor { vendor } => CaseAct::InviteVendor { vendor },
            Act::AnswerTerms { answer } => CaseAct::AnswerTerms { accept: answer == "accept" },
            Act::State { status, statement } => CaseAct::State { status, statement },
            Act::RecordFix { fixed_in } => CaseAct::RecordFix { fixed_in },
            Act::Draft { file } => {
                let bytes = documents::read(&file, 1 << 20)
                    .map_err(|problem| anyhow::anyhow!("{}: {}", problem.file, problem.message))?;
                let text = serde_json::from_slice(&bytes).with_context(|| file.display().to_string())?;
                CaseAct::Draft { text }
            }
            Act::ProposeWave {
                level,
                sectors,
                countries,
                organisations,
                least_confidence,
                everyone,
                without_vendor,
                proof_before_fix,
                not_before,
                after_fix,
            } => CaseAct::ProposeWave {
                level,
                sectors: sectors.into_iter().collect(),
                countries: countries.into_iter().collect(),
                least_confidence,
                without_vendor,
                proof_before_fix,
                organisations: organisations.into_iter().collect(),
                reach: if everyone { Reach::Everyone } else { Reach::Exposed },
                not_before,
                after_fix,
            },
            Act::ApproveWave { wave } => CaseAct::ApproveWave { wave },
            Act::ProposeRelease { reason } => CaseAct::ProposeRelease { reason },
            Act::ApproveRelease => CaseAct::ApproveRelease,
            Act::RaiseTrigger { reason, evidence } => CaseAct::RaiseTrigger { reason, evidence },
            Act::DismissTrigger { reason } => CaseAct::DismissTrigger { reason },
            Act::SignRule { reason, hours } => CaseAct::SignRule { reason, hours },
            Act::PromiseFix { by } => CaseAct::PromiseFix { by },
            Act::RequestExtension { until, reason } => CaseAct::RequestExtension { until, reason },
            Act::DeclineExtension { reason } => CaseAct::DeclineExtension { reason },
            Act::Urgent { reason } => CaseAct::SetUrgency { urgent: true, reason },
            Act::NotUrgent { reason } => CaseAct::SetUrgency { urgent: false, reason },
            Act::Close => CaseAct::Close,
            Act::Withdraw { reason } => CaseAct::Withdraw { reason },
            Act::Reopen { reason } => CaseAct::Reopen { reason },
        })
    }
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
        CaseCommand::Act { case, act } => {
            let done = self::act(&client, &case, &act.into_act()?).await?;
            println!("{} is {}", done.number, done.state);
            if let Some(wave) = done.wave {
                println!("wave {wave}");
            }
            if let Some(count) = done.notified {
                let word = if count == 1 { "operator gets" } else { "operators get" };
                println!("{count} {word} a notice");
            }
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

/// Acts on a case under a key that follows from the act and the case as it was, so that a repeated command is one act.
async fn act(client: &Client, case: &str, act: &CaseAct) -> anyhow::Result<CaseDone> {
    let path = path_of(case);
    let before: Value = client.get(&path).await?;
    let key = key_of(&[case.as_bytes(), &serde_json::to_vec(act)?, &serde_json::to_vec(&before)?]);
    client.post(&format!("{path}/acts"), &key, act).await
}

async fn findings(client: &Client, state: Option<&str>) -> anyhow::Result<()> {
    let filter = state.map(|state| format!("&state={}", escaped(state))).unwrap_or_default();
    let mut after = String::new();
    loop {
        let page: Page<FindingView> =
            client.get(&format!("/api/v1/findings?limit=200{filter}{after}")).await?;
        for one in &page.items {
            println!("{}  {}  {}  {}", one.id, one.state, one.title, one.affected.join("; "));
        }
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(()),
        }
    }
}

async fn list(client: &Client) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page: Page<CaseView> = client.get(&format!("/api/v1/cases?limit=200{after}")).await?;
        for one in &page.items {
            let title = one.detail.as_ref().map_or("", |detail| detail.title.as_str());
            println!("{}  {}  {}  {title}", one.id, one.number, one.state);
        }
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(()),
        }
    }
}

fn print_done(done: &CaseDone) {
    println!("{}  {}  {}", done.case, done.number, done.state);
}

async fn proposals(client: &Client) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page: Page<ProposalView> = client.get(&format!("/api/v1/proposals?limit=200{after}")).await?;
        for one in &page.items {
            println!("{}  {}  {:3}  {}", one.finding, one.with, one.score, one.reasons.join("; "));
        }
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(()),
        }
    }
}

/// Decides on a proposal, under a key that follows from what is decided.
async fn decide(client: &Client, finding: &str, act: &FindingAct) -> anyhow::Result<()> {
    let path = format!("/api/v1/findings/{}", escaped(finding));
    let before: Value = client.get(&path).await?;
    let key = key_of(&[finding.as_bytes(), &serde_json::to_vec(act)?, &serde_json::to_vec(&before)?]);
    let _: Value = client.post(&format!("{path}/acts"), &key, act).await?;
    println!("decided");
    Ok(())
}
