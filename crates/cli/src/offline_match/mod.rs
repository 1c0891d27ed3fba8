//! `forewarn match`: advisories against inventories, with no server.

mod openvex;
mod paths;
mod print;
mod read;
mod sarif;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use forewarn_exposure::Confidence;
use serde::{Serialize, Serializer};

pub(crate) use read::Held;

use crate::documents::FileProblem;
use crate::inventory::ReadingArguments;
use crate::{BAD_INPUT, DONE, FOUND};

/// Arguments of `forewarn match`.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  forewarn match --advisories osv/ --inventory bank.cdx.json water.spdx.json\n  \
forewarn match --advisories 'osv/PYSEC-2024-*.json' --inventory sites/ --sarif > match.sarif\n\n\
Exit code: 0 nothing is hit, 1 something is hit, 2 bad usage or a file could not be read (the others still count)."
)]
pub struct MatchArguments {
    /// OSV, CSAF 2.0 or Forewarn finding files, folders of them, or patterns such as 'osv/GO-2024-*.json'.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    advisories: Vec<PathBuf>,
    /// Inventories in any format, folders of them, or patterns.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    inventory: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArguments,
    #[command(flatten)]
    form: Form,
}

/// How to print; a table for people when nothing is chosen.
#[derive(Args)]
#[group(multiple = false)]
struct Form {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Print a SARIF 2.1.0 log, for code scanning services and editors.
    #[arg(long)]
    sarif: bool,
    /// Print an OpenVEX 0.2.0 document with a statement for each hit; nothing when nothing is hit. The time in it is
    /// SOURCE_DATE_EPOCH where that is set, else now.
    #[arg(long)]
    openvex: bool,
}

/// A component that an advisory covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Hit {
    #[serde(serialize_with = "text")]
    advisory: Arc<str>,
    /// File, or what else was looked at.
    #[serde(serialize_with = "text")]
    pub(crate) inventory: Arc<str>,
    /// Name of the component.
    pub(crate) component: String,
    /// Its version as written.
    pub(crate) version: Option<String>,
    /// What of it is affected.
    pub(crate) range: String,
    /// How sure it is.
    pub(crate) confidence: Confidence,
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// An advisory that nothing can match, though it may be about something that is held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Unnamed {
    advisory: String,
    reason: &'static str,
}

/// How much was read.
#[derive(Debug, Default, Serialize)]
struct Counts {
    advisories: usize,
    inventories: usize,
    components: usize,
}

/// What an advisory that is hit says of itself.
#[derive(Clone, Debug, Default)]
struct Advisory {
    title: String,
    aliases: Vec<String>,
    reference: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct Outcome {
    /// In order, each once.
    hits: Vec<Hit>,
    errors: Vec<FileProblem>,
    /// Advisories that name nothing an inventory could hold.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    for_a_person: BTreeSet<Unnamed>,
    read: Counts,
    /// By the name that hits have.
    #[serde(skip)]
    advisories: BTreeMap<String, Advisory>,
}

/// Matches, prints, and says how to exit.
///
/// # Errors
/// When the result cannot be printed.
pub fn run(arguments: &MatchArguments) -> anyhow::Result<u8> {
    let outcome = read::compute(&arguments.advisories, &arguments.inventory, &arguments.reading);
    let mut out = io::BufWriter::new(io::stdout().lock());
    match &arguments.form {
        Form { json: true, .. } => write_json(&mut out, &outcome)?,
        Form { sarif: true, .. } => write_json(&mut out, &sarif::log(&outcome))?,
        Form { openvex: true, .. } => match openvex::document(&outcome)? {
            Some(document) => write_json(&mut out, &document)?,
            None => eprintln!("nothing is hit, and an OpenVEX document without a statement is not one"),
        },
        _ => print::print(&mut out, &outcome)?,
    }
    out.flush()?;
    if !arguments.form.json && !arguments.form.sarif {
        print::errors(&outcome.errors);
        print::for_a_person(&outcome.for_a_person);
    }
    Ok(match (outcome.errors.is_empty(), outcome.hits.is_empty()) {
        (false, _) => BAD_INPUT,
        (true, false) => FOUND,
        (true, true) => DONE,
    })
}

fn write_json(out: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    Ok(writeln!(out)?)
}
