//! Families of reports about invented bugs, with the truth: several harnesses, each with its own words, lines, paths,
//! tools and habits. Nothing of it is taken from a real report.

use forewarn_core::finding::{Evidence, Location, Provenance, Report, SourceFormat};
use forewarn_exposure::{Affected, Bound, Ecosystem, Identity, Range};

use super::bugs::{Bug, Language, Near, Style, WEAKNESSES, bug, project_name, variable, word};
use super::draw::Draw;
use super::stacks::{Seen, moved};

/// How a report differs from a plain one of its bug. Those from `Moved` on are held out: no rule was tuned on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Plain,
    /// Noticed in another function than the cause's.
    OtherSite,
    /// The buggy function was inlined into its caller.
    Inlined,
    /// Under the name of a distribution's package or of a fork.
    OtherPackage,
    /// Words only: no place, no stack.
    WordsOnly,
    /// Held out: another branch, where the file was moved and renamed.
    Moved,
    /// Held out: a stack and one sentence.
    StackOnly,
    /// Held out: the code was copied into a project of another name and directory.
    Vendored,
    /// Held out: in another language.
    Translated,
    /// Held out: a patch and a bare statement.
    PatchOnly,
}

/// A report with the truth about it.
pub struct Known {
    /// Number of its bug.
    pub bug: u32,
    pub kind: Kind,
    pub near: Near,
    pub report: Report,
}

/// A world of bugs and their reports.
pub struct World {
    seed: u64,
    projects: usize,
    style: Style,
    /// Bug and copy of each report, in order of arrival.
    order: Vec<(u32, u8)>,
}

impl World {
    /// A world of about `count` reports in random order.
    pub fn new(seed: u64, count: usize, style: Style) -> Self {
        let mut draw = Draw::of(&[seed, 10]);
        let mut copies = Vec::with_capacity(count);
        let mut number = 0_u32;
        while copies.len() < count {
            // Five to eight reports of a bug; one in four is found once or twice.
            let many = if draw.chance(75) { 5 + draw.below(4) } else { 1 + draw.below(2) };
            copies.extend((0..many).map(|copy| (number, copy as u8)));
            number += 1;
        }
        copies.truncate(count);
        let order = draw.order(count).into_iter().map(|at| copies[at as usize]).collect();
        Self { seed, projects: 5 + number as usize / 40, style, order }
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// The report that arrives at a position, from 0.
    pub fn report(&self, at: usize) -> Known {
        let (number, copy) = self.order[at];
        let bug = bug(self.seed, number as usize, self.projects, self.style);
        let mut draw = Draw::of(&[self.seed, 11, u64::from(number), u64::from(copy)]);
        let kind = kind(&mut draw, copy, self.style);
        let harness = draw.below(HARNESSES.len());
        let careless = self.style.careless > 0 && draw.chance(self.style.careless);
        let report = Writer { seed: self.seed, bug: &bug, kind, harness, careless, draw }.report();
        Known { bug: number, kind, near: bug.near, report }
    }
}

fn kind(draw: &mut Draw, copy: u8, style: Style) -> Kind {
    if copy == 0 {
        return Kind::Plain;
    }
    if style.unusual > 0 && draw.chance(style.unusual) {
        let all = [Kind::Moved, Kind::StackOnly, Kind::Vendored, Kind::Translated, Kind::PatchOnly];
        return all[draw.below(all.len())];
    }
    match draw.below(100) {
        0..12 => Kind::OtherSite,
        12..26 => Kind::Inlined,
        26..36 => Kind::OtherPackage,
        36..43 => Kind::WordsOnly,
        _ => Kind::Plain,
    }
}

struct Harness {
    name: &'static str,
    model: &'static str,
    root: &'static str,
    opening: &'static str,
    closing: &'static str,
    /// In 100 reports: how many give a line, a stack, a patch.
    habits: [usize; 3],
    human: bool,
}

const HARNESSES: &[Harness] = &[
    Harness {
        name: "sweep",
        model: "m-large",
        root: "/home/runner/work/checkout/",
        opening: "## Summary\nDuring automated review of the repository a weakness was identified.",
        closing: "## Recommendation\nValidate the inputs and add a regression test that covers this scenario. Consider fuzzing the component continuously.",
        habits: [90, 60, 50],
        human: false,
    },
    Harness {
        name: "nightfuzz",
        model: "m-small",
        root: "/src/",
        opening: "Fuzzing campaign result, minimised input attached.",
        closing: "Reproducible with the attached testcase on a default configuration.",
        habits: [70, 95, 10],
        human: false,
    },
    Harness {
        name: "auditor",
        model: "m-large",
        root: "",
        opening: "I read the code by hand with the help of a model and believe the following is exploitable.",
        closing: "I am happy to help with a fix and to hold this back until one is out.",
        habits: [60, 25, 40],
        human: true,
    },
    Harness {
        name: "patchbot",
        model: "k-2",
        root: "C:\\build\\work\\",
        opening: "Automated finding with a proposed change.",
        closing: "The proposed change was compiled and the existing tests pass. Please review the change before merging it.",
        habits: [80, 40, 95],
        human: false,
    },
    Harness {
        name: "graphscan",
        model: "k-2",
        root: "./",
        opening: "Data flow from an untrusted source to a sensitive sink without a check in between.",
        closing: "Severity was computed from reachability and privileges required. Confidence: high.",
        habits: [95, 10, 5],
        human: false,
    },
    Harness {
        name: "crashlab",
        model: "o-9",
        root: "/tmp/build-7/",
        opening: "Crash triage report. The process terminated abnormally while consuming crafted data.",
        closing: "Exploitability was rated by the triage script from the faulting instruction.",
        habits: [55, 98, 15],
        human: false,
    },
];

struct Writer<'a> {
    seed: u64,
    bug: &'a Bug,
    kind: Kind,
    harness: usize,
    careless: bool,
    draw: Draw,
}

