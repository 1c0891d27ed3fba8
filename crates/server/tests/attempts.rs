//! Whoever fails to sign in too often waits, and learns nothing meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::http::StatusCode;
use forewarn_core::access::Scope;
use forewarn_server::app::IssueKind;
use forewarn_testkit::{Answer, Ask, Cast, Site};
use jiff::SignedDuration;

const BAD: &str = "203.0.113.7";

async fn me(site: &Site, from: &str, token: &str) -> Answer {
    site.ask(Ask::get("/api/v1/me").bearer(token).header("x-forwarded-for", from)).await
}

async fn link(site: &Site, from: &str, secret: &str) -> Answer {
    let form = format!("link={secret}").into_bytes();
    let ask = Ask::send("/sign-in", "", form).header("origin", "http://x").header("host", "x");
    site.ask(ask.header("x-forwarded-for", from)).await
}

/// A site at which one address has failed with so many secrets.
async fn after(failures: u32) -> (Site, Cast) {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    for number in 0..failures {
        let answer = me(&site, BAD, &format!("fwtoken_guess{number}")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "attempt {number}");
    }
    (site, cast)
}

#[tokio::test]
async fn a_source_that_fails_waits_and_is_told_the_same_for_every_secret() {
    let (site, cast) = after(10).await;
    let fresh = site.token(&cast.bank.org, &cast.bank.principal, &[Scope::Notices]).await;
    let absent = me(&site, BAD, "fwtoken_absent").await;
    let existing = me(&site, BAD, &fresh).await;
    assert_eq!(absent.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(absent, existing, "the answer tells which secret exists");
    assert_eq!(absent.headers["retry-after"], "1");
    let issued = site.issue(&cast.bank.org, &cast.bank.principal, IssueKind::SignInLink, &[]).await;
    let good = link(&site, BAD, &issued.secret.clone().unwrap()).await;
    assert_eq!(good.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(good, link(&site, BAD, "fwlink_absent").await);
    // Elsewhere the same secrets work: nobody is locked out by somebody else.
    me(&site, "203.0.113.8", &fresh).await.ok();
    assert_eq!(link(&site, "203.0.113.8", &issued.secret.unwrap()).await.status, StatusCode::SEE_OTHER);
    // A secret that has worked does not wait for what others at its place do.
    me(&site, BAD, &fresh).await.ok();
    // After the wait one more attempt is looked at, and the next wait is twice as long.
    site.wait(SignedDuration::from_secs(1));
    assert_eq!(me(&site, BAD, "fwtoken_more").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&site, BAD, "fwtoken_evenmore").await.headers["retry-after"], "2");
    site.wait(SignedDuration::from_hours(1));
    assert_eq!(me(&site, BAD, "fwtoken_later").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_secret_that_ended_is_held_back_wherever_it_comes_from_and_costs_its_place_one_failure() {
    let (site, cast) = after(0).await;
    let token = site.issue(&cast.bank.org, &cast.bank.principal, IssueKind::Token, &[Scope::Notices]).await;
    let secret = token.secret.unwrap();
    me(&site, BAD, &secret).await.ok();
    site.post(&cast.bank, &format!("/api/v1/credentials/{}/revocation", token.id), "r", &()).await.ok();
    let statuses: Vec<u16> = {
        let mut all = vec![];
        for number in 0..12 {
            all.push(me(&site, &format!("198.51.100.{number}"), &secret).await.status.as_u16());
        }
        all
    };
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429; 2]);
    // An old cookie is sent with every page, and that is no guess: the person can still sign in.
    let issued = site.issue(&cast.bank.org, &cast.bank.principal, IssueKind::SignInLink, &[]).await;
    for _ in 0..40 {
        let ask = Ask::get("/advisories").header("cookie", "forewarn_session=fwsession_old");
        site.ask(ask.header("x-forwarded-for", BAD)).await.ok();
    }
    assert_eq!(link(&site, BAD, &issued.secret.unwrap()).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn only_the_last_forwarded_address_counts_and_one_ipv6_network_is_one_source() {
    let (site, _) = after(0).await;
    for number in 0..10 {
        // What stands before the proxy's own word is the client's invention.
        let from = format!("192.0.2.{number}, 2001:db8::{number}");
        assert_eq!(me(&site, &from, &format!("fwtoken_{number}")).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(me(&site, "2001:db8::ffff", "fwtoken_x").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(me(&site, "2001:db8:0:1::1", "fwtoken_x").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&site, "192.0.2.1", "fwtoken_y").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn metrics_count_failures_without_saying_whose() {
    let (site, cast) = after(10).await;
    me(&site, BAD, "fwtoken_more").await;
    let text = site.get(&cast.ada, "/metrics").await.ok().text();
    for name in ["forewarn_sign_in_failures_total ", "forewarn_sign_in_held_back_total "] {
        let line =
            text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {text}"));
        assert!(line.rsplit(' ').next().unwrap().parse::<u64>().unwrap() >= 1);
    }
    assert!(!text.contains(BAD) && !text.contains("fwtoken"));
}

#[tokio::test]
async fn codes_of_agents_are_guessed_no_faster() {
    let (site, _) = after(0).await;
    let guess = async |number: u32| {
        let enrol = serde_json::json!({ "code": format!("fwcode_guess{number}"),
            "keys": [{ "recipient": "age1pq1x", "purpose": "device", "label": "l" }] });
        let ask = Ask::post("/api/v1/agents", &format!("guess {number}"), &enrol);
        site.ask(ask.header("x-forwarded-for", BAD)).await.status
    };
    for number in 0..10 {
        assert_eq!(guess(number).await, StatusCode::UNPROCESSABLE_ENTITY, "attempt {number}");
    }
    assert_eq!(guess(10).await, StatusCode::TOO_MANY_REQUESTS);
}
