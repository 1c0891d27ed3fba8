//! Advisories to write: any that the types allow, those that are meant to be valid, those of a release.

use forewarn_exposure::{Affected, Bound, Ecosystem, Identity, ProductNames, Range};
use forewarn_formats::csaf::{
    Advisory, Category, Publisher, Remediation, Remedy, Revision, Status, Tlp, Vulnerability, Weakness,
    weakness_name,
};
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const ECOSYSTEMS: [&str; 16] = [
    "crates.io",
    "Debian",
    "Debian:12",
    "Go",
    "Maven",
    "npm",
    "PyPI",
    "RubyGems",
    "NuGet",
    "Packagist",
    "Hex",
    "CRAN",
    "GitHub Actions",
    "Alpine",
    "Ubuntu",
    "generic",
];
const NAMES: [&str; 12] = [
    "codec",
    "northlight-codec",
    "@scope/thing",
    "org.example:artifact",
    "github.com/a/b",
    "Two Words",
    "ünïcode",
    "a%b",
    "x/y/z",
    "a@b",
    "name?with=query#f",
    "SIMATIC S7-1200",
];
const VERSIONS: [&str; 30] = [
    "0",
    "1.0",
    "2.3.1",
    "2.0.0-rc.1",
    "1:7.88.1-10+deb12u7",
    "3.0.14~beta",
    "V4.2 SP1 Update 3",
    "R151-V2",
    "M.04.01",
    "2.03-02",
    "12.2.1-12.2.11",
    "all",
    "latest",
    "1.0 and later",
    "1.0 or 2.0",
    "1.x",
    "*",
    "1|<2",
    "1,2",
    "<2",
    "=1",
    "1%20",
    "100%",
    "vers:npm/1",
    "1.0 prior",
    " 1.0 ",
    "versions 3",
    "v1.2/v1.3",
    "≤2",
    "5 (build 7)",
];

pub fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_000_000 + seconds).unwrap()
}

/// Versions as they are, with now and then anything at all.
fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&VERSIONS[..10]).prop_map(str::to_owned),
        2 => select(&VERSIONS[..]).prop_map(str::to_owned),
        1 => "[0-9]{1,2}(\\.[0-9]{1,3}){0,3}([-+~.][a-z0-9]{1,4})?",
        1 => any::<String>(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![6 => select(&NAMES[..]).prop_map(str::to_owned), 1 => any::<String>()]
}

fn identity() -> impl Strategy<Value = (Identity, Option<ProductNames>)> {
    let ecosystem = select(&ECOSYSTEMS[..]).prop_map(|name| name.parse::<Ecosystem>().unwrap());
    let package =
        (ecosystem, name()).prop_map(|(ecosystem, name)| (Identity::package(ecosystem, &name), None));
    let product = (name(), name(), option::of((name(), name()))).prop_map(|(vendor, product, other)| {
        let identity = Identity::product(&vendor, &product);
        let (vendor, product) = other.unwrap_or((vendor, product));
        (identity, Some(ProductNames { vendor, product, cpe: None }))
    });
    prop_oneof![package, product]
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![
        2 => version().prop_map(Bound::Included),
        2 => version().prop_map(Bound::Excluded),
        1 => Just(Bound::Open),
    ]
}

fn affected() -> impl Strategy<Value = Affected> {
    let range = prop_oneof![
        3 => (bound(), bound()).prop_map(|(from, to)| Range { from, to }),
        1 => version().prop_map(|version| Range::single(&version)),
    ];
    (identity(), vec(range, 0..4), vec(version(), 0..4), option::weighted(0.2, any::<String>())).prop_map(
        |((identity, names), ranges, versions, needs_person)| Affected {
            identity,
            names,
            ranges,
            versions,
            needs_person,
        },
    )
}

