//! Stacks of invented bugs as different tools print them.

use std::fmt::Write;

use super::bugs::{Bug, Language, WEAKNESSES};
use super::draw::Draw;

/// Where a run saw a bug.
pub struct Seen<'a> {
    pub bug: &'a Bug,
    /// Lines moved since the version the bug was described in.
    pub drift: i64,
    /// Directory of the checkout, with a slash at its end.
    pub root: &'a str,
    /// Noticed in the function that the buggy one calls.
    pub in_helper: bool,
    /// The buggy function was inlined into its caller.
    pub inlined: bool,
}

impl Seen<'_> {
    /// Where a line is in another version: each file has moved on its own.
    fn moved(&self, file: &str, line: u32) -> u32 {
        moved(file, line, self.drift)
    }

    /// Function, file and line of each frame, the innermost first.
    fn frames(&self) -> Vec<(String, String, u32)> {
        let bug = self.bug;
        let mut frames = Vec::new();
        if self.in_helper {
            let (function, file, line) = &bug.helper;
            frames.push((function.clone(), file.clone(), self.moved(file, *line)));
        }
        if !self.inlined {
            frames.push((bug.function.clone(), bug.file.clone(), self.moved(&bug.file, bug.line)));
        }
        frames.extend(
            bug.callers.iter().map(|(f, file, line)| (f.clone(), file.clone(), self.moved(file, *line))),
        );
        frames
    }

    /// The stack as the project's tool, or one of several, prints it.
    pub fn print(&self, draw: &mut Draw) -> String {
        let frames = self.frames();
        match self.bug.language {
            Language::C | Language::Cpp if draw.chance(70) => self.sanitizer(&frames, draw),
            Language::C | Language::Cpp => self.debugger(&frames, draw),
            Language::Kernel => self.kernel(&frames, draw),
            Language::Rust => self.rust(&frames),
            Language::Go => self.go(&frames),
            Language::Java => self.java(&frames),
            Language::Python => self.python(&frames),
        }
    }

    fn sanitizer(&self, frames: &[(String, String, u32)], draw: &mut Draw) -> String {
        let weakness = &WEAKNESSES[self.bug.weakness];
        let fault = if weakness.fault.is_empty() { "SEGV on unknown address" } else { weakness.fault };
        let mut out = format!(
            "==({})==ERROR: AddressSanitizer: {fault} on address 0x{:x}\n",
            draw.below(90000),
            draw.next()
        )
        .replace("==(", "==")
        .replace(")==", "==");
        let access = if weakness.write { "WRITE" } else { "READ" };
        let _ = writeln!(out, "{access} of size {} at 0x{:x} thread T0", 1 << draw.below(4), draw.next());
        let mut number = 0;
        if draw.chance(40) {
            let _ = writeln!(
                out,
                "    #0 0x{:x} in __asan_memcpy /llvm/compiler-rt/lib/asan/asan_interceptors.cpp:22:3",
                draw.next() >> 16
            );
            number = 1;
        }
        for (function, file, line) in frames {
            let arguments =
                if self.bug.language == Language::Cpp { "(char const*, unsigned long)" } else { "" };
            let column = if draw.chance(60) { format!(":{}", 1 + draw.below(60)) } else { String::new() };
            let _ = writeln!(
                out,
                "    #{number} 0x{:x} in {function}{arguments} {}{file}:{line}{column}",
                draw.next() >> 16,
                self.root
            );
            number += 1;
        }
        let _ = writeln!(
            out,
            "    #{number} 0x7f1 in __libc_start_main (/lib/x86_64-linux-gnu/libc.so.6+0x29d8f)\n\n0x60 is located 0 bytes after\nallocated by thread T0 here:\n    #0 0x4 in malloc\n    #1 0x5 in allocate_{} {}a.c:9",
            draw.below(9),
            self.root
        );
        out
    }

    fn debugger(&self, frames: &[(String, String, u32)], draw: &mut Draw) -> String {
        let mut out = String::from("Program received signal SIGSEGV, Segmentation fault.\n");
        for (number, (function, file, line)) in frames.iter().enumerate() {
            let address =
                if number == 0 { String::new() } else { format!("0x{:016x} in ", draw.next() >> 16) };
            let _ = writeln!(
                out,
                "#{number}  {address}{function} (ctx=0x{:x}, n={}) at {}{file}:{line}",
                draw.next() >> 20,
                draw.below(99),
                self.root
            );
        }
        out
    }

    fn kernel(&self, frames: &[(String, String, u32)], draw: &mut Draw) -> String {
        let write = WEAKNESSES[self.bug.weakness].write;
        let access = if write { "Write" } else { "Read" };
        let mut out = format!(
            "[   {}.123456] BUG: KASAN: slab-out-of-bounds in {}+0x1a/0x200\n[   12.1] {access} of size 8 at addr ffff8880\n[   12.2] Call Trace:\n[   12.2]  dump_stack_lvl+0x1/0x2\n",
            draw.below(99),
            frames[0].0
        );
        for (function, file, line) in frames {
            let _ = writeln!(
                out,
                "[   12.3]  {function}+0x{:x}/0x{:x} {file}:{line}",
                draw.below(4000),
                draw.below(9000)
            );
        }
        out
    }

    fn rust(&self, frames: &[(String, String, u32)]) -> String {
        let mut out = String::from(
            "thread 'main' panicked at src/lib.rs:1:1:\nindex out of bounds\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/abc/library/std/src/panicking.rs:697:5\n   1: core::panicking::panic_fmt\n             at /rustc/abc/library/core/src/panicking.rs:75:14\n",
        );
        for (number, (function, file, line)) in frames.iter().enumerate() {
            let _ =
                writeln!(out, "   {}: {function}\n             at {}{file}:{line}:9", number + 2, self.root);
        }
        out
    }

    fn go(&self, frames: &[(String, String, u32)]) -> String {
        let mut out = String::from(
            "panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 1 [running]:\n",
        );
        for (function, file, line) in frames {
            let _ = writeln!(
                out,
                "example.org/mod/{function}(0xc000010000, 0x2)\n\t{}{file}:{line} +0x1d",
                self.root
            );
        }
        out
    }

    fn java(&self, frames: &[(String, String, u32)]) -> String {
        let mut out = String::from("Exception in thread \"main\" java.lang.NullPointerException: x\n");
        for (function, file, line) in frames {
            let name = file.rsplit('/').next().unwrap_or(file);
            let _ = writeln!(out, "\tat org.example.app.{function}({name}:{line})");
        }
        out + "Caused by: java.lang.IllegalStateException\n\tat org.example.app.Other.run(Other.java:3)\n"
    }

    fn python(&self, frames: &[(String, String, u32)]) -> String {
        let mut out = String::from("Traceback (most recent call last):\n");
        for (function, file, line) in frames.iter().rev() {
            let _ = writeln!(
                out,
                "  File \"{}{file}\", line {line}, in {function}\n    value = call(value)",
                self.root
            );
        }
        out + "RecursionError: maximum recursion depth exceeded\n"
    }
}

/// The line of a file in a version `drift` away: none of the files, or each by its own number of lines.
pub fn moved(file: &str, line: u32, drift: i64) -> u32 {
    let own = file.bytes().fold(7_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 9973);
    let by = if drift == 0 { 0 } else { (own + drift * 17) % 90 };
    u32::try_from((i64::from(line) + by).max(1)).unwrap_or(1)
}
