//! What agrees between two reports, and what does not.
//!
//! The frame is record linkage after Fellegi and Sunter 1969, "A theory for record linkage": what agrees and what does
//! not makes a comparison, and a comparison is a link, a possible link for a person to decide, or none. Links are made
//! by rules that each can be said in a sentence (`cluster`); points only order the possible ones.

use super::features::Features;
use super::reason::Reason;
use super::stack::Stacks;
use super::weakness::{self, Relation};

/// Lines this close are one place, also when a comment was added above it.
pub(super) const NEAR: u32 = 3;
/// Lines a place commonly moves between two versions that are both in use.
const MOVED: u32 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Package {
    Other,
    Unknown,
    NamedAlike,
    Same,
}

/// What agrees between two reports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    pub shared_id: bool,
    pub other_id: bool,
    pub package: Package,
    pub ranges_apart: bool,
    pub same_place: bool,
    pub similar_place: bool,
    /// Whether each place of both that has a function of one name has it in another file.
    pub other_file: bool,
    pub named_function: bool,
    names: usize,
    /// Distance of the nearest lines in one function; `None` where one gives none.
    pub lines: Option<u32>,
    pub same_hunk: bool,
    /// Both change the same function and remove lines there, and not the same ones.
    pub other_hunk: bool,
    pub patched_function: bool,
    pub stacks: Stacks,
    pub same_fault: bool,
    pub other_access: bool,
    pub weakness: Relation,
    words: f32,
    same_harness: bool,
}

impl Comparison {
    pub fn of(one: &Features, other: &Features) -> Self {
        let (package, ranges_apart) = packages(one, other);
        let (same_place, lines) = places(one, other);
        let (same_hunk, other_hunk) = hunks(one, other);
        let (ids, its_ids) = (one.packed.ids(), other.packed.ids());
        let shared_id = ids.iter().any(|id| its_ids.contains(id));
        let write = one.write.zip(other.write);
        Self {
            shared_id,
            other_id: !shared_id && !ids.is_empty() && !its_ids.is_empty(),
            package,
            ranges_apart,
            same_place,
            similar_place: !same_place
                && one.functions().any(|a| other.functions().any(|b| a.function.agrees(b.function))),
            other_file: !same_place && in_other_files(one, other),
            named_function: points_at(one, other) || points_at(other, one),
            names: one.packed.names().iter().filter(|name| other.packed.names().contains(name)).count(),
            lines,
            same_hunk,
            other_hunk,
            patched_function: patches(one, other) || patches(other, one),
            stacks: Stacks::of(one, other),
            same_fault: one.fault != 0 && one.fault == other.fault,
            other_access: write.is_some_and(|(a, b)| a != b),
            weakness: weakness::relation(one.kinds(), other.kinds()),
            words: one.sketch().zip(other.sketch()).map_or(0.0, |(a, b)| a.likeness(&b)),
            same_harness: one.harness != 0 && one.harness == other.harness,
        }
    }

    /// Whether something speaks so much against one cause that no agreement joins them without a person.
    pub fn contradicted(&self) -> bool {
        self.other_id
            || self.ranges_apart
            || self.weakness == Relation::Apart
            || self.other_access
            || self.other_line()
            || self.lines.is_some_and(|lines| lines > MOVED)
    }

    /// Whether the code was the same and it went wrong in another line of the same function.
    pub fn other_line(&self) -> bool {
        let inner = self.stacks.innermost.is_some_and(|lines| lines >= NEAR);
        self.stacks.same_build && (inner || self.lines.is_some_and(|lines| lines > NEAR))
    }

    /// Whether both point at a line of one function, and it is nearly the same.
    pub fn near(&self, most: u32) -> bool {
        self.same_place && self.lines.is_some_and(|lines| lines <= most)
    }

    /// Whether both are about one function, in whatever way they say so.
    pub fn one_function(&self) -> bool {
        self.same_place
            || self.similar_place && !self.other_file
            || self.named_function && !self.other_file
            || self.patched_function
            || self.stacks.functions >= 2
    }

    /// Whether the words agree. One harness writes everything from one template, so its reports agree in words anyway.
    fn words_beyond(&self, least: f32) -> bool {
        self.words >= if self.same_harness { least + 0.3 } else { least }
    }

