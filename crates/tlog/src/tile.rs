//! Tiles and their paths, as in C2SP tlog-tiles.

use std::fmt;
use std::str::FromStr;

use crate::tree::{Tree, TreeError};

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// Height of a tile in levels of the tree.
const TILE_HEIGHT: usize = 8;
/// Highest tile level.
const TOP_LEVEL: u8 = 63;

/// What a tile resource holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// Hashes of subtrees of `256^level` entries; level 0 to 63.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// The name of a tile or entry bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// What it holds.
    pub resource: Resource,
    /// Which one, from 0.
    pub index: u64,
    /// How many hashes or entries: 1 to 255 for a partial tile, 256 for a full one.
    pub width: u16,
}

/// A path that names no tile, or names it in another than the one allowed way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct TilePathError;

impl fmt::Display for Tile {
    /// `tile/<L>/<N>[.p/<W>]`, without a slash in front.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resource {
            Resource::Hashes(level) => write!(f, "tile/{level}/")?,
            Resource::Entries => f.write_str("tile/entries/")?,
        }
        // u64::MAX has 20 digits: seven groups of three.
        let groups = self.index.checked_ilog(1000).unwrap_or(0);
        for group in (1..=groups).rev() {
            write!(f, "x{:03}/", self.index / 1000_u64.pow(group) % 1000)?;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for Tile {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, TilePathError> {
        let tile = parse(path).ok_or(TilePathError)?;
        // One name for one tile: leading zeros, signs and empty groups do not survive the way back.
        if tile.to_string() == path { Ok(tile) } else { Err(TilePathError) }
    }
}

fn parse(path: &str) -> Option<Tile> {
    let (resource, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let resource = match resource {
        "entries" => Resource::Entries,
        level => Resource::Hashes(level.parse().ok().filter(|level| *level <= TOP_LEVEL)?),
    };
    let (index, width) = match rest.split_once(".p/") {
        None => (rest, TILE_WIDTH),
        Some((index, width)) => (index, width.parse().ok().filter(|width| (1..TILE_WIDTH).contains(width))?),
    };
    let index = index.split('/').try_fold(0_u64, |index, group| {
        let group: u64 = group.trim_start_matches('x').parse().ok().filter(|group| *group < 1000)?;
        index.checked_mul(1000)?.checked_add(group)
    })?;
    Some(Tile { resource, index, width })
}

impl Tree {
    /// The bytes of a tile of hashes: `width` hashes of 32 bytes, from hash `256 * index` of the tile level on.
    ///
    /// # Errors
    /// [`TreeError::Tile`] when the tree has not all of these hashes, or no tile can be so.
    pub fn tile(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, TreeError> {
        let missing = TreeError::Tile { size: self.size() };
        if level > TOP_LEVEL || !(1..=TILE_WIDTH).contains(&width) {
            return Err(missing);
        }
        let first = index.checked_mul(u64::from(TILE_WIDTH)).and_then(|first| usize::try_from(first).ok());
        let first = first.ok_or(missing)?;
        let mut bytes = Vec::with_capacity(usize::from(width) * 32);
        for place in 0..usize::from(width) {
            let hash = first.checked_add(place).and_then(|i| self.node(TILE_HEIGHT * usize::from(level), i));
            bytes.extend_from_slice(hash.ok_or(missing)?);
        }
        Ok(bytes)
    }

    /// The tiles of hashes and the entry bundles that a tree of `size` entries has and one of `published` had not:
    /// what a log writes before it signs a checkpoint of `size`.
    pub fn tiles_between(published: u64, size: u64) -> Vec<Tile> {
        let mut tiles = level_tiles(Resource::Entries, published, size);
        for level in 0..=TOP_LEVEL {
            let height = TILE_HEIGHT as u32 * u32::from(level);
            let (before, now) = match (published.checked_shr(height), size.checked_shr(height)) {
                (Some(before), Some(now)) if now > 0 => (before, now),
                _ => break,
            };
            tiles.extend(level_tiles(Resource::Hashes(level), before, now));
        }
        tiles
    }
}

fn level_tiles(resource: Resource, before: u64, now: u64) -> Vec<Tile> {
    if now <= before {
        return Vec::new();
    }
    let full = u64::from(TILE_WIDTH);
    (before / full..=(now - 1) / full)
        .map(|index| Tile { resource, index, width: (now - index * full).min(full) as u16 })
        .collect()
}
