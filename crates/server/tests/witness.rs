//! A log and its witnesses, over real connections: what extends the log is cosigned, a fork is not, and evidence shows
//! what a witness has seen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use forewarn_server::app::Evidence;
use forewarn_server::outgoing::Outgoing;
use forewarn_server::outgoing::witnesses::{Answer, AsksWitness, AtUrl};
use forewarn_server::rehearsal::Rehearsal;
use forewarn_server::witness::Witness;
use forewarn_server::workers;
use forewarn_store::MemoryStore;
use forewarn_testkit::{Ask, Cast, Site, finding};
use forewarn_tlog::{
    Checkpoint, Cosigner, Entry, Note, Signer, Submission, Tree, Verifier, leaf_hash, log_commitment,
    verify_consistency, verify_inclusion,
};
use jiff::Timestamp;

const ORIGIN: &str = "test.example/log";

fn log() -> Signer {
    // The key of the log of a site.
    Signer::new(ORIGIN, &[9; 32]).unwrap()
}

fn clock() -> Arc<Rehearsal> {
    let start: Timestamp = "2026-07-01T09:00:00Z".parse().unwrap();
    Arc::new(Rehearsal::new([3; 32], start))
}

fn witness(folder: &Path, logs: Vec<Verifier>) -> Arc<Witness> {
    let cosigner = Cosigner::new("witness.example/w1", &[5; 32]).unwrap();
    Arc::new(Witness::new(cosigner, logs, folder.to_owned(), clock()))
}

async fn served(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn at_url(witness: Arc<Witness>) -> AtUrl {
    let key = Cosigner::new("witness.example/w1", &[5; 32]).unwrap().witness().to_string();
    AtUrl::parse(&format!("{key}@{}", served(witness.router()).await)).unwrap()
}

fn tree(size: u64, other_from: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|leaf| {
        tree.append(&[u8::from(leaf >= other_from), u8::try_from(leaf).unwrap()]);
    });
    tree
}

fn body(old: u64, tree: &Tree) -> String {
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: tree.size(), root: tree.root() };
    let note = checkpoint.sign(&log()).unwrap().to_string();
    Submission::body(old, &tree.consistency_proof(old, tree.size()).unwrap(), &note)
}

#[tokio::test]
async fn a_witness_answers_as_the_protocol_says_and_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let own = vec![log().verifier().clone()];
    let asked = at_url(witness(folder.path(), own.clone())).await;
    let Answer::Lines(lines) = asked.ask(body(0, &tree(5, 99))).await else { panic!("cosigned") };
    let mut note = Note::parse(body(0, &tree(5, 99)).split_once("\n\n").unwrap().1).unwrap();
    note.add(forewarn_tlog::Signature::parse(lines.trim_end()).unwrap());
    let moment = asked.key().cosigned_at(&note).unwrap();
    assert_eq!(
        Timestamp::from_second(i64::try_from(moment).unwrap()).unwrap().to_string(),
        "2026-07-01T09:00:00Z"
    );
    // Started again on the same folder, it knows what it cosigned; a rolled-back log is told the size.
    let again = at_url(witness(folder.path(), own)).await;
    assert_eq!(again.ask(body(0, &tree(3, 99))).await, Answer::From(5));
    assert_eq!(again.ask(body(5, &tree(9, 2))).await, Answer::No(Some(422)));
    assert_eq!(again.ask(body(5, &tree(5, 2))).await, Answer::No(Some(409)));
    assert!(matches!(again.ask(body(5, &tree(9, 99))).await, Answer::Lines(_)));
    assert_eq!(again.ask("old 0\n\nnot a note\n".into()).await, Answer::No(Some(400)));
    assert_eq!(again.ask("x".repeat(100_000)).await, Answer::No(Some(413)));
    let kept = std::fs::read_dir(folder.path()).unwrap().filter_map(Result::ok);
    let proofs =
        kept.filter(|entry| entry.path().extension().is_some_and(|end| end == "misbehaviour")).count();
    assert_eq!(proofs, 2, "the forks are kept as proof");
    // Another log, or another key, is none of its business.
    let other = at_url(witness(tempfile::tempdir().unwrap().path(), vec![])).await;
    assert_eq!(other.ask(body(0, &tree(5, 99))).await, Answer::No(Some(404)));
    let twin = Signer::new(ORIGIN, &[8; 32]).unwrap().verifier().clone();
    let stranger = at_url(witness(tempfile::tempdir().unwrap().path(), vec![twin])).await;
    assert_eq!(stranger.ask(body(0, &tree(5, 99))).await, Answer::No(Some(403)));
}

