//! The word to a party that something waits for it in a case: an invitation, a message, a publication. It is the same
//! mail or request as for a notice and says nothing of what waits.

use forewarn_core::access::{Act, Actor, Relation};
use forewarn_core::case::{self, Case, Command, Consent, Event};
use forewarn_core::ids::{CaseId, OrgId};
use forewarn_core::notice::Outcome;
use forewarn_core::notice::delivery::backoff;
use forewarn_core::party::{Organisation, VendorMode, Way};
use forewarn_core::thread::Thread;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::telling::{Message, Next, next_at, quiet_end, topic};
use super::walk::Walk;
use super::{App, AppError, Moment, Plan, UseCase};

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum About {
    /// A vendor is asked to consent to the terms of a case.
    Invitation,
    /// A message was written to it, in this party's thread.
    Message(OrgId),
    /// What it asked for was answered.
    Answer,
    /// A case that concerns it became public.
    Publication,
}

/// Topic of the jobs that look whether an invited vendor can be reached.
pub(crate) const INVITING: &str = "vendor-inviting";

/// What a job of [`INVITING`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inviting {
    case: CaseId,
    vendor: OrgId,
    /// Whether the word is sent again, since another way was set; otherwise it is noted that there is no way.
    again: bool,
}

impl Inviting {
    fn queue(self, plan: &mut Plan, moment: &Moment<'_>) -> Result<(), AppError> {
        let body = serde_json::to_vec(&self).map_err(|_| AppError::Internal("job shape"))?;
        plan.job(INVITING, body, moment.now);
        Ok(())
    }

    /// Reads a job's body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, AppError> {
        serde_json::from_slice(body).map_err(|_| AppError::Internal("job shape"))
    }
}

/// One word to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Word {
    case: CaseId,
    org: OrgId,
    about: About,
    way: Way,
    /// Its id on the other side, drawn once, so that a word that is sent twice can be told from two.
    id: Uuid,
    since: Timestamp,
}

/// Whatever leaves the house on a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Letter {
    /// That a notice waits; kept with the notice.
    Notice(Message),
    /// That something else waits.
    Word(Word),
}

impl Letter {
    /// To whom.
    pub(crate) fn org(&self) -> OrgId {
        match self {
            Letter::Notice(message) => message.org,
            Letter::Word(word) => word.org,
        }
    }
}

/// Whom the events of a case concern that is not told of them by a notice.
pub(super) fn words(before: &Case, events: &[Event]) -> Vec<(OrgId, About)> {
    let mut words = Vec::new();
    for event in events {
        match event {
            Event::VendorInvited { vendor } => words.push((*vendor, About::Invitation)),
            Event::TermsSet { .. } => {
                let bound = before.vendors.iter().filter(|(_, party)| party.consent == Consent::Signatory);
                words.extend(bound.map(|(org, _)| (*org, About::Invitation)));
            }
            Event::ExtensionDeclined { .. } => {
                words.extend(before.extensions.keys().map(|vendor| (*vendor, About::Answer)));
            }
            Event::CaseReleased { .. } => {
                let noted = before.unasked.iter().filter(|(_, mode)| **mode == VendorMode::PublicOnly);
                words.extend(noted.map(|(org, _)| (*org, About::Publication)));
            }
            _ => {}
        }
    }
    words
}

/// Sends the word of an invitation again.
struct AskAgain {
    case: CaseId,
    vendor: OrgId,
}

impl UseCase for AskAgain {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        app.send_word(moment, &mut plan, self.case, self.vendor, About::Invitation).await?;
        Ok(plan)
    }
}

/// Notes how the word of an invitation ended.
struct NoteTold {
    case: String,
    vendor: OrgId,
    taken: bool,
}

