//! Every route, as everybody, with every scope alone and with all of them; and that these checks find what they are for:
//! rows of the access table are replaced by wrong ones, and each is noticed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "matrix/bugs.rs"]
mod bugs;
mod support;

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use forewarn_core::access::{Role, Scope, rule, seeded};
use forewarn_server::http::{Class, ROUTES};
use forewarn_testkit::{Ask, Cast, Player};
use support::{SECRETS, World};
use tokio::sync::Mutex;

/// A replaced row holds for the whole process.
static TURN: Mutex<()> = Mutex::const_new(());

/// Members of the world by their column in docs/reference/routes.md.
fn columns(world: &World) -> [(&'static str, &Player); 8] {
    let cast = &world.cast;
    [
        ("finder", &cast.finder),
        ("vendor of the case", &cast.vendor),
        ("coordinator", &cast.ada),
        ("operator with the notice", &cast.bank),
        ("other operator", &cast.power),
        ("relay", &cast.relay),
        ("auditor", &cast.auditor),
        ("validator", &cast.lab),
    ]
}

/// The table as it was read and committed: status by method, route and column.
fn written() -> BTreeMap<(String, String, String), u16> {
    let text = include_str!("../../../docs/reference/routes.md");
    let mut columns = Vec::new();
    let mut cells = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let row: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if columns.is_empty() {
            columns = row[2..].to_vec();
            continue;
        }
        for (column, status) in columns.iter().zip(&row[2..]) {
            let route = row[1].trim_matches('`').to_owned();
            cells.insert((row[0].to_owned(), route, (*column).to_owned()), status.parse().unwrap());
        }
    }
    cells
}

async fn status(world: &World, method: &Method, route: &str, token: &str) -> StatusCode {
    world.site.ask(world.request(method, route).bearer(token)).await.status
}

fn is_refused(status: u16) -> bool {
    matches!(status, 401 | 403 | 404)
}

/// The scope that the gate before a route asks for.
fn gate(class: Class) -> Option<Scope> {
    match class {
        Class::Act(act) => rule(act).0,
        Class::Open | Class::Member => None,
    }
}

/// A world with organisations that have no part in anything, after those of the cast.
async fn peopled() -> (World, Vec<(String, Player)>) {
    let world = World::new().await;
    let mut all: Vec<_> =
        world.cast.all().into_iter().map(|(name, player)| (name.to_owned(), player.clone())).collect();
    for role in &[Role::Coordinator, Role::Finder, Role::Vendor] {
        let name = format!("uninvolved {}", role.as_str());
        let player = Cast::another(&world.site, &name, *role).await;
        all.push((name, player));
    }
    (world, all)
}

#[tokio::test]
async fn a_scope_opens_what_it_is_for_and_nothing_else() {
    let _turn = TURN.lock().await;
    let (shared, all) = peopled().await;
    let mut cells = 0;
    for (name, player) in &all {
        let mut narrow = Vec::new();
        for scope in Scope::ALL {
            narrow.push((*scope, shared.site.token(&player.org, &player.principal, &[*scope]).await));
        }
        for (method, route, class) in ROUTES {
            let needed = gate(*class);
            let reads = method == Method::GET;
            // An act changes its world, so it gets one of its own.
            let wide = if reads {
                status(&shared, method, route, &player.token).await
            } else {
                status(&peopled().await.0, method, route, &player.token).await
            };
            cells += 1;
            for (scope, token) in &narrow {
                let passes = needed.is_none_or(|needed| needed == *scope);
                // What is refused changes nothing, but whoever guesses too often waits.
                let harmless = is_refused(wide.as_u16()) && *class != Class::Open;
                let got = if reads || !passes || harmless {
                    status(&shared, method, route, token).await
                } else {
                    let world = peopled().await.0;
                    let token = world.site.token(&player.org, &player.principal, &[*scope]).await;
                    status(&world, method, route, &token).await
                };
                cells += 1;
                let what = format!("{method} {route} as {name} with {scope:?} alone: {got}, with all {wide}");
                if passes {
                    assert!(got == wide || is_refused(got.as_u16()), "{what}");
                } else {
                    assert_eq!(got, StatusCode::FORBIDDEN, "{what}");
                }
            }
        }
    }
    assert!(cells >= 10_000, "only {cells} cells");
}

/// What the answers of a world give away, against the committed table, the scopes, and who may read embargoed words.
async fn complaint(world: &World) -> Option<String> {
    let written = written();
    for (method, route, _) in ROUTES {
        for (column, player) in columns(world) {
            let expected = written[&(method.to_string(), (*route).to_owned(), column.to_owned())];
            // An act that is allowed would change the world for those after it.
            if method == Method::GET || is_refused(expected) {
                let got = status(world, method, route, &player.token).await.as_u16();
                if got != expected {
                    return Some(format!("{method} {route} answers {column} with {got}, not {expected}"));
                }
            }
        }
    }
    for (method, route, _) in ROUTES.iter().filter(|(method, _, _)| method == Method::GET) {
        for (name, other) in others(world) {
            let text = world.site.ask(world.request(method, route).bearer(&other.token)).await.text();
            if let Some(word) = SECRETS.iter().chain(&["ledger"]).find(|word| text.contains(**word)) {
                return Some(format!("{method} {route} tells {name} {word:?}"));
            }
        }
    }
    for (name, player) in world.cast.all() {
        let token = world.site.token(&player.org, &player.principal, &[Scope::Metrics]).await;
        for (method, route, class) in ROUTES {
            if matches!(class, Class::Open | Class::Member) || *route == "/metrics" {
                continue;
            }
            let got = status(world, method, route, &token).await;
            if got != StatusCode::FORBIDDEN {
                return Some(format!("{method} {route} answers {name}, who may read metrics, with {got}"));
            }
        }
    }
    None
}

/// Members that no embargoed word of the world is for.
fn others(world: &World) -> [(&'static str, &Player); 4] {
    let cast = &world.cast;
    [
        ("another operator", &cast.power),
        ("a relay", &cast.relay),
        ("an operator without exposure", &cast.hospital),
        ("an auditor", &cast.auditor),
    ]
}

#[tokio::test]
async fn every_seeded_bug_is_noticed() {
    let _turn = TURN.lock().await;
    assert_eq!(complaint(&World::new().await).await, None, "the table is right as it is");
    let mut missed = Vec::new();
    for bug in bugs::BUGS {
        // The world comes about under the right table.
        let world = World::new().await;
        seeded::replace(bug.act, (bug.scope, bug.grounds));
        let found = complaint(&world).await;
        seeded::restore();
        if found.is_none() {
            missed.push(bug.what);
        }
    }
    assert!(bugs::BUGS.len() >= 30);
    assert!(missed.is_empty(), "not noticed: {missed:#?}");
    // Nobody can ask for it over the wire.
    let world = World::new().await;
    assert_eq!(world.site.ask(Ask::get("/api/v1/cases")).await.status, StatusCode::UNAUTHORIZED);
}
