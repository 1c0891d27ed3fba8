//! Use cases: load, decide, append, answer. HTTP handlers and workers call these and nothing below them.

mod agents;
mod anonymous;
mod attachments;
mod attempts;
mod bounces;
mod case_file;
mod cases;
mod clock;
mod contacts;
mod credentials;
mod deduplication;
mod enrolment;
mod execute;
mod export;
mod exposure;
mod findings;
mod following;
mod gathering;
mod identity;
mod intake;
mod inventories;
mod jobs;
mod joining;
mod leaks;
mod log;
mod notices;
mod opening;
mod priority;
mod proposals;
mod public_log;
mod publication;
mod quota;
mod reading;
mod rollup;
mod sealed;
mod sealing_keys;
mod sharing;
mod shredding;
mod standing;
mod submission;
mod suggested;
mod tasks;
mod telling;
mod threads;
mod timeline;
mod vendors;
pub mod views;
mod walk;
mod witnessed;
mod word;

use std::path::PathBuf;
use std::sync::Arc;

use forewarn_core::Policy;
use forewarn_core::access::{Act, Actor, Guarded, Visible};
use forewarn_core::aggregate::Corrupt;
use forewarn_core::reading::Readable;
use forewarn_formats::json::Problem;
use forewarn_store::{Document, EventStore, StoreError, Vault};

pub use agents::{EnrolAgent, EnrolledAgent};
pub use anonymous::{AnonymousReceipt, AnonymousState, SubmitAnonymously};
pub use attachments::{AddAttachment, Attached, AttachmentBytes};
pub use attempts::Source;
pub use bounces::{BounceDone, NoteBounce};
pub use cases::{CaseAct, CaseDone, OnCase, ToSign};
pub(crate) use clock::{CLOCK, TimePassed};
pub use contacts::{ContactsDone, ContactsView, DelegateAct, DelegateView, OnDelegates, SetContacts};
pub use credentials::{Issue, IssueKind, Issued, Revoke, Session, UseLink};
pub use enrolment::{AddPrincipal, Enrol, Enrolled, SetApprovalKey};
pub use execute::{Call, Moment, Plan, Reply, UseCase};
pub use export::{ExportKind, ExportRequest, Format, NoticeRow};
pub use exposure::{Origin, Unusable};
pub use findings::{FindingAct, OnFinding};
pub(crate) use following::{EXPOSURE, Follow, FollowExposure};
pub use inventories::{PushInventory, Pushed};
pub(crate) use joining::JOINING;
pub use leaks::{SuspectView, TraceText, TraceView};
pub use log::{ACTS, Evidence, ProvenEvent};
pub use notices::{NoticeAct, NoticeStatus, OnNotice};
pub use opening::OpenCase;
pub(crate) use priority::{AdmitWaiting, Changed, PACE, PRIORITY};
pub use priority::{
    AnswerPriority, CatalogueView, ClaimNext, Claimed, ImportCatalogue, Imported, InputView, MaterialView,
    OnPriority, OwnDecision, OwnQuery, PaceView, PriorityView, QueueEntry, QueueRequest, RecordView,
    ReportView, SetPace, ValidationEntry, WaitingView,
};
pub use proposals::ProposalView;
pub use public_log::{Audit, ProvenAct, Receipt, audit};
pub use publication::AdvisoryView;
pub(crate) use reading::Desk;
pub use reading::{ReadView, ReadingAlarm, SettleReading};
pub use rollup::{FiguresView, Months, RollupView};
pub use sealed::{NoticeText, ProvenText, Seal, SealedDone, SealedFile};
pub use sealing_keys::{KeyAct, KeyView, KeysView, OnKeys, ProposedKey};
pub(crate) use sharing::DELIVERY;
pub use sharing::{ExposedOrganisation, ExposureView};
pub use submission::{BatchLine, BatchResult, CommitmentView, ItemResult, TakeIn};
pub use suggested::SuggestedHolder;
pub use tasks::{DisabledWebhook, OnTask, Task, TaskAct, Tasks};
pub(crate) use telling::{DeliverNotice, LADDER, MAIL, Next, WEBHOOK};
pub use threads::{MarkRead, MessageView, ThreadLine, ThreadView, Write, Written};
pub use timeline::{Timeline, TimelineEntry};
pub use vendors::{SecurityTxtDone, SetSecurityTxt, SetVendorMode};
pub use witnessed::WitnessedView;
pub(crate) use word::{INVITING, Inviting, Letter};

use reading::Closed;

use crate::ambient::Ambient;
use crate::outgoing::Outgoing;

