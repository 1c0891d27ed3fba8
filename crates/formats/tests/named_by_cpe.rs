//! CSAF products with a CPE name, and OSV records about repositories: what becomes of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_exposure::{Affected, Identity, Range};
use forewarn_formats::json::Limits;
use forewarn_formats::report;
use serde_json::{Value, json};

fn affected(document: &Value) -> Vec<Affected> {
    let bytes = serde_json::to_vec(document).unwrap();
    let mut reports = report::read(&bytes, &Limits::default()).unwrap();
    assert_eq!(reports.len(), 1);
    reports.remove(0).affected
}

/// A document with one product: its helper, in branches of these categories and names, the outermost first.
fn of_product(helper: &Value, branches: &[(&str, &str)]) -> Value {
    let product = json!({ "name": "P", "product_id": "P1", "product_identification_helper": helper });
    let tree = match branches.split_last() {
        None => json!({ "full_product_names": [product] }),
        Some(((category, name), outer)) => {
            let mut branch = json!({ "category": category, "name": name, "product": product });
            for (category, name) in outer.iter().rev() {
                branch = json!({ "category": category, "name": name, "branches": [branch] });
            }
            json!({ "branches": [branch] })
        }
    };
    json!({
        "document": { "csaf_version": "2.0", "title": "t", "tracking": { "id": "A-1" } },
        "product_tree": tree,
        "vulnerabilities": [{ "title": "v", "product_status": { "known_affected": ["P1"] } }],
    })
}

fn cpe_of(affected: &Affected) -> &str {
    affected.names.as_ref().and_then(|names| names.cpe.as_deref()).unwrap_or("none")
}

const PUMP: &str = "cpe:2.3:o:acme:pump_firmware:1.0:*:*:*:*:*:*:*";
const ANY_PUMP: &str = "cpe:2.3:o:acme:pump_firmware:*:*:*:*:*:*:*:*";

#[test]
fn a_product_with_nothing_but_a_cpe_name_is_identified() {
    for (name, versions, all) in [
        (PUMP, vec!["1.0"], false),
        ("cpe:/o:acme:pump_firmware:1.0:sp1", vec!["1.0 sp1"], false),
        (ANY_PUMP, vec![], true),
        ("cpe:2.3:o:acme:pump_firmware:-:*:*:*:*:*:*:*", vec!["-"], false),
    ] {
        let found = affected(&of_product(&json!({ "cpe": name }), &[]));
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].identity, Identity::product("acme", "pump firmware"));
        assert_eq!(
            (&found[0].versions[..], found[0].needs_person.as_ref()),
            (&versions.map_texts()[..], None)
        );
        assert_eq!(found[0].ranges == [Range::ALL], all, "{name}");
        assert!(cpe_of(&found[0]).starts_with("cpe:2.3:o:acme:pump_firmware:"), "{name}");
    }
    // Neither of one product nor a name: it cannot be matched, as before.
    for name in ["cpe:2.3:o:acme:*:*:*:*:*:*:*:*:*", "cpe:2.3:o", "pump"] {
        assert_eq!(affected(&of_product(&json!({ "cpe": name }), &[])), [], "{name}");
    }
}

trait MapTexts {
    fn map_texts(&self) -> Vec<String>;
}

