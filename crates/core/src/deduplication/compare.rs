//! Whether two reports have one root cause: the rules.
//!
//! The frame is record linkage after Fellegi and Sunter 1969, "A theory for record linkage": what agrees and what does
//! not makes a comparison, and a comparison is a link, a possible link for a person to decide, or none. Links are made
//! by rules that each can be said in a sentence; points only order the possible ones.

use serde::{Deserialize, Serialize};

use super::features::{Features, Place};
use super::frame::Frame;
use super::trace;
use super::weakness::{self, Relation};

/// Fewest points of a pair that is worth a person's look.
const POSSIBLE: i32 = 40;
/// Lines this close are one place, also when a comment was added above it.
const NEAR: u32 = 3;

/// Lines a place commonly moves between two versions that are both in use.
const MOVED: u32 = 100;

/// What follows from a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing: they are separate.
    Separate,
    /// A person decides.
    Likely,
    /// One root cause, by rule.
    Certain,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// One thing that speaks for or against one root cause. The words hold nothing of the reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reason { $($(#[$doc])* $name),+ }

        impl Reason {
            /// The reason in words.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$name => $text),+ }
            }
        }
    };
}

reasons! {
    /// An id.
    SharedId = "they name the same vulnerability id",
    /// Ids apart.
    OtherId = "but they name different ids of one database",
    /// Package.
    SamePackage = "they are about the same package",
    /// Package by name.
    NamedAlike = "they are about packages of one name in different places",
    /// Package apart.
    OtherPackage = "but about different packages, perhaps a fork or a copy",
    /// Ranges.
    RangesApart = "but the affected versions do not overlap",
    /// Hunk.
    SameLinesPatched = "their patches remove the same lines of the same file",
    /// Patch.
    SameFunctionPatched = "a patch of one changes the function that the other names",
    /// Place.
    SameFunction = "they name the same function of the same file",
    /// Place in part.
    SimilarFunction = "they name a function of the same name in files that differ",
    /// Line.
    SameLine = "within three lines",
    /// Stack.
    SameStack = "the innermost three or more functions of their stacks are the same",
    /// Part of the stack.
    SimilarStack = "the innermost functions of their stacks are the same in part",
    /// Fault.
    SameFault = "the tools saw the same kind of fault",
    /// Read and write.
    OtherAccess = "but one is a read and the other a write",
    /// Names in the words.
    SameNames = "their descriptions name three or more of the same functions and variables",
    /// Some names.
    SimilarNames = "their descriptions name some of the same functions and variables",
    /// Named function.
    NamedFunction = "the description of one names the function that the other points at",
    /// Weakness.
    SameWeakness = "they name the same weakness",
    /// Kind of weakness.
    RelatedWeakness = "they name weaknesses of one kind",
    /// Weakness apart.
    OtherWeakness = "but they name weaknesses that have nothing in common",
    /// Words.
    SameWords = "most words of their descriptions are the same",
    /// Some words.
    SimilarWords = "many words of their descriptions are the same",
}

/// What a comparison says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// What follows.
    pub verdict: Verdict,
    /// Order among the likely, 0 to 100. Not a probability.
    pub score: u8,
    /// What speaks for and against it.
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Package {
    Other,
    Unknown,
    NamedAlike,
    Same,
}

/// What agrees between two reports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    shared_id: bool,
    other_id: bool,
    package: Package,
    ranges_apart: bool,
    same_place: bool,
    similar_place: bool,
    named_function: bool,
    names: usize,
    /// Distance of the nearest lines in one function; `None` where one gives none.
    lines: Option<u32>,
    same_hunk: bool,
    patched_function: bool,
    frames: usize,
    /// How far apart the lines of the innermost three functions are, when all are known and the functions agree.
    frame_lines: Option<u32>,
    both_stacks: bool,
    same_fault: bool,
    other_access: bool,
    weakness: Relation,
    words: f32,
    same_harness: bool,
}

impl Comparison {
    pub fn of(one: &Features, other: &Features) -> Self {
        let (package, ranges_apart) = packages(one, other);
        let (same_place, lines) = places(one, other);
        let words = one.text.as_ref().zip(other.text.as_ref()).map_or(0.0, |(a, b)| a.likeness(b));
        let write = one.write.zip(other.write);
        let shared_id = one.ids.iter().any(|id| other.ids.contains(id));
        Self {
            shared_id,
            other_id: !shared_id && !one.ids.is_empty() && !other.ids.is_empty(),
            package,
            ranges_apart,
            same_place,
            similar_place: !same_place
                && one.functions().any(|(_, a)| other.functions().any(|(_, b)| a.agrees(b))),
            named_function: points_at(one, other) || points_at(other, one),
            names: one.names.iter().filter(|name| other.names.contains(name)).count(),
            lines,
            same_hunk: one.hunks.iter().any(|a| {
                a.removed != 0 && other.hunks.iter().any(|b| a.removed == b.removed && a.file.agrees(b.file))
            }),
            patched_function: patches(one, other) || patches(other, one),
            frames: trace::shared(&one.frames, &other.frames),
            frame_lines: frame_lines(one, other),
            both_stacks: !one.frames.is_empty() && !other.frames.is_empty(),
            same_fault: one.fault != 0 && one.fault == other.fault,
            other_access: write.is_some_and(|(a, b)| a != b),
            weakness: weakness::relation(&one.weaknesses, &other.weaknesses),
            words,
            same_harness: one.harness != 0 && one.harness == other.harness,
        }
    }

