//! The order of every scheme is a total order, whatever is written, and reading never panics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cmp::Ordering;

use forewarn_exposure::version::LONGEST_VERSION;
use forewarn_exposure::{Scheme, Version, VersionProblem};
use proptest::prelude::*;
use proptest::sample::select;

const SCHEMES: [Scheme; 5] = [Scheme::SemVer, Scheme::Pep440, Scheme::Debian, Scheme::Maven, Scheme::Generic];

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0_u32..4).prop_map(|n| n.to_string()),
        1 => select(vec!["00", "01", "007", "10", "2024", "20240131"]).prop_map(str::to_owned),
        1 => "[1-9][0-9]{18,24}",
    ]
}

/// Few numbers and words, so that versions which are nearly the same meet.
fn core(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(number(), 1..=most).prop_map(|parts| parts.join("."))
}

/// `core`, then pieces of a separator with a word or a number.
fn pieces(separators: Vec<&'static str>, words: Vec<&'static str>) -> impl Strategy<Value = String> {
    let tail = (select(separators), prop_oneof![number(), select(words).prop_map(str::to_owned)])
        .prop_map(|(separator, word)| format!("{separator}{word}"));
    (core(3), prop::collection::vec(tail, 0..4)).prop_map(|(core, tail)| core + &tail.concat())
}

fn semver() -> impl Strategy<Value = String> {
    let pre =
        prop::collection::vec(prop_oneof![number(), "[a-z][a-z0-9-]{0,3}"], 1..4).prop_map(|p| p.join("."));
    let build = "[a-z0-9.]{1,4}";
    (select(vec!["", "v", "=", "go"]), core(4), prop::option::of(pre), prop::option::of(build)).prop_map(
        |(lead, core, pre, build)| {
            let pre = pre.map_or_else(String::new, |pre| format!("-{pre}"));
            format!("{lead}{core}{pre}{}", build.map_or_else(String::new, |build| format!("+{build}")))
        },
    )
}

fn pep440() -> impl Strategy<Value = String> {
    let pre = select(vec!["", "a", "b1", "rc1", ".rc2", "-alpha.1", "_beta_2", "c1"]);
    let post = select(vec!["", ".post1", "-1", ".post", "r2"]);
    let dev = select(vec!["", ".dev0", ".dev1", "dev"]);
    let local = select(vec!["", "+a.1", "+a", "+1", "+1.a"]);
    let valid = (select(vec!["", "1!", "v"]), core(3), pre, post, dev, local)
        .prop_map(|(epoch, core, pre, post, dev, local)| format!("{epoch}{core}{pre}{post}{dev}{local}"));
    prop_oneof![4 => valid, 1 => pieces(vec!["-", ".", ""], vec!["doduo", "final", "x86", "dev-r"])]
}

fn debian() -> impl Strategy<Value = String> {
    let epoch = select(vec!["", "0:", "1:", "12:"]);
    let revision = select(vec!["", "-0", "-1", "-1ubuntu0.1", "-1~deb12u1", "-1+b1", "-0.1"]);
    let upstream = pieces(vec!["~", "+", ".", "", "-"], vec!["rc", "dfsg", "git", "a", "~", "z", "really"]);
    (epoch, upstream, revision).prop_map(|(epoch, upstream, revision)| format!("{epoch}{upstream}{revision}"))
}

fn maven() -> impl Strategy<Value = String> {
    let words = vec![
        "alpha",
        "beta",
        "rc",
        "cr",
        "a",
        "b",
        "m",
        "milestone",
        "snapshot",
        "ga",
        "final",
        "release",
        "sp",
        "foo",
        "jre",
        "x",
        "_p",
        "",
    ];
    pieces(vec![".", "-", ""], words)
}

fn generic() -> impl Strategy<Value = String> {
    let lead = select(vec!["", "V", "v.", "SS", "FPGA_", "Version ", "fw-"]);
    let tail = pieces(
        vec![".", " ", "-", "_", ""],
        vec!["SP", "Update", "upd", "beta", "rc", "hf", "a", "B", "Rev"],
    );
    (lead, tail).prop_map(|(lead, tail)| format!("{lead}{tail}"))
}

fn texts(scheme: Scheme) -> BoxedStrategy<String> {
    match scheme {
        Scheme::SemVer => semver().boxed(),
        Scheme::Pep440 => pep440().boxed(),
        Scheme::Debian => debian().boxed(),
        Scheme::Maven => maven().boxed(),
        Scheme::Generic => generic().boxed(),
    }
}

