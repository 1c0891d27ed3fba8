//! `forewarn notices bounced`: what mail servers say became of mails.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use forewarn_formats::bounce;
use forewarn_formats::json::Limits;
use forewarn_server::app::BounceDone;

use crate::client::{Client, key_of};
use crate::documents::{self, FileProblem};
use crate::{BAD_INPUT, DONE};

/// Shown below the help.
pub(super) const EXAMPLE: &str = "Example:\n  forewarn notices bounced --token \"$TOKEN\" < message\n  forewarn notices \
bounced ~/Maildir/new\n\nRepeating it is safe. What is no delivery status notification is left alone. Exit code: 0 every \
message was read or is none of a mail server, 2 a file could not be read, 3 the service did not answer.";

/// Reports messages.
pub(super) async fn run(client: &Client, files: &[PathBuf]) -> anyhow::Result<u8> {
    let most = Limits::finding().bytes;
    if files.is_empty() {
        let mut bytes = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .context("standard input cannot be read")?;
        report(client, "-", bytes).await?;
        return Ok(DONE);
    }
    let mut problems = Vec::new();
    for file in found(files, &mut problems) {
        match documents::read(&file, most) {
            Ok(bytes) => report(client, &file.display().to_string(), bytes).await?,
            Err(problem) => problems.push(problem),
        }
    }
    for problem in &problems {
        eprintln!("{}: {}", problem.file, problem.message);
    }
    Ok(if problems.is_empty() { DONE } else { BAD_INPUT })
}

/// The files that paths stand for; a folder for the files in it, whatever they are called, but not those below.
fn found(paths: &[PathBuf], problems: &mut Vec<FileProblem>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        match fs::read_dir(path).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>()) {
            Ok(entries) => found.extend(entries.iter().map(fs::DirEntry::path).filter(|path| path.is_file())),
            Err(error) => problems.push(FileProblem::whole(Path::new(path), error)),
        }
    }
    found.sort();
    found
}

/// Reports one message. What the service has no use for never leaves the machine.
async fn report(client: &Client, name: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
    if let Err(problem) = bounce::read(&bytes, &Limits::finding()) {
        println!("{name}: left alone: {}", problem.message);
        return Ok(());
    }
    let key = key_of(&[b"bounce", &bytes]);
    let done: BounceDone = client.send("/api/v1/bounces", &key, "message/rfc822", bytes).await?;
    let noted = if done.noted { "noted" } else { "nothing to note" };
    println!("{name}: {}: {noted}", done.said);
    Ok(())
}
