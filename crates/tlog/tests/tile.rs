//! Tiles, tile paths and entry bundles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_tlog::{BundleError, Resource, Tile, Tree, TreeError, leaf_hash, read_bundle, write_bundle};
use proptest::prelude::*;

fn hashes(level: u8, index: u64, width: u16) -> Tile {
    Tile { resource: Resource::Hashes(level), index, width }
}

#[test]
fn paths_are_those_of_the_specification() {
    assert_eq!(hashes(0, 1_234_067, 256).to_string(), "tile/0/x001/x234/067");
    assert_eq!(hashes(3, 0, 7).to_string(), "tile/3/000.p/7");
    assert_eq!(hashes(63, 999, 256).to_string(), "tile/63/999");
    assert_eq!(hashes(0, 1_000, 256).to_string(), "tile/0/x001/000");
    let bundle = Tile { resource: Resource::Entries, index: 1_234_067, width: 255 };
    assert_eq!(bundle.to_string(), "tile/entries/x001/x234/067.p/255");
    assert_eq!(hashes(0, u64::MAX, 256).to_string(), "tile/0/x018/x446/x744/x073/x709/x551/615");
}

#[test]
fn other_spellings_are_refused() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/x001/x000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/+00",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/2",
        "tile/0/000.p/1.p/1",
        "/tile/0/000",
        "tile/0/000/",
        "tile/data/000",
        "tile/entries/xx01/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/\u{0661}23",
    ] {
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
}

#[test]
fn a_tree_of_70_000_has_the_tiles_of_the_specification() {
    let tiles = Tree::tiles_between(0, 70_000);
    let count = |level, full| {
        let of_level = |t: &&Tile| t.resource == Resource::Hashes(level) && (t.width == 256) == full;
        tiles.iter().filter(of_level).count()
    };
    assert_eq!((count(0, true), count(0, false)), (273, 1));
    assert_eq!((count(1, true), count(1, false)), (1, 1));
    assert_eq!((count(2, true), count(2, false)), (0, 1));
    assert!(tiles.contains(&hashes(0, 273, 112)) && tiles.contains(&hashes(1, 1, 17)));
    assert!(tiles.contains(&hashes(2, 0, 1)));
    let bundles = tiles.iter().filter(|t| t.resource == Resource::Entries).count();
    assert_eq!((bundles, tiles.len()), (274, 274 + 277));
    let tiles = Tree::tiles_between(0, 256);
    let bundle = Tile { resource: Resource::Entries, index: 0, width: 256 };
    assert_eq!(tiles, [bundle, hashes(0, 0, 256), hashes(1, 0, 1)]);
    assert_eq!(Tree::tiles_between(0, 0), []);
    assert_eq!(Tree::tiles_between(300, 300), []);
}

#[test]
fn a_tile_is_the_hashes_of_full_tiles_below() {
    let mut tree = Tree::new();
    for index in 0..700_u32 {
        tree.append(&index.to_be_bytes());
    }
    let bottom = tree.tile(0, 2, 188).unwrap();
    assert_eq!(bottom[..32], leaf_hash(&512_u32.to_be_bytes()));
    assert_eq!(bottom.len(), 188 * 32);
    let mut below = Tree::new();
    for leaf in tree.tile(0, 1, 256).unwrap().chunks(32) {
        below.append_leaf(leaf.try_into().unwrap());
    }
    assert_eq!(tree.tile(1, 0, 2).unwrap()[32..], below.root());
    let missing = Err(TreeError::Tile { size: 700 });
    for (level, index, width) in [
        (0, 2, 189),
        (1, 0, 3),
        (0, 0, 0),
        (0, 0, 257),
        (64, 0, 1),
        (2, 0, 1),
        (0, u64::MAX, 1),
        (0, 1 << 56, 9),
    ] {
        assert_eq!(tree.tile(level, index, width), missing, "{level} {index} {width}");
    }
}

#[test]
fn every_named_tile_can_be_read() {
    let mut tree = Tree::new();
    for size in 1..=600_u64 {
        tree.append(&size.to_be_bytes());
        for tile in Tree::tiles_between(size - 1, size) {
            if let Resource::Hashes(level) = tile.resource {
                assert_eq!(
                    tree.tile(level, tile.index, tile.width).unwrap().len(),
                    usize::from(tile.width) * 32
                );
            }
        }
    }
}

#[test]
fn bundles_have_limits() {
    let longest = vec![7; 65_535];
    let bundle = write_bundle([&longest[..], b""]).unwrap();
    assert_eq!(read_bundle(&bundle).unwrap(), [&longest[..], b""]);
    assert_eq!(write_bundle([&[7; 65_536][..]]), Err(BundleError::TooLong));
    assert_eq!(write_bundle([&b"ab"[..], b"c"]).unwrap(), b"\0\x02ab\0\x01c");
    assert_eq!(read_bundle(b"\0"), Err(BundleError::CutOff));
    assert_eq!(read_bundle(b"\0\x02a"), Err(BundleError::CutOff));
    assert!(read_bundle(b"").unwrap().is_empty());
}

proptest! {
    #[test]
    fn paths_round_trip_and_a_second_implementation_agrees(
        level in 0..64_u8, index in prop_oneof![any::<u64>(), 0..5000_u64], width in 1..257_u16,
    ) {
        let tile = hashes(level, index, width);
        let path = tile.to_string();
        prop_assert_eq!(path.parse::<Tile>(), Ok(tile));
        let theirs = tlog_tiles::Tile::new(8, level, index, width.into(), false).path();
        prop_assert_eq!(path, theirs.replacen("tile/8/", "tile/", 1));
        let entries = Tile { resource: Resource::Entries, ..tile };
        prop_assert_eq!(entries.to_string().parse::<Tile>(), Ok(entries));
    }

    #[test]
    fn any_text_is_a_path_in_one_way_at_most(path in "tile/(entries|[0-9]{1,2})/(x?[0-9]{1,3}/){0,3}x?[0-9]{1,3}(\\.p/[0-9]{1,3})?") {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn bundles_round_trip(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
        let bundle = write_bundle(entries.iter().map(Vec::as_slice)).unwrap();
        prop_assert_eq!(read_bundle(&bundle).unwrap(), entries);
    }
}