impl UseCase for NoteTold {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let case = app.visible::<Case>(&self.case, moment.actor, Act::SeeCase).await?;
        let command = Command::NoteVendorTold { vendor: self.vendor, taken: self.taken };
        let events = case::decide(&case, command, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        plan.append::<Case>(moment, &self.case, case.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// Queues the word on every way the organisation set but the second contact's, which is for when the first does not
    /// answer.
    pub(super) async fn send_word(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: CaseId,
        org: OrgId,
        about: About,
    ) -> Result<(), AppError> {
        let Some(organisation) = self.organisation(org).await? else { return Ok(()) };
        let mut ways = self.reach(&organisation, moment.now).ways;
        // Somebody has to find another way at once, not after a month of silence. A service that tells nobody, as in a
        // rehearsal, has nothing to say about that.
        let tells = self.settings.outgoing.mailer.is_some() || self.settings.outgoing.caller.is_some();
        if tells && ways.is_empty() && about == About::Invitation {
            Inviting { case, vendor: org, again: false }.queue(plan, moment)?;
        }
        if ways.len() > 1 {
            ways.remove(&Way::SecondMail);
        }
        for way in ways {
            let word = Word { case, org, about, way, id: moment.uuid(), since: moment.now };
            let body = serde_json::to_vec(&word).map_err(|_| AppError::Internal("a word is not JSON"))?;
            plan.job(topic(way), body, moment.now);
        }
        Ok(())
    }

    /// Sends the word of an invitation again, or notes that there is no way to the vendor, if that is still so.
    pub(crate) async fn look_for_a_way(&self, job: Inviting) -> Result<(), AppError> {
        let Inviting { case, vendor, again } = job;
        if again {
            return self.run_own(&AskAgain { case, vendor }).await;
        }
        let now = self.ambient.now();
        let org = self.organisation(vendor).await?;
        if org.is_some_and(|org| !self.reach(&org, now).ways.is_empty()) {
            return Ok(());
        }
        self.run_own(&NoteTold { case: case.to_string(), vendor, taken: false }).await
    }

    /// Queues the word of every invitation that a vendor has not answered and that reached it on no way: it can be
    /// reached otherwise from now on.
    pub(super) async fn ask_again(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        vendor: OrgId,
    ) -> Result<(), AppError> {
        let mut walk =
            Walk::<Case>::new(&Actor::System, Act::SeeCase).related(vendor, Relation::VendorInvited);
        while let Some(cases) = walk.next(self).await? {
            let missed = cases.iter().filter(|case| {
                case.vendors.get(&vendor).is_some_and(|party| party.told.reached_at.is_none())
            });
            // What was just set is not in the store yet, so the ways are looked up when the job is done.
            for case in missed.filter_map(|case| case.id) {
                Inviting { case, vendor, again: true }.queue(plan, moment)?;
            }
        }
        Ok(())
    }

    /// Sends what leaves the house on a way. `jitter` is any number.
    pub(crate) async fn send_letter(&self, letter: &Letter, jitter: u64) -> Result<Next, AppError> {
        match letter {
            Letter::Notice(message) => self.send(message, jitter).await,
            Letter::Word(word) => self.say(word, jitter).await,
        }
    }

    async fn say(&self, word: &Word, jitter: u64) -> Result<Next, AppError> {
        let Some(urgent) = self.still_waits(word).await? else { return Ok(Next::Done) };
        let org =
            self.visible::<Organisation>(&word.org.to_string(), &Actor::System, Act::SeeOrganisation).await?;
        let now = self.ambient.now();
        if let Some(end) = quiet_end(urgent, &org, now) {
            return Ok(Next::At(end.as_millisecond()));
        }
        let waited = now.duration_since(word.since);
        let last = waited >= self.settings.policy.profile.escalation.delivery();
        let outcome = self.hand_over(word.way, word.id, &org, now).await.outcome;
        let ended = last || outcome.is_final();
        if ended && word.about == About::Invitation {
            let taken = outcome == Outcome::Accepted;
            self.run_own(&NoteTold { case: word.case.to_string(), vendor: word.org, taken }).await?;
        }
        if ended {
            return Ok(Next::Done);
        }
        // How often it was tried follows from how long it waited, so that nothing has to be kept.
        let wait = backoff(tries_within(waited), jitter);
        Ok(next_at(self.ambient.now().checked_add(wait).ok()))
    }

    /// Whether what a word is about still waits, with whether it is of the top tier.
    async fn still_waits(&self, word: &Word) -> Result<Option<bool>, AppError> {
        let case = self.visible::<Case>(&word.case.to_string(), &Actor::System, Act::SeeCase).await?;
        let waits = match word.about {
            About::Invitation => case
                .vendors
                .get(&word.org)
                .is_some_and(|party| matches!(party.consent, Consent::Invited | Consent::Lapsed)),
            About::Message(party) => self.unread_in(&Thread::id_of(word.case, party), word.org).await? > 0,
            About::Answer | About::Publication => true,
        };
        Ok(waits.then_some(case.urgent))
    }

    async fn unread_in(&self, thread: &str, org: OrgId) -> Result<usize, AppError> {
        let thread =
            self.guarded::<Thread>(thread).await?.and_then(|t| t.see(&Actor::System, Act::SeeThread));
        Ok(thread.map_or(0, |thread| thread.unread(org)))
    }
}

/// About how often something is tried within a time, when the wait doubles from a minute.
fn tries_within(waited: SignedDuration) -> u32 {
    let minutes = u64::try_from(waited.as_mins()).unwrap_or(0);
    u64::BITS - minutes.leading_zeros() + 1
}