/// Three readable versions of one scheme.
fn three() -> impl Strategy<Value = [(String, Version); 3]> {
    select(SCHEMES.to_vec()).prop_flat_map(|scheme| {
        let readable = texts(scheme).prop_filter_map("not a version", move |text| {
            scheme.parse(&text).ok().map(|version| (text, version))
        });
        prop::array::uniform3(readable)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn order_is_total([(_, a), (_, b), (_, c)] in three()) {
        prop_assert_eq!(a.cmp(&a), Ordering::Equal);
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a.partial_cmp(&b), Some(a.cmp(&b)));
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        if a <= b && b <= c {
            prop_assert!(a <= c);
            prop_assert_eq!(a == c, a == b && b == c);
        }
        if a == b {
            prop_assert_eq!(a.cmp(&c), b.cmp(&c));
        }
    }

    /// Lines of versions are intervals of the order, as `Version::comparable` promises.
    #[test]
    fn lines_are_neighbours([(_, a), (_, b), (_, c)] in three()) {
        prop_assert!(a.comparable(&a));
        prop_assert_eq!(a.comparable(&b), b.comparable(&a));
        if a.comparable(&b) {
            prop_assert_eq!(a.comparable(&c), b.comparable(&c));
            if a <= c && c <= b {
                prop_assert!(c.comparable(&a));
            }
        }
    }

    /// White space around a version says nothing; neither does case, but in Debian and after SemVer's hyphen.
    #[test]
    fn writing_does_not_matter([(text, version), _, _] in three()) {
        let scheme = version.scheme();
        prop_assert_eq!(scheme.parse(&format!(" {text}\t")).unwrap(), version.clone());
        if matches!(scheme, Scheme::Pep440 | Scheme::Maven | Scheme::Generic) {
            prop_assert_eq!(scheme.parse(&text.to_uppercase()).unwrap(), version);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), version_like in "[0-9a-zA-Z.+~:_ -]{0,40}") {
        for scheme in SCHEMES {
            for text in [&text, &version_like] {
                match scheme.parse(text) {
                    Ok(version) => prop_assert_eq!(scheme.compare(text, text), Ok(version.cmp(&version))),
                    Err(problem) => prop_assert!(!problem.to_string().is_empty()),
                }
            }
        }
    }

    /// Against the crate of Rust's own package manager.
    #[test]
    fn semver_agrees_with_its_crate(
        a in "[0-9]\\.[0-9]\\.[0-9](-[a-z0-9]{1,3}(\\.[a-z0-9]{1,2}){0,2})?(\\+[a-z0-9]{1,3})?",
        b in "[0-9]\\.[0-9]\\.[0-9](-[a-z0-9]{1,3}(\\.[a-z0-9]{1,2}){0,2})?(\\+[a-z0-9]{1,3})?",
    ) {
        if let (Ok(left), Ok(right)) = (semver::Version::parse(&a), semver::Version::parse(&b)) {
            prop_assert_eq!(Scheme::SemVer.compare(&a, &b), Ok(left.cmp_precedence(&right)));
        }
    }

    /// Against the `debversion` crate, where digits follow every word: it ranks `1a` and `1a0` apart, `dpkg` does
    /// not.
    #[test]
    fn debian_agrees_with_another_reader(
        a in "([0-9]:)?[0-9]{1,2}([~+.a-z-]{1,2}[0-9]{1,2}){0,3}(-[0-9]([~+.a-z]{1,2}[0-9]){0,2})?",
        b in "([0-9]:)?[0-9]{1,2}([~+.a-z-]{1,2}[0-9]{1,2}){0,3}(-[0-9]([~+.a-z]{1,2}[0-9]){0,2})?",
    ) {
        let left = a.parse::<debversion::Version>().unwrap();
        let right = b.parse::<debversion::Version>().unwrap();
        prop_assert_eq!(Scheme::Debian.compare(&a, &b), Ok(left.cmp(&right)));
    }
}

/// The versions that the strategies make are mostly readable, so that the laws are tested on something.
#[test]
fn strategies_make_versions() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for scheme in SCHEMES {
        let strategy = texts(scheme);
        let read = (0..1_000)
            .filter(|_| {
                let text = strategy.new_tree(&mut runner).unwrap().current();
                scheme.parse(&text).is_ok()
            })
            .count();
        println!("{scheme}: {read} of 1000 are read");
        assert!(read > 700, "{scheme}: only {read} of 1000 are read");
    }
}

#[test]
fn unusable_texts_are_named() {
    for scheme in SCHEMES {
        assert_eq!(scheme.parse(" \t"), Err(VersionProblem::Empty));
        let long = "1".repeat(LONGEST_VERSION + 1);
        assert_eq!(scheme.parse(&long), Err(VersionProblem::TooLong(LONGEST_VERSION + 1)));
        assert_eq!(scheme.parse(&"é".repeat(LONGEST_VERSION + 1)), Err(VersionProblem::TooLong(1_001)));
        for word in ["latest", "UNKNOWN", "n/a", "NOASSERTION", "-", "${project.version}"] {
            assert_eq!(scheme.parse(word), Err(VersionProblem::Placeholder(word.to_owned())), "{scheme}");
        }
        assert_eq!(scheme.parse("2.*"), Err(VersionProblem::Wildcard("2.*".to_owned())));
        let wild = scheme.parse("2.4.x");
        if scheme == Scheme::Maven {
            assert!(wild.is_ok(), "releases are named so");
        } else {
            assert_eq!(wild, Err(VersionProblem::Wildcard("2.4.x".to_owned())));
        }
    }
    assert!(Scheme::SemVer.parse("1.0.0-a.x").is_ok(), "a part of a pre-release is no wildcard");
    let not = |scheme: Scheme, text: &str| {
        assert_eq!(scheme.parse(text), Err(VersionProblem::NotAVersion { scheme, text: text.to_owned() }));
    };
    for text in ["1..2", "1.2-", "1.2-a_b", "abc", "1.2.3.a", "-1"] {
        not(Scheme::SemVer, text);
    }
    for text in ["1 2", "1.0é", "99999999999999999999999"] {
        not(Scheme::Pep440, text);
    }
    for text in ["a:1", ":1", "1-", "abc", "1 2", "-1"] {
        not(Scheme::Debian, text);
    }
    for text in ["AB", "Rev", "!!"] {
        not(Scheme::Generic, text);
    }
}

