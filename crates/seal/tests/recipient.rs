//! Files for hybrid keys: opened by whom they are for and by nobody else, read and written by another program too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use ed25519_dalek::SigningKey;
use forewarn_seal::{
    Attested, FileProblem, Identity, NoticeProblem, Recipient, RecipientProblem, open_file, open_notice,
    seal_file, seal_notice,
};
use support::Counter;

fn pair(seed: u64) -> (Identity, Recipient) {
    let identity = Identity::draw(&mut Counter(seed));
    let recipient = identity.to_recipient().unwrap();
    (identity, recipient)
}

#[test]
fn keys_are_written_and_read_back() {
    let (identity, recipient) = pair(1);
    let (secret, public) = (identity.expose().unwrap(), recipient.to_string());
    assert!(secret.starts_with("AGE-SECRET-KEY-PQ-1") && public.starts_with("age1pq1"));
    let read: Identity = secret.parse().unwrap();
    assert_eq!(read.to_recipient().unwrap(), recipient);
    assert_eq!(public.parse::<Recipient>().unwrap(), recipient);
    assert_eq!(public.to_uppercase().parse::<Recipient>().unwrap(), recipient);
    assert!(!format!("{identity:?}").contains(&secret[20..40]));
    let mut mistyped = public.clone().into_bytes();
    mistyped[500] = if mistyped[500] == b'q' { b'p' } else { b'q' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    assert_eq!(mistyped.parse::<Recipient>(), Err(RecipientProblem::Checksum));
    assert_eq!(secret.parse::<Recipient>(), Err(RecipientProblem::Kind));
    assert_eq!(public.parse::<Identity>().map(|_| ()), Err(RecipientProblem::Kind));
    for bad in ["", "age1pq1", "x", &public[..public.len() - 1], &"age1pq1".repeat(2000)] {
        assert!(bad.parse::<Recipient>().is_err());
    }
}

#[test]
fn each_recipient_opens_a_file_and_nobody_else() {
    let mut random = Counter(2);
    let (desk, phone, recovery, other) = (pair(3), pair(4), pair(5), pair(6));
    let to = [&desk.1, &phone.1, &recovery.1];
    for content in [b"".to_vec(), b"zebrafinch".to_vec(), vec![7; 200_000]] {
        let file = seal_file(&mut random, &to, &content).unwrap();
        assert!(content.len() < 8 || !file.windows(8).any(|window| window == &content[..8]));
        for identity in [&desk.0, &phone.0, &recovery.0] {
            assert_eq!(*open_file(&[identity], &file).unwrap(), content);
        }
        assert_eq!(*open_file(&[&other.0, &phone.0], &file).unwrap(), content);
        assert_eq!(open_file(&[&other.0], &file), Err(FileProblem::NotOurs));
        assert_eq!(open_file(&[], &file), Err(FileProblem::NotOurs));
        for cut in [file.len() - 1, file.len() - 17, file.len() / 2, 30, 0] {
            assert!(open_file(&[&desk.0], &file[..cut]).is_err(), "{cut}");
        }
        for at in (0..file.len()).step_by(file.len() / 40 + 1) {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(open_file(&[&desk.0], &changed).is_err(), "byte {at} of {}", file.len());
        }
    }
    assert_eq!(seal_file(&mut random, &[], b""), Err(FileProblem::Recipients));
    assert_eq!(seal_file(&mut random, &vec![&desk.1; 33], b""), Err(FileProblem::Recipients));
    assert_eq!(seal_file(&mut random, &[&desk.1], &vec![0; (16 << 20) + 1]), Err(FileProblem::TooLong));
    let most = seal_file(&mut random, &vec![&desk.1; 32], b"x").unwrap();
    assert_eq!(*open_file(&[&desk.0], &most).unwrap(), b"x");
}

#[test]
fn a_header_that_would_take_long_is_refused() {
    let (identity, _) = pair(1);
    let mut flood = b"age-encryption.org/v1\n".to_vec();
    for _ in 0..100_000 {
        flood.extend(b"-> a b\n\n");
    }
    flood.extend(b"--- AAAA\n");
    assert_eq!(open_file(&[&identity], &flood), Err(FileProblem::Format));
    let few = [b"age-encryption.org/v1\n".as_slice(), &b"-> a b\n\n".repeat(40), b"--- AAAA\n"].concat();
    assert_eq!(open_file(&[&identity], &few), Err(FileProblem::Format));
}

fn attested() -> Attested {
    Attested { notice: "n-1".into(), revision: 2, recipient: "org-1".into(), approval: [5; 32] }
}

#[test]
fn a_notice_is_for_one_and_says_who_approved_it() {
    let mut random = Counter(9);
    let (ours, theirs) = (pair(3), pair(4));
    let key = SigningKey::from_bytes(&[1; 32]);
    let text = b"Take it off the network.\n\nThen patch.";
    let file = seal_notice(&mut random, &key, &attested(), &[&ours.1], text).unwrap();
    let opened = open_notice(&[&ours.0], &key.verifying_key(), "org-1", &file).unwrap();
    assert_eq!((&opened.attested, opened.text.as_slice()), (&attested(), text.as_slice()));
    assert!(!format!("{opened:?}").contains("network"));
    let why = |result: Result<forewarn_seal::Signed, NoticeProblem>| result.map(|_| ()).unwrap_err();
    let verifying = key.verifying_key();
    assert_eq!(
        why(open_notice(&[&theirs.0], &verifying, "org-1", &file)),
        NoticeProblem::File(FileProblem::NotOurs)
    );
    let stranger = SigningKey::from_bytes(&[2; 32]).verifying_key();
    assert_eq!(why(open_notice(&[&ours.0], &stranger, "org-1", &file)), NoticeProblem::Signature);
    // Whoever opens it and seals it again for somebody else changes nothing of whom it is for.
    let content = open_file(&[&ours.0], &file).unwrap();
    let again = seal_file(&mut random, &[&theirs.1], &content).unwrap();
    assert_eq!(why(open_notice(&[&theirs.0], &verifying, "org-2", &again)), NoticeProblem::Recipient);
    let lines = String::from_utf8(content.to_vec()).unwrap();
    for (from, to) in [
        ("recipient: org-1", "recipient: org-2"),
        ("revision: 2", "revision: 3"),
        ("revision: 2", "revision: 02"),
        ("notice: n-1", "notice: n-2"),
        ("approval: 05", "approval: 06"),
        ("Then patch", "Do nothing"),
    ] {
        assert!(lines.contains(from));
        let changed = lines.replace(from, to);
        let again = seal_file(&mut random, &[&theirs.1], changed.as_bytes()).unwrap();
        let opened = open_notice(&[&theirs.0], &verifying, "org-2", &again);
        if to == "revision: 02" {
            // Another writing of the same number says the same.
            assert_eq!(why(opened), NoticeProblem::Recipient);
        } else {
            assert_eq!(why(opened), NoticeProblem::Signature, "{to}");
        }
    }
    for bad in ["", "forewarn sealed notice 2\n\n", &lines.replacen("notice: ", "", 1), &lines[..60]] {
        let file = seal_file(&mut random, &[&ours.1], bad.as_bytes()).unwrap();
        assert_eq!(why(open_notice(&[&ours.0], &verifying, "org-1", &file)), NoticeProblem::Format);
    }
    for id in ["", "a b", "a\nrecipient: x", &"x".repeat(201)] {
        let bad = Attested { notice: id.into(), ..attested() };
        let refused = seal_notice(&mut random, &key, &bad, &[&ours.1], b"");
        assert_eq!(refused, Err(NoticeProblem::Id));
    }
}

/// The folder where the npm package age-encryption is installed, or `None` with a loud word.
fn peer() -> Option<PathBuf> {
    let folder = std::env::var_os("FOREWARN_PEERS_NODE").map(PathBuf::from);
    if folder.is_none() {
        let _ = writeln!(std::io::stderr(), "age peer NOT RUN: FOREWARN_PEERS_NODE is not set");
        assert!(std::env::var_os("CI").is_none(), "CI must run the age peer");
    }
    folder
}

/// Runs a script of the peer with what it reads on standard input.
fn node(folder: &PathBuf, script: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let head = "import * as age from 'age-encryption'; import fs from 'node:fs'; \
        const input = fs.readFileSync(0); const args = process.argv.slice(1); const say = x => fs.writeSync(1, x);";
    let mut child = Command::new("node")
        .args(["--input-type=module", "-e", &format!("{head}{script}")])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the peer failed");
    output.stdout
}

const SEAL: &str =
    "const e = new age.Encrypter(); for (const r of args) e.addRecipient(r); say(await e.encrypt(input));";
const OPEN: &str = "const d = new age.Decrypter(); d.addIdentity(args[0]); say(await d.decrypt(input));";

#[test]
fn another_program_opens_what_we_seal_and_the_other_way_round() {
    let Some(folder) = peer() else { return };
    let mut random = Counter(7);
    let (ours, other) = (pair(8), pair(9));
    let secret = ours.0.expose().unwrap();
    // The same key has the same public half there, and a key made there can be read here.
    let public = node(&folder, "say(await age.identityToRecipient(args[0]))", &[&secret], b"");
    assert_eq!(String::from_utf8(public).unwrap(), ours.1.to_string());
    let theirs =
        String::from_utf8(node(&folder, "say(await age.generateHybridIdentity())", &[], b"")).unwrap();
    let read: Identity = theirs.parse().unwrap();
    let recipient = read.to_recipient().unwrap();
    for content in [b"".to_vec(), b"zebrafinch".to_vec(), vec![b'a'; 65_536], vec![b'b'; 70_000]] {
        let file = seal_file(&mut random, &[&other.1, &ours.1, &recipient], &content).unwrap();
        for identity in [secret.as_str(), theirs.as_str()] {
            assert!(node(&folder, OPEN, &[identity], &file) == content, "{} bytes", content.len());
        }
        let to = [other.1.to_string(), recipient.to_string()];
        let file = node(&folder, SEAL, &[&to[0], &to[1]], &content);
        for identity in [&other.0, &read] {
            assert!(*open_file(&[identity], &file).unwrap() == content, "{} bytes", content.len());
        }
        assert_eq!(open_file(&[&ours.0], &file), Err(FileProblem::NotOurs));
    }
    // A notice is text that a person with the other program can read.
    let key = SigningKey::from_bytes(&[1; 32]);
    let file = seal_notice(&mut random, &key, &attested(), &[&ours.1], b"Patch now.").unwrap();
    let seen = String::from_utf8(node(&folder, OPEN, &[&secret], &file)).unwrap();
    assert!(seen.starts_with("forewarn sealed notice 1\nnotice: n-1\n") && seen.ends_with("\n\nPatch now."));
}
