//! Bulk intake: what is sent goes in once or is said why not, compressed or not, at once or in pieces.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write as _;
use std::sync::Arc;

use axum::http::StatusCode;
use flate2::Compression;
use flate2::write::GzEncoder;
use forewarn_core::finding::commitment_of;
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_formats::json::{Limits, committed_text};
use forewarn_store::MemoryStore;
use forewarn_testkit::{Answer, Ask, Cast, Fault, FaultyStore, Player, Site, finding};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

async fn set() -> (Site, Cast) {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    (site, cast)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn ask(key: &str, body: impl Into<Vec<u8>>, who: &Player) -> Ask {
    Ask::send("/api/v1/findings:batch", key, body.into()).bearer(&who.token)
}

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| format!("{}\n", finding(number, "samplelib"))).collect()
}

fn results(answer: &Answer) -> Vec<Value> {
    answer.json()["results"].as_array().unwrap_or_else(|| panic!("{}", answer.text())).clone()
}

fn kinds(results: &[Value]) -> Vec<&str> {
    results.iter().map(|one| one["result"].as_str().unwrap()).collect()
}

async fn stored(site: &Site, who: &Player) -> usize {
    let (mut count, mut path) = (0, "/api/v1/findings?limit=200".to_owned());
    loop {
        let page = site.get(who, &path).await.ok().json();
        count += page["items"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { return count };
        path = format!("/api/v1/findings?limit=200&after={next}");
    }
}

#[tokio::test]
async fn compressed_or_not_the_answer_is_the_same() {
    let body = lines(0..300);
    let mut answers = Vec::new();
    for compressed in [false, true] {
        let (site, cast) = set().await;
        let sent = if compressed {
            ask("k", gzip(body.as_bytes()), &cast.finder).header("content-encoding", "gzip")
        } else {
            ask("k", body.clone(), &cast.finder)
        };
        let answer = site.ask(sent).await.ok();
        assert_eq!(stored(&site, &cast.finder).await, 300);
        answers.push(answer.json());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn results_come_a_line_each_when_asked_for() {
    let (site, cast) = set().await;
    let body = lines(0..600);
    let streamed =
        site.ask(ask("k", body.clone(), &cast.finder).header("accept", "application/x-ndjson")).await.ok();
    assert_eq!(streamed.headers["content-type"], "application/x-ndjson");
    let text = streamed.text();
    let each: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(each.len(), 600);
    // The same batch again under the same key, in one document: the same answers.
    let whole = site.ask(ask("k", body, &cast.finder)).await.ok();
    assert_eq!(results(&whole), each);
}

#[tokio::test]
async fn what_is_not_gzip_takes_nothing_in_and_can_be_sent_again() {
    let (site, cast) = set().await;
    let whole = gzip(lines(0..3).as_bytes());
    let gz = |body: &[u8]| ask("k", body, &cast.finder).header("content-encoding", "gzip");
    for broken in [&whole[..whole.len() - 9], b"plain text".as_slice()] {
        let answer = site.ask(gz(broken)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        assert_eq!(answer.json()["place"], "Content-Encoding");
    }
    assert_eq!(stored(&site, &cast.finder).await, 0);
    assert_eq!(kinds(&results(&site.ask(gz(&whole)).await.ok())), ["accepted"; 3]);
    let other = site.ask(ask("k2", whole, &cast.finder).header("content-encoding", "br")).await;
    assert_eq!(other.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_bomb_is_refused_and_what_came_before_is_told() {
    let (site, cast) = set().await;
    let mut body = lines(0..250);
    body.extend(std::iter::repeat_n(' ', 40 << 20));
    let bomb = gzip(body.as_bytes());
    assert!(bomb.len() < 1 << 20);
    let sent = ask("k", bomb, &cast.finder).header("content-encoding", "gzip");
    let answer = site.ask(sent).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("300 times") && detail.contains("first 250 lines were taken in"), "{detail}");
    assert_eq!(stored(&site, &cast.finder).await, 250);
}

#[tokio::test]
async fn a_batch_that_breaks_in_the_middle_is_sent_again_and_is_in_once() {
    for fault in [Fault::LostAfter, Fault::LostBefore, Fault::Unavailable] {
        let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default())));
        let site = Site::on(Arc::<FaultyStore>::clone(&store), [7; 32]).await;
        let cast = Cast::enrol(&site).await;
        let body = lines(0..700);
        store.next(&[None, Some(fault)]);
        let broken = site.ask(ask("k", body.clone(), &cast.finder)).await;
        assert_eq!(broken.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
        let again = results(&site.ask(ask("k", body.clone(), &cast.finder)).await.ok());
        assert_eq!(kinds(&again), vec!["accepted"; 700], "{fault:?}: all as if nothing had happened");
        assert_eq!(stored(&site, &cast.finder).await, 700, "{fault:?}");
        // In the middle of a stream the problem is its last line.
        store.next(&[None, Some(fault)]);
        let more = lines(1000..1700);
        let sent = ask("k2", more, &cast.finder).header("accept", "application/x-ndjson");
        let text = site.ask(sent).await.ok().text();
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((text.lines().count(), &last["problem"]["status"]), (251, &json!(503)), "{fault:?}");
    }
}

fn small_quota() -> String {
    DEFAULT_PROFILE.replace("per_burst = 25000", "per_burst = 5").replace("per_day = 50000", "per_day = 8")
}

#[tokio::test]
async fn over_the_quota_the_rest_waits_and_nothing_is_lost() {
    let site = Site::under(&small_quota()).await;
    let cast = Cast::enrol(&site).await;
    let body = lines(0..12);
    let first = site.ask(ask("k", body.clone(), &cast.finder)).await;
    assert_eq!(first.status, StatusCode::TOO_MANY_REQUESTS);
    let each = results(&first);
    assert_eq!(kinds(&each[..5]), ["accepted"; 5]);
    assert_eq!(kinds(&each[5..]), ["over-quota"; 7]);
    let wait: u64 = first.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=600).contains(&wait), "{wait}");
    assert_eq!(each[5]["retry_after"], wait);
    // Sent again at once, what is in stays in and costs nothing.
    let again = results(&site.ask(ask("k", body.clone(), &cast.finder)).await);
    assert_eq!(kinds(&again[..5]), ["duplicate"; 5]);
    assert_eq!(again[0]["finding"], each[0]["finding"]);
    assert_eq!(kinds(&again[5..]), ["over-quota"; 7]);
    // One second before there is room there is none; then there is, up to the day's.
    site.wait(SignedDuration::from_secs(i64::try_from(wait).unwrap() - 1));
    assert_eq!(site.ask(ask("k", body.clone(), &cast.finder)).await.status, StatusCode::TOO_MANY_REQUESTS);
    site.wait(SignedDuration::from_secs(1));
    let later = site.ask(ask("k", body.clone(), &cast.finder)).await;
    assert_eq!(kinds(&results(&later)[5..]), [["accepted"; 3].as_slice(), &["over-quota"; 4]].concat());
    let wait: i64 = later.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(wait > 3600, "the day is full: {wait}");
    // Another source has a count of its own.
    assert_eq!(kinds(&results(&site.ask(ask("k", lines(50..51), &cast.ada)).await.ok())), ["accepted"]);
    site.wait(SignedDuration::from_secs(wait));
    let last = site.ask(ask("k", body, &cast.finder)).await.ok();
    assert_eq!(kinds(&results(&last)), [["duplicate"; 8].as_slice(), &["accepted"; 4]].concat());
    assert_eq!(stored(&site, &cast.finder).await, 12);
}

#[tokio::test]
async fn what_is_missing_is_said_with_its_place() {
    let (site, cast) = set().await;
    let sarif = json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "scan" } },
        "results": [{ "message": { "text": "A secret overflow" }, "ruleId": "r1" },
            { "message": { "text": "Fine" }, "ruleId": "r2", "kind": "pass" }] }] });
    let each = results(&site.ask(ask("k", sarif.to_string(), &cast.finder)).await.ok());
    assert_eq!(kinds(&each), ["needs-info", "rejected"]);
    assert_eq!(each[0]["place"], "/runs/0/versionControlProvenance");
    assert_eq!(each[1]["place"], "/runs/0/results/1");
    let id = each[0]["finding"].as_str().unwrap();
    let view = site.get(&cast.finder, &format!("/api/v1/findings/{id}")).await.ok().json();
    assert_eq!((&view["state"], &view["format"]), (&json!("needs-info"), &json!("sarif")));
    assert_eq!(view["pointer"], "/runs/0/results/0");
    assert_eq!(view["provenance"]["model"], "scan");
    assert!(view["answer"].as_str().unwrap().contains("Which package"));
}

