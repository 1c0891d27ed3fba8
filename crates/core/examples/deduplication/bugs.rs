//! Invented projects and bugs: what is true, before anybody reports it.

use super::draw::Draw;

/// How a project is written, and so how its stacks look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    C,
    Cpp,
    Rust,
    Go,
    Java,
    Python,
    Kernel,
}

/// How a bug is near another without being it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Near {
    /// It is not.
    No,
    /// In the same function, some lines away, perhaps with another weakness.
    SameFunction,
    /// The same weakness in another function of the same file.
    SameFile,
    /// A function of the same name in another file.
    SameName,
    /// It is noticed in the same helper, called from elsewhere.
    SameHelper,
    /// Held out: in the same function, with the same weakness, four to six lines away.
    NextLines,
}

/// How hard a world is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// In 100 reports after a bug's first: how many are of kinds no rule was tuned on.
    pub unusual: usize,
    /// Whether there are bugs of one weakness a few lines apart in one function.
    pub next_lines: bool,
    /// How many of nine variables a bug shares with the one it is near: at least, at most.
    pub shared: (usize, usize),
    /// In 100 reports: how many give a wrong line and name variables that have nothing to do with it.
    pub careless: usize,
}

impl Style {
    /// What the rules were tuned on.
    pub const TUNED: Self = Self { unusual: 0, next_lines: false, shared: (3, 3), careless: 0 };
    /// As the first, and bugs that are near another share most variables with it and may be a few lines from it.
    pub const NEAR: Self = Self { unusual: 0, next_lines: true, shared: (6, 6), careless: 0 };
    /// What they were not tuned on.
    pub const HELD_OUT: Self = Self { unusual: 40, next_lines: true, shared: (3, 3), careless: 0 };
    /// Made after the rules were done, and never looked into.
    pub const UNSEEN: Self = Self { unusual: 25, next_lines: true, shared: (2, 5), careless: 10 };
}

/// One invented bug.
#[derive(Clone, Debug)]
pub struct Bug {
    pub project: usize,
    pub language: Language,
    pub near: Near,
    pub file: String,
    pub function: String,
    pub line: u32,
    /// Callers, the nearest first: function, file, line.
    pub callers: Vec<(String, String, u32)>,
    /// A function called from the buggy one, where it is often noticed.
    pub helper: (String, String, u32),
    pub weakness: usize,
    /// Identifiers around the bug.
    pub words: Vec<String>,
    /// Lines a fix removes.
    pub removed: Vec<String>,
    /// Affected since this minor version, up to that one.
    pub versions: (u32, u32),
}

/// A weakness with the ways reports name it.
pub struct Weakness {
    pub cwes: &'static [&'static str],
    pub names: &'static [&'static str],
    pub fault: &'static str,
    pub write: bool,
}

pub const WEAKNESSES: &[Weakness] = &[
    Weakness {
        cwes: &["CWE-787", "CWE-122", "CWE-787", "CWE-119"],
        names: &["heap buffer overflow", "out-of-bounds write", "heap overflow write"],
        fault: "heap-buffer-overflow",
        write: true,
    },
    Weakness {
        cwes: &["CWE-125", "CWE-125", "CWE-126"],
        names: &["out-of-bounds read", "heap over-read", "buffer over-read"],
        fault: "heap-buffer-overflow",
        write: false,
    },
    Weakness {
        cwes: &["CWE-416", "CWE-416", "CWE-825"],
        names: &["use after free", "dangling pointer use", "access to freed memory"],
        fault: "heap-use-after-free",
        write: false,
    },
    Weakness {
        cwes: &["CWE-190", "CWE-190", "CWE-680"],
        names: &["integer overflow", "arithmetic wrap-around", "size calculation overflow"],
        fault: "signed integer overflow",
        write: false,
    },
    Weakness {
        cwes: &["CWE-476"],
        names: &["null pointer dereference", "missing null check", "nil dereference"],
        fault: "SEGV on unknown address",
        write: false,
    },
    Weakness {
        cwes: &["CWE-22", "CWE-23", "CWE-22"],
        names: &["path traversal", "directory traversal", "file access outside the root"],
        fault: "",
        write: false,
    },
    Weakness {
        cwes: &["CWE-78", "CWE-77", "CWE-78"],
        names: &["command injection", "shell injection", "argument injected into a command"],
        fault: "",
        write: false,
    },
    Weakness {
        cwes: &["CWE-400", "CWE-770", "CWE-789"],
        names: &["unbounded allocation", "memory exhaustion", "uncontrolled resource use"],
        fault: "allocation-size-too-big",
        write: false,
    },
    Weakness {
        cwes: &["CWE-362", "CWE-362", "CWE-366"],
        names: &["race condition", "data race", "unsynchronised access"],
        fault: "data race",
        write: true,
    },
    Weakness {
        cwes: &["CWE-674"],
        names: &["uncontrolled recursion", "stack exhaustion", "unbounded recursion"],
        fault: "stack-overflow",
        write: false,
    },
];

