//! Every read of something under embargo leaves a record, before its answer is given, and those whom it concerns see it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use forewarn_core::access::Filter;
use forewarn_core::aggregate::Category;
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_core::reading::{Channel, Read};
use forewarn_server::http::{ROUTES, channel_of};
use forewarn_store::{EventStore, MemoryStore, Query};
use forewarn_testkit::{Ask, Cast, Fault, FaultyStore, Player, Site, finding, inventory};
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::{SECRETS, World};

/// The records of reads of a principal, newest first.
async fn records(site: &Site, reader: Option<&Player>) -> Vec<Read> {
    let mut query = Query::new(Category::Read, Filter::Everything, 1_000);
    query.states = vec!["read".into()];
    query.key = reader.map(|player| ("reader".to_owned(), player.principal.clone()));
    let found = site.store.list(&query).await.unwrap();
    found.iter().map(|document| serde_json::from_slice(&document.doc).unwrap()).collect()
}

fn embargoed(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    SECRETS.iter().chain(&["Finding 5 in", "waitinglib"]).any(|word| text.contains(word))
}

fn readers(cast: &Cast) -> Vec<&Player> {
    cast.all().into_iter().map(|(_, player)| player).collect()
}

/// Whoever is shown a word of what is embargoed has a record of that very moment and way, on every route there is.
#[tokio::test]
async fn every_route_that_answers_embargoed_text_leaves_a_record() {
    let world = World::new().await;
    let (mut shown, mut routes) = (0, std::collections::BTreeSet::new());
    for (method, route, _) in ROUTES.iter().filter(|(method, _, _)| method == Method::GET) {
        for reader in readers(&world.cast) {
            // Beyond the time in which reading the same again is the same read.
            world.site.wait(SignedDuration::from_hours(2));
            let answer = world.site.ask(world.request(method, route).bearer(&reader.token)).await;
            if !answer.status.is_success() || !embargoed(&answer.body) {
                continue;
            }
            // What operators run is their own.
            if route.contains("inventor") {
                continue;
            }
            shown += 1;
            routes.insert(*route);
            let now = world.site.clock_now().as_millisecond();
            let all = records(&world.site, Some(reader)).await;
            let left: Vec<_> = all.iter().filter(|read| read.at == now).collect();
            assert!(!left.is_empty(), "{method} {route} leaves no record");
            let way = Some(channel_of(method, route));
            assert!(left.iter().all(|read| read.channel == way), "{method} {route}");
            let content = left.iter().flat_map(|read| &read.things).any(|thing| thing.content);
            assert!(content, "{method} {route}");
        }
    }
    assert!(shown >= 45 && routes.len() >= 20, "the words were looked for: {shown} on {routes:?}");
}

/// The same for acts, each in a world of its own.
#[tokio::test]
async fn every_act_that_answers_embargoed_text_leaves_a_record() {
    for (method, route, _) in ROUTES.iter().filter(|(method, _, _)| method == Method::POST) {
        for reader in 0..10 {
            // Sign-in has no reader, and a world for each is dear: those who can act on most are enough.
            if ![0, 3, 4, 9].contains(&reader) || route.starts_with("/sign") {
                continue;
            }
            let world = World::new().await;
            let reader = readers(&world.cast)[reader].clone();
            world.site.wait(SignedDuration::from_hours(2));
            let answer = world.site.ask(world.request(method, route).bearer(&reader.token)).await;
            if answer.status.is_success() && embargoed(&answer.body) {
                let now = world.site.clock_now().as_millisecond();
                let last = records(&world.site, Some(&reader)).await;
                assert_eq!(last.first().map(|read| read.at), Some(now), "{method} {route}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_whose_read_cannot_be_recorded_is_not_given() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default())));
    let site = Site::on(Arc::clone(&store) as Arc<dyn EventStore>, [3; 32]).await;
    let cast = Cast::enrol(&site).await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.wait(SignedDuration::from_hours(2));
    for fault in [Fault::Unavailable, Fault::LostBefore, Fault::LostAfter] {
        store.next(&[Some(fault)]);
        let answer = site.get(&cast.ada, &format!("/api/v1/cases/{case}")).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
        assert!(!embargoed(&answer.body));
    }
    assert!(embargoed(&site.get(&cast.ada, &format!("/api/v1/cases/{case}")).await.ok().body));
}

#[tokio::test]
async fn an_export_is_recorded_part_by_part_and_breaks_off_where_that_fails() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default())));
    let site = Site::on(Arc::clone(&store) as Arc<dyn EventStore>, [3; 32]).await;
    let cast = Cast::enrol(&site).await;
    let lines: Vec<String> = (0..250).map(|n| finding(n, "samplelib").to_string()).collect();
    let ask = Ask::send("/api/v1/findings:batch", "all", lines.join("\n").into_bytes());
    site.ask(ask.bearer(&cast.finder.token)).await.ok();
    let whole = site.get(&cast.ada, "/api/v1/export/findings").await.ok();
    assert_eq!(whole.text().lines().count(), 250);
    let recorded = records(&site, Some(&cast.ada)).await;
    assert_eq!(recorded.iter().map(|read| read.things.len()).sum::<usize>(), 250);
    assert!(recorded.len() <= 4, "one record a part, not one a line: {}", recorded.len());
    assert!(recorded.iter().all(|read| read.channel == Some(Channel::Export)));
    // The second part of the other coordinator's export cannot be recorded: the connection breaks, and shows no more.
    store.next(&[None, Some(Fault::Unavailable)]);
    let request = axum::http::Request::get("/api/v1/export/findings")
        .header("authorization", format!("Bearer {}", cast.ben.token))
        .body(axum::body::Body::empty())
        .unwrap();
    let response = tower::ServiceExt::oneshot(site.router(), request).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let (mut shown, mut broke) = (0, false);
    while let Some(part) = futures_util::StreamExt::next(&mut body).await {
        match part {
            Ok(part) => shown += part.iter().filter(|byte| **byte == b'\n').count(),
            Err(_) => broke = true,
        }
    }
    assert!(broke && shown == 100, "{shown} lines");
    let of_ben = records(&site, Some(&cast.ben)).await;
    assert_eq!(of_ben.iter().map(|read| read.things.len()).sum::<usize>(), 100);
}