fn vulnerability() -> impl Strategy<Value = Vulnerability> {
    let weakness = select(&["CWE-79", "CWE-787", "CWE-20", "CWE-918"][..])
        .prop_map(|id| Weakness { id: id.to_owned(), name: weakness_name(id).unwrap().to_owned() });
    let remedy = select(
        &[
            Remedy::Mitigation,
            Remedy::NoFixPlanned,
            Remedy::NoneAvailable,
            Remedy::VendorFix,
            Remedy::Workaround,
        ][..],
    );
    let remediation =
        (remedy, "[a-zA-Z .]{0,30}x").prop_map(|(remedy, details)| Remediation { remedy, details });
    let vector = select(
        &[
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:C/C:L/I:N/A:N",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
            "CVSS:3.1/E:F/AV:P/AC:L/PR:L/UI:N/S:C/C:H/I:L/A:N/RL:O",
        ][..],
    );
    let reference =
        select(&["https://example.org/a?b=c#d", "http://example.org", "https://example.org/%20"][..]);
    (
        (any::<String>(), "[ -~]{0,200}x", option::of(weakness), vec(affected(), 1..5)),
        (vec((0_usize..5, version()), 0..3), vec(remediation, 0..4), vec(any::<String>(), 0..3)),
        (vec(reference.prop_map(str::to_owned), 0..3), option::of(vector.prop_map(str::to_owned))),
    )
        .prop_map(
            |((title, description, cwe, affected), (fixed, remediation, thanks), (references, cvss3))| {
                let fixed =
                    fixed.into_iter().map(|(entry, version)| (entry % affected.len(), version)).collect();
                let acknowledgments = thanks.into_iter().map(|name| format!("{name}x")).collect();
                Vulnerability {
                    title,
                    cve: None,
                    cwe,
                    description,
                    affected,
                    fixed,
                    remediation,
                    acknowledgments,
                    references,
                    cvss3,
                }
            },
        )
}

/// An advisory that is written unless what it affects cannot be: `None` fixed versions clash, and so on.
pub fn advisory() -> impl Strategy<Value = Advisory> {
    let publisher = (
        "[A-Za-zé .]{0,20}x",
        select(
            &[Category::Coordinator, Category::Discoverer, Category::Other, Category::User, Category::Vendor]
                [..],
        ),
        option::of(any::<String>()),
    );
    let tlp = select(&[Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::Red][..]);
    let status = select(&[Status::Draft, Status::Interim, Status::Final][..]);
    let steps = vec(0_i64..100_000, 1..5);
    let language = select(&["en", "de", "en-US", "zh-Hans-CN", "es-419"][..]);
    (
        ("[A-Za-z0-9][A-Za-z0-9 _.+-]{0,30}", "[ -~é]{0,60}x", publisher, tlp, status),
        (steps, any::<bool>(), language, vec(vulnerability(), 1..4), any::<u16>()),
    )
        .prop_map(
            |(
                (id, title, (name, category, contact), tlp, status),
                (steps, zero, language, mut many, cve),
            )| {
                for (index, one) in many.iter_mut().enumerate().filter(|_| cve % 3 == 0) {
                    one.cve = Some(format!("CVE-2026-{:04}", usize::from(cve) + index));
                }
                let first = u32::from(!(zero && status == Status::Draft));
                let mut date = 0;
                let revisions: Vec<Revision> = (first..)
                    .zip(&steps)
                    .map(|(number, step)| {
                        date += step;
                        Revision { number, date: moment(date), summary: format!("Number {number}") }
                    })
                    .collect();
                Advisory {
                    id,
                    title,
                    publisher: Publisher { name, namespace: "https://example.org".into(), category, contact },
                    tlp,
                    status,
                    current_release: moment(date),
                    initial_release: moment(steps[0]),
                    revisions,
                    language: language.into(),
                    vulnerabilities: many,
                }
            },
        )
}

