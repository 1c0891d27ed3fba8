//! Use cases: load, decide, append, answer. HTTP handlers and workers call these and nothing below them.

mod cases;
mod credentials;
mod deduplication;
mod enrolment;
mod execute;
mod exposure;
mod findings;
mod gathering;
mod identity;
mod intake;
mod inventories;
mod jobs;
mod log;
mod notices;
mod opening;
mod proposals;
mod publication;
mod sharing;
mod timeline;
pub mod views;

use std::sync::Arc;

use forewarn_core::Policy;
use forewarn_core::access::{Act, Actor, Guarded, Visible};
use forewarn_core::aggregate::{Aggregate, Corrupt};
use forewarn_store::{Document, EventStore, StoreError};

pub use cases::{CaseAct, CaseDone, OnCase};
pub use credentials::{Issue, IssueKind, Issued, Revoke, Session, UseLink};
pub use enrolment::{AddPrincipal, Enrol, Enrolled};
pub use execute::{Call, Moment, Plan, Reply, UseCase};
pub use findings::{FindingAct, OnFinding};
pub use intake::{BatchLine, BatchResult, ItemResult, TakeIn};
pub(crate) use inventories::EXPOSURE;
pub use inventories::{PushInventory, Pushed};
pub use log::{Evidence, ProvenEvent};
pub use notices::{NoticeAct, NoticeStatus, OnNotice};
pub use opening::OpenCase;
pub use proposals::ProposalView;
pub use publication::AdvisoryView;
pub(crate) use sharing::{DELIVERY, ExpireEmbargo, FollowExposure};
pub use sharing::{ExposedOrganisation, ExposureView};
pub use timeline::{Timeline, TimelineEntry};

use crate::ambient::Ambient;

/// What an instance is configured with.
#[derive(Clone)]
pub struct Settings {
    /// Policy profile.
    pub policy: Policy,
    /// Name of the transparency log, as printed in checkpoints (schema-less URL).
    pub log_origin: String,
    /// Ed25519 seed of the log's key. Kept in a file beside the database, never in it.
    pub log_key: [u8; 32],
    /// Whether cookies are marked `Secure`; off only on loopback without TLS.
    pub secure_cookies: bool,
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
    log: log::Follower,
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
    /// The same idempotency key came with another request.
    #[error("this Idempotency-Key was used for another request; use a new one")]
    KeyReused,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored data cannot be read.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
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
        let exposure = exposure::Follower::default();
        let deduplication = deduplication::Follower::default();
        let log = log::Follower::default();
        let app = Self { store, settings, ambient, exposure, deduplication, log };
        app.exposure.start(app.store.as_ref()).await?;
        app.deduplication.catch_up(app.store.as_ref()).await?;
        app.log.catch_up(app.store.as_ref()).await?;
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
    async fn visible<A: Aggregate>(&self, id: &str, actor: &Actor, act: Act) -> Result<Visible<A>, AppError> {
        let guarded: Option<Guarded<A>> = self.guarded(id).await?;
        guarded.and_then(|g| g.see(actor, act)).ok_or(AppError::Refused(forewarn_core::Refusal::NotFound))
    }

    async fn guarded<A: Aggregate>(&self, id: &str) -> Result<Option<Guarded<A>>, AppError> {
        let document = self.store.get(A::CATEGORY, id).await?;
        document.map(|d| guard::<A>(&d)).transpose()
    }
}

/// Reads a stored document back into its type.
fn guard<A: Aggregate>(document: &Document) -> Result<Guarded<A>, AppError> {
    let value: A = serde_json::from_slice(&document.doc)
        .map_err(|_| Corrupt { what: A::CATEGORY.to_string(), cause: "unexpected shape".into() })?;
    Ok(Guarded::new(value, document.facets.clone(), document.version))
}
