//! Every scenario holds, and its transcript is the one that is kept beside it.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn run(file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forewarn")).args(["scenario", "run"]).arg(file).output().unwrap()
}

#[test]
fn every_scenario_holds_and_reads_as_it_did() {
    let mut scripts: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    scripts.sort();
    assert!(scripts.len() >= 10, "a normal case, a storm, leaks, silence and so on");
    for script in scripts {
        let played = run(&script);
        let transcript = String::from_utf8(played.stdout).unwrap();
        let name = script.file_name().unwrap();
        assert_eq!(played.status.code(), Some(0), "{name:?}: {transcript}");
        let kept = folder().join("transcripts").join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(kept.parent().unwrap()).unwrap();
            fs::write(&kept, &transcript).unwrap();
        }
        let before = fs::read_to_string(&kept).unwrap_or_default();
        assert_eq!(before, transcript, "{name:?} reads otherwise; look, then run again with UPDATE_GOLDEN=1");
    }
}

fn written(text: &str) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    run(file.path())
}

#[test]
fn an_expectation_that_does_not_hold_is_named_with_its_line() {
    let played = written("# nothing yet\nexpect public advisories /items count 1\nsay never\n");
    assert_eq!(played.status.code(), Some(1));
    let transcript = String::from_utf8(played.stdout).unwrap();
    assert!(
        transcript.contains("it is []") && transcript.contains("line 2: this does not hold"),
        "{transcript}"
    );
    assert!(!transcript.contains("never"), "the first one ends it");
}

#[test]
fn a_script_that_cannot_be_read_names_its_line() {
    for (script, words) in [
        ("dance", "line 1: unknown step"),
        ("\nsay \"open", "line 2: a quotation mark is not closed"),
        ("wait soon", "line 1: give a duration such as 3d, 36h or 15m"),
        ("person ada nowhere", "no organisation is called `nowhere`"),
        ("org c coordinator\nperson a c\nact a C1 close", "line 3: nothing is called `C1` yet"),
        ("org c ruler", "line 1: unknown role"),
        ("org c coordinator ->", "`->` needs the name"),
        ("org c coordinator country=US country=CA", "`country=` is given twice"),
        ("expect nobody advisories / is none", "nobody is called `nobody`"),
        ("expect public advisories /items likes 1", "use is, is-not, has or count"),
        ("submit", "`submit` needs a person or service"),
    ] {
        let played = written(script);
        let said = String::from_utf8(played.stderr).unwrap();
        assert_eq!(played.status.code(), Some(2), "{script}: {said}");
        assert!(said.contains(words), "{script}: {said}");
    }
    let played = run(Path::new("/nowhere/at/all.txt"));
    assert_eq!(played.status.code(), Some(2));
}
