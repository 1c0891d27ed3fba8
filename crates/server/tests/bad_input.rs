//! What is not right is answered with a problem that names the place, quotes nothing, and loses nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use forewarn_testkit::{Answer, Ask, Cast, Site, finding, inventory};
use serde_json::{Value, json};

/// A word that must not come back.
const SECRET: &str = "xyzzy-plugh";

async fn set() -> (Site, Cast) {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    (site, cast)
}

async fn batch(site: &Site, cast: &Cast, key: &str, body: impl Into<Vec<u8>>) -> Answer {
    site.ask(Ask::send("/api/v1/findings:batch", key, body.into()).bearer(&cast.finder.token)).await
}

async fn findings(site: &Site, cast: &Cast) -> usize {
    let page = site.get(&cast.finder, "/api/v1/findings?limit=200").await.ok();
    page.json()["items"].as_array().unwrap().len()
}

/// One line of each wrong kind between two good ones.
fn wrong_lines() -> Vec<(&'static str, String, &'static str)> {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let with = |name: &str, value: Value| {
        let mut one = finding(50, "samplelib");
        one[name] = value;
        one.to_string()
    };
    vec![
        ("malformed", format!("{{\"forewarn\": \"finding/1\", \"{SECRET}"), "line 1 column"),
        (
            "duplicate keys",
            format!("{{\"title\":\"{SECRET}\",\"title\":\"b\",\"forewarn\":\"finding/1\"}}"),
            "/title",
        ),
        ("wrong version", with("forewarn", json!("finding/9")), "/forewarn"),
        ("unknown ecosystem", osv("Nowhere").to_string(), "/affected/0/package/ecosystem"),
        ("depth bomb", deep, "/0/0"),
        ("not UTF-8", "\u{0}".to_owned(), "line 1 column 1"),
        ("no known format", json!({ "secret": SECRET }).to_string(), "/"),
        ("title of another type", with("title", json!([SECRET])), "/title"),
        ("over a MiB", with("description", json!("x".repeat(1 << 20))), ""),
    ]
}

fn osv(ecosystem: &str) -> Value {
    json!({ "id": "T-1", "modified": "2026-01-01T00:00:00Z", "summary": SECRET, "details": SECRET,
        "affected": [{ "package": { "ecosystem": ecosystem, "name": "a" },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }] }] }] })
}

#[tokio::test]
async fn a_wrong_line_is_named_and_the_others_go_in() {
    let (site, cast) = set().await;
    for (number, (what, line, place)) in (10_u32..).zip(wrong_lines()) {
        let (first, last) = (finding(number * 2, "samplelib"), finding(number * 2 + 1, "samplelib"));
        let mut body = format!("{first}\n").into_bytes();
        // The one line that is not text.
        body.extend(if what == "not UTF-8" { vec![0xff, 0xfe, b'a'] } else { line.into_bytes() });
        body.extend(format!("\n{last}\n").into_bytes());
        let before = findings(&site, &cast).await;
        let answer = batch(&site, &cast, &format!("key {what}"), body).await.ok();
        let results = answer.json()["results"].clone();
        let kinds: Vec<_> = results.as_array().unwrap().iter().map(|r| r["result"].clone()).collect();
        assert_eq!(kinds, ["accepted", "rejected", "accepted"], "{what}: {results}");
        assert_eq!(results[1]["line"], 2, "{what}");
        let said = results[1]["place"].as_str().unwrap();
        assert!(said.starts_with(place), "{what}: {said}");
        assert!(!results[1]["message"].as_str().unwrap().is_empty(), "{what}");
        assert!(!answer.text().contains(SECRET), "{what} quotes what was sent: {}", answer.text());
        assert_eq!(findings(&site, &cast).await, before + 2, "{what}");
    }
}

