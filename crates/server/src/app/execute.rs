//! One way through for every change: check the idempotency key, plan, append, answer; plan again on a conflict.

use forewarn_core::access::Actor;
use forewarn_core::aggregate::{Aggregate, EventKind};
use forewarn_core::event::{ENVELOPE_VERSION, Envelope, NewEvent, StreamId, encode};
use forewarn_core::{Facts, Policy};
use forewarn_store::{Append, Blob, Commit, Count, NewJob, Replay, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::clock::look_at_changed;
use super::{App, AppError, Changed, PRIORITY};
use crate::ambient::Draw;

/// How often a plan that lost a race is made anew.
const ATTEMPTS: u32 = 8;

/// Who asks, and under which idempotency key.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who.
    pub actor: Actor,
    /// The key; `None` only for the service's own commands, which are idempotent by their rules.
    pub key: Option<String>,
    /// SHA-256 over what is asked; the same key with another digest is refused.
    pub digest: [u8; 32],
}

impl Call {
    /// A member's request.
    pub fn new(actor: Actor, key: &str, what: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in what {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self { actor, key: Some(key.to_owned()), digest: hash.finalize().into() }
    }

    /// The service's own command.
    pub fn system() -> Self {
        Self { actor: Actor::System, key: None, digest: [0; 32] }
    }
}

/// The moment a plan is made in.
pub struct Moment<'a> {
    /// Now.
    pub now: Timestamp,
    /// Who asks.
    pub actor: &'a Actor,
    /// Policy in force.
    pub policy: &'a Policy,
    draw: Box<dyn Draw>,
}

impl Moment<'_> {
    /// The facts a decision is given.
    pub fn facts(&self) -> Facts<'_> {
        Facts { now: self.now, actor: self.actor, policy: self.policy }
    }

    /// A new id.
    pub fn uuid(&mut self) -> Uuid {
        self.draw.uuid()
    }

    /// 32 unpredictable bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        self.draw.bytes()
    }
}

/// What a use case wants appended, and what it will answer.
#[derive(Debug, Default)]
pub struct Plan {
    appends: Vec<Append>,
    jobs: Vec<NewJob>,
    blobs: Vec<Blob>,
    counts: Vec<Count>,
    passing: bool,
    status: u16,
    body: Vec<u8>,
    remembered: Option<Vec<u8>>,
}

impl Plan {
    /// A plan that answers with `body`.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn answer(status: u16, body: &impl Serialize) -> Result<Self, AppError> {
        let mut plan = Self::default();
        plan.respond(status, body)?;
        Ok(plan)
    }

    /// Sets the answer.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn respond(&mut self, status: u16, body: &impl Serialize) -> Result<(), AppError> {
        self.status = status;
        self.body = serde_json::to_vec(body).map_err(|_| AppError::Internal("answer is not JSON"))?;
        Ok(())
    }

    /// Adds the events of one stream, which is at `version` now. No events, no append.
    ///
    /// # Errors
    /// When an event cannot be written as JSON.
    pub fn append<A: Aggregate>(
        &mut self,
        moment: &mut Moment<'_>,
        id: impl ToString,
        version: u64,
        events: Vec<A::Event>,
    ) -> Result<(), AppError> {
        if events.is_empty() {
            return Ok(());
        }
        let stream = StreamId::new(A::CATEGORY, id);
        let mut written = Vec::with_capacity(events.len());
        for (position, data) in (version + 1..).zip(events) {
            let kind = data.kind().to_owned();
            let envelope = Envelope {
                actor: moment.actor.label(),
                at: moment.now,
                data,
                policy: moment.policy.digest.clone(),
                stream: stream.to_string(),
                v: ENVELOPE_VERSION,
                version: position,
            };
            let bytes = encode(&envelope).map_err(|_| AppError::Internal("event is not JSON"))?;
            written.push(NewEvent { kind, bytes, salt: moment.bytes() });
        }
        self.appends.push(Append { stream, expected: version, events: written });
        Ok(())
    }

    /// Adds work for a worker.
    pub fn job(&mut self, topic: &str, body: Vec<u8>, due: Timestamp) {
        self.jobs.push(NewJob { topic: topic.to_owned(), body, due_at: due.as_millisecond() });
    }

    /// Adds a blob of a stream that the plan appends to, addressed by its SHA-256.
    pub fn blob<A: Aggregate>(&mut self, id: impl ToString, bytes: Vec<u8>) {
        self.blobs.push(Blob { owner: StreamId::new(A::CATEGORY, id), bytes });
    }

    /// Adds a count; when it does not fit any more, the plan is made anew.
    pub fn count(&mut self, count: Count) {
        self.counts.push(count);
    }

    /// The answer is of the moment: a repeated request is decided anew.
    pub fn do_not_keep(&mut self) {
        self.passing = true;
    }

    /// The ids of the streams of a category that the plan appends to, in order.
    pub fn changes_of<A: Aggregate>(&self) -> impl Iterator<Item = &str> {
        let of_category = self.appends.iter().filter(|append| append.stream.category == A::CATEGORY);
        of_category.map(|append| append.stream.id.as_str())
    }

    /// What a repeated request is answered with, where the first answer holds a secret that must not be kept.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn remember(&mut self, body: &impl Serialize) -> Result<(), AppError> {
        let body = serde_json::to_vec(body).map_err(|_| AppError::Internal("answer is not JSON"))?;
        self.remembered = Some(body);
        Ok(())
    }

    /// Whether anything would be appended.
    pub fn changes(&self) -> bool {
        self.appends.iter().any(|append| !append.events.is_empty())
    }
}

