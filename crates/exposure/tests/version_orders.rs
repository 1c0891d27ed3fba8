//! The orders as they are documented, other readers of them, and what is no version.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use forewarn_exposure::version::LONGEST_VERSION;
use forewarn_exposure::{Scheme, VersionProblem};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

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

#[test]
fn unusable_texts_are_named() {
    for scheme in Scheme::ALL.iter().copied().filter(|scheme| *scheme != Scheme::Lexicographic) {
        assert_eq!(scheme.parse(" \t"), Err(VersionProblem::Empty));
        let long = "1".repeat(LONGEST_VERSION + 1);
        assert_eq!(scheme.parse(&long), Err(VersionProblem::TooLong(LONGEST_VERSION + 1)));
        assert_eq!(scheme.parse(&"é".repeat(LONGEST_VERSION + 1)), Err(VersionProblem::TooLong(1_001)));
        for word in ["latest", "UNKNOWN", "n/a", "NOASSERTION", "-", "${project.version}"] {
            assert_eq!(scheme.parse(word), Err(VersionProblem::Placeholder(word.to_owned())), "{scheme}");
        }
        if scheme != Scheme::Conan {
            assert_eq!(scheme.parse("2.*"), Err(VersionProblem::Wildcard("2.*".to_owned())));
        }
        let wild = scheme.parse("2.4.x");
        if matches!(scheme, Scheme::Maven | Scheme::Conan) {
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

/// `a = b < c`: every two of them compare so.
fn assert_order(scheme: Scheme, chain: &str) {
    let places = chain.split(" < ").enumerate();
    let placed: Vec<(usize, &str)> =
        places.flat_map(|(place, same)| same.split(" = ").map(move |text| (place, text.trim()))).collect();
    assert!(placed.len() > 2, "no chain: {chain}");
    for (place, text) in &placed {
        for (other_place, other) in &placed {
            assert_eq!(scheme.compare(text, other), Ok(place.cmp(other_place)), "{scheme}: {text} {other}");
        }
    }
}

/// SemVer 2.0.0, section 11, and what is read beyond it.
#[test]
fn semver_precedence() {
    let chain = "1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 \
        < 1.0.0-rc.1 < 1.0.0 = v1 = go1.0 = =1.0.0 = 1.0.0+build.5 = v1.0.0+incompatible < 1.0.0.1 \
        < 1.0.1-0.20240101000000-abcdef123456 < 1.0.1 < 1.10 < 20.0.0 < 99999999999999999999 \
        < 100000000000000000000";
    assert_order(Scheme::SemVer, chain);
}

/// PEP 440, "Summary of permitted suffixes and relative ordering", with versions from before it below.
#[test]
fn pep440_precedence() {
    let chain = "0.9-doduo < 0.10-doduo < 1.dev0 < 1.0.dev456 < 1.0a1 < 1.0a2.dev456 < 1.0a12.dev456 \
        < 1.0a12 = 1.0-ALPHA.12 < 1.0b1.dev456 < 1.0b2 < 1.0b2.post345.dev456 < 1.0b2.post345 < 1.0rc1.dev456 \
        < 1.0rc1 = 1.0c1 < 1.0 = 1 = v1.0.0 < 1.0+abc.5 < 1.0+abc.7 < 1.0+5 < 1.0.post456.dev34 \
        < 1.0.post456 = 1.0-456 < 1.0.15 < 1.1.dev1 < 1!0.1";
    assert_order(Scheme::Pep440, chain);
}

/// Debian policy 5.6.12, and `dpkg`, to which no digits are a zero.
#[test]
fn debian_precedence() {
    let chain = "1~~ < 1~~a < 1~ < 1 = 0:1 = 1-0 = 01 < 1a = 1a0 < 1+b1 < 1.0.1-1~deb12u1 < 1.0.1-1 \
        < 1.0.1-1+b1 < 1.0.1-1.1 < 1:0.1";
    assert_order(Scheme::Debian, chain);
}

/// The "Version Order Specification" of the Maven POM reference, as the fixtures read it.
#[test]
fn maven_precedence() {
    let chain = "1-alpha-1 = 1a1 = 1.0-alpha1 < 1-beta < 1-milestone < 1-rc = 1-CR < 1-snapshot < 1.0.rc \
        < 1 = 1.0 = 1.0.0-ga = 1.Final = 1-0 = 1.0-RELEASE < 1.sp < 1-sp = 1.0-SP < 1-foo < 1-0.foo \
        < 1-1 < 1.0.foo < 1.1";
    assert_order(Scheme::Maven, chain);
    assert_order(Scheme::Maven, "1-0.rc < 1.1-0.rc < 1.1.ga.rc1 < 1.1 < 1.1-0-1 = 1.1-1");
}

/// The order that the generic scheme documents.
#[test]
fn generic_precedence() {
    let chain = "V4.2 beta < V4.2 RC1 < V4.2 = 4.2.0 = version 4.2 = v4.02 < 4.2a < 4.2b < V4.2 SP1 \
        < V4.2 SP1 Update 2 = 4.2 SP1 upd2 < V4.2 SP2 < V4.2.1 < V4.10";
    assert_order(Scheme::Generic, chain);
    assert_order(Scheme::Generic, "20210131 < 20210210 = 2021.2.10 = 2021-02-10 < 20230101 < 20231301");
    let [line, number] = ["SS016.05", "2.4"].map(|text| Scheme::Generic.parse(text).unwrap());
    assert!(!line.comparable(&number));
}

/// rpm-version(7).
#[test]
fn rpm_precedence() {
    let chain = "1.0~rc1 < 1.0 = 1.0. = 0:1.0 < 1.0- < 1.0-1~a < 1.0-1 = 1_0-01 < 1.0-1.el8 < 1.0-2 < 1.0^git1-1 \
        < 1.0a-1 < 1.0.1-1 < 1.9-1 < 1.10-1 < 1:0.1-1";
    assert_order(Scheme::Rpm, chain);
}

/// vercmp(8): "1.0a < 1.0b < 1.0beta < 1.0p < 1.0pre < 1.0rc < 1.0 < 1.0.a < 1.0.1".
#[test]
fn alpm_precedence() {
    let chain = "1.0a < 1.0b < 1.0beta < 1.0p < 1.0pre < 1.0rc < 1.0 = 1.0-1 < 1.0-2 < 1.0.a < 1.0.1 < 1:0.1";
    assert_order(Scheme::Alpm, chain);
}

/// apk-package(5); what is outside the grammar is older than what it could have been.
#[test]
fn apk_precedence() {
    let chain = "1_alpha < 1_alpha2 < 1_beta < 1_pre < 1_rc1 < 1-x = 1-r0-1 < 1 < 1-r0 < 1-r1 = 1-r01 < 1_cvs \
        < 1_svn < 1_git < 1_hg < 1_p < 1_p1-r0 < 1a < 1.0 < 1.01 < 1.02 < 1.1 < 1.9 < 1.10 < 2";
    assert_order(Scheme::Apk, chain);
    assert_order(Scheme::Apk, "1.0~ab-r9 < 1.0~ac-r0 < 1.1");
}

/// The Package Manager Specification, algorithms 3.1 to 3.7.
#[test]
fn gentoo_precedence() {
    let chain = "1_alpha = 1_alpha0 < 1_rc < 1 = 1-r0 < 1-r1 < 1_p < 1b < 1.0 < 1.01 = 1.010 < 1.1 < 1.10";
    assert_order(Scheme::Gentoo, chain);
    for broken in ["1-x", "a", "1.2_foo", "1~ab", "1A"] {
        assert!(Scheme::Gentoo.parse(broken).is_err(), "{broken}");
    }
}

/// The documentation of `Gem::Version`.
#[test]
fn rubygems_precedence() {
    let chain = "1.0.a1 = 1.a.1 < 1.0.a.2 < 1.0.b1 < 1.0-1 = 1.0.pre.1 < 1.0.rc1 < 1.0 = 1 = 1.0.0 < 1.0.0.1 < 1.1.a \
        < 1.1";
    assert_order(Scheme::RubyGems, chain);
    assert_order(Scheme::RubyGems, "1.a.0.b < 1.a = 1.a.0 < 1.a.1");
}

/// The manual of PHP's `version_compare`.
#[test]
fn composer_precedence() {
    let chain = "1.0-foo = 1.0-BETA < 1.0-dev < 1.0a1 = v1.0-alpha.1 < 1.0b1 = 1.0-beta1 < 1.0RC1 = 1.0-rc.1 < 1.0 \
        < 1.0.0 < 1.0.1 < 1.0pl1 = 1.0-patch1 < 1.1 < 1.x-dev < 2.0";
    assert_order(Scheme::Composer, chain);
    assert!(Scheme::Composer.parse("dev-main").is_err());
}

/// NuGet's documentation: four numbers, pre-releases in any case, builds that do not count.
#[test]
fn nuget_precedence() {
    let chain = "1.0.0-alpha.2 < 1.0.0-Alpha.10 = 1.0.0-ALPHA.10+build < 1.0.0-beta < 1 = 1.0.0.0 = 1.0+x \
        < 1.0.0.1-beta < 1.0.0.1";
    assert_order(Scheme::NuGet, chain);
}

/// `pub_semver`: SemVer, then builds.
#[test]
fn pub_precedence() {
    let chain = "1.0.0-a < 1.0.0-a+1 < 1.0.0 < 1.0.0+1 < 1.0.0+2 < 1.0.0+10 < 1.0.0+10.1 < 1.0.0+a < 1.0.1";
    assert_order(Scheme::Pub, chain);
}

#[test]
fn numbers_alone_go_by_number_and_length() {
    assert_order(Scheme::Cran, "0.9 < 0.75 = 0-75 < 1.0 < 1.0-0 = 1.0.0 < 1.0-1 < 1.10");
    assert_order(Scheme::Hackage, "0 < 0.1.26.0 < 1 < 1.0 < 1.0.0 < 1.1");
    assert!(Scheme::Hackage.parse("1.0-1").is_err());
}

/// Conan 2: letters inside numbers, builds above, pre-releases below.
#[test]
fn conan_precedence() {
    let chain = "1.0-pre < 1.0 = 1 = 1.0.0 < 1.0+b1 = 1+b1.0 < 1.0+b2 < 1.1.1 < 1.1.1a < 1.1.1w < 1.1.2 < 1.9d \
        < 1.10 < 1.10a < 1.a < 2 < cci.20200203";
    assert_order(Scheme::Conan, chain);
}

#[test]
fn openssl_precedence() {
    let chain = "0.9.8zh < 1.0.2 < 1.0.2a < 1.0.2z < 1.0.2za < 1.0.2zd < 1.1.1-pre2 < 1.1.1 < 1.1.1w < 3.0.0-beta1 \
        < 3.0.0 < 3.0.10";
    assert_order(Scheme::OpenSsl, chain);
}

/// RFC 3339, across zones, days, leap years and fractions.
#[test]
fn points_in_time() {
    let chain = "2023-12-31T23:59:59Z < 2024-01-01T00:00:00Z = 2023-12-31T19:00:00-05:00 = 2024-01-01T00:00:00.000Z \
        < 2024-01-01T00:00:00.09Z < 2024-01-01T00:00:00.1Z < 2024-02-29T23:00:00Z = 2024-03-01T00:00:00+01:00 \
        < 2100-02-28T00:00:00Z";
    assert_order(Scheme::DateTime, chain);
    for wrong in [
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-01-01",
        "2024-01-01T24:00:00Z",
        "2024-1-1T0:0:0Z",
    ] {
        assert!(Scheme::DateTime.parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn orders_are_found_by_any_of_their_names() {
    let table = [
        ("npm", Scheme::SemVer),
        ("redhat", Scheme::Rpm),
        ("Red Hat:enterprise_linux:8", Scheme::Rpm),
        ("alpine", Scheme::Apk),
        ("Ubuntu:22.04:LTS", Scheme::Debian),
        ("debian", Scheme::Debian),
        ("packagist", Scheme::Composer),
        ("composer", Scheme::Composer),
        ("pep440", Scheme::Pep440),
        ("semver", Scheme::SemVer),
        ("generic", Scheme::Generic),
        ("conan", Scheme::Conan),
    ];
    for (name, scheme) in table {
        assert_eq!(Scheme::named(name), Some(scheme), "{name}");
    }
    for name in ["", "opam", "nowhere"] {
        assert_eq!(Scheme::named(name), None, "{name}");
    }
    for scheme in Scheme::ALL {
        assert_eq!(Scheme::named(scheme.name()), Some(*scheme));
    }
}
