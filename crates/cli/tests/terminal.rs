//! What `forewarn match` shows on a real terminal, made by `script`: a table, and a bar for what takes long. The bar is
//! on standard error only, and only where that is a terminal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use support::documents::{ADVISORY, bom, write};

/// Runs a match on a terminal with these redirections and gives what the terminal showed. One advisory comes through a
/// pipe and keeps the match waiting for longer than the bar does.
fn on_a_terminal(folder: &Path, redirections: &str) -> String {
    let (advisory, inventory) = (folder.join("slow.json"), folder.join("i.cdx.json"));
    let _ = fs::remove_file(&advisory);
    assert!(Command::new("mkfifo").arg(&advisory).status().unwrap().success());
    write(folder, "i.cdx.json", &bom("1.0"));
    let command = format!(
        "'{}' match --advisories '{}' --inventory '{}' {redirections}",
        env!("CARGO_BIN_EXE_forewarn"),
        advisory.display(),
        inventory.display()
    );
    let child = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Opening waits until the other end is read from, so that the match has begun to count.
    let mut pipe = fs::OpenOptions::new().write(true).open(&advisory).unwrap();
    thread::sleep(Duration::from_millis(2_000));
    pipe.write_all(ADVISORY.as_bytes()).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "something is hit");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const BAR: &str = "advisories [";

#[test]
fn a_bar_is_drawn_on_a_terminal_and_a_table_follows() {
    let folder = tempfile::tempdir().unwrap();
    let shown = on_a_terminal(folder.path(), "");
    assert!(shown.contains(BAR) && shown.contains("0/1"), "{shown:?}");
    assert!(shown.contains("ADVISORY  ") && shown.contains("CONFIDENCE  "), "{shown:?}");
    assert!(shown.find(BAR) < shown.find("ADVISORY  "), "{shown:?}");
}

#[test]
fn the_bar_does_not_go_into_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("result.txt");
    let shown = on_a_terminal(folder.path(), &format!("> '{}'", result.display()));
    assert!(shown.contains(BAR) && !shown.contains("CONFIDENCE"), "{shown:?}");
    let result = fs::read_to_string(result).unwrap();
    assert!(result.starts_with("OSV-1  ") && result.contains("[range]"), "{result:?}");
    assert!(!result.contains(BAR) && !result.contains('\u{1b}'), "{result:?}");
}

#[test]
fn no_bar_where_standard_error_is_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let errors = folder.path().join("errors.txt");
    let shown = on_a_terminal(folder.path(), &format!("2> '{}'", errors.display()));
    assert!(!shown.contains(BAR) && shown.contains("CONFIDENCE  "), "{shown:?}");
    assert_eq!(fs::read_to_string(errors).unwrap(), "");
}
