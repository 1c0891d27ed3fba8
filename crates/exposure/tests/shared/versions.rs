//! Versions as they are written in the ecosystems.

use forewarn_exposure::Scheme;
use proptest::prelude::*;
use proptest::sample::select;

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

fn rpm() -> impl Strategy<Value = String> {
    let part = || pieces(vec!["~", "^", ".", "", "_", ".."], vec!["rc", "git", "a", "el8", "~", "^", "é"]);
    let release = prop::option::of(part());
    (select(vec!["", "0:", "1:", "a:"]), part(), release).prop_map(|(epoch, version, release)| {
        let release = release.map_or_else(String::new, |release| format!("-{release}"));
        format!("{epoch}{version}{release}")
    })
}

fn apk(ends: Vec<&'static str>) -> impl Strategy<Value = String> {
    let words = ["alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"];
    let suffix = (select(words.to_vec()), prop::option::of(number()))
        .prop_map(|(word, number)| format!("_{word}{}", number.unwrap_or_default()));
    let suffixes = prop::collection::vec(suffix, 0..3).prop_map(|suffixes| suffixes.concat());
    let revision = prop::option::of(number()).prop_map(|number| number.map(|number| format!("-r{number}")));
    (core(4), select(vec!["", "", "a", "p"]), suffixes, revision, select(ends)).prop_map(
        |(core, letter, suffixes, revision, end)| {
            format!("{core}{letter}{suffixes}{}{end}", revision.unwrap_or_default())
        },
    )
}

fn composer() -> impl Strategy<Value = String> {
    let words = vec![
        "dev", "alpha", "a", "beta", "b", "RC", "rc", "stable", "#", "pl", "p", "patch", "foo", "bar",
        "x-dev",
    ];
    (select(vec!["", "v", "V"]), pieces(vec![".", "-", "_", "+", ""], words))
        .prop_map(|(lead, version)| format!("{lead}{version}"))
}

fn openssl() -> impl Strategy<Value = String> {
    let stage = select(vec!["", "a", "b", "z", "za", "zd", "-beta1", "-beta2", "-pre1"]);
    (core(3), stage).prop_map(|(core, stage)| format!("{core}{stage}"))
}

fn datetime() -> impl Strategy<Value = String> {
    let date =
        select(vec!["2024-02-29", "2024-03-01", "2023-12-31", "2024-01-01", "0000-03-01", "9999-12-31"]);
    let clock = select(vec!["00:00:00", "23:59:59", "12:00:00", "23:59:60", "00:00:00.0", "00:00:00.5"]);
    let zone = select(vec!["Z", "z", "+00:00", "-05:00", "+02:00", "+23:59"]);
    (date, clock, zone).prop_map(|(date, clock, zone)| format!("{date}T{clock}{zone}"))
}

/// Texts that mostly are versions of the scheme, many of them nearly the same.
pub fn texts(scheme: Scheme) -> BoxedStrategy<String> {
    match scheme {
        Scheme::SemVer => semver().boxed(),
        Scheme::Pep440 => pep440().boxed(),
        Scheme::Debian => debian().boxed(),
        Scheme::Maven => maven().boxed(),
        Scheme::Generic => generic().boxed(),
        Scheme::Rpm | Scheme::Alpm => rpm().boxed(),
        Scheme::Apk => apk(vec!["", "-r", "-r0-1", "--", "..1", "A", "~ab1", "~ab1-r2"]).boxed(),
        Scheme::Gentoo => apk(vec![""]).boxed(),
        Scheme::RubyGems => pieces(vec![".", "-", ""], vec!["a", "b", "pre", "rc", "RC"]).boxed(),
        Scheme::Composer => composer().boxed(),
        Scheme::NuGet | Scheme::Pub => semver().boxed(),
        Scheme::Cran => pieces(vec![".", "-"], vec!["0", "1", "01"]).boxed(),
        Scheme::Hackage => core(6).boxed(),
        Scheme::Conan => pieces(vec![".", "-", "+", ""], vec!["a", "b1", "1d", "pre", "*", "0", ""]).boxed(),
        Scheme::OpenSsl => openssl().boxed(),
        Scheme::DateTime => datetime().boxed(),
        Scheme::Lexicographic => "[aAé0-2]{1,4}".boxed(),
    }
}
