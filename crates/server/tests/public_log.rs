//! The public log: one entry for each interval, whatever happens, and receipts that show no more than one's own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::event::commitment;
use forewarn_server::app::{ProvenAct, Receipt};
use forewarn_store::{Locked, MemoryStore};
use forewarn_testkit::{Ask, Cast, Player, Site, finding, inventory};
use forewarn_tlog::{
    Checkpoint, Entry, Place, Resource, Tile, Verifier, leaf_hash, read_bundle, verify_entries,
    verify_inclusion, verify_place,
};
use jiff::SignedDuration;
use sqlx::{AssertSqlSafe, Connection, Executor};

async fn checkpoint(site: &Site) -> Checkpoint {
    let note = site.ask(Ask::get("/log/checkpoint")).await.ok().text();
    Checkpoint::open(&note, &Verifier::parse(&site.app.log_key().unwrap()).unwrap()).unwrap()
}

async fn entries(site: &Site, size: u64) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for index in 0..size.div_ceil(256) {
        let width = u16::try_from((size - index * 256).min(256)).unwrap();
        let tile = Tile { resource: Resource::Entries, index, width };
        let bundle = site.ask(Ask::get(&format!("/log/{tile}"))).await.ok().body;
        all.extend(read_bundle(&bundle).unwrap().into_iter().map(<[u8]>::to_vec));
    }
    all
}

/// The log as anybody reads it, right in itself and grown from what was seen.
async fn read(site: &Site, seen: Option<&Checkpoint>) -> (Checkpoint, Vec<Entry>) {
    let checkpoint = checkpoint(site).await;
    let entries = entries(site, checkpoint.size).await;
    let read = verify_entries(&entries, &checkpoint, seen).unwrap();
    (checkpoint, read)
}