const VERBS: &[&str] = &[
    "parse", "read", "decode", "handle", "load", "copy", "build", "expand", "process", "merge", "resolve",
    "update", "scan", "unpack", "render", "insert", "dispatch", "verify",
];
const NOUNS: &[&str] = &[
    "header",
    "chunk",
    "frame",
    "packet",
    "entry",
    "table",
    "record",
    "option",
    "attribute",
    "segment",
    "tile",
    "cookie",
    "token",
    "field",
    "block",
    "range",
    "palette",
    "glyph",
    "route",
    "session",
    "string",
    "index",
    "node",
    "cluster",
    "stream",
    "signature",
    "extension",
    "label",
    "group",
    "buffer",
];
const AREAS: &[&str] = &[
    "core", "net", "image", "codec", "proto", "crypto", "util", "fs", "query", "http", "auth", "font",
    "audio", "archive", "mesh", "dns", "tls", "xml",
];
const SYLLABLES: &[&str] = &[
    "lo", "ra", "mi", "tek", "zu", "pan", "or", "vel", "qui", "sto", "ner", "ba", "fin", "dru", "ash", "ket",
    "um", "pli",
];

/// A made-up word, the same for the same draw.
pub fn word(draw: &mut Draw, syllables: usize) -> String {
    (0..syllables).map(|_| draw.pick(SYLLABLES)).collect()
}

/// Name of a project.
pub fn project_name(seed: u64, project: usize) -> String {
    let mut draw = Draw::of(&[seed, 1, project as u64]);
    format!("{}{project}", word(&mut draw, 3))
}

fn language(seed: u64, project: usize) -> Language {
    use Language::{C, Cpp, Go, Java, Kernel, Python, Rust};
    let all = [C, C, C, Cpp, Cpp, Rust, Go, Java, Python, Kernel];
    all[Draw::of(&[seed, 2, project as u64]).below(all.len())]
}

/// Name of a variable.
pub fn variable(draw: &mut Draw) -> String {
    format!("{}_{}", draw.pick(NOUNS), word(draw, 1))
}

fn function_name(draw: &mut Draw, language: Language) -> String {
    let (verb, noun, more) = (draw.pick(VERBS), draw.pick(NOUNS), draw.pick(NOUNS));
    let capital = |text: &str| text[..1].to_uppercase() + &text[1..];
    match language {
        Language::C | Language::Kernel => format!("{}_{verb}_{noun}", word(draw, 2)),
        Language::Python => format!("{verb}_{noun}_{more}"),
        Language::Cpp => format!("{}::{verb}{}", capital(&format!("{more}Reader")), capital(noun)),
        Language::Rust => format!("{more}::{verb}_{noun}"),
        Language::Go => format!("{more}.(*{}).{}{}", capital(noun), capital(verb), capital(more)),
        Language::Java => format!("{}.{verb}{}", capital(&format!("{more}Handler")), capital(noun)),
    }
}