    /// What speaks for and against, with points.
    pub fn each(&self, mut say: impl FnMut(Reason, i32)) {
        use Reason as R;
        let mut when = |holds: bool, reason: R, points: i32| {
            if holds {
                say(reason, points);
            }
        };
        when(self.shared_id, R::SharedId, 100);
        when(self.other_id, R::OtherId, -30);
        when(self.package == Package::Same, R::SamePackage, 10);
        when(self.package == Package::NamedAlike, R::NamedAlike, 5);
        when(self.package == Package::Other, R::OtherPackage, -25);
        when(self.ranges_apart, R::RangesApart, -20);
        when(self.same_hunk, R::SameLinesPatched, 50);
        when(!self.same_hunk && self.other_hunk, R::OtherLinesPatched, -15);
        when(!self.same_hunk && self.patched_function, R::SameFunctionPatched, 25);
        when(self.same_place, R::SameFunction, 25);
        when(self.near(NEAR), R::SameLine, 20);
        when(self.similar_place, R::SimilarFunction, 15);
        when(self.stacks.lines >= 3, R::SameCall, 20);
        when(self.stacks.functions >= 3, R::SameStack, 35);
        when((1..3).contains(&self.stacks.functions), R::SimilarStack, 15);
        when(self.other_line(), R::OtherLine, -40);
        when(self.same_fault, R::SameFault, 5);
        when(self.other_access, R::OtherAccess, -10);
        when(self.weakness == Relation::Same, R::SameWeakness, 10);
        when(self.weakness == Relation::Related, R::RelatedWeakness, 5);
        when(self.weakness == Relation::Apart, R::OtherWeakness, -20);
        when(self.names >= 3, R::SameNames, 25);
        when((1..3).contains(&self.names), R::SimilarNames, 10);
        when(self.named_function, R::NamedFunction, 15);
        when(self.words_beyond(0.5), R::SameWords, 30);
        when(self.words_beyond(0.25) && !self.words_beyond(0.5), R::SimilarWords, 20);
    }

    pub fn points(&self) -> i32 {
        let mut points = 0;
        self.each(|_, more| points += more);
        points
    }
}

/// The best agreement of two packages, and whether the versions of every one that agrees lie apart.
fn packages(one: &Features, other: &Features) -> (Package, bool) {
    let mut best = Package::Unknown;
    let mut apart = false;
    for a in one.packed.packages() {
        for b in other.packed.packages() {
            let now = match (a.whole == b.whole, a.name == b.name) {
                (true, _) => Package::Same,
                (false, true) => Package::NamedAlike,
                (false, false) => {
                    if best == Package::Unknown {
                        best = Package::Other;
                    }
                    continue;
                }
            };
            let disjoint = a.span.1 < b.span.0 || b.span.1 < a.span.0;
            apart = if now > best { disjoint } else { apart && disjoint };
            best = best.max(now);
        }
    }
    (best, apart)
}

fn places(one: &Features, other: &Features) -> (bool, Option<u32>) {
    let mut same = false;
    let mut lines: Option<u32> = None;
    for a in one.all_places() {
        for b in other.all_places().filter(|b| a.is_same(*b)) {
            same = true;
            if let Some(distance) = a.lines(b) {
                lines = Some(lines.map_or(distance, |least| least.min(distance)));
            }
        }
    }
    (same, lines)
}

/// Whether both have a function of one name, and only in files that differ.
fn in_other_files(one: &Features, other: &Features) -> bool {
    let mut apart = false;
    for a in one.functions().filter(|place| place.file.is_known()) {
        for b in other.functions().filter(|b| b.file.is_known() && b.function.agrees(a.function)) {
            if a.file.agrees(b.file) {
                return false;
            }
            apart = true;
        }
    }
    apart
}

/// Whether their patches remove the same lines of one file, and whether they remove other lines of one function.
fn hunks(one: &Features, other: &Features) -> (bool, bool) {
    let (mut same, mut apart) = (false, false);
    for a in one.packed.hunks().filter(|hunk| hunk.removed != 0) {
        for b in other.packed.hunks().filter(|hunk| hunk.removed != 0) {
            same |= a.removed == b.removed && a.place.file.agrees(b.place.file);
            apart |= a.removed != b.removed && a.place.is_same(b.place);
        }
    }
    (same, apart && !same)
}

/// Whether a patch of `one` changes a function that `other` names or patches.
fn patches(one: &Features, other: &Features) -> bool {
    one.packed.hunks().filter(|hunk| hunk.place.function.is_known()).any(|hunk| {
        let same = |place: super::features::Place| place.is_same(hunk.place);
        // Also further out in the stack: the fix is often in a caller.
        other.all_places().any(same)
            || other.packed.hunks().any(|b| same(b.place))
            || other.packed.frames().any(same)
    })
}

/// Whether the words of `one` name a function that `other` points at.
fn points_at(one: &Features, other: &Features) -> bool {
    other.functions().any(|place| one.packed.names().contains(&place.function.last))
}