fn hash(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// Checks an act by nothing but what is in the receipt and the key, and gives its entry.
fn proven(act: &ProvenAct, checkpoint: &Checkpoint) -> Entry {
    let bytes = STANDARD.decode(&act.bytes).unwrap();
    let entry = Entry::parse(act.entry.as_bytes()).unwrap();
    let place = Place { position: act.position, path: act.path.iter().map(|step| hash(step)).collect() };
    verify_place(&commitment(&hash(&act.salt), &bytes), &place, &entry.acts).unwrap();
    let proof: Vec<_> = act.proof.iter().map(|step| hash(step)).collect();
    let leaf = leaf_hash(act.entry.as_bytes());
    verify_inclusion(&leaf, entry.number, checkpoint.size, &proof, &checkpoint.root).unwrap();
    entry
}

async fn receipt(site: &Site, who: &Player, path: &str) -> Receipt {
    serde_json::from_slice(&site.get(who, &format!("{path}/receipt")).await.ok().body).unwrap()
}

fn opened(site: &Site, receipt: &Receipt) -> Checkpoint {
    assert_eq!(receipt.key, site.app.log_key().unwrap());
    Checkpoint::open(&receipt.checkpoint, &Verifier::parse(&receipt.key).unwrap()).unwrap()
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn there_is_one_entry_for_each_interval_whatever_happens_and_whatever_the_clock_does() {
    let site = Site::new().await;
    assert_eq!(checkpoint(&site).await.size, 0, "before the first round");
    assert_eq!(site.app.close_entries().await.unwrap(), 1);
    assert_eq!(site.app.close_entries().await.unwrap(), 0, "done again");
    let (first, read_first) = read(&site, None).await;
    assert_eq!(read_first[0].end, site.clock_now().as_second(), "the interval that has just ended");
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    site.wait(MINUTE * 35);
    assert_eq!(site.app.close_entries().await.unwrap(), 3, "the missed ones too");
    let (second, after) = read(&site, Some(&first)).await;
    assert_eq!(after.len(), 4);
    assert_eq!(after[3].end - after[0].end, 1_800);
    // A busy interval and a quiet one differ in nothing but opaque values.
    assert_eq!(after[1].text().len(), after[2].text().len());
    assert!(after[1].acts != after[2].acts && after[1].log != after[2].log);
    // The clock goes back an hour, and there is no second entry for what was.
    site.wait(MINUTE * -60);
    assert_eq!(site.app.close_entries().await.unwrap(), 0);
    site.wait(MINUTE * 60);
    assert_eq!(site.app.close_entries().await.unwrap(), 0);
    // A long absence is more than one transaction.
    site.wait(MINUTE * 10 * 1_200);
    assert_eq!(site.app.close_entries().await.unwrap(), 1_200);
    assert_eq!(read(&site, Some(&second)).await.1.len(), 1_204);
}

#[tokio::test]
async fn two_processes_on_one_store_write_no_interval_twice_and_one_that_was_killed_is_followed() {
    let store = Arc::new(MemoryStore::default());
    let mut sites = Vec::new();
    for seed in [7, 8, 9] {
        sites.push(Site::on(Arc::<MemoryStore>::clone(&store), [seed; 32]).await);
    }
    let mut seen = None;
    for _ in 0..20 {
        sites.iter().for_each(|site| site.wait(MINUTE * 25));
        let (one, two, three) = tokio::join!(
            sites[0].app.close_entries(),
            sites[1].app.close_entries(),
            sites[2].app.close_entries()
        );
        let written = one.unwrap() + two.unwrap() + three.unwrap();
        let before = seen.as_ref().map_or(0, |seen: &Checkpoint| seen.size);
        let (now, _) = read(&sites[0], seen.as_ref()).await;
        assert_eq!(now.size - before, written as u64, "each entry was written by one of them");
        for site in &sites {
            assert_eq!(checkpoint(site).await, now, "all show the same log");
        }
        seen = Some(now);
    }
    assert_eq!(seen.unwrap().size, 49, "the first, and one for each ten minutes since");
    // Another one that begins now has nothing but the store.
    let late = Site::on(store, [3; 32]).await;
    late.wait(MINUTE * 25 * 20);
    assert_eq!(late.app.close_entries().await.unwrap(), 0);
    assert_eq!(checkpoint(&late).await, checkpoint(&sites[0]).await);
}

#[tokio::test]
async fn an_act_is_in_the_interval_in_which_it_was_done_whenever_the_entry_is_written() {
    let store = Arc::new(MemoryStore::default());
    let site = Site::on(Arc::<MemoryStore>::clone(&store), [7; 32]).await;
    site.app.close_entries().await.unwrap();
    let cast = Cast::enrol(&site).await;
    let mut ids = Vec::new();
    for n in 1..=3 {
        site.wait(MINUTE * 10);
        ids.push(site.submit(&cast.finder, &finding(n, "samplelib")).await);
    }
    site.wait(MINUTE * 15);
    site.app.close_entries().await.unwrap();
    for (n, id) in (1..).zip(&ids) {
        let receipt = receipt(&site, &cast.finder, &format!("/api/v1/findings/{id}")).await;
        let [act] = receipt.acts.as_slice() else { panic!("what it handed in and nothing else") };
        let entry = proven(act, &opened(&site, &receipt));
        // Done at the very end of an interval, it belongs to the next.
        assert_eq!(entry.number, n + 1);
    }
}

#[tokio::test]
async fn a_wave_is_told_together_and_each_can_prove_it() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.app.close_entries().await.unwrap();
    for who in [&cast.bank, &cast.power] {
        site.push(who, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    }
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "detail").await;
    site.work().await;
    let id = async |who: &Player| {
        let inbox = site.get(who, "/api/v1/notices").await.ok().json();
        inbox["items"][0]["id"].as_str().expect("it was told").to_owned()
    };
    let (bank, power) = (id(&cast.bank).await, id(&cast.power).await);
    let path = |id: &str| format!("/api/v1/notices/{id}");
    let early = site.get(&cast.bank, &format!("{}/receipt", path(&bank))).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "not before the interval is over: {}", early.text());
    site.wait(MINUTE * 10);
    site.app.close_entries().await.unwrap();
    // Nobody gets the receipt of another.
    let other = site.get(&cast.power, &format!("{}/receipt", path(&bank))).await;
    assert_eq!(
        other,
        site.get(&cast.power, &format!("{}/receipt", path(&uuid::Uuid::nil().to_string()))).await
    );
    let mut seen = Vec::new();
    for (who, id) in [(&cast.bank, &bank), (&cast.power, &power)] {
        let receipt = receipt(&site, who, &path(id)).await;
        let checkpoint = opened(&site, &receipt);
        let entries: Vec<Entry> = receipt.acts.iter().map(|act| proven(act, &checkpoint)).collect();
        let kinds: Vec<&str> = receipt.acts.iter().map(|act| act.kind.as_str()).collect();
        assert_eq!(kinds, ["notice-queued", "notice-delivered"]);
        assert_eq!(receipt.waiting, 0);
        let queued: serde_json::Value =
            serde_json::from_slice(&STANDARD.decode(&receipt.acts[0].bytes).unwrap()).unwrap();
        assert_eq!(queued["data"]["org"], who.org.as_str());
        seen.push((entries[0].clone(), queued["data"]["wave"].clone(), receipt.acts[0].path.len()));
        assert!(!serde_json::to_string(&receipt).unwrap().contains(if *id == bank { &power } else { &bank }));
    }
    assert_eq!(seen[0], seen[1], "one wave, one interval, paths of one length");
    // Opened later, it is in a later entry.
    site.get(&cast.bank, &path(&bank)).await.ok();
    let waits = receipt(&site, &cast.bank, &path(&bank)).await;
    assert_eq!((waits.acts.len(), waits.waiting), (2, 1));
    site.wait(MINUTE * 10);
    site.app.close_entries().await.unwrap();
    let all = receipt(&site, &cast.bank, &path(&bank)).await;
    let checkpoint = opened(&site, &all);
    let numbers: Vec<u64> = all.acts.iter().map(|act| proven(act, &checkpoint).number).collect();
    assert_eq!((numbers[0], numbers[1]), (seen[0].0.number, seen[0].0.number));
    assert_eq!((numbers.len(), numbers[2]), (3, numbers[0] + 1));
}

