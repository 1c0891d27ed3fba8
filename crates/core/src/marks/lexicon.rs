//! Phrases that say the same, in an advisory, as another one does.

/// A pair of phrases of which one may stand for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The longer or rarer phrase, lower-case words.
    pub marked: &'static str,
    /// The plainer one; what text is compared in.
    pub plain: &'static str,
    /// Whether the plain phrase always means what the marked one does, so that it can be replaced too.
    pub both_ways: bool,
}

const fn both(marked: &'static str, plain: &'static str) -> Pair {
    Pair { marked, plain, both_ways: true }
}

const fn only_from(marked: &'static str, plain: &'static str) -> Pair {
    Pair { marked, plain, both_ways: false }
}

/// What every copy says about itself, beside what it is about: it is there to carry marks, also where the text of the
/// advisory is short.
pub const HANDLING: &str = "This notice is about a flaw that is not public. Share it as its label allows, for example \
    with people who install the fix, and with nobody else. Make sure that copies lie in one place, if possible one that \
    whoever is responsible can list later. In case of doubt, check if the label allows what is planned. Whatever \
    attackers who read it would learn also helps them elsewhere. In addition, colleagues who meet questions from outside \
    should answer none of them. As a result, word of a leak comes to one desk. Contact the coordinators when that \
    happens, and say where it was seen. Moreover, quote the reference of this copy. Thus the coordinators see at once \
    which notice is meant.";

/// The pairs. None holds a number, a negation, a time, or a word of duty or possibility (`must`, `may`, `should`), and no
/// phrase is part of another one: whoever acts on either text does the same. The order is part of the marks of notices
/// that were sent: new pairs go to the end.
pub const PAIRS: &[Pair] = &[
    both("for instance", "for example"),
    both("vulnerability", "flaw"),
    both("vulnerabilities", "flaws"),
    both("execute arbitrary code", "run arbitrary code"),
    both("executes arbitrary code", "runs arbitrary code"),
    both("upgrade to", "update to"),
    both("upgrading to", "updating to"),
    both("gain access to", "obtain access to"),
    both("gains access to", "obtains access to"),
    only_from("is caused by", "comes from"),
    both("occurs when", "happens when"),
    both("occurs if", "happens if"),
    both("occur when", "happen when"),
    both("where possible", "if possible"),
    both("in the event of", "in case of"),
    both("additionally,", "in addition,"),
    both("furthermore,", "moreover,"),
    both("consequently,", "as a result,"),
    both("ensure that", "make sure that"),
    both("ensures that", "makes sure that"),
    both("check whether", "check if"),
    both("checks whether", "checks if"),
    both("checking whether", "checking if"),
    both("determine whether", "determine if"),
    both("attempting to", "trying to"),
    only_from("resulting in", "leading to"),
    only_from("contains a", "has a"),
    only_from("contains an", "has an"),
    both("allows attackers to", "lets attackers"),
    both("allows an attacker to", "lets an attacker"),
    both("allows remote attackers to", "lets remote attackers"),
    both("allows a remote attacker to", "lets a remote attacker"),
    both("a specially crafted", "a crafted"),
    both("an attacker who", "an attacker that"),
    both("attackers who", "attackers that"),
    both("users who", "users that"),
    both("colleagues who", "colleagues that"),
    both("people who", "people that"),
    both("whoever is in charge", "whoever is responsible"),
    both("get in touch with", "contact"),
    only_from("in order to", "to"),
    only_from("because of", "due to"),
    only_from("prior to", "before"),
    only_from("by means of", "through"),
    only_from("via", "through"),
    only_from("utilize", "use"),
    only_from("utilizes", "uses"),
    only_from("utilizing", "using"),
    only_from("with regard to", "regarding"),
    only_from("a number of", "several"),
    only_from("a large number of", "many"),
    only_from("therefore", "thus"),
];