/// What an instance is configured with.
#[derive(Clone)]
pub struct Settings {
    /// Policy profile.
    pub policy: Policy,
    /// Name of the transparency log, as printed in checkpoints (schema-less URL).
    pub log_origin: String,
    /// Ed25519 seed of the log's key; what hides the acts of an interval is derived from it too. Kept as a sealed setting.
    pub log_key: [u8; 32],
    /// Length of the intervals of the public log, in seconds; a log that has begun keeps its own.
    pub log_seconds: u32,
    /// Whether cookies are marked `Secure`; off only on loopback without TLS.
    pub secure_cookies: bool,
    /// Whether a proxy stands before it, which says in `X-Forwarded-For` where a request comes from.
    pub behind_proxy: bool,
    /// Where the exposure index is saved for the next start; nowhere if `None`.
    pub index_file: Option<PathBuf>,
    /// What seals that file; it is not sealed if `None`.
    pub vault: Option<Arc<Vault>>,
    /// The means there are to reach somebody outside.
    pub outgoing: Outgoing,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("log_origin", &self.log_origin).finish_non_exhaustive()
    }
}

/// The clearinghouse.
pub struct App {
    store: Arc<dyn EventStore>,
    settings: Settings,
    ambient: Arc<dyn Ambient>,
    exposure: exposure::Follower,
    deduplication: deduplication::Follower,
    standing: standing::Follower,
    log: log::Follower,
    public_log: public_log::Follower,
    witnessed: witnessed::Witnessed,
    catalogues: priority::Catalogues,
    cases: priority::Cases,
    reads: reading::Recent,
    attempts: attempts::Attempts,
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self::Invalid { place: problem.place, message: problem.message }
    }
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] forewarn_core::Refusal),
    /// The request itself is not right; `place` is a JSON pointer, a line, or a header's name.
    #[error("{place}: {message}")]
    Invalid {
        /// Where.
        place: String,
        /// What, and what to do.
        message: String,
    },
    /// No valid credential.
    #[error("sign in, or send a valid token")]
    Unauthenticated,
    /// The source, or the secret, has failed to sign in too often.
    #[error("too many attempts to sign in; try again in {seconds} s")]
    TooManyAttempts {
        /// Seconds until the next attempt is looked at.
        seconds: u64,
    },
    /// The same idempotency key came with another request.
    #[error("this Idempotency-Key was used for another request; use a new one")]
    KeyReused,
    /// The source has submitted as much as the policy takes for now.
    #[error("as much as the policy takes was submitted; try again in {seconds} s")]
    OverQuota {
        /// Seconds until there is room again.
        seconds: u64,
    },
    /// The member has read as much as the policy shows to one member for now.
    #[error("as much was read as the policy shows to one member for now; try again in {seconds} s")]
    ReadEnough {
        /// Seconds until there is room again.
        seconds: u64,
    },
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored data cannot be read.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// A file of this machine could not be written; the text is the class of error.
    #[error("the file of the exposure index cannot be written: {0}")]
    NotSaved(std::io::ErrorKind),
    /// A defect; the text says where, without content.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl App {
    /// Opens the clearinghouse on a store and catches up with its log.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(
        store: Arc<dyn EventStore>,
        settings: Settings,
        ambient: Arc<dyn Ambient>,
    ) -> Result<Arc<Self>, AppError> {
        let exposure = exposure::Follower::saving_at(settings.index_file.clone(), settings.vault.clone());
        let (standing, log) = (standing::Follower::default(), log::Follower::default());
        let (catalogues, cases) = (priority::Catalogues::default(), priority::Cases::default());
        let deduplication = deduplication::Follower::default();
        let witnessed = witnessed::Witnessed::default();
        let app = Self {
            store,
            settings,
            ambient,
            exposure,
            deduplication,
            standing,
            log,
            public_log: public_log::Follower::default(),
            witnessed,
            catalogues,
            cases,
            reads: reading::Recent::default(),
            attempts: attempts::Attempts::default(),
        };
        app.deduplication.catch_up(app.store.as_ref()).await?;
        app.log.catch_up(app.store.as_ref()).await?;
        app.exposure.start(app.store.as_ref(), &app.log).await?;
        app.standing.start(app.store.as_ref()).await?;
        app.follow_profile().await?;
        Ok(Arc::new(app))
    }

    /// The configuration in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where time comes from.
    pub fn ambient(&self) -> &Arc<dyn Ambient> {
        &self.ambient
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<(), AppError> {
        self.store.head().await?;
        Ok(())
    }

    /// Loads a thing and passes it through the access check. What is hidden and what does not exist answer alike.
    async fn visible<A: Readable>(&self, id: &str, actor: &Actor, act: Act) -> Result<Visible<A>, AppError> {
        let closed: Option<Closed<A>> = self.guarded(id).await?;
        closed
            .and_then(|closed| closed.see(actor, act))
            .ok_or(AppError::Refused(forewarn_core::Refusal::NotFound))
    }

    async fn guarded<A: Readable>(&self, id: &str) -> Result<Option<Closed<A>>, AppError> {
        let document = self.store.get(A::CATEGORY, id).await?;
        document.map(|d| guard::<A>(&d)).transpose()
    }
}

/// Reads a stored document back into its type.
fn guard<A: Readable>(document: &Document) -> Result<Closed<A>, AppError> {
    let value: A = serde_json::from_slice(&document.doc)
        .map_err(|_| Corrupt { what: A::CATEGORY.to_string(), cause: "unexpected shape".into() })?;
    Ok(Closed::new(Guarded::new(value, document.facets.clone(), document.version)))
}
