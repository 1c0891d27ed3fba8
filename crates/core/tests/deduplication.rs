//! Which reports are joined, which are proposed, and that the order of arrival does not decide it.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]

#[path = "../examples/deduplication/bugs.rs"]
#[allow(dead_code)]
mod bugs;
#[path = "../examples/deduplication/draw.rs"]
mod draw;
#[path = "../examples/deduplication/families.rs"]
#[allow(dead_code)]
mod families;
#[path = "../examples/deduplication/stacks.rs"]
mod stacks;

use forewarn_core::deduplication::{
    BUCKET, Features, Index, NAMED, Reason, Rule, Verdict, compare, normalised,
};
use forewarn_core::finding::{Evidence, Location, Report};
use proptest::prelude::*;

use bugs::Style;
use families::World;

fn features(change: impl FnOnce(&mut Report)) -> Features {
    let mut report = World::new(1, 1, Style::TUNED).report(0).report;
    report.external_id = None;
    report.aliases.clear();
    report.weaknesses = vec!["CWE-787".into()];
    report.title = "a title".into();
    report.description = String::new();
    report.location = None;
    report.code = Evidence::default();
    report.provenance = None;
    change(&mut report);
    Features::of(&report)
}

fn at(file: &str, function: &str, line: u32) -> Option<Location> {
    Some(Location { file: file.into(), function: Some(function.into()), line: Some(line) })
}

const WORDS: &str =
    "The decoder trusts chunk_length and palette_size when it fills row_buffer from the stream.";

#[test]
fn a_path_is_the_same_in_every_checkout() {
    let same = [
        "png/read.c",
        "./png/read.c",
        "/home/ci/work/libpng/png/read.c",
        "/src/libpng-1.6.40/png/read.c",
        "C:\\build\\libpng\\png\\read.c",
        "../build/../src/png/read.c",
        "file:///tmp/build/PNG/read.c",
    ];
    for path in same {
        let parts = normalised::path(path, "libpng");
        assert!(parts.ends_with(&["png".into(), "read.c".into()]), "{path}: {parts:?}");
    }
    assert_eq!(normalised::path("", "x"), Vec::<String>::new());
    assert_eq!(normalised::path("src/read.c", "x"), ["read.c"]);
}

#[test]
fn a_function_is_the_same_in_every_spelling() {
    let same: &[(&str, &[&str])] = &[
        ("read_header", &["read_header"]),
        ("read_header.isra.0", &["read_header"]),
        ("read_header(struct png *, int)", &["read_header"]),
        ("png::Reader::read(char const*) const", &["reader", "read"]),
        ("png::Reader<int, std::less<int>>::read(char const*)", &["reader", "read"]),
        ("(anonymous namespace)::Reader::read()", &["reader", "read"]),
        ("std::vector<int> png::Reader::read(int)", &["reader", "read"]),
        ("_ZN3png6Reader4readEPKc", &["reader", "read"]),
        ("_ZN3png6Reader4read17h0123456789abcdefE", &["reader", "read"]),
        ("png::Reader::read::{{closure}}", &["reader", "read"]),
        ("<png::Reader as std::io::Read>::read", &["reader", "read"]),
        ("github.com/a/png.(*Reader).Read", &["reader", "read"]),
        ("github.com/a/png.(*Reader).Read.func1", &["reader", "read"]),
        ("org.example.png.Reader.read", &["reader", "read"]),
    ];
    for (written, parts) in same {
        assert_eq!(normalised::function(written), *parts, "{written}");
    }
    assert_eq!(normalised::function(" "), Vec::<String>::new());
}

