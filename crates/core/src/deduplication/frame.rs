//! One line of a stack trace.

use super::features::Place;
use super::function::parts;
use super::hash::Name;
use super::path;

/// What a line of a trace is.
pub(super) enum Line<'a> {
    /// A frame.
    Whole {
        function: &'a str,
        file: Option<&'a str>,
        line: Option<u32>,
    },
    /// A function whose place is on the next line.
    Function(&'a str),
    Other,
}

/// Functions of allocators, sanitizers, language runtimes and the C library: they are where it was noticed.
const RUNTIME: &[&str] = &[
    "malloc",
    "calloc",
    "realloc",
    "operator new",
    "operator delete",
    "gsignal",
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "strlen",
    "strcpy",
    "strncpy",
    "strcat",
    "strcmp",
    "strncmp",
    "strdup",
    "sprintf",
    "snprintf",
    "vsnprintf",
    "printf",
    "fread",
    "main",
    "kasan_report",
    "print_report",
    "dump_stack",
    "dump_stack_lvl",
    "print_address_description",
    "check_memory_region",
    "asan_memcpy",
    "asan_memmove",
    "do_syscall_64",
    "entry_syscall_64_after_hwframe",
    "rust_begin_unwind",
    "gopanic",
    "goexit",
    "panicmem",
    "sigpanic",
    "llvmfuzzertestoneinput",
    "start_thread",
    "clone3",
    "ret_from_fork",
    "kthread",
    "tsan_read8",
];
/// Names that the C library and projects both use: they are the library's where no file is given.
const SHARED: &[&str] = &["free", "abort", "raise", "kill", "panic", "clone", "read", "write"];
/// Beginnings of such names.
const RUNTIME_PREFIX: &[&str] = &[
    "__asan_",
    "__ubsan_",
    "__msan_",
    "__tsan_",
    "__interceptor_",
    "__sanitizer_",
    "__libc_",
    "__gi_",
    "__kasan_",
    "kasan_",
    "_start",
    "__assert",
    "std::rt::",
    "std::panicking",
    "core::panicking",
    "core::ops::function",
    "fuzzer::",
    "afl_",
    "runtime.",
    "java.lang.",
    "java.base/",
    "jdk.internal",
    "sun.reflect",
    "asan_thread",
    "std::sys",
    "__rust_",
    "libfuzzer_sys",
    "__memcpy",
    "__memmove",
    "__strlen",
    "rust_fuzzer_test",
    "testing.",
];
/// Beginnings of directories and files of such code.
const RUNTIME_PATH: &[&str] = &[
    "compiler-rt",
    "libsanitizer",
    "sysdeps",
    "glibc",
    "libc.so",
    "libstdc++",
    "<frozen",
    "ld-linux",
    "libfuzzer",
    "node:internal",
    "libpthread",
    "python3.",
];
/// Whole names of its directories.
const RUNTIME_DIRECTORY: &[&str] = &["rustc", "bits"];

/// Whether a file is of such code. A part is looked at as a whole: a search for each of these in each path costs more
/// than everything else that is done with a frame.
fn is_runtime_path(file: &str) -> bool {
    let part = |part: &str| {
        RUNTIME_DIRECTORY.contains(&part) || RUNTIME_PATH.iter().any(|name| part.starts_with(name))
    };
    file.split('/').any(part) || file.starts_with("/usr/local/go/src/runtime")
}

/// Reads a line of any of the known forms.
pub(super) fn line(text: &str) -> Line<'_> {
    if let Some(rest) = text.strip_prefix('#') {
        return numbered(rest);
    }
    if let Some(rest) = text.strip_prefix("at ") {
        return java_script(rest);
    }
    if let Some(rest) = text.strip_prefix("File \"") {
        return python(rest);
    }
    rust(text).or_else(|| go(text)).or_else(|| kernel(text)).unwrap_or(Line::Other)
}

/// `#1 0x55 in f(int) /src/a.c:3:5`, `#1 f /src/a.c:3 (bin+0x1)`, `#1  0x55 in f (x=1) at a.c:3`.
fn numbered(rest: &str) -> Line<'_> {
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let rest = match rest.split_once(' ') {
        Some((address, rest)) if address.starts_with("0x") => rest.trim_start(),
        _ => rest,
    };
    let rest = rest.strip_prefix("in ").unwrap_or(rest);
    if rest.is_empty() || rest.starts_with("(") && !rest.starts_with("(anonymous") {
        return Line::Other;
    }
    if let Some((function, place)) = rest.rsplit_once(" at ") {
        let (file, line) = split_place(place);
        return Line::Whole { function, file: Some(file), line };
    }
    let rest =
        rest.rsplit_once(" (").filter(|(_, module)| module.contains("+0x")).map_or(rest, |(head, _)| head);
    match rest.rsplit_once(' ') {
        Some((function, place)) if place.contains('/') || place.contains('.') && place.contains(':') => {
            let (file, line) = split_place(place);
            Line::Whole { function, file: Some(file), line }
        }
        _ => Line::Whole { function: rest, file: None, line: None },
    }
}

