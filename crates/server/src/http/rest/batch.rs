//! Bulk intake: NDJSON, read as it arrives, taken in chunk by chunk.

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use bytes::BytesMut;
use futures_util::StreamExt;

use crate::app::{BatchLine, BatchResult, Call, TakeIn};
use crate::http::command::{Caller, idempotency_key};
use crate::http::{Problem, Shared};

/// Lines taken in by one commit.
const CHUNK: usize = 250;
/// Bytes after which a commit takes no further line.
const CHUNK_BYTES: usize = 4 << 20;
/// Longest line, in bytes.
const LONGEST_LINE: usize = 1 << 20;
/// Most lines of one batch.
const MOST_LINES: u64 = 100_000;

/// Submit findings, one JSON document a line: Forewarn finding JSON, OSV or CSAF 2.0. Each gets its own result. When
/// the connection is lost, send the same batch again with the same key: what was taken in is answered as before.
#[utoipa::path(post, path = "/api/v1/findings:batch", tag = "findings",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = BatchResult), (status = 403, body = Problem)))]
pub async fn submit(State(app): State<Shared>, request: Request) -> Result<Json<BatchResult>, Problem> {
    let (mut parts, body) = request.into_parts();
    let Caller(actor) = Caller::from_request_parts(&mut parts, &app).await?;
    let key = idempotency_key(&parts.headers)?;
    let mut lines = Lines::new(body);
    let mut whole = BatchResult::default();
    for chunk in 0_u32.. {
        let taken = lines.take(CHUNK).await?;
        if taken.is_empty() {
            break;
        }
        let parts: Vec<&[u8]> = taken.iter().map(|line| line.bytes.as_slice()).collect();
        let call = Call::new(actor.clone(), &format!("{key}#{chunk}"), &parts);
        let reply = app.execute(&call, &TakeIn::read(taken)).await?;
        let answered: BatchResult = serde_json::from_slice(&reply.body).map_err(|_| Problem::internal())?;
        whole.results.extend(answered.results);
    }
    Ok(Json(whole))
}

/// The lines of a body. A line over the limit is passed on cut, so that it is rejected alone.
struct Lines {
    body: axum::body::BodyDataStream,
    buffer: BytesMut,
    line: u64,
    ended: bool,
}

impl Lines {
    fn new(body: Body) -> Self {
        Self { body: body.into_data_stream(), buffer: BytesMut::new(), line: 0, ended: false }
    }

    async fn take(&mut self, count: usize) -> Result<Vec<BatchLine>, Problem> {
        let mut taken = Vec::new();
        let mut size = 0;
        // Where a chunk ends follows from the lines alone, so a batch sent again is cut alike.
        while taken.len() < count && size < CHUNK_BYTES {
            let Some(bytes) = self.next().await? else { break };
            size += bytes.len();
            self.line += 1;
            if self.line > MOST_LINES {
                let text = "a batch holds at most 100,000 lines; what came before is taken in";
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text));
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                taken.push(BatchLine { line: self.line, bytes });
            }
        }
        Ok(taken)
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let mut cut: Option<Vec<u8>> = None;
        let mut searched = 0;
        loop {
            if let Some(at) = self.buffer[searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(searched + at + 1);
                return Ok(Some(cut.unwrap_or_else(|| line[..line.len() - 1].to_vec())));
            }
            if self.buffer.len() > LONGEST_LINE {
                // One byte over the limit is enough for the reader to refuse it by size.
                cut.get_or_insert_with(|| self.buffer[..=LONGEST_LINE].to_vec());
                self.buffer.clear();
            }
            searched = self.buffer.len();
            if self.ended {
                let rest = self.buffer.split().to_vec();
                let last = cut.unwrap_or(rest);
                return Ok((!last.is_empty()).then_some(last));
            }
            match self.body.next().await {
                Some(Ok(data)) => self.buffer.extend_from_slice(&data),
                Some(Err(_)) => {
                    let text = "the batch ended too early; send it again with the same Idempotency-Key";
                    return Err(Problem::new(StatusCode::BAD_REQUEST, text));
                }
                None => self.ended = true,
            }
        }
    }
}