#[tokio::test]
async fn evidence_shows_what_witnesses_saw() {
    let folder = tempfile::tempdir().unwrap();
    let asked = at_url(witness(folder.path(), vec![log().verifier().clone()])).await;
    let gone = AtUrl::parse(&format!("{}@http://127.0.0.1:9", asked.key())).unwrap();
    let key = asked.key().clone();
    let outgoing = Outgoing { witnesses: vec![Arc::new(gone), Arc::new(asked)], ..Outgoing::default() };
    let site = Site::with(Arc::new(MemoryStore::default()), [7; 32], |_| outgoing).await;
    let cast = Cast::enrol(&site).await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let evidence = async || -> Evidence {
        let answer = site.get(&cast.ada, &format!("/api/v1/cases/{case}/evidence")).await;
        serde_json::from_slice(&answer.ok().body).unwrap()
    };
    assert!(evidence().await.witnessed.is_none());
    site.wait(jiff::SignedDuration::from_mins(10));
    site.app.close_entries().await.unwrap();
    workers::ask_witnesses(&site.app).await.unwrap();
    site.act(&cast.ada, &case, &serde_json::json!({ "act": "withdraw", "reason": "r" })).await.ok();
    let taken = evidence().await;
    let seen = taken.witnessed.unwrap();
    let note = Note::parse(&seen.checkpoint).unwrap();
    assert!(key.cosigned_at(&note).is_some());
    let verifier = log().verifier().clone();
    let public = Checkpoint::open(&seen.checkpoint, &verifier).unwrap();
    let served = site.ask(Ask::get("/log/checkpoint")).await.ok().text();
    assert_eq!(served, seen.checkpoint, "what anybody reads is cosigned");
    let acts = Signer::new("test.example/log/acts", &[9; 32]).unwrap().verifier().clone();
    let new = Checkpoint::open(&taken.checkpoint, &acts).unwrap();
    assert!(seen.size < new.size, "the log grew since");
    let hash = |text: &String| -> [u8; 32] { hex::decode(text).unwrap().try_into().unwrap() };
    let hashes = |texts: &[String]| texts.iter().map(hash).collect::<Vec<_>>();
    // The cosigned checkpoint has the entry, the entry commits to the log of acts, and that one grew since.
    let entry = Entry::parse(seen.entry.as_bytes()).unwrap();
    let leaf = leaf_hash(seen.entry.as_bytes());
    verify_inclusion(&leaf, entry.number, public.size, &hashes(&seen.inclusion), &public.root).unwrap();
    assert_eq!(log_commitment(&hash(&seen.salt), seen.size, &hash(&seen.root)), entry.log);
    let grown = hashes(&seen.consistency);
    verify_consistency(seen.size, new.size, &grown, &hash(&seen.root), &new.root).unwrap();
    let unseen = taken.events.iter().filter(|event| event.index >= seen.size).count();
    assert_eq!(unseen, 1, "the withdrawal came after");
    site.wait(jiff::SignedDuration::from_mins(10));
    site.app.close_entries().await.unwrap();
    workers::ask_witnesses(&site.app).await.unwrap();
    let again = evidence().await.witnessed.unwrap();
    assert!(again.size >= new.size);
    let again = Checkpoint::open(&again.checkpoint, &verifier).unwrap();
    assert_eq!(again.size, public.size + 1);
}
