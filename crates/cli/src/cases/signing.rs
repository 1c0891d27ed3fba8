//! Signing approvals on the command line, with a key that never leaves this machine.

use std::path::Path;

use anyhow::{Context, ensure};
use forewarn_core::approval::{self, Signed, Statement};
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::app::views::CaseView;
use forewarn_server::app::{CaseAct, ToSign};
use forewarn_server::instance::key_file;
use sha2::{Digest, Sha256};

use super::path_of;
use crate::client::{Client, key_of};

fn seed(file: &Path) -> anyhow::Result<[u8; 32]> {
    Ok(key_file(file, &mut *Machine.draw(None))?)
}

/// The public half of the key in a file; the key is made if there is none.
pub(super) fn public(file: &Path) -> anyhow::Result<String> {
    Ok(approval::sign(&seed(file)?, "").0)
}

/// Asks what is to be signed, compares it with what this machine was shown of the case, and signs it.
pub(super) async fn signed(client: &Client, case: &str, of: CaseAct, file: &Path) -> anyhow::Result<CaseAct> {
    ensure!(file.exists(), "{}: there is no key; make one with `forewarn case key`", file.display());
    let at = Machine.now();
    let ask = ToSign { case: case.to_owned(), of: of.clone(), at };
    let key = key_of(&[case.as_bytes(), &serde_json::to_vec(&ask)?]);
    let statement: Statement = client.post(&format!("{}/statements", path_of(case)), &key, &ask).await?;
    let shown: CaseView = client.get(&path_of(case)).await?;
    compare(&statement, &of, &shown)?;
    ensure!(statement.at == at, "the service gave another time to sign");
    eprintln!("You sign, as {}:", statement.approver);
    eprintln!("  {} of {} ({})", statement.act, shown.number, statement.case);
    eprintln!("  draft {}: {}", statement.revision, title(&shown, statement.revision).unwrap_or_default());
    eprintln!("  terms: {}", statement.what);
    let (key, signature) = approval::sign(&seed(file)?, &statement.text());
    Ok(CaseAct::Signed { of: Box::new(of), signed: Signed { at, key, signature } })
}

fn title(case: &CaseView, revision: u32) -> Option<&str> {
    let position = usize::try_from(revision).ok()?.checked_sub(1)?;
    Some(&case.detail.as_ref()?.drafts.get(position)?.title)
}

/// The service says what is to be signed. It must be the act that was asked for, on this case, and on the very text that
/// the case shows.
fn compare(statement: &Statement, of: &CaseAct, shown: &CaseView) -> anyhow::Result<()> {
    ensure!(statement.case.to_string() == shown.id, "the service gave another case to sign");
    let asked = serde_json::to_value(of)?;
    ensure!(asked["act"] == statement.act.as_str(), "the service gave another act to sign");
    let wave = statement.wave.map(|wave| wave.to_string());
    ensure!(asked["wave"].as_str() == wave.as_deref(), "the service gave another wave to sign");
    for name in ["level", "reason"] {
        let asked = &asked[name];
        ensure!(asked.is_null() || *asked == statement.what[name], "the service gave other terms to sign");
    }
    let drafts = shown.detail.as_ref().map(|detail| &detail.drafts);
    let position = usize::try_from(statement.revision).ok().and_then(|revision| revision.checked_sub(1));
    let draft =
        position.and_then(|position| drafts?.get(position)).context("the case shows no such draft")?;
    let digest = hex::encode(Sha256::digest(serde_json::to_value(draft)?.to_string()));
    ensure!(digest == statement.draft, "the service gave another text to sign than it shows");
    Ok(())
}
