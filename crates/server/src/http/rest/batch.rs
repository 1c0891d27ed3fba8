//! Bulk intake: NDJSON, read as it arrives, taken in group by group.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use forewarn_core::access::Actor;
use forewarn_formats::csaf::Version;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use super::lines::{Lines, Stop};
use crate::app::{BatchResult, Call, TakeIn};
use crate::http::command::{Caller, Query, idempotency_key};
use crate::http::{Problem, Shared};

/// Most results of one batch.
const MOST_RESULTS: usize = 100_000;
/// Bytes that are gathered before they are read.
const STEP: usize = 256 << 10;
/// Longest pause of a sender.
const PATIENCE: Duration = Duration::from_secs(60);
/// What results are streamed as.
const NDJSON: &str = "application/x-ndjson";

/// How documents are read.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Reading {
    /// `2.0`, or `2.1` to have the vulnerability reports of CSAF 2.1 (the profile `csaf_vulnerability_report`) read too.
    csaf: Option<String>,
}

impl Reading {
    /// The version of CSAF that is asked for.
    ///
    /// # Errors
    /// When it is none that is read here.
    pub fn version(&self) -> Result<Version, Problem> {
        let Some(number) = self.csaf.as_deref() else { return Ok(Version::V2_0) };
        let known = Version::named(number);
        known.ok_or_else(|| Problem::at(StatusCode::BAD_REQUEST, "csaf", "2.0 or 2.1 is expected here"))
    }
}

/// Submit findings, one JSON document a line: Forewarn finding JSON, SARIF 2.1.0, OSV, CSAF 2.0 or CVE records 5.x, at
/// most 1 MiB each, 100,000 lines and 1 GiB in all. `Content-Encoding: gzip` is understood. Each report gets its own
/// result; with `Accept: application/x-ndjson` one a line, as soon as it is known, and a last line with a `problem` when
/// the batch was not read to its end. When the connection is lost, send the same batch again with the same key: what was
/// taken in is answered as before. 429: the results say what was taken in and what was over the quota.
#[utoipa::path(post, path = "/api/v1/findings:batch", tag = "findings",
    params(Reading), request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = BatchResult), (status = 403, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem), (status = 429, body = BatchResult)))]
pub async fn submit(
    State(app): State<Shared>,
    Query(reading): Query<Reading>,
    request: Request,
) -> Result<Response, Problem> {
    let csaf = reading.version()?;
    let (mut parts, body) = request.into_parts();
    let Caller(actor) = Caller::from_request_parts(&mut parts, &app).await?;
    let key = idempotency_key(&parts.headers)?;
    let lines = Lines::new(is_gzip(&parts.headers)?);
    let batch = Batch { app, actor, key, chunk: 0, results: 0, groups: read_ahead(body, lines, csaf) };
    if wants_lines(&parts.headers) { streamed(batch).await } else { whole(batch).await }
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?").trim());
    match encoding {
        None | Some("" | "identity") => Ok(false),
        Some("gzip" | "x-gzip") => Ok(true),
        Some(_) => Err(Problem::at(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Encoding",
            "gzip is understood here, or no encoding",
        )),
    }
}

fn wants_lines(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|one| one.split(';').next().is_some_and(|kind| kind.trim() == NDJSON))
}

async fn whole(mut batch: Batch) -> Result<Response, Problem> {
    let mut all = BatchResult::default();
    while let Some(answered) = batch.next().await {
        all.results.extend(answered?.results);
    }
    let body = serde_json::to_vec(&all).map_err(|_| Problem::internal())?;
    Ok(response(all.retry_after(), "application/json", Body::from(body)))
}

/// The first group decides the status; a problem behind it is the last line.
async fn streamed(mut batch: Batch) -> Result<Response, Problem> {
    let first = batch.next().await.transpose()?;
    let retry_after = first.as_ref().and_then(BatchResult::retry_after);
    let head = stream::iter(first.map(|first| Ok::<_, std::io::Error>(as_lines(&Ok(first)))));
    let rest = stream::unfold(Some(batch), |batch| async {
        let mut batch = batch?;
        let answered = batch.next().await?;
        let next = answered.is_ok().then_some(batch);
        Some((Ok(as_lines(&answered)), next))
    });
    Ok(response(retry_after, NDJSON, Body::from_stream(head.chain(rest))))
}

fn as_lines(answered: &Result<BatchResult, Problem>) -> Bytes {
    let mut text = Vec::new();
    let mut line = |value: serde_json::Result<Vec<u8>>| {
        text.extend(value.unwrap_or_default());
        text.push(b'\n');
    };
    match answered {
        Ok(answered) => answered.results.iter().for_each(|item| line(serde_json::to_vec(item))),
        Err(problem) => line(serde_json::to_vec(&serde_json::json!({ "problem": problem }))),
    }
    text.into()
}

