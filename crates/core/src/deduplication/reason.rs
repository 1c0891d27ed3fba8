//! What follows from a comparison, and the reasons in words.

use serde::{Deserialize, Serialize};

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

/// A rule that joins without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A vulnerability id is somebody's word that it is one vulnerability.
    Id,
    /// The same lines have to be changed.
    Patch,
    /// Two tools came the same way to the same line.
    Call,
    /// The same line of the same function, and the same variables.
    Line,
    /// The same function and most variables, and nothing that tells them apart.
    Variables,
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
    /// Another line.
    OtherLine = "but in one build they went wrong in different lines",
    /// Patch apart.
    OtherLinesPatched = "but their patches change different lines of one function",
    /// Same call.
    SameCall = "their stacks came through the same lines of three or more functions",
    /// Read and write.
    OtherAccess = "but one is a read and the other a write",
    /// Names in the words.
    SameNames = "their descriptions name three or more of the same functions and variables",
    /// Some names.
    SimilarNames = "their descriptions name some of the same functions and variables",
    /// Variables.
    SameVariables = "most of the variables that one names are named in the others as well",
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
    /// The rule that joins them, if one does.
    pub rule: Option<Rule>,
    /// Order among the likely, 0 to 100. Not a probability.
    pub score: u8,
    /// What speaks for and against it.
    pub reasons: Vec<Reason>,
}
