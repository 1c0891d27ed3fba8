//! The pages of coordinators' tasks and of validators: what they show, what their forms do, and who has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::http::StatusCode;
use forewarn_core::notice::Outcome;
use forewarn_testkit::{Answer, Ask, Cast, Player, Site, finding, inventory, key};
use jiff::SignedDuration;
use serde_json::json;

async fn page(site: &Site, who: &Player, path: &str) -> Answer {
    site.ask(Ask::get(path).header("accept", "text/html").bearer(&who.token)).await
}

/// Sends the form of a page whose hidden field has this value, with more fields.
async fn press(site: &Site, who: &Player, page: &str, path: &str, fields: &str) -> Answer {
    let (_, rest) = page.split_once("name=\"key\" value=\"").expect("a form has its key");
    let (token, _) = rest.split_once('"').unwrap();
    let body = format!("key={token}&{fields}");
    let ask =
        Ask::send(path, "", body.into_bytes()).header("content-type", "application/x-www-form-urlencoded");
    site.ask(ask.header("host", "x").header("origin", "https://x").bearer(&who.token)).await
}

/// Every table and field of a page has a name for readers that hear it, and no script is needed.
fn is_plain(page: &str) {
    assert!(!page.contains("<script") && !page.contains(" onclick"));
    assert_eq!(page.matches("<table").count(), page.matches("role=\"region\" aria-label=").count());
    for field in page.split("<textarea ").skip(1).chain(page.split("<select ").skip(1)) {
        let (_, rest) = field.split_once("id=\"").unwrap();
        let id = rest.split('"').next().unwrap();
        assert!(page.contains(&format!("for=\"{id}\"")), "{id} has no label");
    }
}

#[tokio::test]
async fn a_coordinator_sees_the_attempts_and_settles_the_alarm() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let contacts = json!({ "mail": "desk@bank.example", "phones": ["Night desk +1 555 0100"] });
    let path = format!("/api/v1/organisations/{}/contacts", cast.bank.org);
    site.post(&cast.bank, &path, &key("c"), &contacts).await.ok();
    site.wire.answer("desk@bank.example", Outcome::Refused, Some(550));
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "detail").await.ok();
    site.work().await;
    let tasks = page(&site, &cast.ada, "/tasks").await.ok().text();
    is_plain(&tasks);
    for words in ["Bank", "no message got through", "the other side refused it", "550", "Settle the alarm"] {
        assert!(tasks.contains(words), "{words}: {tasks}");
    }
    let own = page(&site, &cast.ada, &format!("/cases/{case}")).await.ok().text();
    assert!(own.contains("1 attempt, last: mail, the other side refused it"), "{own}");
    let notice = site.inbox(&cast.bank).await[0]["id"].as_str().unwrap().to_owned();
    let act = format!("/tasks/{notice}");
    let done =
        press(&site, &cast.ada, &tasks, &act, "act=settle&alarm=undeliverable&words=a+new+address").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert!(page(&site, &cast.ada, "/tasks").await.ok().text().contains("Nothing waits for you"));
    // Nobody answers: somebody calls, and says that nobody answered there either.
    site.wait(SignedDuration::from_hours(24 * 5));
    site.work().await;
    let tasks = page(&site, &cast.ada, "/tasks").await.ok().text();
    is_plain(&tasks);
    assert!(tasks.contains("Night desk +1 555 0100"), "{tasks}");
    let missed = press(&site, &cast.ada, &tasks, &act, "act=called&reached=no&words=it+rang").await;
    assert_eq!(missed.status, StatusCode::SEE_OTHER, "{}", missed.text());
    assert!(page(&site, &cast.ada, "/tasks").await.ok().text().contains("Calls that reached nobody"));
    for other in [&cast.bank, &cast.vendor, &cast.lab] {
        assert_eq!(page(&site, other, "/tasks").await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_validator_takes_a_case_and_gives_its_verdict() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    let id = site.submit(&cast.finder, &finding(1, "samplelib")).await;
    let opened = site.post(&cast.ada, "/api/v1/cases", "open", &json!({ "finding": id })).await.ok();
    let case = opened.field("case");
    site.work().await;
    let empty = page(&site, &cast.lab, "/checks").await.ok().text();
    is_plain(&empty);
    assert!(empty.contains("You hold no case") && empty.contains("href=\"/checks\""), "{empty}");
    let hidden = page(&site, &cast.lab, &format!("/checks/{case}")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND, "it does not hold it");
    let taken = press(&site, &cast.lab, &empty, "/checks", "").await;
    assert_eq!(taken.headers["location"], format!("/checks/{case}"));
    let material = page(&site, &cast.lab, &format!("/checks/{case}")).await.ok().text();
    is_plain(&material);
    assert!(material.contains("Finding 1 in samplelib") && material.contains("Held until"), "{material}");
    let verdict = "act=validate&verdict=confirmed&method=ran+it&evidence=a+trace";
    let given = press(&site, &cast.lab, &material, &format!("/checks/{case}"), verdict).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.text());
    let gone = page(&site, &cast.lab, &format!("/checks/{case}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "who has checked it has no more business with it");
    let state = site.get(&cast.ada, &format!("/api/v1/cases/{case}")).await.ok().field("state");
    assert_eq!(state, "validated");
}