fn response(retry_after: Option<u64>, kind: &'static str, body: Body) -> Response {
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    if let Some(seconds) = retry_after {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// A batch under way: what is read ahead of it is taken in, one group after the other.
struct Batch {
    app: Shared,
    actor: Actor,
    key: String,
    chunk: u32,
    results: usize,
    groups: mpsc::Receiver<Result<TakeIn, Problem>>,
}

impl Batch {
    async fn next(&mut self) -> Option<Result<BatchResult, Problem>> {
        match self.groups.recv().await? {
            Ok(group) => Some(self.take_in(group).await),
            Err(problem) => Some(Err(problem)),
        }
    }

    async fn take_in(&mut self, group: TakeIn) -> Result<BatchResult, Problem> {
        if self.results >= MOST_RESULTS {
            let text = "a batch has at most 100,000 results; send what has none in another";
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        let digests: Vec<&[u8]> = group.digests().collect();
        let call = Call::new(self.actor.clone(), &format!("{}#{}", self.key, self.chunk), &digests);
        self.chunk += 1;
        let reply = self.app.execute(&call, &group).await?;
        let answered: BatchResult = serde_json::from_slice(&reply.body).map_err(|_| Problem::internal())?;
        self.results += answered.results.len();
        Ok(answered)
    }
}

/// Reads the body while what came before is being taken in: one group waits, and no more.
fn read_ahead(body: Body, lines: Lines, csaf: Version) -> mpsc::Receiver<Result<TakeIn, Problem>> {
    let (groups, waiting) = mpsc::channel(1);
    tokio::spawn(async move {
        if let Err(problem) = read(body.into_data_stream(), lines, csaf, &groups).await {
            // Nobody waits when the request has gone.
            let _ = groups.send(Err(problem)).await;
        }
    });
    waiting
}

type Groups = mpsc::Sender<Result<TakeIn, Problem>>;

async fn read(
    mut body: BodyDataStream,
    mut lines: Lines,
    csaf: Version,
    groups: &Groups,
) -> Result<(), Problem> {
    let mut gathered = Vec::new();
    loop {
        let slow = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the batch came too slowly; send it again");
        let cut = |_| {
            let text = "the batch ended too early; send it again with the same Idempotency-Key";
            Problem::new(StatusCode::BAD_REQUEST, text)
        };
        let next = tokio::time::timeout(PATIENCE, body.next()).await.map_err(slow)?;
        let ended = match next {
            Some(data) => {
                gathered.push(data.map_err(cut)?);
                false
            }
            None => true,
        };
        if !ended && gathered.iter().map(Bytes::len).sum::<usize>() < STEP {
            continue;
        }
        let pieces = std::mem::take(&mut gathered);
        let stop;
        (lines, stop) = cut_and_parse(lines, pieces, ended, csaf, groups).await?;
        match stop {
            Some(stop) => return Err(refused(stop, lines.given())),
            None if ended || groups.is_closed() => return Ok(()),
            None => {}
        }
    }
}

/// Inflating, cutting and parsing take long enough to hold up other requests on this thread.
async fn cut_and_parse(
    mut lines: Lines,
    pieces: Vec<Bytes>,
    ended: bool,
    csaf: Version,
    groups: &Groups,
) -> Result<(Lines, Option<Stop>), Problem> {
    let (groups, lost) = (groups.clone(), |_| Problem::internal());
    let work = move || {
        let mut stop = None;
        for piece in &pieces {
            if stop.is_none() {
                let ready;
                (ready, stop) = lines.feed(piece);
                give(ready, csaf, &groups);
            }
        }
        if ended && stop.is_none() {
            let ready;
            (ready, stop) = lines.finish();
            give(ready, csaf, &groups);
        }
        (lines, stop)
    };
    tokio::task::spawn_blocking(work).await.map_err(lost)
}

fn give(ready: Vec<Vec<crate::app::BatchLine>>, csaf: Version, groups: &Groups) {
    for group in ready {
        // When nobody waits any more the rest is not worth reading either.
        if groups.blocking_send(Ok(TakeIn::read_as(group, csaf))).is_err() {
            return;
        }
    }
}

fn refused(stop: Stop, given: u64) -> Problem {
    match stop {
        Stop::TooLarge(text) => {
            let text = format!("{text}; the first {given} lines were taken in");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, &text)
        }
        Stop::NotGzip => {
            let text =
                "the body is not gzip, or its end is missing; send it again with the same Idempotency-Key";
            Problem::at(StatusCode::BAD_REQUEST, "Content-Encoding", text)
        }
    }
}

/// What a single document is read with: the same as a line of a batch.
pub(super) async fn single(bytes: Bytes, csaf: Version) -> Result<TakeIn, Problem> {
    let bytes = Arc::new(bytes);
    let line = move || crate::app::BatchLine { line: 1, bytes: bytes.to_vec() };
    let read = move || TakeIn::read_as(vec![line()], csaf);
    tokio::task::spawn_blocking(read).await.map_err(|_| Problem::internal())
}
