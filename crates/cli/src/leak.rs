//! `forewarn trace`: from whose copy of a notice a leaked text may come.

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use forewarn_server::app::{TraceText, TraceView};

use crate::bad_input::BadInput;
use crate::client::{Client, ServerArguments, escaped, fresh_key};
use crate::{DONE, FOUND};

/// Largest text, in bytes.
const LARGEST: u64 = 1 << 19;

/// Arguments of `forewarn trace`.
#[derive(Args)]
pub struct TraceArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Id of the case whose notices it may come from.
    #[arg(long)]
    case: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The text as it was found; `-` reads standard input.
    file: PathBuf,
}

/// Prints the ranking. Exit 1 when it points to one source, 0 otherwise.
///
/// # Errors
/// When the text cannot be read, or the service cannot be reached or refuses.
pub async fn run(arguments: &TraceArguments) -> anyhow::Result<u8> {
    let text = text(arguments)?;
    let client = Client::from_arguments(&arguments.server)?;
    let key = fresh_key(&[b"trace", arguments.case.as_bytes(), text.as_bytes()]);
    let path = format!("/api/v1/cases/{}/traces", escaped(&arguments.case));
    let view: TraceView = client.post(&path, &key, &TraceText { text }).await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&view)?);
    } else {
        print(&view);
    }
    Ok(if view.reading == "points-to-one" { FOUND } else { DONE })
}

fn text(arguments: &TraceArguments) -> anyhow::Result<String> {
    let name = arguments.file.display().to_string();
    let mut bytes = Vec::new();
    if name == "-" {
        std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes)?;
    } else {
        let file = fs::File::open(&arguments.file).with_context(|| format!("{name} cannot be read"))?;
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(
            BadInput::new(format!("{name}: longer than 512 KiB; cut it to the part that leaked")).into()
        );
    }
    String::from_utf8(bytes).map_err(|_| BadInput::new(format!("{name}: is not UTF-8 text")).into())
}

fn print(view: &TraceView) {
    println!("compared with {} copies and drafts", view.compared);
    if !view.lost.is_empty() {
        println!("the text has lost: {}", view.lost.join(", "));
    }
    println!("\n{:>7}  {:>9}  {:>10}  source", "share", "marks", "reference");
    for suspect in &view.suspects {
        let marks = format!("{}/{}", suspect.agree, suspect.read);
        let reference = if suspect.referenced { "yes" } else { "" };
        let source = match (&suspect.reader, &suspect.notice) {
            (Some(reader), Some(notice)) => format!("{reader} (notice {notice})"),
            _ => "the draft: coordinators and vendors".to_owned(),
        };
        println!("{:>7.4}  {marks:>9}  {reference:>10}  {source}", suspect.share);
    }
    println!("{:>7.4}  {:>9}  {:>10}  none of them", view.unknown, "", "");
    let words = match view.reading.as_str() {
        "points-to-one" => "It points to one source.",
        "mixed" => "No source fits: it may be mixed from several copies, or written anew.",
        "narrows" => "It narrows the sources down, and points to none.",
        _ => "It says nothing.",
    };
    println!("\n{words} Other sources that would agree as well by chance: {:.2}.", view.by_chance);
    println!(
        "This is evidence, not proof: a copy may be stolen, mixed with another, or made to look like one."
    );
}