impl Writer<'_> {
    fn report(mut self) -> Report {
        let harness = &HARNESSES[self.harness];
        let [line, stack, patch] = harness.habits;
        let bare = matches!(self.kind, Kind::WordsOnly | Kind::Translated);
        let drift = if self.draw.chance(50) { 0 } else { self.draw.below(120) as i64 - 40 };
        let with_line = self.draw.chance(line);
        let with_stack = !bare
            && self.kind != Kind::PatchOnly
            && (self.kind == Kind::StackOnly || self.draw.chance(stack));
        let with_patch = !bare
            && self.kind != Kind::StackOnly
            && (self.kind == Kind::PatchOnly || self.draw.chance(patch));
        let in_helper =
            self.kind == Kind::OtherSite || self.bug.near == Near::SameHelper && self.draw.chance(50);
        let placed = !bare && !matches!(self.kind, Kind::StackOnly | Kind::PatchOnly) && self.draw.chance(85);
        let place = placed.then(|| self.place(in_helper, drift, with_line));
        let trace = with_stack.then(|| {
            let root = harness.root.to_owned() + &self.directory();
            let inlined = self.kind == Kind::Inlined;
            Seen { bug: self.bug, drift, root: &root, in_helper, inlined }.print(&mut self.draw)
        });
        let patch = with_patch.then(|| self.patch(drift));
        let weakness = &WEAKNESSES[self.bug.weakness];
        let weaknesses =
            if self.draw.chance(90) { vec![self.draw.pick(weakness.cwes).to_owned()] } else { Vec::new() };
        let (title, description) = self.words();
        Report {
            source: SourceFormat::Forewarn,
            source_pointer: None,
            external_id: Some(format!("{}-{}", harness.name, self.draw.below(1_000_000))),
            aliases: self.ids(),
            title,
            description,
            weaknesses,
            affected: vec![self.affected()],
            severity: Vec::new(),
            references: Vec::new(),
            location: place,
            code: Evidence { locations: Vec::new(), trace, patch },
            evidence: None,
            reproducer: None,
            mitigation: None,
            provenance: Some(Provenance {
                model: harness.model.into(),
                version: None,
                harness: Some(harness.name.into()),
                run: None,
                human_checked: harness.human,
            }),
            commitment: None,
            withdrawn: false,
        }
    }

    /// One report in twenty knows the bug's CVE.
    fn ids(&mut self) -> Vec<String> {
        let key = Draw::of(&[
            self.seed,
            12,
            self.bug.line.into(),
            self.bug.project as u64,
            self.bug.words.len() as u64,
            fold(&self.bug.function),
        ])
        .next();
        if self.draw.chance(5) {
            vec![format!("CVE-2026-{}", 10_000 + key % 9_000_000_000)]
        } else {
            Vec::new()
        }
    }

    fn affected(&mut self) -> Affected {
        let name = project_name(self.seed, self.bug.project);
        let ecosystem = match self.bug.language {
            Language::Rust => Ecosystem::CratesIo,
            Language::Go => Ecosystem::Go,
            Language::Java => Ecosystem::Maven,
            Language::Python => Ecosystem::PyPI,
            _ => Ecosystem::ConanCenter,
        };
        let identity = match self.kind {
            Kind::OtherPackage if self.draw.chance(60) => Identity::package(Ecosystem::Debian(None), &name),
            Kind::OtherPackage => Identity::package(ecosystem, &format!("{name}-ng")),
            Kind::Vendored => Identity::package(ecosystem, &format!("{}-suite", word(&mut self.draw, 3))),
            _ if self.bug.language == Language::Java => {
                Identity::package(ecosystem, &format!("org.example:{name}"))
            }
            _ => Identity::package(ecosystem, &name),
        };
        let (first, fixed) = self.bug.versions;
        // Finders do not agree where it began.
        let from = if self.draw.chance(40) {
            Bound::Open
        } else {
            Bound::Included(format!("1.{}.0", first.saturating_sub(self.draw.below(2) as u32)))
        };
        let to = if self.draw.chance(50) { Bound::Excluded(format!("1.{fixed}.0")) } else { Bound::Open };
        let distribution = matches!(self.kind, Kind::OtherPackage | Kind::Vendored);
        let ranges = if distribution { Vec::new() } else { vec![Range { from, to }] };
        Affected { identity, names: None, ranges, versions: Vec::new(), needs_person: None }
    }

    /// Directory of the checkout below the harness's root.
    fn directory(&mut self) -> String {
        let name = project_name(self.seed, self.bug.project);
        match self.draw.below(4) {
            0 => format!("{name}/"),
            1 => format!("{name}-1.{}.0/src/", self.bug.versions.0),
            2 => "src/".into(),
            _ => String::new(),
        }
    }

    fn file(&self, file: &str) -> String {
        match self.kind {
            Kind::Moved => {
                format!("legacy/compat/{}", file.rsplit('/').next().unwrap_or(file).replacen('_', "-", 1))
            }
            Kind::Vendored => format!("third_party/bundled/{}", file.rsplit('/').next().unwrap_or(file)),
            _ => file.to_owned(),
        }
    }

    fn place(&mut self, in_helper: bool, drift: i64, with_line: bool) -> Location {
        let helper = (&self.bug.helper.0, &self.bug.helper.1, self.bug.helper.2);
        let own = (&self.bug.function, &self.bug.file, self.bug.line);
        let caller = (&self.bug.callers[0].0, &self.bug.callers[0].1, self.bug.callers[0].2);
        let (function, file, line) = match self.kind {
            Kind::Inlined if self.draw.chance(30) => caller,
            _ if in_helper => helper,
            _ => own,
        };
        let root = HARNESSES[self.harness].root.to_owned() + &self.directory();
        let file_in = file.as_str();
        let file = root + &self.file(file);
        let written = match self.bug.language {
            Language::Cpp if self.draw.chance(40) => {
                format!("app::{function}(char const*, unsigned long) const")
            }
            Language::Cpp if self.draw.chance(40) => function.replace("::", "<int>::"),
            Language::C if self.draw.chance(20) => format!("{function}.isra.0"),
            Language::Cpp | Language::Java | Language::Rust if self.draw.chance(40) => {
                function.rsplit([':', '.']).next().unwrap_or(function).to_owned()
            }
            _ => function.clone(),
        };
        // Harnesses point at the check that is missing or at the access, a line or two apart.
        let mut line = i64::from(moved(file_in, line, drift)) + self.draw.below(3) as i64;
        if self.careless {
            line += self.draw.below(80) as i64 - 40;
        }
        Location {
            file,
            function: Some(written),
            line: with_line.then(|| u32::try_from(line.max(1)).unwrap_or(1)),
        }
    }

    fn patch(&mut self, drift: i64) -> String {
        let file = self.file(&self.bug.file);
        let line = moved(&self.bug.file, self.bug.line, drift);
        // Everybody fixes it in his own way: most change the faulty line, some only add a check.
        let removed = if self.draw.chance(65) { self.bug.removed.clone() } else { Vec::new() };
        let mut out = format!(
            "--- a/{file}\n+++ b/{file}\n@@ -{line},6 +{line},8 @@ static int {}(void *p)\n     int n;\n",
            self.bug.function.rsplit([':', '.']).next().unwrap_or("f")
        );
        for text in &removed {
            out += &format!("-{text}\n");
        }
        out += &format!("+    if (n > {})\n+        return -1;\n", self.draw.below(4096));
        out
    }

    fn words(&mut self) -> (String, String) {
        let weakness = &WEAKNESSES[self.bug.weakness];
        let name = self.draw.pick(weakness.names).to_owned();
        let short = self.bug.function.rsplit([':', '.']).next().unwrap_or("f").to_owned();
        let named = match self.kind {
            Kind::OtherSite if self.draw.chance(50) => self.bug.helper.0.clone(),
            Kind::Moved | Kind::PatchOnly | Kind::StackOnly => "a routine".to_owned(),
            _ => short,
        };
        let mut own: Vec<String> = self.bug.words.clone();
        own.retain(|_| self.draw.chance(70));
        for _ in 0..if self.careless { 3 } else { 0 } {
            let place = self.draw.below(own.len() + 1);
            own.insert(place, variable(&mut self.draw));
        }
        own.resize(own.len().max(2), "the value".into());
        let at = |index: usize| own[index % own.len()].clone();
        if self.kind == Kind::StackOnly || self.kind == Kind::PatchOnly {
            return (
                format!("{name} in {}", project_name(self.seed, self.bug.project)),
                "Found by an automatic run. See the attachment.".into(),
            );
        }
        if self.kind == Kind::Translated {
            let text = format!(
                "Die Funktion {named} prueft {} nicht, bevor {} benutzt wird. Ein Angreifer kann dadurch mit einer eigenen Datei {} ueberschreiben oder lesen. Betroffen ist auch {}, weil {} dort denselben Wert annimmt.",
                at(0),
                at(1),
                at(2),
                at(3),
                at(4)
            );
            return (format!("Schwachstelle in {named}"), text);
        }
        let title = match self.draw.below(4) {
            0 => format!("{name} in {named}"),
            1 => format!("{}: {name} when {} is crafted", project_name(self.seed, self.bug.project), at(0)),
            2 => format!("{named} does not check {}", at(0)),
            _ => format!("Crafted {} leads to {name} ({named})", at(1)),
        };
        let cause = match self.draw.below(5) {
            0 => format!("The function {named} uses {} without checking it against {}.", at(0), at(1)),
            1 => format!(
                "{named} trusts {}, which comes from the input, and never compares it with {}.",
                at(0),
                at(1)
            ),
            2 => {
                format!("There is no bound on {} in {named}; {} is computed from it directly.", at(0), at(1))
            }
            3 => format!("When {} is larger than {} the code in {named} goes on regardless.", at(0), at(1)),
            _ => format!(
                "In {named} the value {} is taken from untrusted data and reaches {} unchanged.",
                at(0),
                at(1)
            ),
        };
        let flow = match self.draw.below(4) {
            0 => format!(
                "It is reached from {} through {}, with {} under control of the sender.",
                self.bug.callers[0].0,
                at(2),
                at(3)
            ),
            1 => format!("The path goes over {} and {}; {} decides how far it gets.", at(2), at(3), at(4)),
            2 => format!(
                "A file in which {} and {} disagree is enough to get there; {} need not be valid.",
                at(2),
                at(3),
                at(4)
            ),
            _ => format!(
                "Setting {} to its maximum while {} stays small triggers the {name}; see also {}.",
                at(2),
                at(3),
                self.bug.callers[0].0
            ),
        };
        let effect = match self.draw.below(4) {
            0 => format!("The result is a {name} of {}, and the process stops or worse.", at(4)),
            1 => format!("This is a {name}. Memory next to {} is reached.", at(5)),
            2 => format!("Consequences range from a crash to control over {}.", at(5)),
            _ => format!("We saw {} change and rate the {name} as serious.", at(4)),
        };
        let harness = &HARNESSES[self.harness];
        (title, format!("{}\n\n{cause} {flow}\n\n{effect}\n\n{}", harness.opening, harness.closing))
    }
}

fn fold(text: &str) -> u64 {
    text.bytes().fold(7, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)))
}