#[test]
fn stacks_of_many_tools_are_read() {
    let traces = [
        "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1\nREAD of size 4 at 0x1\n    #0 0x1 in __asan_memcpy a.cpp:1\n    #1 0x2 in copy_row(unsigned char*) /src/png/row.cc:10:3\n    #2 0x3 in Reader::read() /src/png/read.cc:20\n    #3 0x4 in decode /src/png/a.c:3\n    #4 0x5 in main /src/main.c:1\n\nallocated by thread T0 here:\n    #0 0x4 in other_function /src/x.c:1",
        "Program received signal SIGSEGV\n#0  copy_row (p=0x1) at /src/png/row.cc:10\n#1  0x000055 in Reader::read (this=0x0) at read.cc:20\n#2  0x000056 in decode () at a.c:3\n",
        "thread 'main' panicked at src/lib.rs:1:1:\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/a/library/std/src/panicking.rs:1:5\n   1: png::copy_row\n             at ./src/row.rs:10:9\n   2: png::Reader::read\n             at ./src/read.rs:2:1\n   3: png::decode\n             at ./src/a.rs:2:1\n",
        "panic: runtime error: index out of range [5]\n\ngoroutine 1 [running]:\nexample.org/png.copy_row(0xc0, 0x2)\n\t/src/png/row.go:10 +0x1d\nexample.org/png.(*Reader).Read(...)\n\t/src/png/read.go:2 +0x1d\nexample.org/png.Decode(0x1)\n\t/src/png/a.go:3 +0x2\n",
        "Exception in thread \"main\" java.lang.NullPointerException\n\tat org.png.Row.copy_row(Row.java:10)\n\tat org.png.Reader.read(Reader.java:2)\n\tat org.png.App.decode(App.java:3)\nCaused by: x\n\tat org.other.Thing.run(Thing.java:1)\n",
        "Traceback (most recent call last):\n  File \"/src/png/a.py\", line 3, in decode\n    x()\n  File \"/src/png/read.py\", line 2, in read\n  File \"/src/png/row.py\", line 10, in copy_row\nRecursionError: maximum recursion depth exceeded",
        "[   12.345678] BUG: KASAN: slab-out-of-bounds in copy_row+0x1/0x2\n[   12.3] Read of size 8 at addr ff\n[   12.4] Call Trace:\n[   12.4]  dump_stack_lvl+0x1/0x2\n[   12.4]  copy_row+0x1/0x20 png/row.c:10\n[   12.4]  ? guess+0x1/0x2\n[   12.4]  read+0x3/0x30 png/read.c:2\n[   12.4]  decode+0x3/0x30 png/a.c:2\n",
    ];
    for trace in traces {
        assert!(normalised::trace(trace).1, "the kind of fault is recognised: {trace}");
        let named = normalised::trace_names(trace, &["copy_row"]);
        assert_eq!(named, 1, "{trace}");
        let outer = normalised::trace_names(trace, &["copy_row", "read", "decode"]);
        assert_eq!(outer, 3, "{trace}");
        assert!(normalised::trace(trace).0 <= 3, "runtime frames and second stacks are left out: {trace}");
    }
    assert_eq!(normalised::trace("no stack here\nat all"), (0, false));
}

#[test]
fn a_patch_says_what_it_changes() {
    let diff = "--- a/png/read.c\n+++ b/png/read.c\n@@ -1,3 +1,4 @@ static int read_header(struct png *p)\n-    copy(row, p->width);\n+    if (x) copy(row, p->width);\n@@ -9,1 +9,1 @@ other(void)\n-}\n";
    assert_eq!(normalised::patch(diff), 2);
    assert_eq!(normalised::patch("no diff"), 0);
    let patched = |diff: &str| features(|report| report.code.patch = Some(diff.to_owned()));
    let moved =
        diff.replace("@@ -1,3", "@@ -41,3").replace("a/png", "a/src/png").replace("    copy", "\tcopy");
    let likeness = compare(&patched(diff), &patched(&moved));
    assert_eq!(likeness.verdict, Verdict::Certain);
    assert!(likeness.reasons.contains(&Reason::SameLinesPatched));
    let other = diff.replace("p->width", "p->height");
    let apart = compare(&patched(diff), &patched(&other));
    assert_ne!(apart.verdict, Verdict::Certain, "the same function only");
    for reason in [Reason::SameFunctionPatched, Reason::OtherLinesPatched] {
        assert!(apart.reasons.contains(&reason), "{reason:?}");
    }
}