#[tokio::test]
async fn the_same_batch_twice_goes_in_once() {
    let (site, cast) = set().await;
    let body = format!("{}\n{}\n", finding(1, "samplelib"), finding(2, "samplelib"));
    let first = batch(&site, &cast, "one", body.clone()).await.ok();
    let again = batch(&site, &cast, "one", body.clone()).await.ok();
    assert_eq!(first.body, again.body);
    // Under another key each is a duplicate of the submitter's own, with the finding's id.
    let other = batch(&site, &cast, "two", body.clone()).await.ok();
    for (position, result) in other.json()["results"].as_array().unwrap().iter().enumerate() {
        assert_eq!(result["result"], "duplicate");
        assert_eq!(result["finding"], first.json()["results"][position]["finding"]);
    }
    assert_eq!(findings(&site, &cast).await, 2);
    // The key of one batch does not serve for another.
    let changed = batch(&site, &cast, "one", format!("{}\n", finding(3, "samplelib"))).await;
    assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(changed.json()["place"], "Idempotency-Key");
}

#[tokio::test]
async fn a_body_of_200_mib_is_refused_while_it_arrives() {
    let (site, cast) = set().await;
    let chunk = Bytes::from(vec![b' '; 1 << 20]);
    let stream = futures_util::stream::iter((0..200).map(move |_| Ok::<_, std::io::Error>(chunk.clone())));
    let request = Request::post("/api/v1/inventories?asset=big")
        .header("authorization", format!("Bearer {}", cast.bank.token))
        .header("idempotency-key", "big")
        .body(Body::from_stream(stream))
        .unwrap();
    let answer = site.call(request).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
    assert!(answer.json()["detail"].as_str().unwrap().contains("limit of 134217728 bytes"));
    // As one line of a batch it is cut off and rejected alone.
    let chunk = Bytes::from(vec![b'x'; 1 << 20]);
    let long = (0..200).map(move |_| chunk.clone());
    let after = Bytes::from(format!("\n{}\n", finding(1, "samplelib")));
    let stream = futures_util::stream::iter(long.chain([after]).map(Ok::<_, std::io::Error>));
    let request = Request::post("/api/v1/findings:batch")
        .header("authorization", format!("Bearer {}", cast.finder.token))
        .header("idempotency-key", "long")
        .body(Body::from_stream(stream))
        .unwrap();
    let results = site.call(request).await.ok().json()["results"].clone();
    assert_eq!(results[0]["result"], "rejected");
    assert_eq!((&results[1]["result"], &results[1]["line"]), (&json!("accepted"), &json!(2)));
}

#[tokio::test]
async fn an_inventory_that_cannot_be_read_leaves_the_one_before() {
    let (site, cast) = set().await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.0")])).await.ok();
    for wrong in [
        json!({ "bomFormat": "CycloneDX", "specVersion": "9.9", "components": [] }),
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": SECRET }),
        json!({ "spdxVersion": "SPDX-7.0", "name": SECRET }),
        json!({ "hello": SECRET }),
    ] {
        let answer = site.push(&cast.bank, "ledger", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", answer.text());
        assert!(answer.json()["place"].is_string(), "{}", answer.text());
        assert!(!answer.text().contains(SECRET), "{}", answer.text());
    }
    let listed = site.get(&cast.bank, "/api/v1/inventories").await.ok().json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["components"], 1);
}

