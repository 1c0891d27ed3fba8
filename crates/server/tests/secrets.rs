//! Embargoed words reach nobody but those they are for: not the log of the service, not its metrics, not an error, not
//! a header, not an address.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use axum::http::Method;
use forewarn_core::notice::Outcome;
use forewarn_server::http::ROUTES;
use forewarn_store::MemoryStore;
use forewarn_testkit::{Ask, Cast, Fault, FaultyStore, Site, finding, inventory};
use serde_json::json;
use support::log::listen;
use support::{SECRETS, World};

fn clean(text: &str, what: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} holds {secret:?}: {text}");
    }
}

#[tokio::test]
async fn nobody_else_is_answered_with_embargoed_words() {
    let world = World::new().await;
    let cast = &world.cast;
    let others = [&cast.power, &cast.relay, &cast.hospital];
    for (method, route, _) in ROUTES {
        for other in others {
            let answer = world.site.ask(world.request(method, route).bearer(&other.token)).await;
            clean(&answer.text(), &format!("{method} {route}"));
        }
        if method == Method::GET {
            let answer = world.site.ask(world.request(method, route)).await;
            clean(&answer.text(), &format!("{method} {route} for nobody"));
        }
        // Nobody at all gets them in a header, where proxies log them.
        let answer = world.site.ask(world.request(method, route).bearer(&cast.ada.token)).await;
        clean(&format!("{:?}", answer.headers), &format!("headers of {method} {route}"));
        if *route == "/metrics" {
            clean(&answer.text(), "metrics");
            assert!(answer.text().contains("forewarn_http_requests_total"));
            assert!(!answer.text().contains(&world.case), "metrics name a case");
        }
    }
}

#[tokio::test]
async fn the_log_of_the_service_holds_none_of_it_also_when_things_fail() {
    let (log, _guard) = listen();
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default())));
    let site = Site::on(Arc::clone(&store) as Arc<dyn forewarn_store::EventStore>, [5; 32]).await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let contacts = json!({ "mail": "canary-desk@bank.example", "webhook": "https://canary-hook.example/canary-path",
        "phones": ["canary-phone"] });
    let path = format!("/api/v1/organisations/{}/contacts", cast.bank.org);
    let secret = site.post(&cast.bank, &path, "contacts", &contacts).await.ok().field("secret");
    site.wire.answer("https://canary-hook.example/canary-path", Outcome::Deferred, Some(500));
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    for fault in [Fault::Unavailable, Fault::LostBefore, Fault::LostAfter] {
        store.next(&[Some(fault)]);
        let text = json!({ "title": "A secret title", "mitigation": format!("A secret {fault:?}"), "detail": "A secret" });
        let answer = site.act(&cast.ada, &case, &json!({ "act": "draft", "text": text })).await;
        clean(&answer.text(), "the answer to a failed act");
        store.next(&[Some(fault)]);
        let one = finding(10 + fault as u32, "samplelib").to_string();
        let ask = Ask::send("/api/v1/findings:batch", &format!("{fault:?}"), one.into_bytes());
        clean(&site.ask(ask.bearer(&cast.finder.token)).await.text(), "the answer to a failed batch");
    }
    site.share(&cast, &case, "detail").await;
    site.release(&cast, &case).await;
    let written = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(written.contains("the store did not answer"), "the log was not listened to: {written}");
    clean(&written, "the log");
    assert!(!site.wire.mails().is_empty() && !site.wire.requests().is_empty());
    for private in ["canary-desk", "canary-path", "canary-phone", secret.as_str()] {
        assert!(!written.contains(private), "the log holds {private}");
    }
    for player in [&cast.ada, &cast.bank] {
        assert!(!written.contains(&player.token), "the log holds a token");
    }
}

/// What goes wrong in a document is told by its place; the document itself never comes back.
#[tokio::test]
async fn no_error_quotes_a_document() {
    let world = World::new().await;
    let cast = &world.cast;
    let good = finding(3, "samplelib");
    let fields: Vec<String> = good.as_object().unwrap().keys().cloned().collect();
    for name in &fields {
        for wrong in [
            json!(null),
            json!(7),
            json!({ "A secret": "A secret" }),
            json!(["A secret"]),
            json!("A secret\u{0}"),
        ] {
            let mut document = good.clone();
            document[name] = wrong;
            let ask = Ask::send(
                "/api/v1/findings:batch",
                &format!("{document}")[..60],
                document.to_string().into_bytes(),
            );
            let answer = world.site.ask(ask.bearer(&cast.finder.token)).await;
            clean(&answer.text(), &format!("{name} of {document}"));
        }
    }
}

/// Nothing that leaves the house says more than that a notice waits: no word of it, no number, no id.
#[tokio::test]
async fn no_mail_and_no_request_holds_any_of_it() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let contacts = json!({ "mail": "desk@bank.example", "second_mail": "duty@bank.example",
        "webhook": "https://bank.example/hook" });
    let path = format!("/api/v1/organisations/{}/contacts", cast.bank.org);
    site.post(&cast.bank, &path, "contacts", &contacts).await.ok();
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let urgent = json!({ "act": "set-urgency", "urgent": true, "reason": "A secret reason" });
    site.share(&cast, &case, "detail").await.ok();
    site.act(&cast.ada, &case, &urgent).await.ok();
    // The whole ladder, up to the alarm.
    for _ in 0..40 {
        site.wait(jiff::SignedDuration::from_hours(1));
        site.work().await;
    }
    let notice = site.inbox(&cast.bank).await[0].clone();
    let (mails, requests) = (site.wire.mails(), site.wire.requests());
    assert!(mails.len() >= 4 && requests.len() >= 3, "{} {}", mails.len(), requests.len());
    let mut words: Vec<String> =
        mails.iter().map(|mail| String::from_utf8(mail.bytes.clone()).unwrap()).collect();
    words.extend(requests.iter().map(|one| format!("{} {} {} {}", one.url, one.id, one.signature, one.body)));
    for text in &words {
        clean(text, "what left the house");
        for known in [&notice["id"], &notice["number"], &json!(case), &json!(cast.bank.org)] {
            let known = known.as_str().unwrap();
            assert!(!text.contains(known) && !text.contains(&known.replace('-', "")), "{text}");
        }
    }
}
