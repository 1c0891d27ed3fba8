#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// All groups of a body that arrives in pieces of these sizes, and why it was not read to its end.
/// Numbered lines, in the groups they were cut into.
type Groups = Vec<Vec<(u64, Vec<u8>)>>;

fn cut(gzip: bool, body: &[u8], sizes: &[usize]) -> (Groups, Option<Stop>) {
    let mut lines = Lines::new(gzip);
    let mut groups = Vec::new();
    let mut rest = body;
    let mut sizes = sizes.iter().copied().cycle();
    let plain = |groups: Vec<Vec<BatchLine>>| {
        groups.into_iter().map(|group| group.into_iter().map(|one| (one.line, one.bytes)).collect::<Vec<_>>())
    };
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(sizes.next().unwrap_or(64).clamp(1, rest.len()));
        let (ready, stop) = lines.feed(piece);
        groups.extend(plain(ready));
        if stop.is_some() {
            return (groups, stop);
        }
        rest = behind;
    }
    let (ready, stop) = lines.finish();
    groups.extend(plain(ready));
    (groups, stop)
}

proptest! {
    #[test]
    fn how_a_body_arrives_does_not_matter(
        texts in proptest::collection::vec("[a-z ]{0,12}", 0..700),
        sizes in proptest::collection::vec(1..5000_usize, 1..8),
    ) {
        let body = texts.join("\n").into_bytes();
        let (whole, stop) = cut(false, &body, &[body.len().max(1)]);
        prop_assert_eq!(stop, None);
        prop_assert_eq!(&cut(false, &body, &sizes).0, &whole);
        prop_assert_eq!(&cut(true, &gzip(&body), &sizes).0, &whole);
        let numbered: Vec<(u64, Vec<u8>)> = (1..)
            .zip(body.split(|byte| *byte == b'\n'))
            .filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
            .map(|(number, line)| (number, line.to_vec()))
            .collect();
        prop_assert!(whole.iter().all(|group| (1..=CHUNK).contains(&group.len())));
        prop_assert_eq!(whole.concat(), numbered);
    }

    #[test]
    fn any_bytes_are_cut_or_refused(body in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let (_, stop) = cut(true, &body, &[100]);
        prop_assert!(stop.is_none() || stop == Some(Stop::NotGzip));
    }
}

#[test]
fn a_bomb_stops_at_the_ratio() {
    let bomb = gzip(&vec![b'a'; 64 << 20]);
    assert!(bomb.len() < 80_000, "{}", bomb.len());
    let (groups, stop) = cut(true, &bomb, &[1 << 16]);
    assert!(groups.is_empty());
    assert!(matches!(stop, Some(Stop::TooLarge(text)) if text.contains("300 times")), "{stop:?}");
}

#[test]
fn gzip_members_follow_each_other_and_a_cut_one_is_told() {
    let two = [gzip(b"a\nb"), gzip(b"c\nd\n")].concat();
    let (groups, stop) = cut(true, &two, &[7]);
    assert_eq!(stop, None);
    let lines: Vec<Vec<u8>> = groups.concat().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, [b"a".to_vec(), b"bc".to_vec(), b"d".to_vec()]);
    let (groups, stop) = cut(true, &two[..two.len() - 5], &[7]);
    assert_eq!((groups.len(), stop), (0, Some(Stop::NotGzip)), "a part of a batch is not taken in");
    assert_eq!(cut(true, b"", &[1]).1, None);
    assert_eq!(cut(true, b"not gzip at all", &[4]).1, Some(Stop::NotGzip));
}

#[test]
fn a_long_line_is_cut_and_a_batch_has_an_end() {
    let mut body = vec![b'x'; 3 * LONGEST_LINE];
    body.extend_from_slice(b"\nshort\n");
    let (groups, stop) = cut(false, &body, &[1 << 16]);
    assert_eq!(stop, None);
    let lengths: Vec<usize> = groups.concat().iter().map(|(_, line)| line.len()).collect();
    assert_eq!(lengths, [LONGEST_LINE + 1, 5]);
    let many = b"a\n".repeat(usize::try_from(MOST_LINES).unwrap() + 1);
    let (groups, stop) = cut(false, &many, &[1 << 16]);
    assert_eq!(groups.concat().len() as u64, MOST_LINES);
    assert!(matches!(stop, Some(Stop::TooLarge(text)) if text.contains("100,000 lines")), "{stop:?}");
}
