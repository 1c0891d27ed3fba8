//! Names of packages and products, and package URLs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_exposure::{Distro, Ecosystem, Identity, PurlProblem, Scheme, UnknownEcosystem};
use proptest::prelude::*;
use proptest::sample::select;

fn ecosystem(name: &str) -> Ecosystem {
    name.parse().unwrap()
}

fn package(eco: &str, name: &str) -> Identity {
    Identity::package(ecosystem(eco), name)
}

#[test]
fn names_are_one_form_for_each_ecosystem() {
    let same: &[(&str, &[&str])] = &[
        ("PyPI", &["zope.interface", "Zope-Interface", "zope__interface", " zope._-interface "]),
        ("Maven", &["org.apache.logging.log4j:log4j-core", "org.apache.logging.log4j/log4j-core"]),
        ("Go", &["github.com/Azure/azure-sdk", "github.com/azure/azure-sdk"]),
        ("Debian", &["OpenSSL", "openssl"]),
        ("Packagist", &["Symfony/HTTP-Kernel", "symfony/http-kernel"]),
        ("NuGet", &["Newtonsoft.Json", "newtonsoft.json"]),
    ];
    for (eco, names) in same {
        for name in *names {
            assert_eq!(package(eco, name), package(eco, names[0]), "{eco} {name}");
        }
    }
    let different = [
        ("npm", "JSONStream", "jsonstream"),
        ("crates.io", "serde_json", "serde-json"),
        ("Maven", "org.example:Lib", "org.example:lib"),
        ("PyPI", "zopeinterface", "zope-interface"),
    ];
    for (eco, one, other) in different {
        assert_ne!(package(eco, one), package(eco, other), "{eco}");
    }
    assert_ne!(package("PyPI", "flask"), package("npm", "flask"));
    assert_eq!(
        Identity::product(" Siemens  AG", "SIMATIC\tS7"),
        Identity::product("siemens ag", "Simatic S7")
    );
    assert_ne!(Identity::product("ab", "c"), Identity::product("a", "bc"));
}

#[test]
fn ecosystems_have_names_and_orders() {
    let table = [
        ("crates.io", Some(Scheme::SemVer)),
        ("Go", Some(Scheme::SemVer)),
        ("npm", Some(Scheme::SemVer)),
        ("PyPI", Some(Scheme::Pep440)),
        ("Debian", Some(Scheme::Debian)),
        ("Debian:12", Some(Scheme::Debian)),
        ("Maven", Some(Scheme::Maven)),
        ("Alpine", Some(Scheme::Apk)),
        ("Alpine:v3.18", Some(Scheme::Apk)),
        ("openSUSE:Leap 15.5", Some(Scheme::Rpm)),
        ("Red Hat:enterprise_linux:8", Some(Scheme::Rpm)),
        ("Ubuntu:22.04:LTS", Some(Scheme::Debian)),
        ("Ubuntu:23.10", Some(Scheme::Debian)),
        ("RubyGems", Some(Scheme::RubyGems)),
        ("Packagist", Some(Scheme::Composer)),
        ("NuGet", Some(Scheme::NuGet)),
        ("Pub", Some(Scheme::Pub)),
        ("Hex", Some(Scheme::SemVer)),
        ("CRAN", Some(Scheme::Cran)),
        ("Hackage", Some(Scheme::Hackage)),
        ("ConanCenter", Some(Scheme::Conan)),
        ("rpm", Some(Scheme::Rpm)),
        ("alpm", Some(Scheme::Alpm)),
        ("opam", None),
    ];
    for (name, scheme) in table {
        assert_eq!(ecosystem(name).to_string(), name);
        assert_eq!(ecosystem(name).scheme(), scheme, "{name}");
    }
    // A repository that is not used is left out.
    assert_eq!(ecosystem("Maven:https://repo.example/"), Ecosystem::Maven);
    assert_eq!(ecosystem("Ubuntu:Pro:22.04:LTS"), Ecosystem::Distro(Distro::Ubuntu, Some("22.04".into())));
    assert_eq!(ecosystem("Wolfi:"), Ecosystem::Distro(Distro::Wolfi, None));
    for unknown in ["pypi", "PyPi", "", "crates", "GIT"] {
        assert_eq!(unknown.parse::<Ecosystem>(), Err(UnknownEcosystem(unknown.to_owned())));
    }
    assert_eq!(Identity::product("a", "b").scheme(), Some(Scheme::Generic));
}

#[test]
fn debian_releases_have_one_form() {
    let same: &[&[&str]] = &[
        &["12", "bookworm", "Bookworm", "12.5", "12.0", " 12 "],
        &["13", "trixie", "13.1"],
        &["sid", "unstable"],
        &["6.0", "6", "squeeze", "6.0.10"],
        &["2.2", "potato"],
    ];
    for names in same {
        for name in *names {
            assert_eq!(Ecosystem::debian(Some(name)), Ecosystem::Debian(Some(names[0].to_owned())), "{name}");
        }
    }
    assert_eq!(Ecosystem::debian(Some(" ")), Ecosystem::Debian(None));
    assert_eq!(ecosystem("Debian:"), Ecosystem::Debian(None));
    let built = Identity::package(Ecosystem::Debian(Some("bookworm".into())), "a");
    assert_eq!(built, package("Debian:12", "a"));
}

