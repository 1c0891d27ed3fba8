//! Imports of KEV and EPSS, and the entries in force.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use forewarn_core::access::{Act, Actor, filter};
use forewarn_core::aggregate::Category;
use forewarn_core::catalogue::{self, Catalogue, CatalogueKind, Edition, Entries};
use forewarn_core::event::StreamId;
use forewarn_formats::{epss, kev};
use forewarn_store::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::super::views::moment;
use super::super::{App, AppError, Moment, Plan, UseCase, guard};
use super::{Changed, PRIORITY};

/// Editions kept in memory: both catalogues, and those before them while an import is worked through.
const KEPT: usize = 4;

/// Entries that were read, by the digest of their stored form.
#[derive(Default)]
pub(crate) struct Catalogues {
    kept: Mutex<VecDeque<(String, Arc<Entries>)>>,
}

/// Import a catalogue file in place of the edition in force.
pub struct ImportCatalogue {
    edition: Edition,
    stored: Vec<u8>,
}

/// Answer to an import.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    /// `kev` or `epss`.
    pub catalogue: String,
    /// The edition's own name.
    pub version: String,
    /// The edition's own date.
    #[schema(value_type = String)]
    pub dated: Timestamp,
    /// Entries.
    pub entries: u64,
    /// SHA-256 of the file as given, lower-case hex.
    pub file_sha256: String,
    /// Whether it was in force already.
    pub known: bool,
}

/// A catalogue in force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CatalogueView {
    /// The edition.
    #[serde(flatten)]
    pub edition: Imported,
    /// When it was imported.
    #[schema(value_type = String)]
    pub imported_at: Timestamp,
    /// By whom.
    pub by: String,
}

impl ImportCatalogue {
    /// Reads a file as published.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the place in the file.
    pub fn read(kind: CatalogueKind, bytes: &[u8]) -> Result<Self, AppError> {
        let file = match kind {
            CatalogueKind::Kev => kev::read(bytes),
            CatalogueKind::Epss => epss::read(bytes),
        }?;
        let stored =
            serde_json::to_vec(&file.entries).map_err(|_| AppError::Internal("catalogue is not JSON"))?;
        let edition = Edition {
            kind,
            version: file.version,
            dated: file.dated,
            file_sha256: hex::encode(Sha256::digest(bytes)),
            entries_sha256: hex::encode(Sha256::digest(&stored)),
            entries: file.entries.len() as u64,
        };
        Ok(Self { edition, stored })
    }
}

impl Imported {
    fn of(edition: &Edition, known: bool) -> Self {
        Self {
            catalogue: edition.kind.as_str().to_owned(),
            version: edition.version.clone(),
            dated: edition.dated,
            entries: edition.entries,
            file_sha256: edition.file_sha256.clone(),
            known,
        }
    }
}

impl UseCase for ImportCatalogue {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let kind = self.edition.kind;
        let (state, version) = app.catalogue_state(kind).await?;
        let events = catalogue::decide(&state, self.edition.clone(), &moment.facts())?;
        let mut plan = Plan::answer(200, &Imported::of(&self.edition, events.is_empty()))?;
        if !events.is_empty() {
            plan.blob::<Catalogue>(kind.as_str(), self.stored.clone());
            plan.job(PRIORITY, Changed::Catalogue { kind, after: None }.body(), moment.now);
        }
        plan.append::<Catalogue>(moment, kind.as_str(), version, events)?;
        Ok(plan)
    }
}

impl App {
    pub(super) async fn catalogue_state(&self, kind: CatalogueKind) -> Result<(Catalogue, u64), AppError> {
        let guarded = self.guarded::<Catalogue>(kind.as_str()).await?;
        let visible = guarded.and_then(|guarded| guarded.see(&Actor::System, Act::SeeCatalogue));
        Ok(visible.map_or_else(|| (Catalogue::default(), 0), |v| (Catalogue::clone(&v), v.version())))
    }

    /// The edition in force with its entries.
    pub(super) async fn catalogue(
        &self,
        kind: CatalogueKind,
    ) -> Result<Option<(Edition, Arc<Entries>)>, AppError> {
        let Some(edition) = self.catalogue_state(kind).await?.0.edition else { return Ok(None) };
        let entries = self.entries(kind, &edition.entries_sha256).await?;
        Ok(Some((edition, entries)))
    }

    /// Entries by the digest of their stored form.
    pub(super) async fn entries(&self, kind: CatalogueKind, sha256: &str) -> Result<Arc<Entries>, AppError> {
        let known = |kept: &VecDeque<(String, Arc<Entries>)>| {
            kept.iter().find(|(digest, _)| digest == sha256).map(|(_, entries)| Arc::clone(entries))
        };
        if let Some(entries) = known(&self.catalogues.kept.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(entries);
        }
        let mut digest = [0; 32];
        hex::decode_to_slice(sha256, &mut digest).map_err(|_| AppError::Internal("catalogue digest"))?;
        let owner = StreamId::new(Category::Catalogue, kind.as_str());
        let stored = self.store.blob(&owner, &digest).await?;
        let bytes = stored.ok_or(AppError::Internal("catalogue blob is missing"))?;
        let entries =
            serde_json::from_slice(&bytes).map_err(|_| AppError::Internal("catalogue blob shape"))?;
        let entries = Arc::new(entries);
        let mut kept = self.catalogues.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((sha256.to_owned(), Arc::clone(&entries)));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(entries)
    }

    /// The catalogues in force.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn catalogues(&self, actor: &Actor) -> Result<Vec<CatalogueView>, AppError> {
        let query = Query::new(Category::Catalogue, filter(actor, Act::SeeCatalogue), 10);
        let mut views = Vec::new();
        for document in self.store.list(&query).await? {
            let Some(found) = guard::<Catalogue>(&document)?.see(actor, Act::SeeCatalogue) else { continue };
            let Some(edition) = &found.edition else { continue };
            views.push(CatalogueView {
                edition: Imported::of(edition, true),
                imported_at: moment(found.imported_at),
                by: self.principal_name(&found.by).await?,
            });
        }
        views.sort_by(|a, b| a.edition.catalogue.cmp(&b.edition.catalogue));
        Ok(views)
    }
}