/// What anybody reads is of the same form and count in a world where much happens and in one where nothing does.
#[tokio::test]
async fn a_busy_world_and_a_quiet_one_show_the_same_but_for_opaque_values() {
    let (busy, quiet) = (Site::new().await, Site::new().await);
    let cast = Cast::enrol(&busy).await;
    for n in 0..30 {
        busy.push(&cast.bank, &format!("asset-{n}"), &inventory(&[("samplelib", "1.4")])).await.ok();
        for site in [&busy, &quiet] {
            site.wait(MINUTE * 3);
            site.app.close_entries().await.unwrap();
        }
    }
    let opaque = |entry: Entry| Entry { acts: [0; 32], log: [0; 32], ..entry };
    let shown =
        async |site: &Site| -> Vec<Entry> { read(site, None).await.1.into_iter().map(opaque).collect() };
    assert_eq!(shown(&busy).await, shown(&quiet).await);
    assert_eq!(shown(&busy).await.len(), 10);
    let paths = [
        "/log/checkpoint",
        "/log/tile/0/000.p/10",
        "/log/tile/entries/000.p/10",
        "/log/tile/0/000",
        "/log/acts/checkpoint",
    ];
    for path in paths {
        let (one, other) = (busy.ask(Ask::get(path)).await, quiet.ask(Ask::get(path)).await);
        assert_eq!((one.status, one.body.len()), (other.status, other.body.len()), "{path}");
        assert_eq!(one.headers, other.headers, "{path}");
    }
    assert_eq!(busy.ask(Ask::get("/log/acts/checkpoint")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_tile_that_is_not_there_is_not_found() {
    let site = Site::new().await;
    site.app.close_entries().await.unwrap();
    assert_eq!(site.ask(Ask::get("/log/tile/0/000.p/1")).await.ok().body.len(), 32);
    for path in
        ["tile/0/000", "tile/0/000.p/2", "tile/entries/000.p/2", "tile/entries/001", "tile/0/0", "tile/x/000"]
    {
        assert_eq!(site.ask(Ask::get(&format!("/log/{path}"))).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Two services on one PostgreSQL, each with connections of its own, race for every interval.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_services_on_postgresql_write_no_interval_twice() {
    let Ok(server) = std::env::var("FOREWARN_TEST_POSTGRES") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must run this on PostgreSQL: set FOREWARN_TEST_POSTGRES"
        );
        eprintln!("NOT RUN on PostgreSQL: FOREWARN_TEST_POSTGRES is not set");
        return;
    };
    let schema = format!("forewarn_public_log_{}", std::process::id());
    run(&server, &format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).await;
    let sign = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{sign}options=-csearch_path%3D{schema}");
    let mut sites = Vec::new();
    for seed in [7, 8] {
        let store = Locked::url(&url).await.unwrap().plain().await.unwrap();
        sites.push(Site::on(Arc::new(store), [seed; 32]).await);
    }
    let cast = Cast::enrol(&sites[0]).await;
    let mut seen = None;
    for round in 0..10 {
        sites.iter().for_each(|site| site.wait(MINUTE * 25));
        sites[0].submit(&cast.finder, &finding(round, "samplelib")).await;
        let (one, two) = tokio::join!(sites[0].app.close_entries(), sites[1].app.close_entries());
        let before = seen.as_ref().map_or(0, |seen: &Checkpoint| seen.size);
        let (now, _) = read(&sites[0], seen.as_ref()).await;
        assert_eq!(now.size - before, (one.unwrap() + two.unwrap()) as u64);
        assert_eq!(checkpoint(&sites[1]).await, now);
        seen = Some(now);
    }
    drop(sites);
    run(&server, &format!("DROP SCHEMA {schema} CASCADE")).await;
}

async fn run(url: &str, sql: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await.unwrap();
    connection.close().await.unwrap();
}