#[tokio::test]
async fn acts_that_are_not_right_name_the_place() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let path = format!("/api/v1/cases/{case}/acts");
    let asked = async |key: &str, body: &str| {
        site.ask(Ask::send(&path, key, body.as_bytes().to_vec()).bearer(&cast.ada.token)).await
    };
    for (key, body, place) in [
        ("1", "{", "line 1 column"),
        ("2", r#"{"act":"close","act":"close"}"#, "/act"),
        ("3", &format!(r#"{{"act":"{SECRET}"}}"#), ""),
        ("4", r#"{"act":"withdraw"}"#, ""),
        ("5", r#"{"act":"withdraw","reason":""}"#, "/reason"),
        ("6", r#"{"act":"withdraw","reason":"r","extra":1}"#, "/extra"),
        ("7", r#"{"act":"set-terms","release_at":"soon","zone":"UTC","tlp":"AMBER"}"#, ""),
        (
            "8",
            r#"{"act":"set-terms","release_at":"2026-08-01T00:00:00Z","zone":"Nowhere/Else","tlp":"AMBER"}"#,
            "/zone",
        ),
        ("9", r#"{"act":"invite-vendor","vendor":"nobody"}"#, "/vendor"),
        ("10", r#"{"act":"approve-wave","wave":"1"}"#, "/wave"),
    ] {
        let answer = asked(key, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", answer.text());
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        let problem = answer.json();
        let said = problem["place"].as_str().unwrap_or_default();
        assert!(said.starts_with(place), "{body}: {problem}");
        assert!(!answer.text().contains(SECRET), "{body}: {problem}");
    }
    let huge = asked("11", &format!(r#"{{"act":"withdraw","reason":"{}"}}"#, "x".repeat(1 << 20))).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let without =
        site.ask(Ask::send(&path, "", br#"{"act":"close"}"#.to_vec()).bearer(&cast.ada.token)).await;
    assert_eq!(
        (without.status, &without.json()["place"]),
        (StatusCode::BAD_REQUEST, &json!("Idempotency-Key"))
    );
    let long = asked(&"k".repeat(181), r#"{"act":"close"}"#).await;
    assert_eq!((long.status, &long.json()["place"]), (StatusCode::BAD_REQUEST, &json!("Idempotency-Key")));
}

#[tokio::test]
async fn query_parameters_that_are_not_right_are_named() {
    let (site, cast) = set().await;
    for (query, place) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "query"),
        ("after=!!!", "after"),
        ("after=eHg", "after"),
        ("sort=up", "query"),
        ("limit=1&limit=2", "query"),
    ] {
        let answer = site.get(&cast.bank, &format!("/api/v1/notices?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", answer.text());
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.json()["place"], place, "{query}");
    }
    let no_asset = site.ask(Ask::post("/api/v1/inventories", "k", &inventory(&[])).bearer(&cast.bank.token));
    assert_eq!(no_asset.await.json()["place"], "query");
}

#[tokio::test]
async fn a_list_is_walked_by_its_cursors() {
    let (site, cast) = set().await;
    let lines: Vec<String> = (0..23).map(|n| finding(n, "samplelib").to_string()).collect();
    batch(&site, &cast, "all", lines.join("\n")).await.ok();
    let (mut seen, mut path) = (Vec::new(), "/api/v1/findings?limit=5".to_owned());
    for pages in 1.. {
        let page = site.get(&cast.finder, &path).await.ok().json();
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= 5);
        seen.extend(items.iter().map(|i| i["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else {
            assert_eq!(pages, 5);
            break;
        };
        path = format!("/api/v1/findings?limit=5&after={next}");
    }
    let once: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), once.len()), (23, 23));
}

/// A member of one organisation reaches nothing of another's by knowing its ids.
#[tokio::test]
async fn a_token_of_another_organisation_reaches_nothing() {
    let (site, cast) = set().await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.0")])).await.ok();
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "mitigation").await;
    let notice = site.inbox(&cast.bank).await[0]["id"].as_str().unwrap().to_owned();
    let act = json!({ "act": "acknowledge" });
    for other in [&cast.power, &cast.hospital, &cast.relay] {
        let read = site.get(other, &format!("/api/v1/notices/{notice}")).await;
        let acted = site.post(other, &format!("/api/v1/notices/{notice}/acts"), "k", &act).await;
        assert_eq!((read.status, acted.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        assert!(site.inbox(other).await.is_empty());
        let inventories = site.get(other, "/api/v1/inventories").await.ok().json();
        assert!(inventories["items"].as_array().unwrap().is_empty());
    }
    let mine = site.get(&cast.bank, &format!("/api/v1/notices/{notice}")).await.ok().json();
    assert_eq!(mine["state"], "opened", "somebody else's act took effect");
}
