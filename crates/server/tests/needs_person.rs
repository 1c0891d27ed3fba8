//! What a person must decide is shown to the case's coordinators with the other exposure, and not dropped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_testkit::{Ask, Cast, Site, inventory};
use serde_json::{Value, json};

/// Opens a case from a document as another tool writes it.
async fn exposure_of(site: &Site, cast: &Cast, document: &Value) -> Value {
    let id = site.submit(&cast.finder, document).await;
    let opened = site.post(&cast.ada, "/api/v1/cases", "open", &json!({ "finding": id })).await.ok();
    let path = format!("/api/v1/cases/{}/exposure", opened.field("case"));
    site.get(&cast.ada, &path).await.ok().json()["organisations"].clone()
}

#[tokio::test]
async fn a_record_with_commits_only_needs_a_person() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("sample", "1.0")])).await.ok();
    site.push(&cast.power, "grid", &inventory(&[("elsewhere", "1.0")])).await.ok();
    let record = json!({ "schema_version": "1.6.0", "id": "OSV-1", "summary": "s", "affected": [{
        "package": { "ecosystem": "PyPI", "name": "sample" },
        "ranges": [{ "type": "GIT", "repo": "https://example.org/x", "events": [{ "introduced": "0" }] }] }] });
    let found = exposure_of(&site, &cast, &record).await;
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!((&found[0]["name"], &found[0]["confidence"]), (&json!("Bank"), &json!("needs-person")));
}

#[tokio::test]
async fn a_name_that_says_less_than_the_advisorys_needs_a_person() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    for (who, name) in [
        (&cast.bank, "cpe:2.3:o:acme:pump_firmware:1.0:*:*:*:pro:*:*:*"),
        (&cast.power, "cpe:2.3:o:acme:pump_firmware:1.0:*:*:*:*:*:*:*"),
        (&cast.hospital, "cpe:2.3:o:acme:pump_firmware:1.0:*:*:*:-:*:*:*"),
    ] {
        let ask = Ask::send("/api/v1/inventories?asset=pumps", name, name.as_bytes().to_vec());
        site.ask(ask.header("idempotency-key", &forewarn_testkit::key(name)).bearer(&who.token)).await.ok();
    }
    let advisory = json!({
        "document": { "csaf_version": "2.0", "title": "t", "tracking": { "id": "A-1" } },
        "product_tree": { "full_product_names": [{ "name": "P", "product_id": "P1",
            "product_identification_helper": { "cpe": "cpe:2.3:o:acme:pump_firmware:1.0:*:*:*:pro:*:*:*" } }] },
        "vulnerabilities": [{ "title": "v", "product_status": { "known_affected": ["P1"] } }],
    });
    let found = exposure_of(&site, &cast, &advisory).await;
    let mut shown: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["name"], one["confidence"]))
        .collect();
    shown.sort();
    assert_eq!(shown, ["\"Bank\" \"exact\"", "\"Power\" \"needs-person\""]);
}
