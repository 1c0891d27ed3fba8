//! How two stacks stand to each other.

use super::features::{Features, Place};
use super::trace::MOST_FRAMES;

/// Lines that are one place in a stack: a statement over several lines is given by its first or its last.
const ONE_PLACE: u32 = 1;

/// What agrees in two stacks, from the inside out, allowing for a frame that was inlined in one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stacks {
    /// Whether both reports have one.
    pub both: bool,
    /// How many of the innermost functions agree.
    pub functions: usize,
    /// How many of those, from the innermost on, are also at the same line.
    pub lines: usize,
    /// Whether both begin with the same function, and not one of them with a frame more.
    pub level: bool,
    /// Whether at least two callers are at exactly the same line: the code is the same in both.
    pub same_build: bool,
    /// How far apart the lines of the innermost common function are.
    pub innermost: Option<u32>,
}

impl Stacks {
    pub fn of(one: &Features, other: &Features) -> Self {
        let (one, other) = (&one.packed, &other.packed);
        let mut stacks = Self { both: one.has_frames() && other.has_frames(), ..Self::default() };
        let (mut a, mut b, mut callers) = (0, 0, 0);
        while a < MOST_FRAMES
            && let (Some(x), Some(y)) = (one.frame(a), other.frame(b))
        {
            if agree(x, y) {
                if stacks.functions == 0 {
                    stacks.level = a == b;
                    stacks.innermost = x.lines(y);
                } else {
                    callers += usize::from(x.lines(y) == Some(0));
                }
                if stacks.lines == stacks.functions && x.lines(y).is_some_and(|lines| lines <= ONE_PLACE) {
                    stacks.lines += 1;
                }
                stacks.functions += 1;
                (a, b) = (a + 1, b + 1);
            } else if one.frame(a + 1).is_some_and(|next| agree(next, y)) {
                a += 1;
            } else if other.frame(b + 1).is_some_and(|next| agree(x, next)) {
                b += 1;
            } else {
                break;
            }
        }
        stacks.same_build = callers >= 2;
        stacks
    }
}

fn agree(one: Place, other: Place) -> bool {
    let files = !one.file.is_known() || !other.file.is_known() || one.file.last == other.file.last;
    one.function.agrees(other.function) && files
}
