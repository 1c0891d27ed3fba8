//! Made-up things to ask of a store.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::{Filter, Relation};
use forewarn_core::event::StreamId;
use forewarn_store::{Append, Blob, Commit, EventStore, Position, Query, Replay};
use proptest::prelude::*;

use crate::fixture::*;

/// One append, still without its version.
#[derive(Clone, Debug)]
pub struct Sketch {
    pub stream: u32,
    pub kind: u8,
    /// What the events say, one for each.
    pub content: Vec<u32>,
    /// Mostly 0; otherwise the version is wrong by so much.
    pub off: u64,
    /// Mostly false; otherwise the last event claims another stream.
    pub broken: bool,
}

#[derive(Clone, Debug)]
pub enum Step {
    Commit { sketches: Vec<Sketch>, jobs: Vec<(u8, i64)>, blob: Option<u8>, replay: Option<u8> },
    Lease { topic: u8, now: i64, limit: u32 },
    Retry { which: prop::sample::Index, due_at: i64 },
    Finish { which: prop::sample::Index },
    Forget { before: i64 },
    Setting { name: u8, value: u8, replace: bool },
    List(Question),
    Rebuild,
}

#[derive(Clone, Debug)]
pub struct Question {
    pub kind: u8,
    pub filter: u8,
    pub org: u32,
    pub state: u8,
    pub key: u8,
    pub after: Option<(i64, u32)>,
    pub limit: u32,
    pub newest_first: bool,
}

pub fn sketch() -> impl Strategy<Value = Sketch> {
    let off = prop_oneof![12 => Just(0), 1 => 1..3_u64];
    let broken = prop_oneof![30 => Just(false), 1 => Just(true)];
    let content = prop::collection::vec(0..12_u32, 0..4);
    (0..4_u32, 0..3_u8, content, off, broken).prop_map(|(stream, kind, content, off, broken)| Sketch {
        stream,
        kind,
        content,
        off,
        broken,
    })
}

pub fn question() -> impl Strategy<Value = Question> {
    let after = prop::option::of((0..40_i64, 0..5_u32));
    (0..3_u8, 0..5_u8, 0..4_u32, 0..4_u8, 0..6_u8, after, 0..7_u32, any::<bool>()).prop_map(
        |(kind, filter, org, state, key, after, limit, newest_first)| Question {
            kind,
            filter,
            org,
            state,
            key,
            after,
            limit,
            newest_first,
        },
    )
}

pub fn step() -> impl Strategy<Value = Step> {
    let jobs = prop::collection::vec((0..2_u8, 0..40_i64), 0..3);
    let commit =
        (prop::collection::vec(sketch(), 0..4), jobs, prop::option::of(0..3_u8), prop::option::of(0..9_u8));
    prop_oneof![
        12 => commit.prop_map(|(sketches, jobs, blob, replay)| Step::Commit { sketches, jobs, blob, replay }),
        2 => (0..2_u8, 0..60_i64, 0..4_u32).prop_map(|(topic, now, limit)| Step::Lease { topic, now, limit }),
        1 => (any::<prop::sample::Index>(), 0..60_i64).prop_map(|(which, due_at)| Step::Retry { which, due_at }),
        1 => any::<prop::sample::Index>().prop_map(|which| Step::Finish { which }),
        1 => (0..40_i64).prop_map(|before| Step::Forget { before }),
        1 => (0..2_u8, any::<u8>(), any::<bool>())
            .prop_map(|(name, value, replace)| Step::Setting { name, value, replace }),
        4 => question().prop_map(Step::List),
        1 => Just(Step::Rebuild),
    ]
}

pub fn stream_of(kind: u8, number: u32) -> StreamId {
    match kind {
        0 => organisation(number),
        1 => holding(number),
        _ => document(number),
    }
}

pub fn draw(sketch: &Sketch, version: u64, at: i64) -> Append {
    let (stream, expected) = (stream_of(sketch.kind, sketch.stream), version + sketch.off);
    let content = sketch.content.iter().copied();
    let number = sketch.stream;
    let mut append = match sketch.kind {
        0 => {
            let event = |n| if n < 6 { enrolled(number, &format!("name {n}")) } else { person(n % 3) };
            append(stream, expected, at, &content.map(event).collect::<Vec<_>>())
        }
        1 => append(stream, expected, at, &content.map(|n| pushed(n % 4, "pump")).collect::<Vec<_>>()),
        _ => {
            let event = |n| published(number, &format!("FW-{}", n % 5), n);
            append(stream, expected, at, &content.map(event).collect::<Vec<_>>())
        }
    };
    if sketch.broken {
        append.stream.id.push('x');
    }
    append
}

pub fn query(question: &Question) -> Query {
    let category = stream_of(question.kind, 0).category;
    let org = id(question.org);
    let filter = match question.filter {
        0 => Filter::Nothing,
        1 => Filter::Everything,
        2 => Filter::Some { public: true, related: BTreeMap::new() },
        3 => Filter::Some {
            public: true,
            related: BTreeMap::from([(org, BTreeSet::from([Relation::Owner, Relation::Vendor]))]),
        },
        _ => Filter::Some {
            public: false,
            related: BTreeMap::from([(org, BTreeSet::from([Relation::Owner]))]),
        },
    };
    let states = ["enrolled", "current", "published"];
    let states = states.iter().skip(usize::from(question.state)).map(ToString::to_string).collect();
    let key = match question.key {
        0 => Some(("name".into(), format!("name {}", question.org))),
        1 => Some(("role".into(), "operator".into())),
        2 => Some(("org".into(), id::<forewarn_core::ids::OrgId>(question.org).to_string())),
        3 => Some(("number".into(), "FW-1".into())),
        _ => None,
    };
    let after = question.after.map(|(sort_at, n)| Position { sort_at, id: stream_of(question.kind, n).id });
    let states = if question.state == 3 { Vec::new() } else { states };
    Query { category, filter, states, key, after, limit: question.limit, newest_first: question.newest_first }
}

pub async fn build(
    store: &dyn EventStore,
    sketches: &[Sketch],
    jobs: &[(u8, i64)],
    (blob, replay): (Option<u8>, Option<u8>),
    at: i64,
) -> Commit {
    let mut appends: Vec<Append> = Vec::new();
    for sketch in sketches {
        let stream = stream_of(sketch.kind, sketch.stream);
        let stored =
            store.get(stream.category, &stream.id).await.unwrap().map_or(0, |document| document.version);
        let before =
            appends.iter().filter(|append| append.stream == stream).map(|append| append.events.len() as u64);
        appends.push(draw(sketch, stored + before.sum::<u64>(), at));
    }
    let topic = |topic| format!("topic {topic}");
    let owner = appends.iter().find(|append| append.expected > 0 || !append.events.is_empty());
    let owner = owner.map(|append| append.stream.clone());
    let blobs = owner.into_iter().zip(blob).map(|(owner, byte)| Blob { owner, bytes: vec![byte; 9] });
    let blobs: Vec<Blob> = blobs.collect();
    Commit {
        appends,
        counts: vec![],
        jobs: jobs.iter().map(|(number, due_at)| job(&topic(*number), &at.to_string(), *due_at)).collect(),
        blobs,
        replay: replay.map(|n| Replay {
            principal: "alice".into(),
            key: format!("key {n}"),
            request: [n; 32],
            status: 200 + u16::from(n),
            response: vec![n],
            at,
        }),
        at,
    }
}