#[test]
fn what_speaks_against_it_keeps_apart() {
    let base = |report: &mut Report| {
        report.location = at("png/read.c", "read_header", 40);
        report.description = WORDS.into();
    };
    let one = features(base);
    let with = |change: &dyn Fn(&mut Report)| {
        compare(
            &one,
            &features(|report| {
                base(report);
                change(report);
            }),
        )
    };
    assert_eq!(
        with(&|report| report.location = at("/src/png/read.c", "read_header", 42)).verdict,
        Verdict::Certain
    );
    let far = with(&|report| report.location = at("png/read.c", "read_header", 300));
    assert_eq!(far.verdict, Verdict::Likely, "two bugs in one function");
    let other = with(&|report| report.weaknesses = vec!["CWE-79".into()]);
    assert_ne!(other.verdict, Verdict::Certain);
    assert!(other.reasons.contains(&Reason::OtherWeakness));
    let child = with(&|report| report.weaknesses = vec!["CWE-122".into()]);
    assert_eq!(child.verdict, Verdict::Certain, "a kind of the same weakness");
    let ids = compare(
        &features(|report| {
            base(report);
            report.aliases = vec!["CVE-2026-10001".into()];
        }),
        &features(|report| {
            base(report);
            report.aliases = vec!["CVE-2026-10002".into()];
        }),
    );
    assert_ne!(ids.verdict, Verdict::Certain);
    let nothing = features(|report| {
        report.description = "Something entirely else happens in quite different code.".into()
    });
    assert_eq!(compare(&one, &nothing).verdict, Verdict::Separate);
}

/// Two bugs a few lines apart in one function: one build tells them apart, and so do two patches.
#[test]
fn what_is_a_few_lines_away_is_another_bug() {
    let trace = |line: u32| {
        format!(
            "==1==ERROR: AddressSanitizer: heap-buffer-overflow\nWRITE of size 4 at 0x1\n    #0 0x1 in copy_row /src/png/row.c:{line}:3\n    #1 0x2 in read_row /src/png/read.c:20\n    #2 0x3 in decode /src/png/a.c:3\n"
        )
    };
    let crashed = |line: u32, patch: Option<&str>| {
        features(|report| {
            report.description = WORDS.into();
            report.location = at("png/row.c", "copy_row", line);
            report.code.trace = Some(trace(line));
            report.code.patch = patch.map(|removed| {
                format!("--- a/png/row.c\n+++ b/png/row.c\n@@ -1,3 +1,4 @@ int copy_row(int n)\n-{removed}\n+x();\n")
            });
        })
    };
    assert_eq!(compare(&crashed(10, None), &crashed(11, None)).rule, Some(Rule::Call), "one statement");
    let other = compare(&crashed(10, None), &crashed(15, None));
    assert_ne!(other.verdict, Verdict::Certain);
    assert!(other.reasons.contains(&Reason::OtherLine));
    let same = Some("copy(row, width + 1);");
    assert_eq!(compare(&crashed(10, same), &crashed(10, same)).rule, Some(Rule::Patch));
    let mut index: Index<u32> = Index::default();
    index.insert(1, crashed(10, None), None);
    index.insert(2, crashed(15, None), None);
    let third = index.look_up(&crashed(15, None));
    assert_eq!(third.certain.map(|found| found.id), Some(2), "and a third report joins the right one");
    assert!(third.joined.is_empty());
}

#[test]
fn a_key_of_everybody_is_no_key_and_nothing_grows_with_it() {
    let mut index: Index<u32> = Index::default();
    let place = |number: u32| {
        features(|report| {
            report.location = Some(Location { file: "a.c".into(), function: Some("f".into()), line: None });
            report.title = format!("w{number}tt");
            report.description =
                format!("w{number}aa w{number}bb w{number}cc w{number}dd w{number}ee w{number}ff");
        })
    };
    for number in 0..200 {
        let answer = index.take(number, place(number));
        assert!(answer.likely.len() <= NAMED);
        assert!(
            answer.likely.iter().all(|found| found.id as usize <= BUCKET),
            "only the first are under the key"
        );
    }
    assert_eq!(index.len(), 200);
    let before = index.bytes();
    let again = place(0);
    for number in 1000..1200 {
        index.insert(number, again.clone(), Some(0));
    }
    let each = (index.bytes() - before) / 200;
    assert!(each < again.bytes(), "a report that adds nothing is not kept: {each} bytes");
}

