//! Messages between a party of a case and its coordinators.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, filter};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::ids::CaseId;
use forewarn_core::thread::{Command, Event, MESSAGES_LIMIT, TEXT_LIMIT, Thread, decide};
use support::cast::{CENTRE, VENDOR, alice, bob, org, second_vendor, stranger, vendor};
use support::{day, facts, policy};
use uuid::Uuid;

fn write(text: &str) -> Command {
    let case = CaseId(Uuid::from_u128(0xCA5E));
    let text = text.into();
    Command::Write { case, party: org(VENDOR), coordinating: org(CENTRE), text, bound: true, seen: 0 }
}

/// A message by somebody who has seen so many.
fn seeing(text: &str, count: usize) -> Command {
    match write(text) {
        Command::Write { case, party, coordinating, text, bound, .. } => {
            Command::Write { case, party, coordinating, text, bound, seen: count }
        }
        other => other,
    }
}

fn tried(thread: &Thread, actor: &Actor, command: Command) -> Result<Vec<Event>, Refusal> {
    let policy = policy();
    decide(thread, command, &facts(&policy, actor, day(1)))
}

fn after(thread: Thread, actor: &Actor, command: Command) -> Thread {
    let events = tried(&thread, actor, command).unwrap();
    let meta = Meta { at: day(1), actor: actor.label(), version: 1 };
    events.iter().fold(thread, |thread, event| thread.evolve(&meta, event))
}

#[test]
fn two_sides_talk_and_nobody_else_hears() {
    let thread = after(Thread::default(), &vendor(), write("Which version did you run?"));
    assert_eq!((thread.unread(org(CENTRE)), thread.unread(org(VENDOR))), (1, 0));
    let answered = after(thread, &alice(), seeing("1.4.2", 1));
    assert_eq!((answered.unread(org(CENTRE)), answered.unread(org(VENDOR))), (0, 1));
    let crossed = after(answered.clone(), &vendor(), seeing("And on Windows?", 0));
    assert_eq!(crossed.unread(org(VENDOR)), 1, "what came meanwhile was not seen");
    assert_eq!(crossed.unread_since(org(VENDOR)), Some(day(1)));
    let texts: Vec<_> = answered.messages.iter().map(|message| message.text.expose().as_str()).collect();
    assert_eq!(texts, ["Which version did you run?", "1.4.2"]);
    let sees = |actor: &Actor| filter(actor, Act::SeeThread).admits(&answered.facets());
    assert!(sees(&alice()) && sees(&bob()) && sees(&vendor()));
    assert!(!sees(&second_vendor()) && !sees(&stranger()) && !sees(&Actor::Public));
    for other in [second_vendor(), stranger(), Actor::Public, Actor::System] {
        assert_eq!(tried(&answered, &other, write("let me in")), Err(Refusal::NotFound));
        assert_eq!(tried(&answered, &other, Command::Read { count: 2 }), Err(Refusal::NotFound));
    }
    let read = after(answered, &vendor(), Command::Read { count: 99 });
    assert_eq!(read.unread(org(VENDOR)), 0);
    assert_eq!(tried(&read, &vendor(), Command::Read { count: 2 }), Ok(vec![]), "read twice is read once");
    assert!(!format!("{read:?}").contains("1.4.2"), "messages do not print");
}

#[test]
fn messages_and_threads_have_limits() {
    let message = "give 1 to 20,000 characters";
    let refused = Refusal::Invalid { field: "/text", message };
    let empty = Thread::default();
    assert_eq!(tried(&empty, &vendor(), write("  \n")), Err(refused.clone()));
    assert_eq!(tried(&empty, &vendor(), write(&"ü".repeat(TEXT_LIMIT + 1))), Err(refused));
    assert!(tried(&empty, &vendor(), write(&"ü".repeat(TEXT_LIMIT))).is_ok());
    let full = (0..MESSAGES_LIMIT).fold(empty, |thread, _| after(thread, &vendor(), write("?")));
    let words = Refusal::Rule("this thread is full; agree on another way to talk");
    assert_eq!(tried(&full, &alice(), write("yes")), Err(words.clone()));
    let long = "x".repeat(TEXT_LIMIT);
    let heavy = (0..52).fold(Thread::default(), |thread, _| after(thread, &vendor(), write(&long)));
    assert_eq!(tried(&heavy, &alice(), write(&long)), Err(words), "and so is one of more than a mebibyte");
}
