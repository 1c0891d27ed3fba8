//! `forewarn submit`: findings in bulk, each with its own answer.

use std::path::{Path, PathBuf};

use clap::Args;
use forewarn_formats::json::{self, Limits};
use forewarn_server::app::{BatchResult, ItemResult};

use crate::client::{Client, ServerArguments, key_of};
use crate::documents::{self, FileProblem};
use crate::{BAD_INPUT, DONE};

/// Documents sent in one request.
const AT_ONCE: usize = 1_000;

/// Arguments of `forewarn submit`.
#[derive(Args)]
#[command(after_help = "Example:\n  forewarn submit findings.ndjson osv/ --token \"$FINDER_TOKEN\"\n\n\
Repeating it is safe: what was taken in is answered as before. Exit code: 0 everything was taken in or was known, \
2 something was rejected or could not be read (the rest is in).")]
pub struct SubmitArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Forewarn finding JSON, OSV JSON or CSAF 2.0 files, folders of them, or NDJSON (*.ndjson, *.jsonl).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object for each result.
    #[arg(long)]
    json: bool,
}

/// One line to send, and where it came from.
struct Line {
    file: String,
    line: Option<usize>,
    bytes: Vec<u8>,
}

/// Submits and prints what became of each.
///
/// # Errors
/// When the service cannot be reached or refuses the batch as a whole.
pub async fn run(arguments: &SubmitArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    let mut problems = Vec::new();
    let mut lines = Vec::new();
    for file in documents::find(&arguments.files, &mut problems) {
        read(&file, &mut lines, &mut problems);
    }
    let mut counts = Counts::default();
    for (number, chunk) in lines.chunks(AT_ONCE).enumerate() {
        let results = send(&client, chunk).await?;
        for result in &results {
            counts.add(&result.result);
            print(arguments.json, chunk, result);
        }
        let done = (number * AT_ONCE) + chunk.len();
        if lines.len() > AT_ONCE {
            eprintln!("{done} of {} documents sent", lines.len());
        }
    }
    for problem in &problems {
        eprintln!("{}: {}: {}", problem.file, problem.place, problem.message);
    }
    let Counts { accepted, duplicate, rejected } = counts;
    eprintln!(
        "{accepted} accepted, {duplicate} duplicates, {rejected} rejected, {} files could not be read",
        problems.len()
    );
    Ok(if rejected == 0 && problems.is_empty() { DONE } else { BAD_INPUT })
}

#[derive(Default)]
struct Counts {
    accepted: usize,
    duplicate: usize,
    rejected: usize,
}

impl Counts {
    fn add(&mut self, result: &str) {
        match result {
            "accepted" => self.accepted += 1,
            "duplicate" => self.duplicate += 1,
            _ => self.rejected += 1,
        }
    }
}

fn read(file: &Path, lines: &mut Vec<Line>, problems: &mut Vec<FileProblem>) {
    let many =
        file.extension().is_some_and(|e| e.eq_ignore_ascii_case("ndjson") || e.eq_ignore_ascii_case("jsonl"));
    let name = file.display().to_string();
    let limits = if many { Limits::inventory() } else { Limits::finding() };
    match documents::read(file, limits.bytes) {
        Err(problem) => problems.push(problem),
        Ok(bytes) if many => {
            let numbered = bytes.split(|byte| *byte == b'\n').zip(1..);
            let filled = numbered.filter(|(line, _)| !line.iter().all(u8::is_ascii_whitespace));
            lines.extend(filled.map(|(line, number)| Line {
                file: name.clone(),
                line: Some(number),
                bytes: line.to_vec(),
            }));
        }
        // Read here too, since the place of a mistake in the file is lost once it is one line.
        Ok(bytes) => match json::parse(&bytes, &limits) {
            Err(problem) => {
                problems.push(FileProblem { file: name, place: problem.place, message: problem.message });
            }
            Ok(_) => lines.push(Line { file: name, line: None, bytes: one_line(bytes) }),
        },
    }
}

/// In JSON a line break stands only between tokens, where a space says the same.
fn one_line(mut bytes: Vec<u8>) -> Vec<u8> {
    for byte in &mut bytes {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    bytes
}

async fn send(client: &Client, chunk: &[Line]) -> anyhow::Result<Vec<ItemResult>> {
    let mut body = Vec::new();
    for line in chunk {
        body.extend_from_slice(&line.bytes);
        body.push(b'\n');
    }
    let key = key_of(&[&body]);
    let answer: BatchResult =
        client.send("/api/v1/findings:batch", &key, "application/x-ndjson", body).await?;
    Ok(answer.results)
}

fn print(as_json: bool, chunk: &[Line], result: &ItemResult) {
    let source = usize::try_from(result.line).ok().and_then(|line| chunk.get(line.checked_sub(1)?));
    let file = source.map_or_else(String::new, |line| match line.line {
        Some(number) => format!("{}:{number}", line.file),
        None => line.file.clone(),
    });
    if as_json {
        let mut value = serde_json::json!(result);
        value["file"] = file.into();
        println!("{value}");
        return;
    }
    let finding = result.finding.as_deref().unwrap_or("-");
    let place = result.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let message = result.message.as_deref().unwrap_or_default();
    println!("{}  {file}  {finding}  {place}{message}", result.result);
}
