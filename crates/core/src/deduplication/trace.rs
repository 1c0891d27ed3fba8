//! Stack traces of sanitizers, debuggers and language runtimes, as the functions that matter in them.

use super::features::{Features, Place};
use super::frame;
use super::hash::narrow;

/// Longest trace read, in bytes.
const READ: usize = 256 * 1024;
/// Most lines read.
const MOST_LINES: usize = 2000;
/// Most frames kept, the innermost first.
pub(super) const MOST_FRAMES: usize = 6;

/// What a trace says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    /// Functions of the project, the innermost first.
    pub frames: Vec<Place>,
    /// What went wrong, as a hash of the tool's word for it; 0 where none is known.
    pub fault: u32,
    /// A write, where the tool says so.
    pub write: Option<bool>,
}

/// Reads the first stack of a trace. What is not one gives no frames.
pub(super) fn read(text: &str, projects: &[String]) -> Trace {
    let mut end = text.len().min(READ);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut trace = Trace::default();
    let mut python = false;
    let mut pending: Option<String> = None;
    for line in text[..end].lines().take(MOST_LINES) {
        let line = without_prefix(line);
        let found = match (pending.take(), frame::place(line)) {
            // Rust and Go write the place on a line of its own.
            (Some(function), Some((file, line))) => frame::frame(&function, Some(file), line, projects),
            (function, _) => {
                if let Some(function) = function {
                    keep(&mut trace, frame::frame(&function, None, None, projects), python);
                }
                match frame::line(line) {
                    frame::Line::Whole { function, file, line } => {
                        frame::frame(function, file, line, projects)
                    }
                    frame::Line::Function(function) => {
                        pending = Some(function.to_owned());
                        None
                    }
                    frame::Line::Other => {
                        // The stacks of the allocation and of the free come second and are not where it went wrong.
                        if !trace.frames.is_empty() && is_second_stack(line) {
                            break;
                        }
                        heading(line, &mut trace);
                        python |= line.starts_with("Traceback (most recent call last)");
                        None
                    }
                }
            }
        };
        keep(&mut trace, found, python);
        if trace.frames.len() == MOST_FRAMES && !python {
            break;
        }
    }
    if let Some(function) = pending {
        keep(&mut trace, frame::frame(&function, None, None, projects), python);
    }
    if python {
        trace.frames.reverse();
    }
    trace.frames.truncate(MOST_FRAMES);
    trace
}

/// Keeps a frame. A recursion counts once, and a Python stack ends where it went wrong.
fn keep(trace: &mut Trace, frame: Option<Place>, python: bool) {
    let Some(frame) = frame else { return };
    let repeated = trace.frames.last().is_some_and(|last| last.function == frame.function);
    if repeated {
        return;
    }
    if python && trace.frames.len() == MOST_FRAMES {
        trace.frames.remove(0);
    }
    if trace.frames.len() < MOST_FRAMES {
        trace.frames.push(frame);
    }
}

/// Kernel time stamps and process numbers: `[   12.345678] `, `==123==`.
fn without_prefix(line: &str) -> &str {
    let line = line.trim();
    let line = match line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((stamp, rest))
            if stamp.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'.' | b'T')) =>
        {
            rest.trim_start()
        }
        _ => line,
    };
    match line.strip_prefix("==").and_then(|rest| rest.split_once("==")) {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest.trim_start(),
        _ => line,
    }
}

fn is_second_stack(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "freed by",
        "allocated by",
        "previously allocated",
        "Previous write",
        "Previous read",
        "Uninitialized value was",
        "is located",
        "Freed by",
        "Allocated by",
        "Address 0x",
        "Caused by:",
        "SUMMARY:",
        "created by",
    ];
    WORDS.iter().any(|word| line.contains(word))
}

/// Words of tools for what went wrong, with one word for what several call differently.
const FAULTS: &[(&str, &str)] = &[
    ("heap-buffer-overflow", "out-of-bounds"),
    ("stack-buffer-overflow", "out-of-bounds"),
    ("global-buffer-overflow", "out-of-bounds"),
    ("dynamic-stack-buffer-overflow", "out-of-bounds"),
    ("slab-out-of-bounds", "out-of-bounds"),
    ("stack-out-of-bounds", "out-of-bounds"),
    ("vmalloc-out-of-bounds", "out-of-bounds"),
    ("container-overflow", "out-of-bounds"),
    ("out of bounds", "out-of-bounds"),
    ("index out of range", "out-of-bounds"),
    ("Invalid read", "out-of-bounds"),
    ("Invalid write", "out-of-bounds"),
    ("heap-use-after-free", "use-after-free"),
    ("use-after-free", "use-after-free"),
    ("use-after-poison", "use-after-free"),
    ("stack-use-after-return", "use-after-free"),
    ("stack-use-after-scope", "use-after-free"),
    ("double-free", "double-free"),
    ("attempting free on", "bad-free"),
    ("use-of-uninitialized-value", "uninitialised"),
    ("uninit-value", "uninitialised"),
    ("data race", "race"),
    ("stack-overflow", "recursion"),
    ("RecursionError", "recursion"),
    ("StackOverflowError", "recursion"),
    ("allocation-size-too-big", "allocation"),
    ("out-of-memory", "allocation"),
    ("LeakSanitizer", "leak"),
    ("integer overflow", "integer"),
    ("division by zero", "division"),
    ("divide by zero", "division"),
    ("shift exponent", "integer"),
    ("null pointer", "null"),
    ("nil pointer", "null"),
    ("NullPointerException", "null"),
    ("NULL pointer dereference", "null"),
    ("SEGV on unknown address", "crash"),
    ("SIGSEGV", "crash"),
    ("SIGABRT", "abort"),
    ("Assertion", "abort"),
    ("panicked at", "panic"),
    ("goroutine", "panic"),
];

fn heading(line: &str, trace: &mut Trace) {
    if trace.fault == 0
        && let Some((_, fault)) = FAULTS.iter().find(|(word, _)| line.contains(word))
    {
        trace.fault = narrow(fault);
    }
    if trace.write.is_none() && (line.contains(" of size ") || line.contains("caused by a")) {
        trace.write = if line.contains("WRITE") || line.contains("Write of") || line.contains("Invalid write")
        {
            Some(true)
        } else if line.contains("READ") || line.contains("Read of") || line.contains("Invalid read") {
            Some(false)
        } else {
            None
        };
    }
}

/// Hash of the innermost `count` functions; `None` where there are fewer.
pub(super) fn top(features: &Features, count: usize) -> Option<u32> {
    let functions: Vec<u32> = features.packed.frames().take(count).map(|frame| frame.function.last).collect();
    (functions.len() == count).then(|| narrow(functions.as_slice()))
}