/// What the service publishes when a case is released for the `revision`th time.
pub fn released(number: &str, revision: u32, affected: Vec<Affected>) -> Advisory {
    let first = moment(0);
    let now = first.checked_add(SignedDuration::from_hours(24 * i64::from(revision - 1))).unwrap();
    let date = |number| if number == revision { now } else { first };
    Advisory {
        id: number.into(),
        title: "Heap overflow in the frame parser of northlight-codec".into(),
        publisher: Publisher {
            name: "National Coordination Centre".into(),
            namespace: "https://clearinghouse.example".into(),
            category: Category::Coordinator,
            contact: Some("desk@clearinghouse.example".into()),
        },
        tlp: Tlp::Clear,
        status: Status::Final,
        current_release: now,
        initial_release: first,
        revisions: (1..=revision)
            .map(|number| Revision {
                number,
                date: date(number),
                summary: if number == 1 { "First public release".into() } else { "Revised".into() },
            })
            .collect(),
        language: "en".into(),
        vulnerabilities: vec![Vulnerability {
            title: "Heap overflow in the frame parser of northlight-codec".into(),
            cve: Some("CVE-2026-1000".into()),
            cwe: Some(Weakness { id: "CWE-787".into(), name: "Out-of-bounds Write".into() }),
            description: "A length that is not checked.".into(),
            affected,
            fixed: vec![],
            remediation: vec![
                Remediation { remedy: Remedy::Mitigation, details: "Switch the parser off.".into() },
                Remediation { remedy: Remedy::VendorFix, details: "Update to a fixed version: 2.4.0".into() },
            ],
            acknowledgments: vec!["Lattice Research".into()],
            references: vec![],
            cvss3: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into()),
        }],
    }
}

/// A package and a product, as findings name them.
pub fn usual() -> Vec<Affected> {
    let range =
        |from: &str, to: &str| Range { from: Bound::Included(from.into()), to: Bound::Excluded(to.into()) };
    let entry =
        |identity, ranges, versions| Affected { identity, names: None, ranges, versions, needs_person: None };
    let (package, _) = Identity::from_purl("pkg:pypi/northlight-codec").unwrap();
    let product = Identity::product("Northlight Systems", "PumpView Controller");
    vec![entry(package, vec![range("2.0", "2.4.0")], vec![]), entry(product, vec![], vec!["4.1.2".into()])]
}

/// Breaks one rule.
type Break = Box<dyn Fn(&mut Advisory)>;

/// One advisory for each rule that it can break, with the secret wherever a text can be.
pub fn broken(secret: &str) -> Vec<Advisory> {
    let sound = || {
        let mut sound = released(secret, 2, usual());
        sound.title = secret.into();
        sound.revisions.iter_mut().for_each(|revision| revision.summary = secret.into());
        let one = &mut sound.vulnerabilities[0];
        (one.title, one.description) = (secret.into(), secret.into());
        one.acknowledgments = vec![secret.into()];
        one.remediation.iter_mut().for_each(|remediation| remediation.details = secret.into());
        sound
    };
    let breaks: Vec<Break> = vec![
        Box::new(|_| ()),
        Box::new(|a| a.id = format!("{}\n", a.id)),
        Box::new(|a| a.title.clear()),
        Box::new(|a| a.language = a.id.clone()),
        Box::new(|a| a.publisher.namespace = a.id.clone()),
        Box::new(|a| a.tlp = Tlp::AmberStrict),
        Box::new(|a| a.revisions[1].number = 7),
        Box::new(|a| a.revisions.clear()),
        Box::new(|a| a.vulnerabilities[0].cve = Some(a.id.clone())),
        Box::new(|a| a.vulnerabilities[0].cwe = Some(Weakness { id: a.id.clone(), name: a.id.clone() })),
        Box::new(|a| a.vulnerabilities[0].cvss3 = Some(a.id.clone())),
        Box::new(|a| a.vulnerabilities[0].references = vec![a.id.clone()]),
        Box::new(|a| a.vulnerabilities[0].fixed = vec![(9, a.id.clone())]),
        Box::new(|a| a.vulnerabilities[0].affected[1].versions = vec![format!("{} <1|>2", a.id)]),
        Box::new(|a| a.vulnerabilities[0].affected.clear()),
    ];
    breaks
        .iter()
        .map(|apply| {
            let mut advisory = sound();
            apply(&mut advisory);
            advisory
        })
        .collect()
}