    pub fn verdict(&self) -> Verdict {
        if self.certain() {
            Verdict::Certain
        } else if self.points() >= POSSIBLE {
            Verdict::Likely
        } else {
            Verdict::Separate
        }
    }

    /// The rules that join without a person.
    fn certain(&self) -> bool {
        // A vulnerability id is somebody's word that it is one vulnerability.
        if self.shared_id {
            return true;
        }
        let contradicted =
            self.other_id || self.ranges_apart || self.weakness == Relation::Apart || self.other_access;
        if self.package != Package::Same || contradicted {
            return false;
        }
        let near = |distance: Option<u32>| distance.is_some_and(|lines| lines <= NEAR);
        // The same lines have to be changed.
        if self.same_hunk {
            return true;
        }
        // Two tools came the same way to the same lines.
        if self.frames >= 3 && near(self.frame_lines) {
            return true;
        }
        // A function that many call is noticed for many causes: two stacks have to agree in who called it.
        if self.both_stacks && self.frames < 2 {
            return false;
        }
        // The same lines of the same function are at fault, and something else agrees.
        let supported = self.frames >= 3 || self.names >= 2 || self.words_beyond(0.25);
        if self.same_place && near(self.lines) && supported {
            return true;
        }
        // The same function in the same words, which nobody places further apart than a file moves between versions.
        let apart = self.lines.is_some_and(|lines| lines > MOVED);
        if self.same_place && !apart && self.names >= 5 && self.words_beyond(0.4) {
            return true;
        }
        // The same function, nobody says which line, and the words agree as well.
        self.same_place && self.lines.is_none() && self.names >= 3 && self.words_beyond(0.35)
    }

    /// Whether the words agree. One harness writes everything from one template, so its reports agree in words anyway.
    fn words_beyond(&self, least: f32) -> bool {
        self.words >= if self.same_harness { least + 0.3 } else { least }
    }

    /// What speaks for and against, with points.
    fn each(&self, mut say: impl FnMut(Reason, i32)) {
        use Reason as R;
        let near = |lines: Option<u32>| lines.is_some_and(|lines| lines <= NEAR);
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
        when(!self.same_hunk && self.patched_function, R::SameFunctionPatched, 25);
        when(self.same_place, R::SameFunction, 25);
        when(self.same_place && near(self.lines), R::SameLine, 20);
        when(self.similar_place, R::SimilarFunction, 15);
        when(self.frames >= 3, R::SameStack, 35);
        when((1..3).contains(&self.frames), R::SimilarStack, 15);
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

    pub fn likeness(&self) -> Likeness {
        let mut reasons = Vec::new();
        self.each(|reason, _| reasons.push(reason));
        let score = u8::try_from(self.points().clamp(0, 100)).unwrap_or(100);
        Likeness { verdict: self.verdict(), score, reasons }
    }
}

/// The best agreement of two packages, and whether the versions of every one that agrees lie apart.
fn packages(one: &Features, other: &Features) -> (Package, bool) {
    if one.packages.is_empty() || other.packages.is_empty() {
        return (Package::Unknown, false);
    }
    let mut best = Package::Other;
    let mut apart = false;
    for a in &one.packages {
        for b in &other.packages {
            let now = match (a.whole == b.whole, a.name == b.name) {
                (true, _) => Package::Same,
                (false, true) => Package::NamedAlike,
                (false, false) => continue,
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
        for b in other.all_places().filter(|b| is_same(a, *b)) {
            same = true;
            if a.line > 0 && b.line > 0 {
                let distance = a.line.abs_diff(b.line);
                lines = Some(lines.map_or(distance, |least| least.min(distance)));
            }
        }
    }
    (same, lines)
}

fn is_same(a: Place, b: Place) -> bool {
    a.file.agrees(b.file) && a.function.zip(b.function).is_some_and(|(a, b)| a.agrees(b))
}

/// Whether a patch of `one` changes a function that `other` names or patches.
fn patches(one: &Features, other: &Features) -> bool {
    one.hunks.iter().any(|hunk| {
        let Some(function) = hunk.function else { return false };
        let named = other.all_places().any(|place| {
            place.file.agrees(hunk.file) && place.function.is_some_and(|named| named.agrees(function))
        });
        let patched = other
            .hunks
            .iter()
            .any(|b| b.file.agrees(hunk.file) && b.function.is_some_and(|named| named.agrees(function)));
        // Also further out in the stack: the fix is often in a caller.
        let called = other.frames.iter().any(|frame| {
            frame.function.agrees(function) && frame.file.is_some_and(|file| file.agrees(hunk.file))
        });
        named || patched || called
    })
}

/// Whether the words of `one` name a function that `other` points at.
fn points_at(one: &Features, other: &Features) -> bool {
    other.functions().any(|(_, function)| one.names.contains(&function.last))
}

fn frame_lines(one: &Features, other: &Features) -> Option<u32> {
    let pairs: Vec<_> = one.frames.iter().zip(&other.frames).take(3).collect();
    let known = |(a, b): &(&Frame, &Frame)| a.function.agrees(b.function) && a.line > 0 && b.line > 0;
    let all = pairs.len() == 3 && pairs.iter().all(known);
    pairs.iter().map(|(a, b)| a.line.abs_diff(b.line)).max().filter(|_| all)
}