#[test]
fn purls_are_read() {
    let table = [
        ("pkg:pypi/Django_Rest@1.11.1", "PyPI", "django-rest", Some("1.11.1")),
        ("pkg:npm/%40angular/animation@12.3.1", "npm", "@angular/animation", Some("12.3.1")),
        ("pkg:npm/JSONStream@1.0.0", "npm", "JSONStream", Some("1.0.0")),
        ("pkg:cargo/serde@1.0.0-rc.1%2Bb", "crates.io", "serde", Some("1.0.0-rc.1+b")),
        ("pkg:golang/github.com/Gorilla/Mux@v1.8.0#sub/dir", "Go", "github.com/gorilla/mux", Some("v1.8.0")),
        ("pkg:golang/stdlib@1.21.0", "Go", "stdlib", Some("1.21.0")),
        ("pkg:maven/org.apache.commons/io@1.3.4?type=jar", "Maven", "org.apache.commons:io", Some("1.3.4")),
        ("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie", "Debian:8", "curl", Some("7.50.3-1")),
        ("pkg:deb/debian/curl@1%3A7-1?distro=debian-12.5", "Debian:12", "curl", Some("1:7-1")),
        ("pkg:deb/debian/curl?distro=ubuntu-22.04", "Debian", "curl", None),
        ("pkg:deb/debian/libssl3@3.0.1?upstream=openssl", "Debian", "openssl", Some("3.0.1")),
        ("pkg:deb/debian/libssl3@3.0.1%2Bb1?upstream=openssl%403.0.1", "Debian", "openssl", Some("3.0.1")),
        ("pkg:deb/ubuntu/curl@7?distro=jammy", "Ubuntu:22.04", "curl", Some("7")),
        ("pkg:apk/alpine/curl@7.83.0-r0", "Alpine", "curl", Some("7.83.0-r0")),
        ("pkg:apk/alpine/libcurl@7?upstream=curl&distro=3.18.4", "Alpine:v3.18", "curl", Some("7")),
        ("pkg:rpm/redhat/curl@7", "Red Hat", "curl", Some("7")),
        ("pkg:rpm/other/curl@7", "rpm", "other/curl", Some("7")),
        ("pkg:oci/library/debian@sha256%3Aab?tag=12", "oci", "library/debian", Some("sha256:ab")),
        ("pkg:brew/OpenSSL@3@3.1.0", "brew", "openssl@3", Some("3.1.0")),
        ("pkg:cpan/DateTime@1.55?author=DROLSKY", "cpan", "DateTime", Some("1.55")),
        ("pkg:generic/openssl@1.1.1", "generic", "openssl", Some("1.1.1")),
        ("pkg:PyPI/flask", "PyPI", "flask", None),
        ("pkg://pypi//flask@", "PyPI", "flask", None),
    ];
    for (text, eco, name, version) in table {
        let expected = Ok((package(eco, name), version.map(str::to_owned)));
        assert_eq!(Identity::from_purl(text), expected, "{text}");
    }
}

#[test]
fn bad_purls_are_refused() {
    let long = format!("pkg:pypi/{}", "a".repeat(4_096));
    assert_eq!(Identity::from_purl(&long), Err(PurlProblem::TooLong(4_105)));
    assert_eq!(
        Identity::from_purl("pkg:nosuchtype/a@1"),
        Err(PurlProblem::UnknownType(UnknownEcosystem("nosuchtype".to_owned())))
    );
    for text in
        ["", "pypi/flask", "pkg:", "pkg:pypi", "pkg:pypi/", "http://pypi/flask", "pkg:golang/", "pkg:npm/@1"]
    {
        assert!(matches!(Identity::from_purl(text), Err(PurlProblem::Malformed(_))), "{text}");
    }
}

#[test]
fn purls_are_written() {
    let table = [
        (package("PyPI", "Zope.Interface"), Some("pkg:pypi/zope-interface")),
        (package("npm", "@angular/animation"), Some("pkg:npm/%40angular/animation")),
        (package("Go", "github.com/gorilla/mux"), Some("pkg:golang/github.com/gorilla/mux")),
        (package("Go", "stdlib"), Some("pkg:golang/stdlib")),
        (package("Maven", "org.apache.commons:io"), Some("pkg:maven/org.apache.commons/io")),
        (package("Debian:12", "curl"), Some("pkg:deb/debian/curl?distro=debian-12")),
        (package("crates.io", "serde"), Some("pkg:cargo/serde")),
        (package("Maven", "io"), None),
        (package("Packagist", "io"), None),
        (package("CRAN", "ggplot2"), None),
        (package("Linux", "Kernel"), None),
        (Identity::product("a", "b"), None),
    ];
    for (identity, expected) in table {
        assert_eq!(identity.to_purl().as_deref(), expected, "{identity}");
    }
}