#[tokio::test]
async fn the_same_read_within_the_hour_is_one_record_also_after_a_restart() {
    let store: Arc<dyn EventStore> = Arc::new(MemoryStore::default());
    let site = Site::on(Arc::clone(&store), [3; 32]).await;
    let cast = Cast::enrol(&site).await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.wait(SignedDuration::from_hours(2));
    let path = format!("/api/v1/cases/{case}");
    let before = records(&site, Some(&cast.ben)).await.len();
    for _ in 0..5 {
        site.get(&cast.ben, &path).await.ok();
    }
    assert_eq!(records(&site, Some(&cast.ben)).await.len(), before + 1);
    let again = Site::on(store, [3; 32]).await;
    again.wait(SignedDuration::from_hours(2));
    again.get(&cast.ben, &path).await.ok();
    assert_eq!(records(&again, Some(&cast.ben)).await.len(), before + 1, "the restart forgot");
    again.wait(SignedDuration::from_mins(61));
    again.get(&cast.ben, &path).await.ok();
    assert_eq!(records(&again, Some(&cast.ben)).await.len(), before + 2);
}

async fn items(site: &Site, who: &Player, path: &str) -> Vec<Value> {
    site.get(who, path).await.ok().json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn coordinators_see_every_reader_by_name_and_finders_see_roles() {
    let world = World::new().await;
    let (site, cast) = (&world.site, &world.cast);
    site.get(&cast.vendor, &format!("/api/v1/cases/{}", world.case)).await.ok();
    site.get(&cast.bank, &format!("/api/v1/notices/{}", world.notice)).await.ok();
    let path = format!("/api/v1/cases/{}/reads", world.case);
    let all = items(site, &cast.ada, &path).await;
    let by = |who: &str, what: &str| {
        all.iter().any(|read| read["who"].as_str().unwrap().contains(who) && read["what"] == what)
    };
    assert!(by("Vendor person (Vendor)", "case") && by("Bank person (Bank)", "notice"), "{all:?}");
    let cut = site.get(&cast.finder, &path).await.ok();
    for name in ["Bank", "Vendor person", "Ada", "Centre", "notice", "recipient"] {
        assert!(!cut.text().contains(name), "{name} in {}", cut.text());
    }
    assert!(cut.text().contains("a vendor") && cut.text().contains("a coordinator"));
    // A vendor is told nothing of who reads, and a stranger not even that there is something.
    assert_eq!(site.get(&cast.vendor, &path).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.get(&cast.power, &path).await.status, StatusCode::FORBIDDEN);
    let other = site.get(&cast.lab, &path).await.status;
    assert!(other.is_client_error());

    let path = format!("/api/v1/findings/{}/reads", world.waiting);
    site.get(&cast.ada, &format!("/api/v1/findings/{}", world.waiting)).await.ok();
    let own = items(site, &cast.finder, &path).await;
    assert!(own.iter().any(|read| read["who"] == "a coordinator"), "{own:?}");
    assert!(
        own.iter().any(|read| read["who"] == "Finder person (Finder)"),
        "one's own people by name: {own:?}"
    );
    let page = site.get(&cast.finder, &format!("/findings/{}/reads", world.waiting)).await.ok();
    assert!(page.text().contains("a coordinator"));
    assert_eq!(site.get(&cast.vendor, &path).await.status, StatusCode::NOT_FOUND);
}

/// Two worlds that differ in who runs the software: what the finder is shown of reads is the same, byte for byte.
#[tokio::test]
async fn who_reads_does_not_tell_a_finder_who_runs_the_software() {
    let mut answers = Vec::new();
    for runs_it in [true, false] {
        let site = Site::new().await;
        let cast = Cast::enrol(&site).await;
        let package = if runs_it { "samplelib" } else { "elsewhere" };
        site.push(&cast.bank, "ledger", &inventory(&[(package, "1.4")])).await.ok();
        let case = site.case(&cast, &finding(1, "samplelib")).await;
        site.share(&cast, &case, "detail").await;
        let inbox = site.inbox(&cast.bank).await;
        assert_eq!(inbox.is_empty(), !runs_it);
        for notice in inbox {
            site.get(&cast.bank, &format!("/api/v1/notices/{}", notice["id"].as_str().unwrap())).await.ok();
        }
        let mut seen = Vec::new();
        for path in [format!("/api/v1/cases/{case}/reads?limit=1"), format!("/api/v1/cases/{case}/reads")] {
            seen.push(site.get(&cast.finder, &path).await.ok().text());
        }
        let finding =
            items(&site, &cast.finder, "/api/v1/findings").await[0]["id"].as_str().unwrap().to_owned();
        seen.push(site.get(&cast.finder, &format!("/api/v1/findings/{finding}/reads")).await.ok().text());
        answers.push(seen);
    }
    assert!(answers[0][1].contains("a coordinator"));
    assert_eq!(answers[0], answers[1]);
}

fn profile(alarm_at: u64, stop_at: u64) -> String {
    let limit = format!("{{ alarm_at = {alarm_at}, stop_at = {stop_at} }}");
    let text = DEFAULT_PROFILE
        .replace("coordinators = { alarm_at = 2000, stop_at = 0 }", &format!("coordinators = {limit}"));
    assert_ne!(text, DEFAULT_PROFILE);
    text
}

#[tokio::test]
async fn a_member_who_reads_too_much_raises_one_alarm_that_somebody_else_settles() {
    let site = Site::under(&profile(10, 0)).await;
    let cast = Cast::enrol(&site).await;
    for number in 0..12 {
        site.submit(&cast.finder, &finding(number, "samplelib")).await;
    }
    let heavy =
        async |who: &Player| site.get(who, "/api/v1/tasks").await.ok().json()["heavy_readers"].clone();
    site.get(&cast.ada, "/api/v1/findings?limit=9").await.ok();
    assert_eq!(heavy(&cast.ben).await.as_array().unwrap().len(), 0);
    for _ in 0..3 {
        site.get(&cast.ada, "/api/v1/findings").await.ok();
    }
    // Its own reports do not count for a finder, however many.
    site.get(&cast.finder, "/api/v1/findings").await.ok();
    let alarms = heavy(&cast.ben).await;
    assert_eq!(alarms.as_array().unwrap().len(), 1, "{alarms}");
    assert_eq!(alarms[0]["who"], "Ada (Centre)");
    assert_eq!((alarms[0]["things"].as_u64(), alarms[0]["stopped"].as_bool()), (Some(12), Some(false)));
    assert!(site.get(&cast.ben, "/tasks").await.ok().text().contains("Ada (Centre)"));
    let path = format!("/api/v1/reading-alarms/{}/settlement", alarms[0]["id"].as_str().unwrap());
    let words = json!({ "words": "it was the quarterly review" });
    assert_eq!(site.post(&cast.ada, &path, "own", &words).await.status, StatusCode::CONFLICT);
    assert_eq!(site.post(&cast.vendor, &path, "no", &words).await.status, StatusCode::FORBIDDEN);
    site.post(&cast.ben, &path, "settled", &words).await.ok();
    assert_eq!(site.post(&cast.ben, &path, "again", &words).await.status, StatusCode::CONFLICT);
    assert_eq!(heavy(&cast.ben).await.as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn where_the_policy_says_so_nobody_is_shown_more_than_the_limit() {
    let site = Site::under(&profile(5, 10)).await;
    let cast = Cast::enrol(&site).await;
    for number in 0..12 {
        site.submit(&cast.finder, &finding(number, "samplelib")).await;
    }
    let first = site.get(&cast.ada, "/api/v1/findings?limit=10").await.ok();
    let stopped = site.get(&cast.ada, "/api/v1/findings").await;
    assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!embargoed(&stopped.body) && stopped.text().contains("ask a coordinator"));
    let seconds: i64 = stopped.headers["retry-after"].to_str().unwrap().parse().unwrap();
    // What was read may be read again, and the other coordinator is not touched.
    assert_eq!(site.get(&cast.ada, "/api/v1/findings?limit=10").await.ok().body, first.body);
    let tasks = site.get(&cast.ben, "/api/v1/tasks").await.ok().json();
    assert!(tasks["heavy_readers"].as_array().unwrap().iter().any(|alarm| alarm["stopped"] == true));
    site.wait(SignedDuration::from_secs(seconds));
    site.get(&cast.ada, "/api/v1/findings?limit=10").await.ok();
}
