//! Duplicates, proposals, merge, split and undo through the API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use axum::http::StatusCode;
use forewarn_store::{EventStore, MemoryStore, SqlStore};
use forewarn_testkit::{Answer, Ask, Cast, Fault, FaultyStore, Player, Site, finding, inventory, key};
use serde_json::{Value, json};

/// Two reports of one bug in other words: the same function and names, no line, so a person decides.
fn paraphrase(number: u32) -> Value {
    let words = [
        "The decoder trusts chunk_length and palette_size when it fills row_buffer from the input stream.",
        "When palette_size exceeds chunk_length the loop over row_buffer continues behind its end.",
        "row_buffer overflows because nobody compares palette_size to what chunk_length promised earlier.",
    ];
    let mut report = finding(7, "samplelib");
    report["id"] = json!(format!("P-{number}"));
    report["title"] = json!(format!("Report {number}"));
    report["description"] = json!(words[number as usize % words.len()]);
    // Other weaknesses of one family: the bare place alone does not join them.
    let weakness = ["CWE-787", "CWE-122", "CWE-119"][number as usize % 3];
    report["weaknesses"] = json!([weakness]);
    report
}

async fn site() -> (Site, Cast) {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    (site, cast)
}

async fn open(site: &Site, cast: &Cast, finding: &str) -> String {
    let body = json!({ "finding": finding });
    site.post(&cast.ada, "/api/v1/cases", &key(&format!("open {finding}")), &body).await.ok().field("case")
}

async fn findings_of(site: &Site, cast: &Cast, case: &str) -> Vec<String> {
    let view = site.get(&cast.ada, &format!("/api/v1/cases/{case}")).await.ok().json();
    let links = view["parties"]["findings"].as_array().unwrap().clone();
    let mut ids: Vec<String> =
        links.iter().map(|link| link["finding"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

async fn state_of(site: &Site, who: &Player, finding: &str) -> String {
    site.get(who, &format!("/api/v1/findings/{finding}")).await.ok().field("state")
}

async fn decide(site: &Site, who: &Player, finding: &str, act: Value) -> Answer {
    let path = format!("/api/v1/findings/{finding}/acts");
    site.post(who, &path, &key(&format!("{finding} {act}")), &act).await
}

async fn proposals(site: &Site, cast: &Cast) -> Vec<Value> {
    let page = site.get(&cast.ada, "/api/v1/proposals").await.ok().json();
    page["items"].as_array().unwrap().clone()
}

fn sorted<const N: usize>(ids: [&String; N]) -> Vec<String> {
    let mut ids = ids.map(String::clone).to_vec();
    ids.sort();
    ids
}

#[tokio::test]
async fn likely_ones_are_proposed_with_reasons_and_decided_by_a_coordinator() {
    let (site, cast) = site().await;
    let one = site.submit(&cast.finder, &paraphrase(0)).await;
    let two = site.submit(&cast.ada, &paraphrase(1)).await;
    assert_eq!(state_of(&site, &cast.ada, &two).await, "received", "not joined by rule");
    let found = proposals(&site, &cast).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0]["finding"].as_str(), found[0]["with"].as_str()), (Some(&*two), Some(&*one)));
    let reasons = found[0]["reasons"].to_string();
    assert!(reasons.contains("same function of the same file"), "{reasons}");
    assert!(!reasons.contains("palette"), "reasons quote nothing: {reasons}");
    assert_eq!(site.get(&cast.finder, "/api/v1/proposals").await.status, StatusCode::FORBIDDEN);

    let accept = json!({ "act": "accept-proposal", "with": one });
    decide(&site, &cast.ada, &two, accept.clone()).await.ok();
    assert_eq!(state_of(&site, &cast.ada, &two).await, "duplicate");
    assert!(proposals(&site, &cast).await.is_empty());
    let again = json!({ "act": "accept-proposal", "with": two });
    assert_eq!(decide(&site, &cast.ben, &one, again).await.status, StatusCode::CONFLICT);
    let case = open(&site, &cast, &one).await;
    assert_eq!(findings_of(&site, &cast, &case).await, sorted([&one, &two]));
}

