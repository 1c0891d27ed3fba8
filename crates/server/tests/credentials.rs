//! Tokens, one-time links, sessions: who gets in, for how long, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::http::StatusCode;
use forewarn_core::access::Scope;
use forewarn_server::app::IssueKind;
use forewarn_testkit::{Answer, Ask, Cast, Player, Site, finding};
use jiff::SignedDuration;
use serde_json::json;

async fn set() -> (Site, Cast) {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    (site, cast)
}

async fn me(site: &Site, token: &str) -> StatusCode {
    site.ask(Ask::get("/api/v1/me").bearer(token)).await.status
}

async fn link(site: &Site, who: &Player) -> String {
    site.issue(&who.org, &who.principal, IssueKind::SignInLink, &[]).await.secret.unwrap()
}

/// A form as a browser on this site sends it.
fn form(path: &str, body: &str) -> Ask {
    Ask::send(path, "", body.as_bytes().to_vec())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("host", "forewarn.test")
        .header("origin", "https://forewarn.test")
}

async fn sign_in(site: &Site, link: &str) -> Answer {
    site.ask(form("/sign-in", &format!("link={link}"))).await
}

fn cookie(answer: &Answer) -> String {
    let set = answer.headers["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_ends_with_its_time_or_at_once_when_revoked() {
    let (site, cast) = set().await;
    let ask = json!({ "org": cast.ada.org, "principal": cast.ada.principal, "kind": "token",
        "scopes": ["notices"], "hours": 2 });
    let issued = site.post(&cast.ada, "/api/v1/credentials", "k", &ask).await.ok();
    let token = issued.field("secret");
    assert_eq!(me(&site, &token).await, StatusCode::OK);
    site.wait(SignedDuration::from_secs(2 * 3600 - 1));
    assert_eq!(me(&site, &token).await, StatusCode::OK);
    site.wait(SignedDuration::from_secs(1));
    assert_eq!(me(&site, &token).await, StatusCode::UNAUTHORIZED);

    let issued = site.post(&cast.ada, "/api/v1/credentials", "k2", &ask).await.ok();
    let token = issued.field("secret");
    let path = format!("/api/v1/credentials/{}/revocation", issued.field("id"));
    assert_eq!(site.post(&cast.power, &path, "r", &json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(me(&site, &token).await, StatusCode::OK);
    site.post(&cast.ada, &path, "r", &json!({})).await.ok();
    assert_eq!(me(&site, &token).await, StatusCode::UNAUTHORIZED);
}

/// A link that went to the wrong person is revoked after it was used: the session ends at once.
#[tokio::test]
async fn revoking_a_used_link_ends_its_session() {
    let (site, cast) = set().await;
    let issued = site.issue(&cast.bank.org, &cast.bank.principal, IssueKind::SignInLink, &[]).await;
    let cookie = cookie(&sign_in(&site, &issued.secret.unwrap()).await);
    let inbox = async || site.ask(Ask::get("/notices").header("cookie", &cookie)).await.status;
    assert_eq!(inbox().await, StatusCode::OK);
    let path = format!("/api/v1/credentials/{}/revocation", issued.id);
    site.post(&cast.ada, &path, "r", &json!({})).await.ok();
    assert_eq!(inbox().await, StatusCode::UNAUTHORIZED);
    // Again, under another key: it is revoked already.
    site.post(&cast.ada, &path, "r2", &json!({})).await.ok();
}

#[tokio::test]
async fn what_is_no_token_is_answered_alike() {
    let (site, cast) = set().await;
    let session = sign_in(&site, &link(&site, &cast.bank).await).await;
    let session = cookie(&session).split_once('=').unwrap().1.to_owned();
    let unused = link(&site, &cast.bank).await;
    let cut = &cast.bank.token[..cast.bank.token.len() - 1];
    let first = site.ask(Ask::get("/api/v1/me").bearer("fwtoken_nothing")).await;
    assert_eq!(first.status, StatusCode::UNAUTHORIZED);
    for wrong in ["", cut, &unused, &session, &"x".repeat(5_000)] {
        let answer = site.ask(Ask::get("/api/v1/me").bearer(wrong)).await;
        assert_eq!(answer, first, "{wrong}");
    }
    let basic = site.ask(Ask::get("/api/v1/me").header("authorization", "Basic eDp5")).await;
    assert_eq!(basic, first);
    assert_eq!(first.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn a_scope_narrows_what_its_holder_may_do() {
    let (site, cast) = set().await;
    let narrow = site.token(&cast.ada.org, &cast.ada.principal, &[Scope::Findings]).await;
    let as_narrow = async |path: &str| site.ask(Ask::get(path).bearer(&narrow)).await.status;
    assert_eq!(as_narrow("/api/v1/findings").await, StatusCode::OK);
    assert_eq!(as_narrow("/api/v1/cases").await, StatusCode::FORBIDDEN);
    assert_eq!(as_narrow("/log/acts/checkpoint").await, StatusCode::FORBIDDEN);
    // A token never gives more than the roles of its holder.
    let wide = site.get(&cast.bank, "/api/v1/cases").await;
    assert_eq!(wide.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_link_opens_one_session_once() {
    let (site, cast) = set().await;
    let secret = link(&site, &cast.bank).await;
    // Opening the page of the link uses nothing up: mail scanners do that.
    let page =
        site.ask(Ask::get(&format!("/sign-in?link={secret}")).header("accept", "text/html")).await.ok();
    assert!(page.text().contains("Sign in"));
    let signed_in = sign_in(&site, &secret).await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
    let set_cookie = signed_in.headers["set-cookie"].to_str().unwrap();
    for flag in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(set_cookie.contains(flag), "{set_cookie}");
    }
    assert_eq!(sign_in(&site, &secret).await.status, StatusCode::UNAUTHORIZED);
    let cookie = cookie(&signed_in);
    let inbox = async || site.ask(Ask::get("/notices").header("cookie", &cookie)).await.status;
    assert_eq!(inbox().await, StatusCode::OK);
    assert_eq!(site.ask(form("/sign-out", "").header("cookie", &cookie)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(inbox().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn two_uses_of_a_link_at_once_open_one_session() {
    let (site, cast) = set().await;
    let secret = link(&site, &cast.bank).await;
    let (a, b) = tokio::join!(sign_in(&site, &secret), sign_in(&site, &secret));
    let opened = [a, b].iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn links_and_sessions_end_with_their_time() {
    let (site, cast) = set().await;
    let old = link(&site, &cast.bank).await;
    site.wait(SignedDuration::from_hours(24));
    assert_eq!(sign_in(&site, &old).await.status, StatusCode::UNAUTHORIZED);
    let fresh = link(&site, &cast.bank).await;
    let cookie = cookie(&sign_in(&site, &fresh).await);
    site.wait(SignedDuration::from_hours(12));
    let late = site.ask(Ask::get("/notices").header("cookie", &cookie)).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    // A stale cookie does not lock anybody out of what is public.
    site.ask(Ask::get("/advisories").header("cookie", &cookie)).await.ok();
}

#[tokio::test]
async fn a_request_that_another_site_starts_does_nothing() {
    let (site, cast) = set().await;
    let cookie = cookie(&sign_in(&site, &link(&site, &cast.ada).await).await);
    let id = site.submit(&cast.finder, &finding(1, "samplelib")).await;
    let body = format!("key=k&finding={id}");
    let foreign = [
        form("/findings", &body).header("origin", "https://evil.test"),
        form("/findings", &body).header("sec-fetch-site", "cross-site"),
        Ask::send("/findings", "", body.clone().into_bytes()).header("host", "forewarn.test"),
    ];
    for ask in foreign {
        assert_eq!(site.ask(ask.header("cookie", &cookie)).await.status, StatusCode::FORBIDDEN);
    }
    let cases = site.get(&cast.ada, "/api/v1/cases").await.ok().json();
    assert!(cases["items"].as_array().unwrap().is_empty());
    let own = site.ask(form("/findings", &body).header("cookie", &cookie)).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
}

/// Two coordinators are two people: none of them can become the other, or make a third.
#[tokio::test]
async fn a_coordinator_cannot_make_another() {
    let (site, cast) = set().await;
    for (key, kind) in [("1", "sign-in-link"), ("2", "token")] {
        let ask = json!({ "org": cast.ben.org, "principal": cast.ben.principal, "kind": kind, "scopes": ["cases"] });
        let refused = site.post(&cast.ada, "/api/v1/credentials", key, &ask).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    }
    let path = format!("/api/v1/organisations/{}/principals", cast.ada.org);
    let third = site.post(&cast.ada, &path, "3", &json!({ "name": "Eve", "person": true })).await;
    assert_eq!(third.status, StatusCode::FORBIDDEN);
    let centre = json!({ "name": "Own centre", "roles": ["coordinator"] });
    assert_eq!(
        site.post(&cast.ada, "/api/v1/organisations", "4", &centre).await.status,
        StatusCode::FORBIDDEN
    );
    // For herself she may.
    let own =
        json!({ "org": cast.ada.org, "principal": cast.ada.principal, "kind": "token", "scopes": ["cases"] });
    site.post(&cast.ada, "/api/v1/credentials", "5", &own).await.ok();
}

/// Credentials of others are given at the machine, and links are for people.
#[tokio::test]
async fn nobody_issues_for_another() {
    let (site, cast) = set().await;
    let ask = json!({ "org": cast.bank.org, "principal": cast.bank.principal, "kind": "token", "scopes": ["notices"] });
    for who in [&cast.bank, &cast.finder, &cast.vendor, &cast.auditor, &cast.relay, &cast.ada, &cast.ben] {
        let answer = site.post(who, "/api/v1/credentials", "k", &ask).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let service =
        json!({ "org": cast.finder.org, "principal": cast.finder.principal, "kind": "sign-in-link" });
    let refused = site.post(&cast.ada, "/api/v1/credentials", "k2", &service).await;
    assert_eq!(
        (refused.status, &refused.json()["place"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/kind"))
    );
    let stranger = json!({ "org": cast.bank.org, "principal": cast.ada.principal, "kind": "token", "scopes": ["notices"] });
    let refused = site.post(&cast.ada, "/api/v1/credentials", "k3", &stranger).await;
    assert_eq!(refused.json()["place"], "/principal");
}