#[tokio::test]
async fn a_commitment_is_given_and_opens_to_the_document() {
    let (site, cast) = set().await;
    let text = format!("{:#}", finding(1, "samplelib")).replace('\n', " ");
    let each = results(&site.ask(ask("k", text.clone(), &cast.finder)).await.ok());
    let (hash, salt) = (&each[0]["commitment"]["hash"], &each[0]["commitment"]["salt"]);
    let mut bytes = [0; 32];
    hex::decode_to_slice(salt.as_str().unwrap(), &mut bytes).unwrap();
    let tidy = committed_text(finding(1, "samplelib").to_string().as_bytes(), &Limits::finding()).unwrap();
    assert_eq!(hash, &hex::encode(commitment_of(&bytes, &tidy)));
    let known = results(&site.ask(ask("k2", text, &cast.finder)).await.ok());
    assert_eq!(known[0]["commitment"], each[0]["commitment"], "the same when it is sent again");
    // The log has the hash; only coordinators take it out, as the place in it tells of others.
    let path = format!("/api/v1/findings/{}/evidence", each[0]["finding"].as_str().unwrap());
    let evidence = site.get(&cast.ada, &path).await.ok();
    assert_eq!(evidence.json()["events"][0]["kind"], "finding-received");
    assert_eq!(site.get(&cast.finder, &path).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.get(&cast.bank, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_an_account_nothing_is_there_unless_the_policy_says_so() {
    let (site, cast) = set().await;
    let send = |key: &str, number: u32| {
        Ask::send("/api/v1/anonymous-findings", key, finding(number, "samplelib").to_string().into_bytes())
    };
    let state =
        |receipt: &str| Ask::get("/api/v1/anonymous-findings/state").header("forewarn-receipt", receipt);
    let hidden = site.ask(send("k", 1)).await;
    let missing = site.ask(Ask::get("/api/v1/nothing-here")).await;
    assert_eq!((hidden.status, &hidden.body), (StatusCode::NOT_FOUND, &missing.body));

    let site = {
        let open = DEFAULT_PROFILE
            .replace("anonymous = false", "anonymous = true")
            .replace("anonymous_per_burst = 20", "anonymous_per_burst = 3");
        drop((site, cast));
        Site::under(&open).await
    };
    let cast = Cast::enrol(&site).await;
    let given = site.ask(send("k", 1)).await.ok();
    assert_eq!(given.status, StatusCode::CREATED);
    let receipt = given.field("receipt");
    let told = site.ask(state(&receipt)).await.ok().json();
    assert_eq!(told["state"], "received");
    assert_eq!(site.ask(state(&"0".repeat(64))).await.status, StatusCode::NOT_FOUND);
    // A repeated request is known, and its receipt is not shown again.
    let again = site.ask(send("k", 1)).await.ok().json();
    assert_eq!((&again["receipt"], &again["received_at"]), (&Value::Null, &told["received_at"]));
    // That somebody has found the same is not said.
    site.submit(&cast.finder, &finding(2, "samplelib")).await;
    let same = site.ask(send("other", 2)).await.ok();
    assert_eq!(site.ask(state(&same.field("receipt"))).await.ok().json()["state"], "received");
    // Coordinators see it, and what they ask reaches the holder of the receipt.
    let listed = site.get(&cast.ada, "/api/v1/findings").await.ok().json();
    let mine = listed["items"].as_array().unwrap().iter().find(|f| {
        f["received_at"] == told["received_at"]
            && f["submitter"] == json!(forewarn_core::ids::OrgId::NOBODY.to_string())
            && f["external_id"] == "F-1"
    });
    let id = mine.unwrap()["id"].as_str().unwrap().to_owned();
    let act = json!({ "act": "ask-info", "question": "Which compiler?" });
    site.post(&cast.ada, &format!("/api/v1/findings/{id}/acts"), "ask", &act).await.ok();
    let asked = site.ask(state(&receipt)).await.ok().json();
    assert_eq!((&asked["state"], &asked["answer"]), (&json!("needs-info"), &json!("Which compiler?")));
    // Strict limits: three in a burst for all together.
    site.ask(send("third", 3)).await.ok();
    let over = site.ask(send("fourth", 4)).await;
    assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(over.headers.contains_key("retry-after"));
    let bad = site.ask(Ask::send("/api/v1/anonymous-findings", "bad", b"{\"title\":".to_vec())).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn attach(site: &Site, who: &Player, finding: &str, key: &str, kind: &str, bytes: &[u8]) -> Answer {
    let path = format!("/api/v1/findings/{finding}/attachments?kind={kind}");
    site.ask(Ask::send(&path, key, bytes.to_vec()).bearer(&who.token).header("content-type", "text/x-diff"))
        .await
}

#[tokio::test]
async fn files_are_read_by_those_who_may() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let id = site.submit(&cast.finder, &finding(1, "samplelib")).await;
    let html = b"<script>A secret</script>";
    let added = attach(&site, &cast.finder, &id, "k", "patch", html).await.ok();
    let path = format!("/api/v1/findings/{id}/attachments/{}", added.field("id"));
    let same = attach(&site, &cast.finder, &id, "k2", "patch", html).await.ok();
    assert_eq!(same.field("id"), added.field("id"), "sent again it is the same file");
    for reader in [&cast.finder, &cast.ada] {
        let found = site.get(reader, &path).await.ok();
        assert_eq!(found.body, html);
        assert!(found.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
        assert_eq!(found.headers["x-content-type-options"], "nosniff");
        assert_eq!(found.headers["content-type"], "text/x-diff");
    }
    let absent = format!("/api/v1/findings/{}/attachments/{}", uuid(1), uuid(2));
    for other in [&cast.vendor, &cast.bank, &cast.auditor, &cast.relay] {
        let (hidden, missing) = (site.get(other, &path).await, site.get(other, &absent).await);
        assert_eq!((hidden.status, &hidden), (StatusCode::NOT_FOUND, &missing));
    }
    // Two people of the case's centre give it to the vendor; it reads it as long as it consents.
    let give = json!({ "act": "give-proof", "vendor": cast.vendor.org });
    let acts = format!("/api/v1/findings/{id}/acts");
    let wrong = json!({ "act": "give-proof", "vendor": cast.bank.org });
    assert_eq!(site.post(&cast.ada, &acts, "w", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    site.post(&cast.ada, &acts, "a", &give).await.ok();
    assert_eq!(site.get(&cast.vendor, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.post(&cast.ada, &acts, "a2", &give).await.status, StatusCode::CONFLICT);
    site.post(&cast.ben, &acts, "b", &give).await.ok();
    assert_eq!(site.get(&cast.vendor, &path).await.ok().body, html);
    let later = "2026-08-20T00:00:00Z";
    let terms = json!({ "act": "set-terms", "release_at": later, "zone": "UTC", "tlp": "AMBER" });
    site.act(&cast.ada, &case, &terms).await.ok();
    assert_eq!(site.get(&cast.vendor, &path).await.status, StatusCode::NOT_FOUND, "its consent lapsed");
    assert!(!site.get(&cast.vendor, &format!("/api/v1/findings/{id}")).await.status.is_success());
}

#[tokio::test]
async fn files_have_limits_and_types() {
    let (site, cast) = set().await;
    let id = site.submit(&cast.finder, &finding(1, "samplelib")).await;
    let path = format!("/api/v1/findings/{id}/attachments?kind=trace");
    let html =
        Ask::send(&path, "h", b"x".to_vec()).bearer(&cast.finder.token).header("content-type", "text/html");
    assert_eq!(site.ask(html).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let huge = attach(&site, &cast.finder, &id, "b", "trace", &vec![b'x'; (16 << 20) + 1]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    let empty = attach(&site, &cast.finder, &id, "e", "trace", b"").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kind = attach(&site, &cast.finder, &id, "o", "other", b"x").await;
    assert_eq!(kind.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(attach(&site, &cast.ada, &id, "a", "trace", b"x").await.status, StatusCode::FORBIDDEN);
    assert!(
        site.get(&cast.finder, &format!("/api/v1/findings/{id}")).await.ok().json()["attachments"].is_null()
    );
}

#[tokio::test]
async fn the_schema_is_published() {
    let (site, _) = set().await;
    let answer = site.ask(Ask::get("/api/v1/schemas/finding.json")).await.ok();
    assert_eq!(answer.text(), forewarn_formats::finding::SCHEMA);
}

fn uuid(number: u128) -> String {
    forewarn_core::ids::OrgId(uuid_of(number)).to_string()
}

fn uuid_of(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

/// A document, by number: findings of few places in the code, so that some share their root cause, and some broken ones.
fn document(number: u8) -> String {
    match number % 7 {
        5 => "{\"forewarn\":\"finding/1\"}".to_owned(),
        6 => "not JSON".to_owned(),
        place => {
            let mut one = finding(u32::from(place), "samplelib");
            one["id"] = json!(format!("own-{number}"));
            one.to_string()
        }
    }
}

/// Everything but what is drawn: ids, salts and the line.
fn told(result: &Value) -> Value {
    json!([result["result"], result["place"], result["message"], result["received_at"]])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    /// One batch, or each document alone: the same is taken in, and the same is said.
    #[test]
    fn a_batch_says_what_single_submissions_say(numbers in proptest::collection::vec(0..30_u8, 1..40)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let (one, cast_one) = set().await;
            let (many, cast_many) = set().await;
            let body: Vec<String> = numbers.iter().map(|number| document(*number)).collect();
            let batch = results(&one.ask(ask("k", body.join("\n"), &cast_one.finder)).await.ok());
            prop_assert_eq!(batch.len(), body.len());
            for (position, text) in body.iter().enumerate() {
                let key = format!("single {position}");
                let single = results(&many.ask(ask(&key, text.clone(), &cast_many.finder)).await.ok());
                prop_assert_eq!(told(&single[0]), told(&batch[position]), "line {}", position + 1);
            }
            prop_assert_eq!(stored(&one, &cast_one.finder).await, stored(&many, &cast_many.finder).await);
            Ok(())
        })?;
    }
}