/// `at com.x.Y.z(Y.java:3)` and `at f (/src/a.js:3:5)`.
fn java_script(rest: &str) -> Line<'_> {
    let Some((function, place)) = rest.rsplit_once('(') else { return Line::Other };
    let (file, line) = split_place(place.trim_end_matches(')'));
    Line::Whole { function: function.trim_start_matches("async ").trim(), file: Some(file), line }
}

/// `File "/src/a.py", line 3, in f`.
fn python(rest: &str) -> Line<'_> {
    let Some((file, rest)) = rest.split_once("\", line ") else { return Line::Other };
    let Some((line, function)) = rest.split_once(", in ") else { return Line::Other };
    Line::Whole { function, file: Some(file), line: line.parse().ok() }
}

/// `3: krate::module::f`.
fn rust(text: &str) -> Option<Line<'_>> {
    let (number, rest) = text.split_once(": ")?;
    let counted = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let rest =
        rest.rsplit_once(" - ").filter(|(address, _)| address.starts_with("0x")).map_or(rest, |(_, f)| f);
    (counted && (!rest.contains(' ') || rest.starts_with('<'))).then_some(Line::Function(rest))
}

/// `pkg.(*T).F(0x1, 0x2)`.
fn go(text: &str) -> Option<Line<'_>> {
    let open = text.rfind('(')?;
    let name = &text[..open];
    let word = !name.is_empty() && name.contains('.') && !name.contains([' ', ':', '"', '=']);
    (word && text.ends_with(')')).then_some(Line::Function(name))
}

/// `f+0x12/0x340 drivers/net/a.c:3`; a frame with a question mark is a guess of the unwinder.
fn kernel(text: &str) -> Option<Line<'_>> {
    let (name, rest) = text.split_once("+0x")?;
    let word = !name.is_empty() && !name.contains([' ', '?', '(', ')', ':', '/']);
    if !word || !rest.contains("/0x") {
        return None;
    }
    let place = rest.split_whitespace().nth(1).filter(|place| place.contains(':'));
    let (file, line) = place.map(split_place).map_or((None, None), |(file, line)| (Some(file), line));
    Some(Line::Whole { function: name, file, line })
}

/// A line that is nothing but a place: `at ./src/a.rs:3:5` of Rust, `/src/a.go:3 +0x1d` of Go.
pub(super) fn place(text: &str) -> Option<(&str, Option<u32>)> {
    let rust = text.strip_prefix("at ").filter(|rest| !rest.contains('('));
    let go = text.split_once(" +0x").map(|(head, _)| head).filter(|head| head.contains(".go:"));
    let found = rust.or(go).or_else(|| text.ends_with(|c: char| c.is_ascii_digit()).then_some(text))?;
    let (file, line) = split_place(found);
    (line.is_some() && !file.contains([' ', '"'])).then_some((file, line))
}

/// A file with its line, and perhaps a column.
fn split_place(text: &str) -> (&str, Option<u32>) {
    let mut file = text.trim();
    let mut line = None;
    for _ in 0..2 {
        let Some((head, number)) = file.rsplit_once(':') else { break };
        let Ok(number) = number.parse::<u32>() else { break };
        file = head;
        line = Some(number);
    }
    (file, line)
}

/// The frame, unless it is of a runtime.
pub(super) fn frame(name: &str, file: Option<&str>, line: Option<u32>, projects: &[String]) -> Option<Place> {
    let lower = name.trim().to_lowercase();
    if RUNTIME_PREFIX.iter().any(|prefix| lower.starts_with(prefix)) {
        return None;
    }
    if file.is_some_and(is_runtime_path) {
        return None;
    }
    let parts = parts(name);
    let [last] = parts.last_chunk::<1>()?;
    let of_library = RUNTIME.contains(&last.as_str()) || file.is_none() && SHARED.contains(&last.as_str());
    if of_library && parts.len() < 2 || lower.contains("operator new") {
        return None;
    }
    let file = file.and_then(|file| path::file(file, projects));
    let function = Name::of(&parts.iter().map(String::as_str).collect::<Vec<_>>())?;
    Some(Place { file: file.unwrap_or(Name::NONE), function, line: line.unwrap_or(0) })
}