fn file_name(draw: &mut Draw, language: Language) -> String {
    let extension = match language {
        Language::C | Language::Kernel => "c",
        Language::Cpp => "cc",
        Language::Rust => "rs",
        Language::Go => "go",
        Language::Java => "java",
        Language::Python => "py",
    };
    format!("{}/{}_{}.{extension}", draw.pick(AREAS), word(draw, 2), draw.pick(NOUNS))
}

fn place(draw: &mut Draw, language: Language) -> (String, String, u32) {
    (function_name(draw, language), file_name(draw, language), 20 + draw.below(2000) as u32)
}

/// The bug of a number: the same for the same seed, whatever else was asked.
pub fn bug(seed: u64, number: usize, projects: usize, style: Style) -> Bug {
    let mut draw = Draw::of(&[seed, 3, number as u64]);
    // One bug in seven is near the one before it.
    if number % 7 == 6 {
        return near(bug(seed, number - 1, projects, style), &mut draw, style);
    }
    // A few projects have most of the bugs.
    let share = draw.below(1000) as f64 / 1000.0;
    let project = ((share * share * share) * projects as f64) as usize;
    let language = language(seed, project);
    let memory_safe = !matches!(language, Language::C | Language::Cpp | Language::Kernel);
    let weakness = if memory_safe { 4 + draw.below(6) } else { draw.below(WEAKNESSES.len()) };
    let (function, file, line) = place(&mut draw, language);
    let callers = (0..4).map(|_| place(&mut draw, language)).collect();
    let helper = place(&mut draw, language);
    let words = (0..9).map(|_| variable(&mut draw)).collect();
    let removed = removed(&mut draw);
    let first = draw.below(20) as u32;
    Bug {
        project,
        language,
        near: Near::No,
        file,
        function,
        line,
        callers,
        helper,
        weakness,
        words,
        removed,
        versions: (first, first + 1 + draw.below(12) as u32),
    }
}

fn removed(draw: &mut Draw) -> Vec<String> {
    let (a, b) = (word(draw, 2), word(draw, 2));
    (0..=draw.below(2))
        .map(|at| format!("    {a}[{at}] = {}({b}, {});", draw.pick(VERBS), draw.below(64)))
        .collect()
}

fn near(like: Bug, draw: &mut Draw, style: Style) -> Bug {
    let fresh = |draw: &mut Draw| place(draw, like.language);
    let mut bug = like.clone();
    let (least, most) = style.shared;
    let shared = if least < most { least + draw.below(most - least + 1) } else { least };
    bug.removed = removed(draw);
    bug.words = (0..9).map(|at| if at < shared { like.words[at].clone() } else { variable(draw) }).collect();
    let kinds = if style.next_lines { 5 } else { 4 };
    match draw.below(kinds) {
        0 => {
            bug.near = Near::SameFunction;
            bug.line += 6 + draw.below(60) as u32;
            if draw.chance(50) {
                bug.weakness = (bug.weakness + 1 + draw.below(3)) % WEAKNESSES.len();
            }
            bug.helper = fresh(draw);
        }
        1 => {
            bug.near = Near::SameFile;
            let (function, _, line) = fresh(draw);
            (bug.function, bug.line) = (function, line);
            bug.callers[0] = fresh(draw);
            bug.helper = fresh(draw);
        }
        2 => {
            bug.near = Near::SameName;
            let (_, file, line) = fresh(draw);
            (bug.file, bug.line) = (file, line);
            bug.callers = (0..4).map(|_| fresh(draw)).collect();
            bug.helper = fresh(draw);
        }
        3 => {
            bug.near = Near::SameHelper;
            let (function, file, line) = fresh(draw);
            (bug.function, bug.file, bug.line) = (function, file, line);
            bug.callers[0] = fresh(draw);
        }
        _ => {
            bug.near = Near::NextLines;
            bug.line += 4 + draw.below(3) as u32;
        }
    }
    bug
}
