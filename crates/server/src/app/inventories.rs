//! Inventories: pushed by operators, one snapshot for each asset.

use std::collections::{BTreeSet, HashSet};

use forewarn_core::access::{Act, Actor};
use forewarn_core::aggregate::Category;
use forewarn_core::inventory::{self, Holding, Snapshot, stream_key};
use forewarn_core::notice::Notice;
use forewarn_core::sharing::ExposureLine;
use forewarn_exposure::{Changes, Inventory};
use forewarn_formats::inventory::{Settings, read_with};
use forewarn_formats::json::Limits;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::exposure::components;
use super::following::{EXPOSURE, Follow};
use super::views::{InventoryView, Page, PageRequest};
use super::{App, AppError, Moment, Plan, UseCase};

/// Most skipped components that are listed in an answer.
const LISTED: usize = 20;

/// Push the inventory of an asset.
pub struct PushInventory {
    asset: String,
    inventory: Inventory,
    stored: Vec<u8>,
}

/// Answer to a push.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Pushed {
    /// Asset.
    pub asset: String,
    /// Format understood.
    pub format: String,
    /// Components that can be matched.
    pub components: usize,
    /// Components that cannot.
    pub skipped: usize,
    /// The first of those: where, and why.
    pub examples: Vec<String>,
    /// Packages and products that the snapshot before did not have.
    #[serde(default)]
    pub added: usize,
    /// Packages and products that only the snapshot before had; they are no exposure any more.
    #[serde(default)]
    pub removed: usize,
    /// Packages and products that are there in other versions than before.
    #[serde(default)]
    pub changed: usize,
}

impl PushInventory {
    /// Reads a document in any format of inventories.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the place in the document.
    pub fn read(asset: &str, bytes: &[u8], settings: &Settings) -> Result<Self, AppError> {
        let inventory = read_with(bytes, &Limits::inventory(), settings)?;
        let stored =
            serde_json::to_vec(&inventory).map_err(|_| AppError::Internal("inventory is not JSON"))?;
        Ok(Self { asset: asset.trim().to_owned(), inventory, stored })
    }
}

impl UseCase for PushInventory {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = moment.actor.org().ok_or(AppError::Unauthenticated)?;
        let id = stream_key(org, &self.asset);
        let (state, version) = match app.store.get(Category::Inventory, &id).await? {
            None => (Holding::default(), 0),
            Some(document) => {
                let holding = serde_json::from_slice(&document.doc)
                    .map_err(|_| AppError::Internal("inventory shape"))?;
                (holding, document.version)
            }
        };
        let skipped = &self.inventory.skipped;
        let snapshot = Snapshot {
            format: self.inventory.format.clone(),
            components_sha256: hex::encode(Sha256::digest(&self.stored)),
            components: self.inventory.components.len() as u64,
            skipped: skipped.len() as u64,
        };
        let events = inventory::decide(&state, &self.asset, snapshot, &moment.facts())?;
        let changes = match &state.org {
            Some(_) if events.is_empty() => Changes::default(),
            Some(_) => {
                let before = components(app.store.as_ref(), &id, &state.snapshot.components_sha256).await?;
                self.inventory.changes(&before)
            }
            None => self.inventory.changes(&Inventory::default()),
        };
        let mut plan = Plan::answer(
            200,
            &Pushed {
                asset: self.asset.clone(),
                format: self.inventory.format.clone(),
                components: self.inventory.components.len(),
                skipped: skipped.len(),
                examples: skipped.iter().take(LISTED).map(|s| format!("{}: {}", s.place, s.reason)).collect(),
                added: changes.added,
                removed: changes.removed,
                changed: changes.changed,
            },
        )?;
        if !events.is_empty() {
            plan.blob::<Holding>(&id, self.stored.clone());
            plan.job(EXPOSURE, Follow::Asset(id.clone()).into_body(), moment.now);
        }
        plan.append::<Holding>(moment, id, version, events)?;
        Ok(plan)
    }
}

impl App {
    /// Inventories of the actor's organisation.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn inventories(
        &self,
        actor: &Actor,
        page: &PageRequest,
    ) -> Result<Page<InventoryView>, AppError> {
        self.page::<Holding, _>(actor, Act::SeeInventory, page, None, |h| InventoryView::of(h)).await
    }
    /// The lines of a notice that do not stand any more, since the inventory pushed since then does not have the
    /// component, or not in this version.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn withdrawn(&self, notice: &Notice) -> Result<Vec<ExposureLine>, AppError> {
        let Some(org) = notice.org else { return Ok(vec![]) };
        let lines = notice.exposure.expose();
        let assets: BTreeSet<&str> = lines.iter().map(|line| line.asset.as_str()).collect();
        let mut withdrawn = Vec::new();
        for asset in assets {
            let stream = stream_key(org, asset);
            let document = self.store.get(Category::Inventory, &stream).await?;
            let Some(document) = document else { continue };
            let holding: Holding =
                serde_json::from_slice(&document.doc).map_err(|_| AppError::Internal("inventory shape"))?;
            if holding.pushed_at < notice.queued_at {
                continue;
            }
            let inventory =
                components(self.store.as_ref(), &stream, &holding.snapshot.components_sha256).await?;
            let held: HashSet<(&str, Option<&str>)> =
                inventory.components.iter().map(|c| (c.label.as_str(), c.version.as_deref())).collect();
            let gone = lines.iter().filter(|line| {
                line.asset == asset && !held.contains(&(line.component.as_str(), line.version.as_deref()))
            });
            withdrawn.extend(gone.cloned());
        }
        Ok(withdrawn)
    }
}
