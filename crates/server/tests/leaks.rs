//! Copies of a notice that lead back to their readers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::http::StatusCode;
use forewarn_testkit::{Answer, Ask, Cast, Player, Site, finding, inventory, key};
use serde_json::{Value, json};

const DETAIL: &str = "The parser contains a flaw in its handling of nested frames. A specially crafted frame allows an \
    attacker to run arbitrary code. This happens when the length field is wrong, for example in a reply.";

/// A case of which the bank and the hospital have a notice that tells the detail.
async fn shared() -> (Site, Cast, String) {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    for operator in [&cast.bank, &cast.hospital] {
        site.push(operator, "all", &inventory(&[("samplelib", "1.4")])).await.ok();
    }
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let draft = json!({ "act": "draft", "text": {
        "title": "A title", "mitigation": "Update to 2.0. Where possible, stop it.", "detail": DETAIL } });
    site.act(&cast.ada, &case, &draft).await.ok();
    site.share(&cast, &case, "detail").await.ok();
    let notice = notice_of(&site, &cast.hospital).await["id"].as_str().unwrap().to_owned();
    let accept = json!({ "act": "answer-terms", "accept": true });
    site.post(&cast.hospital, &format!("/api/v1/notices/{notice}/acts"), &key("accept"), &accept).await.ok();
    (site, cast, case)
}

async fn notice_of(site: &Site, who: &Player) -> Value {
    let id = site.inbox(who).await[0]["id"].as_str().unwrap().to_owned();
    site.get(who, &format!("/api/v1/notices/{id}")).await.ok().json()
}

async fn traced(site: &Site, who: &Player, case: &str, text: &str) -> Answer {
    site.post(who, &format!("/api/v1/cases/{case}/traces"), &key(text), &json!({ "text": text })).await
}

fn told(notice: &Value) -> String {
    let part = |part: &str| {
        notice["content"][part].as_str().unwrap_or_else(|| panic!("{part}: {notice}")).to_owned()
    };
    ["mitigation", "detail", "handling"].map(part).join("\n\n")
}

#[tokio::test]
async fn each_copy_leads_back_to_its_reader() {
    let (site, cast, case) = shared().await;
    let (bank, hospital) = (notice_of(&site, &cast.bank).await, notice_of(&site, &cast.hospital).await);
    assert_ne!(told(&bank), told(&hospital));
    assert_ne!(bank["content"]["reference"], hospital["content"]["reference"]);
    // The same reader always reads the same.
    assert_eq!(notice_of(&site, &cast.bank).await["content"], bank["content"]);
    for (notice, reader) in [(&bank, &cast.bank), (&hospital, &cast.hospital)] {
        let found = traced(&site, &cast.ada, &case, &told(notice)).await.ok().json();
        assert_eq!(found["reading"], "points-to-one", "{found}");
        assert_eq!(found["suspects"][0]["org"], json!(reader.org));
        assert_eq!(found["suspects"][0]["agree"], found["suspects"][0]["read"]);
        assert_eq!(found["compared"], 3);
    }
    let reference = bank["content"]["reference"].as_str().unwrap();
    let found = traced(&site, &cast.ada, &case, &format!("they quote {reference} to the press")).await.ok();
    let first = &found.json()["suspects"][0];
    assert_eq!((&first["org"], &first["referenced"]), (&json!(cast.bank.org), &json!(true)));
    let nothing = traced(&site, &cast.ada, &case, "Nothing that any notice says.").await.ok().json();
    assert_eq!(nothing["reading"], "says-nothing");
    // The draft has no marks, and what was found stays out of the history.
    let draft = traced(&site, &cast.ada, &case, DETAIL).await.ok().json();
    assert!(draft["suspects"].as_array().unwrap().iter().any(|one| one["kind"] == "draft"));
    let timeline = site.get(&cast.ada, &format!("/api/v1/cases/{case}/timeline")).await.ok().text();
    assert_eq!(timeline.matches("text-traced").count(), 5);
    assert!(!timeline.contains("press"));
}

#[tokio::test]
async fn only_coordinators_trace() {
    let (site, cast, case) = shared().await;
    for (who, status) in [
        (&cast.vendor, StatusCode::FORBIDDEN),
        (&cast.bank, StatusCode::FORBIDDEN),
        (&cast.relay, StatusCode::FORBIDDEN),
        (&cast.finder, StatusCode::FORBIDDEN),
        (&cast.auditor, StatusCode::FORBIDDEN),
    ] {
        let answer = traced(&site, who, &case, DETAIL).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    for text in [String::new(), " \n".into(), "a".repeat((1 << 19) + 1)] {
        let answer = traced(&site, &cast.ada, &case, &text).await;
        assert_eq!(
            (answer.status, answer.json()["place"].clone()),
            (StatusCode::UNPROCESSABLE_ENTITY, json!("/text"))
        );
    }
    let unknown = traced(&site, &cast.ada, "00000000-0000-0000-0000-000000000000", DETAIL).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_public_carries_no_marks() {
    let (site, cast, case) = shared().await;
    let propose = json!({ "act": "propose-release", "reason": "leaked" });
    site.act(&cast.ada, &case, &propose).await.ok();
    site.act(&cast.ben, &case, &json!({ "act": "approve-release" })).await.ok();
    site.work().await;
    let notice = notice_of(&site, &cast.bank).await;
    assert_eq!(notice["content"]["detail"], DETAIL);
    assert!(notice["content"]["handling"].is_null() && notice["content"]["reference"].is_null());
    let public = site.ask(Ask::get("/api/v1/advisories")).await.ok().text();
    assert!(!public.contains('\u{a0}'));
}
