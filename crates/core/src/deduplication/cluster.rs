//! Whether a report has the root cause of a cluster of reports: the rules that join.
//!
//! A cluster knows more than any of its reports: more names of what is involved, the lines of more versions, the
//! functions of more stacks. So a report is compared with each of a few reports and with what they say together.

use super::compare::{Comparison, NEAR, Package};
use super::features::Features;
use super::reason::{Likeness, Reason, Rule, Verdict};
use super::weakness::Relation;

/// Fewest points of a report and a cluster that are worth a person's look.
const POSSIBLE: i32 = 55;

/// What a cluster's reports and a new one say together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judgement {
    /// Position of the report that is most like the new one, and how it compares.
    pub best: usize,
    pub pair: Comparison,
    points: i32,
    /// A rule that needs no support from the words.
    hard: Option<Rule>,
    /// The same function, and nothing that speaks against one cause.
    pub one_function: bool,
    near: bool,
    vetoed: bool,
    /// Variables in the words of both, of the report and of the cluster.
    pub shared: usize,
    own: usize,
    its: usize,
    /// How many reports of the cluster were compared.
    reports: usize,
}

impl Judgement {
    /// Compares a report with the reports of a cluster, which are at least one.
    pub fn of<'a>(new: &Features, cluster: impl Iterator<Item = &'a Features> + Clone) -> Option<Self> {
        let mut all = Tally::default();
        for (at, other) in cluster.clone().enumerate() {
            all.count(at, Comparison::of(new, other));
        }
        let (shared, own, its) = variables(new, cluster.clone());
        let (best, pair, points) = all.best?;
        Some(Self {
            best,
            pair,
            points,
            hard: all.hard,
            one_function: all.one_function,
            near: all.near,
            vetoed: all.other_line
                || all.other_id && !all.shared_id
                || all.stack_apart && !all.stack_alike
                || all.other_file && !all.one_function,
            shared,
            own,
            its,
            reports: all.reports,
        })
    }

    /// Most of the variables that one names are named by the other as well.
    fn same_variables(&self, least: usize) -> bool {
        self.shared >= least && self.shared * 3 >= self.own.min(self.its) * 2
    }

    /// So many of the same variables that another bug of the function would hardly name them: five and three quarters, or
    /// four that are all there are, where more than one report has been read before.
    fn nearly_all_variables(&self) -> bool {
        let most = self.shared >= 5 && self.shared * 4 >= self.own.min(self.its) * 3;
        most || self.reports > 1 && self.shared >= 4 && self.shared == self.own
    }

    pub fn verdict(&self) -> Verdict {
        if self.rule().is_some() {
            Verdict::Certain
        } else if self.points() >= POSSIBLE {
            Verdict::Likely
        } else {
            Verdict::Separate
        }
    }

    /// The rule that joins without a person, if one does.
    pub fn rule(&self) -> Option<Rule> {
        if self.vetoed {
            return None;
        }
        let line = (self.near && self.same_variables(2)).then_some(Rule::Line);
        let variables = (self.one_function && self.nearly_all_variables()).then_some(Rule::Variables);
        self.hard.or(line).or(variables)
    }

    pub fn points(&self) -> i32 {
        self.points + if self.same_variables(3) { 15 } else { 0 }
    }

    pub fn likeness(&self) -> Likeness {
        let mut reasons = Vec::new();
        self.pair.each(|reason, _| reasons.push(reason));
        if self.same_variables(3) {
            reasons.push(Reason::SameVariables);
        }
        let score = u8::try_from(self.points().clamp(0, 100)).unwrap_or(100);
        Likeness { verdict: self.verdict(), rule: self.rule(), score, reasons }
    }
}

/// What was seen in the pairs so far.
#[derive(Default)]
struct Tally {
    best: Option<(usize, Comparison, i32)>,
    reports: usize,
    hard: Option<Rule>,
    one_function: bool,
    near: bool,
    other_file: bool,
    other_line: bool,
    other_id: bool,
    shared_id: bool,
    stack_alike: bool,
    stack_apart: bool,
}

impl Tally {
    fn count(&mut self, at: usize, pair: Comparison) {
        self.reports += 1;
        let sound = !pair.contradicted();
        let same = sound && pair.package == Package::Same;
        let known = sound && pair.package >= Package::NamedAlike;
        let rule = pair.shared_id.then_some(Rule::Id).or(known.then(|| hard(&pair)).flatten());
        self.hard = self.hard.or(rule);
        self.one_function |= same && pair.one_function() && !pair.other_hunk;
        self.near |= same && pair.near(NEAR) && !pair.other_hunk;
        self.other_file |= pair.other_file;
        self.other_line |= pair.other_line();
        self.other_id |= pair.other_id;
        self.shared_id |= pair.shared_id;
        // A function that many call is noticed for many causes: two stacks have to agree in who called it.
        self.stack_alike |= pair.stacks.functions >= 2;
        self.stack_apart |= pair.stacks.both && pair.stacks.functions < 2;
        let points = pair.points();
        if self.best.is_none_or(|(_, _, best)| points > best) {
            self.best = Some((at, pair, points));
        }
    }
}

/// The rules that need no words.
fn hard(pair: &Comparison) -> Option<Rule> {
    if pair.same_hunk {
        return Some(Rule::Patch);
    }
    // One frame more on one side is where it was noticed.
    let kind = pair.same_fault || pair.weakness >= Relation::Related;
    (pair.stacks.lines >= 3 && (pair.stacks.level || kind)).then_some(Rule::Call)
}

/// How many variables are in the words of a report and of a cluster, of the report's alone and of the cluster's.
///
/// Functions do not count: what is in a function names it whatever the cause.
fn variables<'a>(
    new: &Features,
    cluster: impl Iterator<Item = &'a Features> + Clone,
) -> (usize, usize, usize) {
    let mut functions: Vec<u32> = Vec::with_capacity(96);
    functions.extend(new.every_function());
    functions.extend(cluster.clone().flat_map(Features::every_function));
    let mut own: Vec<u32> = Vec::with_capacity(16);
    own.extend(new.variables().iter().filter(|name| !functions.contains(name)));
    let mut its: Vec<u32> = Vec::with_capacity(32);
    for other in cluster {
        for name in other.variables() {
            if !its.contains(name) && !functions.contains(name) {
                its.push(*name);
            }
        }
    }
    let shared = own.iter().filter(|name| its.contains(name)).count();
    (shared, own.len(), its.len())
}
