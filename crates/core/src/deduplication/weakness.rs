//! Which weaknesses are of one kind: parents in MITRE's CWE list, research view (CWE-1000), as far as reports use them.

/// Child and parent.
const PARENTS: &[(u32, u32)] = &[
    (119, 118),
    (120, 119),
    (121, 787),
    (122, 787),
    (124, 787),
    (125, 119),
    (126, 125),
    (127, 125),
    (129, 1285),
    (131, 682),
    (134, 668),
    (190, 682),
    (191, 682),
    (193, 682),
    (195, 681),
    (200, 668),
    (209, 200),
    (22, 706),
    (23, 22),
    (36, 22),
    (252, 754),
    (259, 798),
    (269, 284),
    (276, 732),
    (284, 693),
    (285, 284),
    (287, 284),
    (290, 1390),
    (295, 287),
    (297, 295),
    (306, 287),
    (321, 798),
    (326, 693),
    (327, 693),
    (330, 693),
    (345, 693),
    (347, 345),
    (352, 345),
    (362, 691),
    (364, 362),
    (366, 362),
    (367, 362),
    (369, 682),
    (400, 664),
    (401, 772),
    (404, 664),
    (405, 400),
    (407, 405),
    (409, 405),
    (415, 825),
    (416, 825),
    (426, 673),
    (427, 668),
    (434, 669),
    (457, 908),
    (459, 404),
    (467, 131),
    (476, 754),
    (502, 913),
    (532, 538),
    (538, 200),
    (59, 706),
    (601, 610),
    (611, 610),
    (617, 670),
    (639, 863),
    (643, 943),
    (665, 664),
    (667, 662),
    (672, 666),
    (680, 190),
    (674, 834),
    (681, 704),
    (704, 664),
    (732, 285),
    (754, 703),
    (770, 400),
    (772, 404),
    (77, 74),
    (776, 674),
    (78, 77),
    (786, 119),
    (787, 119),
    (788, 119),
    (789, 770),
    (79, 74),
    (798, 1391),
    (80, 79),
    (805, 119),
    (806, 805),
    (822, 119),
    (823, 119),
    (824, 119),
    (825, 119),
    (825, 672),
    (833, 667),
    (834, 691),
    (835, 834),
    (843, 704),
    (862, 285),
    (863, 285),
    (88, 77),
    (89, 943),
    (90, 943),
    (908, 665),
    (909, 665),
    (91, 74),
    (913, 664),
    (915, 913),
    (917, 77),
    (918, 441),
    (93, 74),
    (94, 913),
    (943, 74),
    (95, 94),
    (96, 94),
    (113, 93),
    (121, 788),
    (122, 788),
    (1321, 915),
    (1333, 407),
    (1336, 94),
];

/// How far up the list is read: above are pillars, which everything shares.
const UP: usize = 3;

/// How two sets of weaknesses stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// Both are known and have nothing to do with each other.
    Apart,
    /// At least one is not known.
    Unknown,
    /// One is a kind of the other, or both are of one kind.
    Related,
    /// One is in both.
    Same,
}

/// The number of a CWE id.
pub(super) fn number(id: &str) -> Option<u32> {
    let digits = id.trim().strip_prefix("CWE-").or_else(|| id.trim().strip_prefix("cwe-"))?;
    digits.parse().ok().filter(|number| (1..=999_999).contains(number))
}

/// Whether the weaknesses say that memory is written, or that it is read, out of its bounds.
pub(super) fn writes(weaknesses: &[u32]) -> Option<bool> {
    const WRITES: &[u32] = &[121, 122, 124, 787];
    const READS: &[u32] = &[125, 126, 127];
    let any = |of: &[u32]| weaknesses.iter().any(|weakness| of.contains(weakness));
    match (any(WRITES), any(READS)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Compares two sets of weaknesses, each followed by what they are kinds of: `own` says how many are no kinds.
pub(super) fn relation(one: (&[u32], usize), other: (&[u32], usize)) -> Relation {
    let ((a, own_a), (b, own_b)) = (one, other);
    if a.is_empty() || b.is_empty() {
        return Relation::Unknown;
    }
    let meet = |a: &[u32], b: &[u32]| a.iter().any(|weakness| b.contains(weakness));
    if meet(a.get(..own_a).unwrap_or(a), b.get(..own_b).unwrap_or(b)) {
        Relation::Same
    } else if meet(a, b) {
        Relation::Related
    } else {
        Relation::Apart
    }
}

/// Some weaknesses, and after them what they are kinds of.
pub(super) fn with_kinds(weaknesses: &[u32]) -> Vec<u32> {
    let mut all = weaknesses.to_vec();
    for weakness in weaknesses {
        for kind in line(*weakness) {
            if !all.contains(&kind) {
                all.push(kind);
            }
        }
    }
    all
}

/// A weakness with what it is a kind of. Classes that gather everything of a resource or of control are left out.
fn line(weakness: u32) -> Vec<u32> {
    const TOO_WIDE: &[u32] = &[118, 284, 664, 668, 682, 691, 693, 703, 706, 74, 913, 610];
    let mut line = vec![weakness];
    let mut from = 0;
    for _ in 0..UP {
        let next: Vec<u32> = line[from..]
            .iter()
            .flat_map(|child| PARENTS.iter().filter(move |(c, _)| c == child).map(|(_, parent)| *parent))
            .filter(|parent| !TOO_WIDE.contains(parent) && !line.contains(parent))
            .collect();
        from = line.len();
        line.extend(next);
    }
    line
}
