//! `forewarn notices`: an operator's inbox on the command line.

mod bounced;
mod channel;
mod keys;
mod tasks;

use anyhow::Context;
use clap::{Args, Subcommand};
use forewarn_core::notice::Remediation;
use forewarn_server::app::NoticeAct;
use forewarn_server::app::views::NoticeView;
use serde_json::Value;

use crate::DONE;
use crate::client::{Client, ServerArguments, escaped};
use crate::reads;
use crate::words::one_of;

/// Arguments of `forewarn notices`.
#[derive(Args)]
pub struct NoticesArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    command: NoticesCommand,
}

#[derive(Subcommand)]
enum NoticesCommand {
    /// List notices, newest first: those of your organisation and of the organisations it acts for.
    List {
        /// Only those for the organisation with this id.
        #[arg(long = "for", value_name = "ORG")]
        only_for: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one notice; the first reading is recorded.
    Show {
        /// Id of the notice.
        notice: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Get a receipt: the proof of when your organisation was told, for `forewarn log prove`. It can be had when the
    /// interval of the public log is over.
    Receipt {
        /// Id of the notice.
        notice: String,
        /// Where to write it.
        file: std::path::PathBuf,
    },
    /// Accept or decline the embargo terms.
    Terms {
        /// Id of the notice.
        notice: String,
        /// accept or decline.
        #[arg(value_parser = ["accept", "decline"])]
        answer: String,
    },
    /// Acknowledge: you have taken charge of it.
    Ack {
        /// Id of the notice.
        notice: String,
    },
    /// Report what you did.
    Remediate {
        /// Id of the notice.
        notice: String,
        /// not-affected, in-progress, mitigated, done or cannot-fix.
        #[arg(long, value_parser = remediation)]
        status: Remediation,
        /// In your words; needed for cannot-fix.
        #[arg(long, default_value = "")]
        note: String,
        /// What you do instead of a fix; with cannot-fix.
        #[arg(long, default_value = "")]
        measures: String,
    },
    /// How your organisation is told that a notice waits: mail, webhook, phone list, hours of quiet.
    Channel {
        #[command(subcommand)]
        command: channel::ChannelCommand,
    },
    /// The keys that your notices are sealed to: devices and recovery keys.
    Keys {
        #[command(subcommand)]
        command: keys::KeysCommand,
    },
    /// Seal a notice again, to all keys that count now.
    Reseal {
        /// Id of the notice.
        notice: String,
    },
    /// Let a relay (an ISAC, a managed provider) act for your organisation, or take that back.
    Delegate {
        #[command(subcommand)]
        command: channel::DelegateCommand,
    },
    /// List what waits for coordinators: people to call, and alarms.
    Tasks {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Report mails that came back: one from a mail server's pipe, or files and folders of them. For coordinators.
    #[command(after_help = bounced::EXAMPLE)]
    Bounced {
        /// Files and folders of mails; standard input when none is named.
        #[arg(value_name = "FILE")]
        files: Vec<std::path::PathBuf>,
    },
    /// Note that you called a recipient's phone list; for coordinators.
    Called(tasks::Called),
    /// Settle an alarm about a notice; for coordinators.
    Settle(tasks::Settled),
    /// Say what came of an alarm about a member who reads more than is usual; for coordinators.
    SettleReading(reads::Settled),
}

fn remediation(text: &str) -> Result<Remediation, String> {
    one_of(text, Remediation::ALL)
}

/// Reads or answers notices.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn run(arguments: &NoticesArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    match &arguments.command {
        NoticesCommand::List { only_for, json } => list(&client, only_for.as_deref(), *json).await?,
        NoticesCommand::Keys { command } => keys::run(&client, command).await?,
        NoticesCommand::Reseal { notice } => keys::reseal(&client, notice).await?,
        NoticesCommand::Channel { command } => channel::run(&client, command).await?,
        NoticesCommand::Delegate { command } => channel::delegate(&client, command).await?,
        NoticesCommand::Tasks { json } => tasks::list(&client, *json).await?,
        NoticesCommand::Bounced { files } => return bounced::run(&client, files).await,
        NoticesCommand::Called(called) => tasks::called(&client, called).await?,
        NoticesCommand::Settle(settled) => tasks::settle(&client, settled).await?,
        NoticesCommand::SettleReading(settled) => reads::settle(&client, settled).await?,
        NoticesCommand::Show { notice, json } => {
            let view: NoticeView = client.get(&format!("/api/v1/notices/{}", escaped(notice))).await?;
            if *json { println!("{}", serde_json::to_string_pretty(&view)?) } else { print(&view) }
        }
        NoticesCommand::Receipt { notice, file } => {
            let bytes = client.bytes(&format!("/api/v1/notices/{}/receipt", escaped(notice))).await?;
            std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
            println!("receipt in {}; check it with: forewarn log prove {}", file.display(), file.display());
        }
        NoticesCommand::Terms { notice, answer } => {
            act(&client, notice, &NoticeAct::AnswerTerms { accept: answer == "accept" }).await?;
            println!("{answer}ed");
        }
        NoticesCommand::Ack { notice } => {
            act(&client, notice, &NoticeAct::Acknowledge).await?;
            println!("acknowledged");
        }
        NoticesCommand::Remediate { notice, status, note, measures } => {
            let report =
                NoticeAct::Remediate { status: *status, note: note.clone(), measures: measures.clone() };
            act(&client, notice, &report).await?;
            println!("reported: {}", status.as_str());
            if *status == Remediation::CannotFix {
                let view: NoticeView = client.get(&format!("/api/v1/notices/{}", escaped(notice))).await?;
                println!("What may be done instead:");
                view.compensating_measures.iter().for_each(|line| println!("  - {line}"));
            }
        }
    }
    Ok(DONE)
}

async fn act(client: &Client, notice: &str, act: &NoticeAct) -> anyhow::Result<()> {
    client.act::<Value>("notices", notice, act).await.map(|_| ())
}

async fn list(client: &Client, only_for: Option<&str>, json: bool) -> anyhow::Result<()> {
    let only = only_for.map(|org| format!("?for={}", escaped(org))).unwrap_or_default();
    let mut count = 0;
    let show = |one: NoticeView| {
        count += 1;
        if json {
            println!("{}", serde_json::to_string(&one)?);
        } else {
            let state = one.remediation.as_deref().unwrap_or(&one.state);
            let until = one.embargo.as_ref().map(|e| match e.state.as_str() {
                "public" => "public".to_owned(),
                _ => format!("TLP:{} until {}", e.tlp, e.release_local),
            });
            let other = one.recipient.name.as_ref().map(|name| format!("  for {name}"));
            let (until, other) = (until.unwrap_or_default(), other.unwrap_or_default());
            println!("{}  {}  {state}  {until}{other}", one.id, one.number);
        }
        Ok(())
    };
    client.each(&format!("/api/v1/notices{only}"), show).await?;
    if count == 0 && !json {
        println!("no notices");
    }
    Ok(())
}

fn print(view: &NoticeView) {
    if let Some(embargo) = &view.embargo {
        // What it says after the release must not be kept back any more.
        match embargo.state.as_str() {
            "public" => println!("PUBLIC: the embargo is over"),
            _ => println!("EMBARGOED until {}  TLP:{}", embargo.release_local, embargo.tlp),
        }
    }
    println!("{}  {}  consent: {}", view.number, view.state, view.consent);
    if let Some(name) = &view.recipient.name {
        println!("for {name}");
    }
    if let Some(relay) = &view.acknowledged_by {
        println!("acknowledged by {relay}, relay for the recipient");
    }
    if view.closed {
        match &view.sealed {
            Some(sealed) => println!(
                "\nSealed to your keys, revision {}: forewarn agent fetch opens it on your machine",
                sealed.revision
            ),
            None => println!("\nThe recipient has its notices sealed; register keys to read them for it"),
        }
        return;
    }
    println!("\nWhere you run it:");
    for line in &view.exposure {
        let version = line.version.as_deref().unwrap_or("version not given");
        let gone = view.withdrawn.contains(line);
        let standing = match (gone, line.confirmed) {
            (true, _) => "no longer in your inventory",
            (false, true) => "under another name, as a coordinator found",
            (false, false) => line.confidence.as_str(),
        };
        println!("  {}: {} {version} (affected: {}; {standing})", line.asset, line.component, line.range);
    }
    match &view.content {
        None => println!("\nAccept the terms to read what it is: forewarn notices terms {} accept", view.id),
        Some(content) => {
            for (heading, text) in [
                ("What", &content.title),
                ("What to do now", &content.mitigation),
                ("What it is", &content.detail),
                ("How it is triggered", &content.proof_of_concept),
            ] {
                if let Some(text) = text {
                    println!("\n{heading}:\n  {text}");
                }
            }
            if !content.fixed_in.is_empty() {
                println!("\nFixed in: {}", content.fixed_in.join(", "));
            }
            if let (Some(handling), Some(reference)) = (&content.handling, &content.reference) {
                println!("\nHandling (reference {reference}):\n  {handling}");
            }
        }
    }
    if !view.attempts.is_empty() {
        println!("\nHow you were told:");
    }
    for attempt in &view.attempts {
        let code = attempt.code.map(|code| format!(" ({code})")).unwrap_or_default();
        let code = attempt.status.as_ref().map(|status| format!(" ({status})")).unwrap_or(code);
        println!("  {}  {}: {}{code}", attempt.at, attempt.way, attempt.words);
    }
    if let Some(due) = view.due_at {
        println!("\nAcknowledge by {due}: forewarn notices ack {}", view.id);
    }
}