/// What the caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
}

/// A thing that can be asked of the clearinghouse and changes it.
pub trait UseCase: Sync {
    /// Loads what it needs, decides, and says what to append. Called again when another change came first.
    fn plan<'a>(
        &'a self,
        app: &'a App,
        moment: &'a mut Moment<'_>,
    ) -> impl Future<Output = Result<Plan, AppError>> + Send + 'a;
}

impl App {
    /// Runs a use case once per idempotency key: a repeated request gets the first answer again.
    ///
    /// # Errors
    /// What the use case refuses, or what the store could not do. After [`StoreError::Unknown`] the caller should
    /// repeat the request with the same key.
    pub async fn execute(&self, call: &Call, case: &impl UseCase) -> Result<Reply, AppError> {
        let principal = call.actor.label();
        let mut last = AppError::Internal("no attempt was made");
        for attempt in 0..ATTEMPTS {
            if let Some(reply) = self.earlier(call, &principal).await? {
                return Ok(reply);
            }
            let mut moment = self.moment(call, &principal, attempt);
            let plan = case.plan(self, &mut moment).await?;
            let now = moment.now.as_millisecond();
            match self.commit(call, &principal, plan, now).await {
                Ok(reply) => return Ok(reply),
                Err(StoreError::Conflict(what)) => last = AppError::Store(StoreError::Conflict(what)),
                Err(other) => return Err(other.into()),
            }
        }
        Err(last)
    }

    fn moment<'a>(&'a self, call: &'a Call, principal: &str, attempt: u32) -> Moment<'a> {
        // A rehearsal draws by label. A request whose answer was not kept comes again under its key, and must not be given
        // the ids that it used before.
        let label = call.key.as_deref().map(|key| match attempt {
            0 => format!("{principal} {key}"),
            again => format!("{principal} {key} attempt {again}"),
        });
        Moment {
            now: self.ambient.now(),
            actor: &call.actor,
            policy: &self.settings.policy,
            draw: self.ambient.draw(label.as_deref()),
        }
    }

    async fn earlier(&self, call: &Call, principal: &str) -> Result<Option<Reply>, AppError> {
        let Some(key) = &call.key else { return Ok(None) };
        let Some(replay) = self.store.replay(principal, key).await? else { return Ok(None) };
        if replay.request != call.digest {
            return Err(AppError::KeyReused);
        }
        Ok(Some(Reply { status: replay.status, body: replay.response }))
    }

    async fn commit(&self, call: &Call, principal: &str, plan: Plan, at: i64) -> Result<Reply, StoreError> {
        let reply = Reply { status: plan.status, body: plan.body.clone() };
        let replay = call.key.as_ref().filter(|_| !plan.passing).map(|key| Replay {
            principal: principal.to_owned(),
            key: key.clone(),
            request: call.digest,
            status: reply.status,
            response: plan.remembered.clone().unwrap_or_else(|| reply.body.clone()),
            at,
        });
        let Plan { appends, mut jobs, blobs, counts, .. } = plan;
        jobs.extend(appends.iter().filter_map(|append| look_at_changed(append, at)));
        let mut changed: Vec<Vec<u8>> = appends.iter().filter_map(Changed::by).map(|c| c.body()).collect();
        changed.sort_unstable();
        changed.dedup();
        jobs.extend(changed.into_iter().map(|body| NewJob { topic: PRIORITY.into(), body, due_at: at }));
        if appends.is_empty() && jobs.is_empty() && blobs.is_empty() && replay.is_none() {
            return Ok(reply);
        }
        self.store.commit(Commit { appends, jobs, blobs, counts, replay, at }).await?;
        Ok(reply)
    }
}
