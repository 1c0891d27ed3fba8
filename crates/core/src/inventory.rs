//! Holdings: what one asset of an operator runs, as pushed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::access::{Act, Relation, may};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Key, Meta};
use crate::decision::{Facts, Refusal, require};
use crate::ids::OrgId;
use crate::party::check_name;

/// What is known of one snapshot; the components are a blob, named by digest.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Format and version of the source document.
    pub format: String,
    /// Lower-case hex SHA-256 of the components as stored.
    pub components_sha256: String,
    /// Components with an identity.
    pub components: u64,
    /// Components without one.
    pub skipped: u64,
}

/// The inventory of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holding {
    /// Whose it is.
    pub org: Option<OrgId>,
    /// The asset's name, chosen by the operator.
    pub asset: String,
    /// The latest snapshot; the earlier ones are only in the log.
    pub snapshot: Snapshot,
    /// When it was pushed, milliseconds since the Unix epoch.
    pub pushed_at: i64,
}

/// What happens to an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A snapshot replaced whatever was known of the asset.
    InventoryReplaced {
        /// Whose.
        org: OrgId,
        /// Asset name.
        asset: String,
        /// The snapshot.
        snapshot: Snapshot,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        "inventory-replaced"
    }
}

/// The stream id of an asset: a digest, so that asset names are not in stream names.
pub fn stream_key(org: OrgId, asset: &str) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(org.0.as_bytes());
    hash.update(asset.as_bytes());
    hex::encode(&hash.finalize()[..16])
}

/// Decides the replacement of an asset's inventory. An unchanged snapshot makes no event.
///
/// # Errors
/// When the actor is no operator or relay, or the asset's name is not usable.
pub fn decide(
    state: &Holding,
    asset: &str,
    snapshot: Snapshot,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    require(
        may(facts.actor, Act::PushInventory),
        Refusal::Forbidden("pushing inventories needs an operator's credential with the inventory scope"),
    )?;
    check_name("/asset", asset)?;
    let org = facts.actor.org().ok_or(Refusal::NotFound)?;
    if state.org == Some(org) && state.snapshot == snapshot {
        return Ok(vec![]);
    }
    Ok(vec![Event::InventoryReplaced { org, asset: asset.to_owned(), snapshot }])
}

impl Aggregate for Holding {
    const CATEGORY: Category = Category::Inventory;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        let Event::InventoryReplaced { org, asset, snapshot } = event;
        self.org = Some(*org);
        self.asset = asset.clone();
        self.snapshot = snapshot.clone();
        self.pushed_at = meta.at.as_millisecond();
        self
    }

    fn facets(&self) -> Facets {
        Facets {
            state: "current".into(),
            sort_at: self.pushed_at,
            public: false,
            relations: self.org.iter().map(|org| (*org, Relation::Owner)).collect(),
            keys: self.org.iter().map(|org| Key::shared("org", org)).collect::<BTreeSet<_>>(),
        }
    }
}
