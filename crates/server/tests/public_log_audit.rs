//! What the keeper of the data cannot do without an audit finding it: drop, change, move or backdate an act, or write
//! the public log anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use forewarn_core::aggregate::Category;
use forewarn_core::event::{NewEvent, Recorded};
use forewarn_server::app::{Audit, audit};
use forewarn_store::{Append, Commit, EventStore, MemoryStore};
use forewarn_testkit::{Ask, Cast, Site, finding};
use forewarn_tlog::{AuditProblem, Checkpoint, Verifier, grown_from};
use jiff::SignedDuration;

const TEN: SignedDuration = SignedDuration::from_mins(10);

/// Some intervals with acts in each, all entered, and the checkpoint that others have seen.
async fn history() -> (Vec<Recorded>, Checkpoint) {
    let store = Arc::new(MemoryStore::default());
    let site = Site::on(Arc::<MemoryStore>::clone(&store), [7; 32]).await;
    site.app.close_entries().await.unwrap();
    let cast = Cast::enrol(&site).await;
    for n in 1..=4 {
        site.submit(&cast.finder, &finding(n, "samplelib")).await;
        site.wait(TEN);
        site.app.close_entries().await.unwrap();
    }
    let note = site.ask(Ask::get("/log/checkpoint")).await.ok().text();
    let key = Verifier::parse(&site.app.log_key().unwrap()).unwrap();
    let events = store.events_after(0, 10_000, None).await.unwrap();
    (events, Checkpoint::open(&note, &key).unwrap())
}

/// A store in which these are all the events, in this order.
async fn stored(events: &[Recorded]) -> Arc<MemoryStore> {
    let store = MemoryStore::default();
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    for event in events {
        let version = versions.entry(event.stream.to_string()).or_default();
        let append =
            Append { stream: event.stream.clone(), expected: *version, events: vec![event.event.clone()] };
        *version += 1;
        store.commit(Commit { appends: vec![append], ..Commit::default() }).await.unwrap();
    }
    Arc::new(store)
}

async fn audited(events: &[Recorded]) -> Audit {
    audit(stored(events).await.as_ref(), &[9; 32]).await.unwrap()
}

/// The last act that is of a finding, is the last of its stream, and is in an entry.
fn place(events: &[Recorded]) -> usize {
    let last = events.iter().rposition(|event| event.stream.category == Category::Finding).unwrap();
    assert!(events[last..].iter().any(|event| event.stream.category == Category::PublicLog));
    last
}

fn with(event: &NewEvent, from: &str, to: &str) -> NewEvent {
    let text = String::from_utf8(event.bytes.clone()).unwrap();
    assert!(text.contains(from), "{text}");
    NewEvent { bytes: text.replace(from, to).into_bytes(), ..event.clone() }
}

fn said(audit: &Audit, words: &str) -> bool {
    audit.problems.iter().any(|problem| problem.contains(words))
}

#[tokio::test]
async fn what_was_entered_is_found_again() {
    let (events, seen) = history().await;
    let found = audited(&events).await;
    assert_eq!(found.problems, Vec::<String>::new());
    assert_eq!((found.public.size(), found.public.root()), (seen.size, seen.root));
    // The event of the last entry is not in an entry yet.
    assert_eq!((found.acts, found.destroyed), (events.len() as u64 - 1, 0));
    let other_key = audit(stored(&events).await.as_ref(), &[8; 32]).await.unwrap();
    assert!(!other_key.problems.is_empty(), "only who has the key can tell");
}

#[tokio::test]
async fn an_act_that_was_dropped_changed_moved_or_put_in_is_found() {
    let (events, _) = history().await;
    let at = place(&events);
    let mut dropped = events.clone();
    dropped.remove(at);
    let mut changed = events.clone();
    changed[at].event = with(&events[at].event, "\"actor\":\"", "\"actor\":\"x");
    let mut salted = events.clone();
    salted[at].event.salt = [0; 32];
    let mut moved = events.clone();
    let other = events[..at].iter().rposition(|event| event.stream != events[at].stream).unwrap();
    moved.swap(at, other);
    let mut put_in = events.clone();
    // Another event of a new stream, before one that was entered.
    let mut twin = events[at].clone();
    let id = "00000000-0000-4000-8000-00000000beef";
    twin.event = with(&twin.event, &twin.stream.id.clone(), id);
    twin.event = with(&twin.event, "\"part\":0", "\"part\":1");
    twin.stream.id = id.into();
    put_in.insert(at, twin);
    for (name, events) in
        [("dropped", dropped), ("changed", changed), ("salted", salted), ("moved", moved), ("put in", put_in)]
    {
        let found = audited(&events).await;
        assert!(!found.problems.is_empty(), "{name}");
        assert!(
            said(&found, "has other acts than the store") || said(&found, "commits to another log"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_act_that_says_an_earlier_time_than_its_interval_is_found() {
    let (events, seen) = history().await;
    let at = place(&events);
    // The acts from the last finding on are not entered yet; somebody writes an earlier moment into it.
    let mut open = events[..=at].to_vec();
    let honest = String::from_utf8(open[at].event.bytes.clone()).unwrap();
    assert!(honest.contains("\"at\":\"2026-07-01T08:30:00Z\""), "{honest}");
    open[at].event = with(&open[at].event, "2026-07-01T08:30:00Z", "2026-07-01T08:01:00Z");
    let store = stored(&open).await;
    let site = Site::on(Arc::<MemoryStore>::clone(&store), [7; 32]).await;
    site.wait(SignedDuration::from_mins(45));
    site.app.close_entries().await.unwrap();
    let found = audit(store.as_ref(), &[9; 32]).await.unwrap();
    assert!(said(&found, "which says it was done"), "{:?}", found.problems);
    // And those who saw the true log before see that it is another.
    assert_eq!(grown_from(&found.public, &seen), Err(AuditProblem::Rewritten { seen: seen.size }));
}

#[tokio::test]
async fn a_log_that_was_written_anew_is_right_in_itself_and_found_by_who_saw_the_old_one() {
    let (events, seen) = history().await;
    let mut clean: Vec<_> =
        events.iter().filter(|event| event.stream.category != Category::PublicLog).cloned().collect();
    clean.remove(
        place(&events)
            - events[..place(&events)].iter().filter(|e| e.stream.category == Category::PublicLog).count(),
    );
    let store = stored(&clean).await;
    let site = Site::on(Arc::<MemoryStore>::clone(&store), [7; 32]).await;
    site.wait(TEN * 5);
    site.app.close_entries().await.unwrap();
    let short = audit(store.as_ref(), &[9; 32]).await.unwrap();
    assert_eq!(grown_from(&short.public, &seen), Err(AuditProblem::RolledBack { seen: seen.size, now: 1 }));
    site.wait(TEN * 6);
    site.app.close_entries().await.unwrap();
    let found = audit(store.as_ref(), &[9; 32]).await.unwrap();
    assert_eq!(found.problems, Vec::<String>::new(), "nothing in it tells");
    assert_eq!(grown_from(&found.public, &seen), Err(AuditProblem::Rewritten { seen: seen.size }));
}