#[test]
fn a_retired_report_is_not_found() {
    let mut index: Index<u32> = Index::default();
    let report = features(|report| report.aliases = vec!["CVE-2026-10001".into()]);
    index.insert(1, report.clone(), None);
    assert_eq!(index.look_up(&report).certain.map(|found| found.id), Some(1));
    index.retire(1);
    assert_eq!(index.look_up(&report).certain.map(|found| found.id), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// Whatever the order: each join has a rule, asking changes nothing, and what is named to a person is one other cluster.
    #[test]
    fn whatever_the_order_a_join_has_a_rule(seed in 0..500_u64, order in Just((0..14_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let world = World::new(seed, 14, Style::HELD_OUT);
        let mut index: Index<usize> = Index::default();
        for at in order {
            let features = Features::of(&world.report(at).report);
            let asked = index.look_up(&features);
            let taken = index.take(at, features);
            prop_assert_eq!(&asked, &taken);
            prop_assert!(taken.likely.len() <= NAMED);
            let Some(certain) = &taken.certain else {
                prop_assert!(taken.joined.is_empty());
                continue;
            };
            prop_assert!(index.together(at, certain.id));
            for found in taken.joined.iter().chain(&taken.certain) {
                prop_assert!(found.likeness.rule.is_some() && found.likeness.verdict == Verdict::Certain);
            }
            for found in taken.joined.iter().chain(&taken.likely) {
                prop_assert!(!index.together(at, found.id));
                prop_assert!(index.question(at, found.id).is_some());
            }
        }
    }

    /// What a person kept apart is neither joined through a third report nor named again.
    #[test]
    fn what_is_kept_apart_stays_apart(seed in 0..500_u64) {
        let world = World::new(seed, 40, Style::HELD_OUT);
        let mut index: Index<usize> = Index::default();
        let mut apart: Vec<(usize, usize)> = Vec::new();
        for at in 0..world.len() {
            let taken = index.take(at, Features::of(&world.report(at).report));
            for found in taken.joined.iter().chain(&taken.likely) {
                let question = index.question(at, found.id).unwrap();
                prop_assert!(!apart.contains(&question), "{question:?} was answered");
                index.keep_apart(at, found.id);
                apart.push(question);
            }
        }
    }

    #[test]
    fn a_comparison_is_the_same_both_ways(seed in 0..500_u64) {
        let world = World::new(seed, 12, Style::HELD_OUT);
        let all: Vec<Features> = (0..12).map(|at| Features::of(&world.report(at).report)).collect();
        for a in &all {
                for b in &all {
                let (one, two) = (compare(a, b), compare(b, a));
                prop_assert_eq!(one.verdict, two.verdict);
                prop_assert_eq!(one.score, two.score);
            }
        }
    }

    #[test]
    fn any_text_is_read(trace in "\\PC{0,300}", diff in "(?s).{0,300}", file in "\\PC{0,80}", function in "\\PC{0,120}") {
        let _ = features(|report| {
            report.code = Evidence { locations: vec![], trace: Some(trace.clone()), patch: Some(diff.clone()) };
            report.location = Some(Location { file: file.clone(), function: Some(function.clone()), line: Some(1) });
        });
        prop_assert!(normalised::trace(&trace).0 <= 6);
        prop_assert!(normalised::patch(&diff) <= 8);
    }
}

#[test]
fn joins_of_a_small_world_are_right() {
    let world = World::new(99, 3000, Style::TUNED);
    let (mut joins, mut wrong, mut together) = (0, 0, 0);
    let mut index: Index<u32> = Index::default();
    let known: Vec<_> = (0..world.len()).map(|at| world.report(at)).collect();
    for (at, one) in known.iter().enumerate() {
        let answer = index.take(at as u32, Features::of(&one.report));
        if let Some(found) = &answer.certain {
            joins += 1;
            wrong += usize::from(known[found.id as usize].bug != one.bug);
        }
        let right = |id: u32| known[id as usize].bug == one.bug;
        together += usize::from(answer.certain.iter().chain(&answer.likely).any(|found| right(found.id)));
    }
    assert!(joins > 700, "{joins} joins");
    assert!(wrong * 100 <= joins, "{wrong} of {joins} joins are wrong");
    let repeated =
        known.iter().enumerate().filter(|(at, one)| known[..*at].iter().any(|k| k.bug == one.bug)).count();
    assert!(together * 10 >= repeated * 9, "{together} of {repeated} repeated reports found one of theirs");
}