#[tokio::test]
async fn a_rejected_proposal_is_not_made_again() {
    let (site, cast) = site().await;
    let one = site.submit(&cast.finder, &paraphrase(0)).await;
    let two = site.submit(&cast.finder, &paraphrase(1)).await;
    let reject = json!({ "act": "reject-proposal", "with": one });
    assert_eq!(decide(&site, &cast.finder, &two, reject.clone()).await.status, StatusCode::FORBIDDEN);
    decide(&site, &cast.ada, &two, reject).await.ok();
    assert!(proposals(&site, &cast).await.is_empty());
    let three = site.submit(&cast.finder, &paraphrase(2)).await;
    let found = proposals(&site, &cast).await;
    assert!(!found.is_empty() && found.iter().all(|one| one["finding"] == json!(three)), "{found:?}");
}

#[tokio::test]
async fn accepting_merges_cases_and_undo_gives_back() {
    let folder = std::env::temp_dir().join(format!("forewarn-gathering-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let sqlite = SqlStore::open_sqlite(&folder.join("forewarn.db")).await.unwrap();
    for store in [Arc::new(MemoryStore::default()) as Arc<dyn EventStore>, Arc::new(sqlite)] {
        let site = Site::on(store, [7; 32]).await;
        let cast = Cast::enrol(&site).await;
        let one = site.submit(&cast.finder, &paraphrase(0)).await;
        let two = site.submit(&cast.finder, &paraphrase(1)).await;
        let first = open(&site, &cast, &one).await;
        site.wait(jiff::SignedDuration::from_secs(1));
        let second = open(&site, &cast, &two).await;
        let found = proposals(&site, &cast).await;
        assert_eq!(found[0]["with_case"], json!(first));
        decide(&site, &cast.ada, &two, json!({ "act": "accept-proposal", "with": one })).await.ok();
        assert_eq!(findings_of(&site, &cast, &first).await, sorted([&one, &two]));
        assert!(findings_of(&site, &cast, &second).await.is_empty());
        let shown = site.get(&cast.ada, &format!("/api/v1/cases/{second}")).await.ok();
        assert_eq!(shown.field("state"), "merged");
        let finding = site.get(&cast.ada, &format!("/api/v1/findings/{two}")).await.ok();
        assert_eq!(finding.field("case"), first);

        site.act(&cast.ben, &first, &json!({ "act": "undo", "other": second })).await.ok();
        assert_eq!(findings_of(&site, &cast, &first).await, sorted([&one]));
        assert_eq!(findings_of(&site, &cast, &second).await, sorted([&two]));
        let finding = site.get(&cast.ada, &format!("/api/v1/findings/{two}")).await.ok();
        assert_eq!(finding.field("case"), second);
        let nothing = site.act(&cast.ada, &first, &json!({ "act": "undo", "other": second })).await;
        assert_ne!(nothing.status, StatusCode::OK);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_finding_is_split_off_and_comes_back() {
    let (site, cast) = site().await;
    let one = site.submit(&cast.finder, &finding(1, "samplelib")).await;
    let mut again = finding(1, "samplelib");
    again["title"] = json!("In other words");
    let two = site.submit(&cast.ada, &again).await;
    let case = open(&site, &cast, &one).await;
    assert_eq!(findings_of(&site, &cast, &case).await, sorted([&one, &two]));
    let act = json!({ "act": "split", "findings": [two], "why": "another cause" });
    let new = site.act(&cast.ada, &case, &act).await.ok().field("case");
    assert_eq!(findings_of(&site, &cast, &case).await, sorted([&one]));
    assert_eq!(findings_of(&site, &cast, &new).await, sorted([&two]));
    assert_eq!(state_of(&site, &cast.ada, &two).await, "accepted");
    site.act(&cast.ada, &case, &json!({ "act": "undo", "other": new })).await.ok();
    assert_eq!(findings_of(&site, &cast, &case).await, sorted([&one, &two]));
    assert!(findings_of(&site, &cast, &new).await.is_empty());
    let everything = json!({ "act": "split", "findings": [one, two], "why": "all" });
    assert_ne!(site.act(&cast.ada, &case, &everything).await.status, StatusCode::OK);
    assert_eq!(site.act(&cast.finder, &case, &act).await.status, StatusCode::FORBIDDEN);
}

/// Declining the first leaves its duplicates without a cause: the next waits in its place, and its finder is told nothing.
#[tokio::test]
async fn a_duplicate_takes_the_place_of_a_declined_finding() {
    let (site, cast) = site().await;
    let first = site.submit(&cast.ada, &finding(1, "samplelib")).await;
    let worded = |title: &str| {
        let mut report = finding(1, "samplelib");
        report["title"] = json!(title);
        report
    };
    site.wait(jiff::SignedDuration::from_secs(1));
    let second = site.submit(&cast.finder, &worded("Second")).await;
    site.wait(jiff::SignedDuration::from_secs(1));
    let third = site.submit(&cast.ben, &worded("Third")).await;
    let before = site.get(&cast.finder, &format!("/api/v1/findings/{second}")).await.ok().text();
    decide(&site, &cast.ada, &first, json!({ "act": "decline", "reason": "not enough" })).await.ok();
    assert_eq!(state_of(&site, &cast.ada, &second).await, "promoted");
    assert_eq!(state_of(&site, &cast.ada, &third).await, "duplicate");
    let waiting = site.get(&cast.ada, "/api/v1/findings?state=received").await.ok().text();
    assert!(waiting.contains(&second), "it is in the queue");
    let after = site.get(&cast.finder, &format!("/api/v1/findings/{second}")).await.ok().text();
    assert_eq!(before, after, "its finder sees what he saw");
    for (state, there) in [("duplicate", true), ("received", false), ("promoted", false)] {
        let list = site.get(&cast.finder, &format!("/api/v1/findings?state={state}")).await.ok().text();
        assert_eq!(list.contains(&second), there, "{state}");
    }
    // A later report joins the one that waits, and a case takes all that stood behind the declined one.
    let fourth = site.submit(&cast.finder, &worded("Fourth")).await;
    let shown = site.get(&cast.ada, &format!("/api/v1/findings/{fourth}")).await.ok();
    assert_eq!(shown.field("duplicate_of"), second);
    let case = open(&site, &cast, &second).await;
    assert_eq!(findings_of(&site, &cast, &case).await, sorted([&second, &third, &fourth]));
}

/// Both plan on the same state; whoever commits second has to plan again, whichever of them it is.
#[tokio::test]
async fn a_case_opened_while_a_duplicate_comes_in_has_it() {
    let inner: Arc<dyn EventStore> = Arc::new(MemoryStore::default());
    let store = Arc::new(FaultyStore::new(inner));
    let site = Site::on(Arc::<FaultyStore>::clone(&store) as Arc<dyn EventStore>, [7; 32]).await;
    let cast = Cast::enrol(&site).await;
    for round in 0..10 {
        let original = finding(100 + round, "samplelib");
        let first = site.submit(&cast.finder, &original).await;
        let mut again = original.clone();
        again["title"] = json!("In other words");
        let submit = site.ask(
            Ask::send(
                "/api/v1/findings:batch",
                &key(&format!("again {round}")),
                again.to_string().into_bytes(),
            )
            .bearer(&cast.ada.token),
        );
        store.next(&[Some(Fault::Late)]);
        let (submitted, opened) = if round % 2 == 0 {
            tokio::join!(submit, open(&site, &cast, &first))
        } else {
            let (opened, submitted) = tokio::join!(open(&site, &cast, &first), submit);
            (submitted, opened)
        };
        let second = submitted.ok().json()["results"][0]["finding"].as_str().unwrap().to_owned();
        assert_eq!(findings_of(&site, &cast, &opened).await, sorted([&first, &second]), "round {round}");
    }
}

/// Both are planned on a log without the other, so neither request can know.
#[tokio::test]
async fn first_reports_of_one_moment_are_joined_right_after() {
    let inner: Arc<dyn EventStore> = Arc::new(MemoryStore::default());
    let store = Arc::new(FaultyStore::new(inner));
    let site = Site::on(Arc::<FaultyStore>::clone(&store) as Arc<dyn EventStore>, [7; 32]).await;
    let cast = Cast::enrol(&site).await;
    let by_sign = |round: u32, _: usize| finding(50 + round, "samplelib");
    let by_rule = |round: u32, which: usize| patched(which, &format!("copy_row(row, width + {round});"));
    for report in [&by_sign as &dyn Fn(u32, usize) -> Value, &by_rule] {
        let mut raced = false;
        // Which of the two is planned when is not in this test's hands; one round in which both are planned first is.
        for round in 0..50 {
            let send = |which: usize, who: &Player| {
                let mut document = report(round, which);
                document["title"] = json!(format!("Report {which}"));
                let once = key(&format!("moment {document}"));
                let body = document.to_string().into_bytes();
                site.ask(Ask::send("/api/v1/findings:batch", &once, body).bearer(&who.token))
            };
            store.next(&[Some(Fault::Late)]);
            let (one, two) = tokio::join!(send(1, &cast.finder), send(2, &cast.ben));
            let (mut before, mut after) = (Vec::new(), Vec::new());
            let ids = [one, two]
                .map(|answer| answer.ok().json()["results"][0]["finding"].as_str().unwrap().to_owned());
            for id in &ids {
                before.push(state_of(&site, &cast.ada, id).await);
            }
            site.work().await;
            for id in &ids {
                after.push(state_of(&site, &cast.ada, id).await);
            }
            after.sort();
            assert_eq!(after, ["duplicate", "received"], "round {round}");
            assert!(proposals(&site, &cast).await.is_empty(), "nobody is asked about it");
            raced |= before == ["received", "received"];
            if raced {
                break;
            }
        }
        assert!(raced, "no two requests were planned at the same moment");
    }
}

/// A report with a patch that removes a line.
fn patched(number: usize, line: &str) -> Value {
    let mut report = finding(70, "patchlib");
    report["id"] = json!(format!("X-{number}"));
    report.as_object_mut().unwrap().remove("location");
    let patch = format!(
        "--- a/png/read.c\n+++ b/png/read.c\n@@ -1,3 +1,3 @@ static int read_row(void)\n-    {line}\n+    return {number};\n"
    );
    report["code"] = json!({ "patch": patch });
    report
}

#[tokio::test]
async fn a_report_that_shows_two_to_be_one_joins_them() {
    let (site, cast) = site().await;
    let both = |number: usize, id: Option<&str>, line: &str| {
        let mut report = patched(number, line);
        report["title"] = json!(format!("Report {number}"));
        report["aliases"] = json!(id.into_iter().collect::<Vec<_>>());
        report
    };
    let one =
        site.submit(&cast.finder, &both(1, Some("CVE-2026-12345"), "first_line(of, one, report);")).await;
    let two = site.submit(&cast.ben, &both(2, None, "second_line(of, another, report);")).await;
    site.work().await;
    assert_eq!(state_of(&site, &cast.ada, &two).await, "received");
    let mut bridge = both(3, Some("CVE-2026-12345"), "second_line(of, another, report);");
    bridge["title"] = json!("Both");
    let three = site.submit(&cast.finder, &bridge).await;
    site.work().await;
    assert_eq!(state_of(&site, &cast.ada, &two).await, "duplicate");
    let case = open(&site, &cast, &one).await;
    assert_eq!(findings_of(&site, &cast, &case).await, sorted([&one, &two, &three]));
}

#[tokio::test]
async fn a_report_without_an_account_joins_a_case_and_its_sender_is_told_nothing() {
    let profile = forewarn_core::policy::DEFAULT_PROFILE.replace("anonymous = false", "anonymous = true");
    let site = Site::under(&profile).await;
    let cast = Cast::enrol(&site).await;
    let first = site.submit(&cast.finder, &finding(1, "samplelib")).await;
    let case = open(&site, &cast, &first).await;
    let mut answers = Vec::new();
    for number in [1, 2] {
        let body = finding(number, "samplelib").to_string().into_bytes();
        let sent =
            site.ask(Ask::send("/api/v1/anonymous-findings", &key(&number.to_string()), body)).await.ok();
        let state = || {
            Ask::get("/api/v1/anonymous-findings/state").header("forewarn-receipt", &sent.field("receipt"))
        };
        let before = site.ask(state()).await.ok().json();
        site.work().await;
        assert_eq!(before, site.ask(state()).await.ok().json());
        answers.push(before["state"].clone());
    }
    assert_eq!(answers, ["received", "received"], "the known and the unknown are answered alike");
    let joined = findings_of(&site, &cast, &case).await;
    assert_eq!(joined.len(), 2, "the one of its root cause has joined: {joined:?}");
}

/// What a party sees of its case, its notices and its findings.
async fn seen_by(site: &Site, who: &Player, case: &str) -> Vec<String> {
    let mut seen = Vec::new();
    for path in [&*format!("/api/v1/cases/{case}"), "/api/v1/cases", "/api/v1/notices"] {
        let answer = site.get(who, path).await;
        seen.push(format!("{path} {} {}", answer.status, answer.text()));
    }
    seen
}

#[tokio::test]
async fn cases_of_which_others_were_told_are_merged_and_their_parties_keep_what_they_were_told() {
    let (site, cast) = site().await;
    site.push(&cast.bank, "core", &inventory(&[("samplelib", "1.4")])).await;
    let first = site.case(&cast, &finding(1, "samplelib")).await;
    let second = site.case(&cast, &finding(2, "samplelib")).await;
    for case in [&first, &second] {
        site.share(&cast, case, "detail").await;
    }
    site.work().await;
    let (one, two) = (findings_of(&site, &cast, &first).await, findings_of(&site, &cast, &second).await);
    let parties = [&cast.vendor, &cast.bank];
    let mut before = Vec::new();
    for who in parties {
        before.push((seen_by(&site, who, &first).await, seen_by(&site, who, &second).await));
    }
    let merge = json!({ "act": "merge", "from": second, "why": "one cause" });
    site.act(&cast.ada, &first, &merge).await.ok();
    site.work().await;
    assert_eq!(findings_of(&site, &cast, &first).await, sorted([&one[0], &two[0]]));
    assert!(findings_of(&site, &cast, &second).await.is_empty());
    for (who, before) in parties.into_iter().zip(&before) {
        let after = (seen_by(&site, who, &first).await, seen_by(&site, who, &second).await);
        assert_eq!(&after, before, "nothing that a party sees has changed");
    }
    let view = site.get(&cast.ada, &format!("/api/v1/cases/{second}")).await.ok().json();
    assert_eq!(view["parties"]["merged_into"], json!(first));
    assert_eq!(view["state"], "sharing", "for those who were told it goes on");
    // It gathers nothing more, and what was promised to its parties is still kept.
    let back = site.act(&cast.ada, &second, &json!({ "act": "merge", "from": first, "why": "back" })).await;
    assert_eq!(back.status, StatusCode::CONFLICT);
    site.release(&cast, &second).await;
    site.act(&cast.ben, &first, &json!({ "act": "undo", "other": second })).await.ok();
    assert_eq!(findings_of(&site, &cast, &first).await, one);
    assert_eq!(findings_of(&site, &cast, &second).await, two);
}