const ECOSYSTEMS: [&str; 19] = [
    "crates.io",
    "Debian",
    "Debian:12",
    "Debian:sid",
    "Go",
    "Maven",
    "npm",
    "PyPI",
    "Alpine",
    "Alpine:v3.18",
    "Ubuntu",
    "Ubuntu:22.04:LTS",
    "Red Hat:enterprise_linux:8",
    "openSUSE:Leap 15.5",
    "rpm",
    "Packagist",
    "NuGet",
    "RubyGems",
    "generic",
];

fn identity() -> impl Strategy<Value = Identity> {
    let name = prop_oneof![
        "[a-zA-Z0-9._-]{1,12}",
        "@?[a-zA-Z0-9.-]{1,8}[/:][a-zA-Z0-9._-]{1,8}",
        "[a-z]{1,5}\\.com/[a-zA-Z]{1,5}/[a-z0-9]{1,5}(/v[0-9])?",
        "\\PC{1,10}",
    ];
    let package = (select(ECOSYSTEMS.to_vec()), name).prop_map(|(eco, name)| package(eco, &name));
    let product =
        ("\\PC{0,10}", "\\PC{0,10}").prop_map(|(vendor, product)| Identity::product(&vendor, &product));
    prop_oneof![4 => package, 1 => product]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// A normalised name is in its form already, also after a turn through JSON.
    #[test]
    fn normalisation_is_settled(identity in identity()) {
        let again = match &identity {
            Identity::Package { ecosystem, name } => Identity::package(ecosystem.clone(), name),
            Identity::Product { vendor, product } => Identity::product(vendor, product),
        };
        prop_assert_eq!(&again, &identity);
        let json = serde_json::to_string(&identity).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Identity>(&json).unwrap(), &identity);
    }

    #[test]
    fn a_written_purl_reads_as_its_identity(identity in identity()) {
        if let Some(purl) = identity.to_purl() {
            prop_assert_eq!(Identity::from_purl(&purl), Ok((identity, None)), "{}", purl);
        }
    }

    /// Ordinary names have a purl in every ecosystem that has a purl type.
    #[test]
    fn ordinary_names_have_a_purl(
        eco in select(vec!["crates.io", "Debian:12", "Go", "Maven", "npm", "PyPI", "RubyGems", "NuGet",
            "Alpine:v3.18", "Ubuntu:22.04", "Red Hat:8", "openSUSE:Leap 15.5", "Wolfi", "ConanCenter"]),
        name in "[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?",
    ) {
        let name = if eco == "Maven" { format!("org.{name}:{name}") } else { name };
        prop_assert!(package(eco, &name).to_purl().is_some());
    }

    #[test]
    fn debian_releases_are_settled(release in "\\PC{0,8}|[0-9]{1,2}(\\.[0-9]{0,2})?") {
        if let Ecosystem::Debian(Some(once)) = Ecosystem::debian(Some(&release)) {
            prop_assert_eq!(Ecosystem::debian(Some(&once)), Ecosystem::Debian(Some(once)));
        }
    }

    /// The stored form of a release stays, and the name that is written reads as the ecosystem.
    #[test]
    fn releases_are_settled(
        base in select(vec!["Alpine", "Ubuntu", "Red Hat", "Rocky Linux", "Photon OS", "openSUSE", "SUSE", "apk"]),
        release in "\\PC{0,8}|[vV]?[0-9]{1,2}(\\.[0-9]{0,2}){0,2}|(Pro:)?[0-9]{2}\\.04(:LTS)?|enterprise_linux:[0-9.]{1,3}(::a)?",
    ) {
        let once = ecosystem(&format!("{base}:{release}"));
        prop_assert_eq!(&ecosystem(&once.to_string()), &once);
        let Ecosystem::Distro(distro, stored) = &once else { panic!("{once} is no distribution") };
        prop_assert_eq!(&Ecosystem::distro(*distro, stored.as_deref()), &once);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), near in "(pkg:/{0,2})?[a-z]{2,6}(/[%@#?&=a-z0-9A-F/.:-]{0,20})?") {
        for text in [text, near] {
            if let Ok((identity, version)) = Identity::from_purl(&text) {
                let is_package = matches!(identity, Identity::Package { .. });
                prop_assert!(is_package);
                prop_assert_ne!(version.as_deref(), Some(""));
            }
            let _ = text.parse::<Ecosystem>();
        }
    }
}

/// JSON written by others is normalised when it is read.
#[test]
fn json_is_normalised() {
    let read = |json: &str| serde_json::from_str::<Identity>(json);
    let package_json = r#"{"kind":"package","ecosystem":"PyPI","name":"Zope.Interface"}"#;
    assert_eq!(read(package_json).unwrap(), package("PyPI", "zope-interface"));
    let product_json = r#"{"kind":"product","vendor":" ACME ","product":"Pump  3"}"#;
    assert_eq!(read(product_json).unwrap(), Identity::product("acme", "pump 3"));
    assert!(read(r#"{"kind":"package","ecosystem":"nowhere","name":"a"}"#).is_err());
}