/// Every list ascends; what stands in one place is equal.
fn assert_ascends(scheme: Scheme, ascending: &[&[&str]]) {
    let placed: Vec<(usize, &str)> = ascending
        .iter()
        .enumerate()
        .flat_map(|(place, same)| same.iter().map(move |text| (place, *text)))
        .collect();
    for (place, text) in &placed {
        for (other_place, other) in &placed {
            assert_eq!(scheme.compare(text, other), Ok(place.cmp(other_place)), "{scheme}: {text} {other}");
        }
    }
}

#[test]
fn documented_orders() {
    // SemVer 2.0.0, section 11.
    assert_ascends(
        Scheme::SemVer,
        &[
            &["1.0.0-alpha"],
            &["1.0.0-alpha.1"],
            &["1.0.0-alpha.beta"],
            &["1.0.0-beta"],
            &["1.0.0-beta.2"],
            &["1.0.0-beta.11"],
            &["1.0.0-rc.1"],
            &["1.0.0", "v1", "go1.0", "=1.0.0", "1.0.0+build.5", "v1.0.0+incompatible"],
            &["1.0.0.1"],
            &["1.0.1-0.20240101000000-abcdef123456"],
            &["1.0.1"],
            &["1.10"],
            &["20.0.0"],
        ],
    );
    // PEP 440, "Summary of permitted suffixes and relative ordering", with legacy versions below.
    assert_ascends(
        Scheme::Pep440,
        &[
            &["0.9-doduo"],
            &["1.dev0"],
            &["1.0.dev456"],
            &["1.0a1"],
            &["1.0a2.dev456"],
            &["1.0a12.dev456"],
            &["1.0a12", "1.0-ALPHA.12"],
            &["1.0b1.dev456"],
            &["1.0b2"],
            &["1.0b2.post345.dev456"],
            &["1.0b2.post345"],
            &["1.0rc1.dev456"],
            &["1.0rc1", "1.0c1"],
            &["1.0", "1", "v1.0.0"],
            &["1.0+abc.5"],
            &["1.0+abc.7"],
            &["1.0+5"],
            &["1.0.post456.dev34"],
            &["1.0.post456", "1.0-456"],
            &["1.0.15"],
            &["1.1.dev1"],
            &["1!0.1"],
        ],
    );
    // Debian policy 5.6.12.
    assert_ascends(
        Scheme::Debian,
        &[
            &["1~~"],
            &["1~~a"],
            &["1~"],
            &["1", "0:1", "1-0", "01"],
            &["1a", "1a0"],
            &["1+b1"],
            &["1.0.1-1~deb12u1"],
            &["1.0.1-1"],
            &["1.0.1-1+b1"],
            &["1.0.1-1.1"],
            &["1:0.1"],
        ],
    );
    assert_ascends(
        Scheme::Maven,
        &[
            &["1-alpha-1", "1a1", "1.0-alpha1"],
            &["1-beta"],
            &["1-milestone"],
            &["1-rc", "1-CR"],
            &["1-snapshot"],
            &["1.0.rc"],
            &["1", "1.0", "1.0.0-ga", "1.Final", "1-0", "1.0-RELEASE"],
            &["1-0.foo"],
            &["1.sp"],
            &["1-sp", "1.0-SP"],
            &["1-foo"],
            &["1-1"],
            &["1.0.foo"],
            &["1.1"],
        ],
    );
    assert_ascends(
        Scheme::Generic,
        &[
            &["V4.2 beta"],
            &["V4.2 RC1"],
            &["V4.2", "4.2.0", "version 4.2", "v4.02"],
            &["4.2a"],
            &["4.2b"],
            &["V4.2 SP1"],
            &["V4.2 SP1 Update 2", "4.2 SP1 upd2"],
            &["V4.2 SP2"],
            &["V4.2.1"],
            &["V4.10"],
        ],
    );
    assert_ascends(
        Scheme::Generic,
        &[&["20210131"], &["20210210", "2021.2.10", "2021-02-10"], &["20230101"]],
    );
}
