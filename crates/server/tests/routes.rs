//! Who gets which answer on which route, as one table; what is hidden answers like what is not there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../core/tests/support/golden.rs"]
mod golden;
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::http::{Method, StatusCode};
use forewarn_server::http::{Class, ROUTES};
use forewarn_testkit::{Answer, Ask};
use support::World;

/// The columns of the table.
const READERS: &[&str] = &[
    "nobody known",
    "finder",
    "vendor of the case",
    "coordinator",
    "operator with the notice",
    "other operator",
    "relay",
    "auditor",
    "validator",
    "coordinator with the metrics scope only",
];

fn token(world: &World, reader: &str) -> Option<String> {
    let cast = &world.cast;
    Some(match reader {
        "finder" => cast.finder.token.clone(),
        "vendor of the case" => cast.vendor.token.clone(),
        "coordinator" => cast.ada.token.clone(),
        "operator with the notice" => cast.bank.token.clone(),
        "other operator" => cast.power.token.clone(),
        "relay" => cast.relay.token.clone(),
        "auditor" => cast.auditor.token.clone(),
        "validator" => cast.lab.token.clone(),
        "coordinator with the metrics scope only" => world.narrow.clone(),
        _ => return None,
    })
}

fn signed(ask: Ask, token: Option<&str>) -> Ask {
    match token {
        Some(token) => ask.bearer(token),
        None => ask,
    }
}

async fn asked(world: &World, method: &Method, route: &str, reader: &str) -> Answer {
    let token = token(world, reader);
    let answer = world.site.ask(signed(world.request(method, route), token.as_deref())).await;
    if answer.status == StatusCode::NOT_FOUND && route.contains("{id}") {
        let absent = uuid::Uuid::from_u128(42).to_string();
        let real = world.path(route);
        let id = real.split('/').find(|part| part.parse::<uuid::Uuid>().is_ok()).unwrap().to_owned();
        let other =
            world.request(method, route).moved(&real.replace(&id, &absent)).header("idempotency-key", "2");
        let missing = world.site.ask(signed(other, token.as_deref())).await;
        assert_eq!(answer, missing, "{method} {route} tells {reader} that something is hidden");
    }
    answer
}

/// A reading asks one world; an act gets a world of its own.
async fn row(shared: &World, method: &Method, route: &str) -> String {
    let mut row = String::new();
    for reader in READERS {
        let status = if method == Method::GET {
            asked(shared, method, route, reader).await.status
        } else {
            asked(&World::new().await, method, route, reader).await.status
        };
        write!(row, " {} |", status.as_u16()).unwrap();
    }
    row
}

#[tokio::test]
async fn every_route_answers_every_reader_as_the_table_says() {
    let world = World::new().await;
    let mut text = String::from(
        "# Who gets which answer on which route\n\nRendered by asking every route as every reader, in a world where \
         a case was shared with one operator and another case was released. After a change run `UPDATE_GOLDEN=1 cargo \
         test --workspace --test routes` and read the difference.\n\n401: sign in. 403: the role or the scope never \
         allows it. 404: hidden, byte for byte as if it did not exist. 409: a rule says no.\n\n| method | route |",
    );
    for reader in READERS {
        write!(text, " {reader} |").unwrap();
    }
    writeln!(text, "\n|---|---|{}", "---|".repeat(READERS.len())).unwrap();
    for (method, route, _) in ROUTES {
        writeln!(text, "| {method} | `{route}` |{}", row(&world, method, route).await).unwrap();
    }
    golden::check("routes.md", &text);
}

#[tokio::test]
async fn nobody_known_reaches_open_routes_only() {
    let world = World::new().await;
    for (method, route, class) in ROUTES {
        let status = asked(&world, method, route, "nobody known").await.status;
        match class {
            // A sign-in with an unknown link is refused as such.
            Class::Open if *route == "/sign-in" && method == Method::POST => {}
            // So is an agent with an unknown code.
            Class::Open if *route == "/api/v1/agents" => {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {route}");
            }
            // The policy takes nothing from those without an account, so nothing is there.
            Class::Open if route.starts_with("/api/v1/anonymous-findings") => {
                assert_eq!(status, StatusCode::NOT_FOUND, "{method} {route}");
            }
            Class::Open => assert!(!status.is_client_error(), "{method} {route} is {status}"),
            _ => assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {route}"),
        }
    }
}

/// The API's own description names exactly the routes of the table that are not pages.
#[tokio::test]
async fn the_description_names_every_route_of_the_api() {
    let world = World::new().await;
    let document = world.site.ask(Ask::get("/api/v1/openapi.json")).await.ok().json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert(format!("{} {}", method.to_uppercase(), path.replace("{path}", "{*path}")));
        }
    }
    let is_api = |route: &str| {
        let machine = ["/api/v1/", "/log/", "/.well-known/", "/healthz", "/readyz", "/metrics"];
        machine.iter().any(|start| route.starts_with(start)) && route != "/api/v1/openapi.json"
    };
    let known: BTreeSet<String> =
        ROUTES.iter().filter(|(_, route, _)| is_api(route)).map(|(m, r, _)| format!("{m} {r}")).collect();
    assert_eq!(
        described.iter().map(|d| d.replace("{*path}", "{path}")).collect::<BTreeSet<_>>(),
        known.iter().map(|d| d.replace("{*path}", "{path}")).collect::<BTreeSet<_>>()
    );
}

/// What is in no table does not exist, whoever asks and whatever the method.
#[tokio::test]
async fn other_paths_and_methods_are_problems() {
    let world = World::new().await;
    for path in
        ["/api/v1/nothing", "/api/v2/cases", "/admin", "/api/v1/cases/", "/.well-known/csaf/red/2026/a.json"]
    {
        let answer = world.site.ask(Ask::get(path).bearer(&world.cast.ada.token)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.json()["status"], 404);
    }
    let deleted = Ask::get("/api/v1/cases").method(Method::DELETE).bearer(&world.cast.ada.token);
    let answer = world.site.ask(deleted).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_from_others() {
    let world = World::new().await;
    for (method, route, _) in ROUTES.iter().filter(|(method, _, _)| method == Method::GET) {
        let answer = asked(&world, method, route, "coordinator").await;
        let cache = answer.headers["cache-control"].to_str().unwrap();
        let public = route.starts_with("/.well-known/csaf/white") || route.starts_with("/assets/");
        assert!(cache == "no-store" || public, "{route}: {cache}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{route}");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{route}");
        assert!(
            answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'")
        );
    }
}
