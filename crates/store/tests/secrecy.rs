//! What is stored may be under embargo: nothing of it shows where somebody logs a value.
#![allow(clippy::unwrap_used)]

use forewarn_core::access::Filter;
use forewarn_core::aggregate::{Category, Facets, Key};
use forewarn_core::event::{NewEvent, StreamId};
use forewarn_store::{Append, Blob, Commit, Document, Job, NewJob, Query, Replay};

const SECRET: &str = "zebrafinch";

/// Neither as text nor as a list of bytes.
fn assert_silent(value: &impl std::fmt::Debug) {
    let bytes = format!("{:?}", SECRET.as_bytes());
    for shown in [format!("{value:?}"), format!("{value:#?}").split_whitespace().collect()] {
        assert!(!shown.contains(SECRET), "{shown}");
        assert!(!shown.contains(bytes.trim_matches(['[', ']'])) && !shown.contains("122,101,98"), "{shown}");
    }
}

#[test]
fn debug_shows_no_content() {
    let bytes = || SECRET.as_bytes().to_vec();
    let event = NewEvent { kind: "opened".into(), bytes: bytes(), salt: [122; 32] };
    let append = Append { stream: StreamId::new(Category::Case, "c1"), expected: 0, events: vec![event] };
    let job = NewJob { topic: "mail".into(), body: bytes(), due_at: 1 };
    let replay = Replay {
        principal: "p".into(),
        key: SECRET.into(),
        request: [122; 32],
        status: 200,
        response: bytes(),
        at: 1,
    };
    let key = Key { name: "digest".into(), value: SECRET.into(), unique: true };
    let facets = Facets { state: "open".into(), keys: [key].into(), ..Facets::default() };
    let mut query = Query::new(Category::Case, Filter::Everything, 1);
    query.key = Some(("digest".into(), SECRET.into()));
    assert_silent(&Commit {
        counts: vec![],
        appends: vec![append],
        jobs: vec![job],
        blobs: vec![Blob { owner: StreamId::new(Category::Case, "c1"), bytes: bytes() }],
        replay: Some(replay),
        at: 1,
    });
    assert_silent(&Document { id: "c1".into(), version: 1, doc: bytes(), facets });
    assert_silent(&Job { id: 1, topic: "mail".into(), body: bytes(), attempts: 1 });
    assert_silent(&query);
}
