//! Every read of something under embargo is recorded before its answer is given.
//!
//! Whatever a member is shown is loaded through [`Closed::see`], and nowhere else. It notes what it opens on the desk of
//! the request. Before an answer, or a part of a long one, leaves the service, [`App::settle`] writes the notes down in
//! one commit. A member without a desk is shown nothing, so a way that forgets to record does not work at all.

mod recent;
mod views;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use forewarn_core::access::{Act, Actor, Guarded, Visible};
use forewarn_core::reading::{Channel, Event, Read, Readable, Reader, Thing, Volume, Window};

pub use views::{ReadView, ReadingAlarm, SettleReading};

use super::{App, AppError, Call, Moment, Plan, UseCase};
pub(super) use recent::Recent;

tokio::task_local! {
    static DESK: Arc<Desk>;
}

/// What one request has shown so far.
pub(crate) struct Desk {
    actor: Actor,
    channel: Channel,
    notes: Mutex<BTreeSet<Thing>>,
}

impl Desk {
    /// A desk for what `actor` is shown on one way.
    pub(crate) fn new(actor: &Actor, channel: Channel) -> Arc<Self> {
        Arc::new(Self { actor: actor.clone(), channel, notes: Mutex::default() })
    }

    /// Does work at the desk.
    pub(crate) async fn at<T>(self: Arc<Self>, work: impl Future<Output = T>) -> T {
        DESK.scope(self, work).await
    }

    /// Throws away what was noted: the answer says only that the request was refused.
    pub(crate) fn clear(&self) {
        self.take();
    }

    fn note(&self, thing: Thing) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(thing);
    }

    fn take(&self) -> BTreeSet<Thing> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Notes what `actor` is shown. False when there is no desk to note it on: then it must not be shown.
pub(super) fn note(actor: &Actor, thing: Option<Thing>) -> bool {
    let (Some(thing), Some(_)) = (thing, Reader::of(actor)) else { return true };
    let noted = DESK.try_with(|desk| desk.note(thing)).is_ok();
    if !noted {
        tracing::error!("something was to be shown where reads are not recorded; it is not shown");
    }
    noted
}

/// A thing that was loaded and that nobody has seen.
#[derive(Clone)]
pub(super) struct Closed<A>(Guarded<A>);

impl<A: Readable> Closed<A> {
    pub(super) fn new(guarded: Guarded<A>) -> Self {
        Self(guarded)
    }

    /// The thing, if `actor` may do `act` on it, with a note of it. `None` must be answered like a thing that does not
    /// exist.
    #[allow(clippy::disallowed_methods, reason = "the one place that shows things, because it notes them")]
    pub(super) fn see(self, actor: &Actor, act: Act) -> Option<Visible<A>> {
        let seen = self.0.see(actor, act)?;
        note(actor, A::thing(&seen, act)).then_some(seen)
    }

    /// The thing for what the core shows of it for the sake of something else that was seen.
    pub(super) fn guarded(&self) -> &Guarded<A> {
        &self.0
    }
}

/// One answer's reads, with the alarm that they raise.
struct Record {
    events: Vec<Event>,
}

impl UseCase for Record {
    async fn plan<'a>(&'a self, _: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        for event in &self.events {
            let stream = moment.uuid().to_string();
            let mut event = event.clone();
            if let Event::TooMuchRead { id, .. } = &mut event {
                id.clone_from(&stream);
            }
            plan.append::<Read>(moment, stream, 0, vec![event])?;
        }
        Ok(plan)
    }
}

impl App {
    /// Writes down what was shown at a desk. The answer must not leave before this has succeeded.
    ///
    /// # Errors
    /// [`AppError::ReadEnough`] when the member may read no more for now, or when the store does not answer.
    pub(crate) async fn settle(&self, desk: &Desk) -> Result<(), AppError> {
        let things = desk.take();
        let Some(reader) = Reader::of(&desk.actor).filter(|_| !things.is_empty()) else { return Ok(()) };
        let rules = &self.settings.policy.profile.reading;
        let now = self.ambient.now();
        let window = Window::at(rules, now);
        self.reads.know(self.store.as_ref(), reader.principal, window, now).await?;
        let (fresh, volume) = self.reads.fresh(reader.principal, desk.channel, things, now);
        if fresh.is_empty() {
            return Ok(());
        }
        let limit = rules.limit(desk.actor.coordinates());
        let stopped = volume.stops(limit);
        let mut events = Vec::new();
        if !stopped {
            let things = fresh.iter().cloned().collect();
            events.push(Event::ContentRead { reader, channel: desk.channel, things });
        }
        if volume.alarms(limit) || (stopped && self.reads.stops(reader.principal, window)) {
            events.push(alarm(reader, window, volume, stopped));
            metrics::counter!("forewarn_reading_alarms_total").increment(1);
        }
        let call = Call { actor: desk.actor.clone(), key: None, digest: [0; 32] };
        self.execute(&call, &Record { events }).await?;
        if stopped {
            return Err(AppError::ReadEnough { seconds: window.left(now) });
        }
        metrics::counter!("forewarn_reads_recorded_total").increment(fresh.len() as u64);
        self.reads.remember(reader.principal, desk.channel, fresh, now);
        Ok(())
    }
}

fn alarm(reader: Reader, window: Window, volume: Volume, stopped: bool) -> Event {
    let since = jiff::Timestamp::from_millisecond(window.start).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    // The id is drawn with the record.
    Event::TooMuchRead { id: String::new(), reader, since, things: volume.after, stopped }
}