impl MapTexts for Vec<&str> {
    fn map_texts(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn branches_say_more_of_versions_than_a_name_does() {
    let branches = |version: (&'static str, &'static str)| {
        [("vendor", "Acme"), ("product_name", "Pump Firmware"), version]
    };
    let ranged = affected(&of_product(&json!({ "cpe": PUMP }), &branches(("product_version_range", "<2.0"))));
    assert_eq!((ranged.len(), ranged[0].ranges[0].to_string().as_str()), (1, "<2.0"));
    assert_eq!(cpe_of(&ranged[0]), ANY_PUMP, "the range is the version");
    let one = affected(&of_product(&json!({ "cpe": ANY_PUMP }), &branches(("product_version", "1.1"))));
    assert_eq!((one.len(), &one[0].versions[..]), (1, &["1.1".to_owned()][..]));
    let names = one[0].names.as_ref().unwrap();
    assert_eq!((names.vendor.as_str(), names.product.as_str()), ("Acme", "Pump Firmware"), "as it is shown");
    // A VERS range is exact too.
    let vers = branches(("product_version_range", "vers:intdot/>=1.0|<1.4"));
    let vers = affected(&of_product(&json!({ "cpe": ANY_PUMP }), &vers));
    assert_eq!((vers[0].ranges[0].to_string().as_str(), &vers[0].needs_person), (">=1.0, <1.4", &None));
    let excluded = branches(("product_version_range", "vers:semver/>=1.0.0|!=1.2.0|<1.4.0"));
    let excluded = affected(&of_product(&json!({}), &excluded));
    let ranges: Vec<String> = excluded[0].ranges.iter().map(ToString::to_string).collect();
    assert_eq!(ranges, [">=1.0.0, <1.2.0", ">1.2.0, <1.4.0"]);
    assert_eq!(excluded[0].needs_person, None);
}

#[test]
fn two_names_are_two_products() {
    let branches = [("vendor", "Acme"), ("product_name", "Super Pump"), ("product_version_range", "<2.0")];
    let found = affected(&of_product(&json!({ "cpe": ANY_PUMP }), &branches));
    let identities: Vec<_> = found.iter().map(|one| one.identity.to_string()).collect();
    assert_eq!(identities, ["acme super pump", "acme pump firmware"]);
    assert_eq!((cpe_of(&found[0]), cpe_of(&found[1])), ("none", ANY_PUMP));
    assert!(found.iter().all(|one| one.ranges[0].to_string() == "<2.0"));
    // A package URL says it all.
    let package = affected(&of_product(&json!({ "cpe": ANY_PUMP, "purl": "pkg:npm/a@1.0" }), &branches));
    assert_eq!((package.len(), package[0].identity.to_string().as_str()), (1, "npm a"));
}

fn record(entry: &Value) -> Value {
    json!({ "schema_version": "1.6.0", "id": "OSV-1", "affected": [entry] })
}

#[test]
fn commits_alone_need_a_person() {
    let commits =
        json!([{ "type": "GIT", "repo": "https://example.org/x", "events": [{ "introduced": "0" }] }]);
    let package = json!({ "ecosystem": "PyPI", "name": "sample" });
    let held = affected(&record(&json!({ "package": package, "ranges": commits })));
    assert_eq!(held[0].needs_person.as_deref(), Some("affected versions are given as commits only"));
    assert_eq!(affected(&record(&json!({ "ranges": commits }))), [], "nobody can hold this");
}

#[test]
fn a_repository_with_a_package_url_is_what_is_affected() {
    let of = |repositories: &[&str]| {
        let ranges: Vec<Value> = repositories
            .iter()
            .map(|repo| json!({ "type": "GIT", "repo": repo, "events": [{ "introduced": "0" }, { "fixed": "abc" }] }))
            .collect();
        affected(&record(&json!({ "ranges": ranges, "versions": ["v1.0"] })))
    };
    let held = Identity::from_purl("pkg:github/acme/pump@v1.0").unwrap().0;
    let same =
        ["https://github.com/acme/pump", "git://github.com/acme/pump.git", "https://github.com/Acme/Pump/"];
    let found = of(&same);
    assert_eq!((found.len(), &found[0].identity), (1, &held));
    assert_eq!(found[0].needs_person.as_deref(), Some("affected versions are given as commits only"));
    assert_eq!(found[0].versions, ["v1.0"]);
    for other in [
        "",
        "https://github.com/acme",
        "https://github.com/acme/pump/tree",
        "https://github.com/a b/c",
        "https://github.com.example.org/acme/pump",
        "acme/pump",
    ] {
        assert_eq!(of(&[other]), [], "{other}");
    }
}
