//! Who is told what and when: levels, consent, waves, new exposure, the end of an embargo, the release.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::http::StatusCode;
use forewarn_server::ambient::Ambient;
use forewarn_server::workers;
use forewarn_testkit::{Ask, Cast, Player, Site, finding, inventory};
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn set() -> (Site, Cast) {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    site.push(&cast.hospital, "ward", &inventory(&[("samplelib", "1.0")])).await.ok();
    site.push(&cast.power, "grid", &inventory(&[("samplelib", "2.0"), ("elsewhere", "1.0")])).await.ok();
    (site, cast)
}

async fn opened(site: &Site, who: &Player) -> Value {
    let id = site.inbox(who).await[0]["id"].as_str().unwrap().to_owned();
    site.get(who, &format!("/api/v1/notices/{id}")).await.ok().json()
}

async fn answer(site: &Site, who: &Player, act: Value) -> StatusCode {
    let id = site.inbox(who).await[0]["id"].as_str().unwrap().to_owned();
    let key = forewarn_testkit::key(&act.to_string());
    site.post(who, &format!("/api/v1/notices/{id}/acts"), &key, &act).await.status
}

#[tokio::test]
async fn exactly_those_who_run_it_are_told_and_only_up_to_the_level() {
    for (level, told) in [("existence", 0), ("mitigation", 1), ("detail", 2)] {
        let (site, cast) = set().await;
        let case = site.case(&cast, &finding(1, "samplelib")).await;
        let sent = site.share(&cast, &case, level).await;
        assert_eq!(sent.json()["notified"], 2);
        // Version 2.0 is outside the range, and the relay runs nothing.
        assert!(site.inbox(&cast.power).await.is_empty());
        assert!(site.inbox(&cast.relay).await.is_empty());
        let notice = opened(&site, &cast.bank).await;
        assert_eq!(notice["exposure"][0]["version"], "1.4");
        let parts = ["mitigation", "detail", "proof_of_concept"];
        let shown = parts.iter().filter(|part| notice["content"][**part].is_string()).count();
        assert_eq!(shown, told, "{level}: {}", notice["content"]);
        assert!(!notice.to_string().contains("A secret proof"));
    }
}

#[tokio::test]
async fn no_consent_no_content() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "detail").await;
    let before = opened(&site, &cast.hospital).await;
    assert!(before["content"].is_null() && !before.to_string().contains("A secret"), "{before}");
    assert_eq!(before["consent"], "invited");
    assert_eq!(
        answer(&site, &cast.hospital, json!({ "act": "answer-terms", "accept": false })).await,
        StatusCode::OK
    );
    let declined = opened(&site, &cast.hospital).await;
    assert!(declined["content"].is_null());
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "detail").await;
    answer(&site, &cast.hospital, json!({ "act": "answer-terms", "accept": true })).await;
    assert_eq!(opened(&site, &cast.hospital).await["content"]["detail"], "A secret detail");
}

#[tokio::test]
async fn one_person_cannot_share_or_release() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let proposed =
        site.act(&cast.ada, &case, &json!({ "act": "propose-wave", "level": "mitigation" })).await.ok();
    let approve = json!({ "act": "approve-wave", "wave": proposed.field("wave") });
    assert_eq!(site.act(&cast.ada, &case, &approve).await.status, StatusCode::CONFLICT);
    for other in [&cast.vendor, &cast.finder, &cast.auditor] {
        assert_eq!(site.act(other, &case, &approve).await.status, StatusCode::FORBIDDEN);
    }
    site.work().await;
    assert!(site.inbox(&cast.bank).await.is_empty());
    site.act(&cast.ada, &case, &json!({ "act": "propose-release", "reason": "leaked" })).await.ok();
    assert_eq!(
        site.act(&cast.ada, &case, &json!({ "act": "approve-release" })).await.status,
        StatusCode::CONFLICT
    );
    let public = site.ask(Ask::get("/api/v1/advisories")).await.ok().json();
    assert!(public["items"].as_array().unwrap().is_empty());
}

/// An inventory that is pushed after the wave gets its notice under the same approval; one that drops the component
/// does not get one.
#[tokio::test]
async fn who_comes_to_run_it_later_is_told_later() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "mitigation").await;
    site.push(&cast.relay, "fleet", &inventory(&[("otherlib", "1.0")])).await.ok();
    site.work().await;
    assert!(site.inbox(&cast.relay).await.is_empty());
    site.push(&cast.power, "grid", &inventory(&[("samplelib", "1.9")])).await.ok();
    site.work().await;
    let inbox = site.inbox(&cast.power).await;
    assert_eq!((inbox.len(), &inbox[0]["exposure"][0]["version"]), (1, &json!("1.9")));
    // Nobody is told twice of one wave.
    site.push(&cast.power, "other", &inventory(&[("samplelib", "1.8")])).await.ok();
    site.work().await;
    assert_eq!(site.inbox(&cast.power).await.len(), 1);
}

#[tokio::test]
async fn acknowledged_once_and_reported_until_it_is_done() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "mitigation").await;
    let acknowledge = json!({ "act": "acknowledge" });
    assert_eq!(answer(&site, &cast.bank, acknowledge.clone()).await, StatusCode::OK);
    let id = site.inbox(&cast.bank).await[0]["id"].as_str().unwrap().to_owned();
    let again =
        site.post(&cast.bank, &format!("/api/v1/notices/{id}/acts"), "another key", &acknowledge).await;
    assert!(again.status.is_success() || again.status == StatusCode::CONFLICT);
    let evidence = site.get(&cast.ada, &format!("/api/v1/cases/{case}/timeline")).await.ok().json();
    let count =
        evidence["entries"].as_array().unwrap().iter().filter(|e| e["what"] == "notice-acknowledged").count();
    assert_eq!(count, 1);
    let bare = json!({ "act": "remediate", "status": "cannot-fix" });
    assert!(answer(&site, &cast.bank, bare).await.is_client_error());
    for status in ["in-progress", "mitigated", "done"] {
        let report = json!({ "act": "remediate", "status": status, "note": "n" });
        assert_eq!(answer(&site, &cast.bank, report).await, StatusCode::OK);
    }
    let rows = site.get(&cast.ada, &format!("/api/v1/cases/{case}/notices")).await.ok().json();
    let bank =
        rows["items"].as_array().unwrap().iter().find(|row| row["recipient"] == "Bank").unwrap().clone();
    assert_eq!((&bank["state"], &bank["remediation"]), (&json!("acknowledged"), &json!("done")));
}

#[tokio::test]
async fn nothing_is_public_before_the_release_and_the_advisory_is_after() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "detail").await;
    let public = async || site.ask(Ask::get("/api/v1/advisories")).await.ok().json()["items"].clone();
    // The end of the embargo alone makes nothing public: two people do.
    site.wait(SignedDuration::from_hours(24 * 31));
    site.work().await;
    assert_eq!(public().await, json!([]));
    let early = site.act(&cast.ada, &case, &json!({ "act": "propose-release", "reason": "scheduled" })).await;
    assert!(early.status.is_success(), "{}", early.text());
    site.act(&cast.ben, &case, &json!({ "act": "approve-release" })).await.ok();
    let listed = public().await;
    let path = listed[0]["csaf"].as_str().unwrap();
    let document = site.ask(Ask::get(path)).await.ok();
    let csaf = document.json();
    assert_eq!(csaf["document"]["csaf_version"], "2.0");
    assert_eq!(csaf["document"]["distribution"]["tlp"]["label"], "WHITE");
    assert_eq!(csaf["document"]["title"], "A secret title");
    assert!(!document.text().contains("A secret proof"), "a proof of concept is never published");
    assert!(!document.text().contains("A secret description"), "the finder's own words are not published");
    for name in ["Bank", "Hospital", "Power"] {
        assert!(!document.text().contains(name), "a recipient is named: {name}");
    }
    // Whoever had a notice is told that it is over.
    assert_eq!(opened(&site, &cast.bank).await["embargo"]["state"], "public");
}

#[tokio::test]
async fn an_early_release_needs_its_reason_and_a_withdrawn_case_stays_hidden() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let scheduled = json!({ "act": "propose-release", "reason": "scheduled" });
    site.act(&cast.ada, &case, &scheduled).await.ok();
    let approved = site.act(&cast.ben, &case, &json!({ "act": "approve-release" })).await.ok();
    assert_eq!(approved.field("state"), "vendor-notified", "it waits for its moment");
    let silent = json!({ "act": "propose-release", "reason": "vendor-silent" });
    assert_eq!(site.act(&cast.ada, &case, &silent).await.status, StatusCode::CONFLICT);
    site.act(&cast.ada, &case, &json!({ "act": "withdraw", "reason": "not a vulnerability" })).await.ok();
    let leaked = json!({ "act": "propose-release", "reason": "leaked" });
    assert_eq!(site.act(&cast.ada, &case, &leaked).await.status, StatusCode::CONFLICT);
    assert_eq!(site.ask(Ask::get("/api/v1/advisories")).await.ok().json()["items"], json!([]));
}

/// What a push removes is said in its answer, is withdrawn from the notice, on its page too, and counts for nobody.
#[tokio::test]
async fn a_removed_component_is_withdrawn() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let exposed = async || {
        let path = format!("/api/v1/cases/{case}/exposure");
        let found = site.get(&cast.ada, &path).await.ok().json()["organisations"].clone();
        found.as_array().unwrap().iter().map(|one| one["name"].to_string()).collect::<Vec<_>>()
    };
    site.share(&cast, &case, "mitigation").await;
    assert_eq!(exposed().await.len(), 2);
    let page = async || {
        let id = site.inbox(&cast.bank).await[0]["id"].as_str().unwrap().to_owned();
        site.get(&cast.bank, &format!("/notices/{id}")).await.ok().text()
    };
    let before = page().await;
    assert!(before.contains("one component in your inventories matches") && !before.contains("no longer"));
    let others = inventory(&[("elsewhere", "1.0"), ("further", "1.0")]);
    let pushed = site.push(&cast.bank, "ledger", &others).await.ok().json();
    assert_eq!((&pushed["added"], &pushed["removed"], &pushed["changed"]), (&json!(2), &json!(1), &json!(0)));
    let notice = opened(&site, &cast.bank).await;
    assert_eq!(notice["withdrawn"], notice["exposure"]);
    let after = page().await;
    assert!(after.contains("no longer in your inventory") && after.contains("Not any more"), "{after}");
    assert_eq!(exposed().await, ["\"Hospital\""]);
    assert_eq!(site.share(&cast, &case, "detail").await.json()["notified"], 1, "the hospital only");
    // It comes back.
    let back = inventory(&[("samplelib", "1.4"), ("elsewhere", "1.0")]);
    let back = site.push(&cast.bank, "ledger", &back).await.ok().json();
    assert_eq!((&back["added"], &back["removed"]), (&json!(1), &json!(1)));
    assert_eq!(opened(&site, &cast.bank).await["withdrawn"], json!([]));
}

/// Whoever was told little is told more by a later wave, once.
#[tokio::test]
async fn a_later_wave_tells_more() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    assert_eq!(site.share(&cast, &case, "existence").await.json()["notified"], 2);
    assert_eq!(site.share(&cast, &case, "detail").await.json()["notified"], 2);
    let again =
        site.act(&cast.ada, &case, &json!({ "act": "propose-wave", "level": "mitigation" })).await.ok();
    let approve = json!({ "act": "approve-wave", "wave": again.field("wave") });
    assert_eq!(
        site.act(&cast.ben, &case, &approve).await.ok().json()["notified"],
        0,
        "they know more already"
    );
    site.work().await;
    let inbox = site.inbox(&cast.bank).await;
    assert_eq!(inbox.len(), 2);
    let mut told = Vec::new();
    for notice in &inbox {
        let path = format!("/api/v1/notices/{}", notice["id"].as_str().unwrap());
        told.push(site.get(&cast.bank, &path).await.ok().json()["content"]["detail"].is_string());
    }
    told.sort_unstable();
    assert_eq!(told, [false, true]);
    // Somebody who comes later gets what says most, and only that.
    site.push(&cast.power, "grid", &inventory(&[("samplelib", "1.9")])).await.ok();
    site.work().await;
    assert_eq!(site.inbox(&cast.power).await.len(), 1);
    assert_eq!(opened(&site, &cast.power).await["content"]["detail"], "A secret detail");
}

/// New terms reach whoever holds a notice: the standing agreement covers them, other consent must be given anew.
#[tokio::test]
async fn revised_terms_are_put_before_recipients() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "detail").await;
    answer(&site, &cast.hospital, json!({ "act": "answer-terms", "accept": true })).await;
    assert!(opened(&site, &cast.hospital).await["content"].is_object());
    let terms =
        json!({ "act": "set-terms", "release_at": "2026-09-01T00:00:00Z", "zone": "UTC", "tlp": "RED" });
    site.act(&cast.ada, &case, &terms).await.ok();
    let (bank, hospital) = (opened(&site, &cast.bank).await, opened(&site, &cast.hospital).await);
    for notice in [&bank, &hospital] {
        assert_eq!(notice["embargo"]["release_at"], "2026-09-01T00:00:00Z", "{notice}");
    }
    assert!(bank["content"].is_object());
    assert_eq!((&hospital["consent"], &hospital["content"]), (&json!("lapsed"), &json!(null)));
    let anew = site.inbox(&cast.hospital).await[0]["id"].as_str().unwrap().to_owned();
    let accept = json!({ "act": "answer-terms", "accept": true });
    site.post(&cast.hospital, &format!("/api/v1/notices/{anew}/acts"), "anew", &accept).await.ok();
    assert!(opened(&site, &cast.hospital).await["content"].is_object());
}

/// What is approved for release is what becomes public.
#[tokio::test]
async fn a_change_after_the_proposal_needs_a_new_one() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let propose = json!({ "act": "propose-release", "reason": "leaked" });
    let approve = json!({ "act": "approve-release" });
    let correct = json!({ "act": "correct-affected", "affected": [
        { "identity": { "kind": "package", "ecosystem": "PyPI", "name": "other" }, "versions": ["1.0"] }] });
    let fix = json!({ "act": "record-fix", "fixed_in": ["2.0"] });
    for (key, who, change) in [(0, &cast.ben, &correct), (10, &cast.vendor, &fix)] {
        let path = format!("/api/v1/cases/{case}/acts");
        site.post(&cast.ada, &path, &format!("{key} p"), &propose).await.ok();
        site.post(who, &path, &format!("{key} c"), change).await.ok();
        let refused = site.post(&cast.ben, &path, &format!("{key} a"), &approve).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    }
    assert_eq!(site.ask(Ask::get("/api/v1/advisories")).await.ok().json()["items"], json!([]));
}

/// A released case that is reopened and released again keeps its address, its first date and the date of each revision.
#[tokio::test]
async fn a_revised_advisory_keeps_its_history() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let act = async |who: &Player, act: Value, key: u32| {
        let path = format!("/api/v1/cases/{case}/acts");
        site.post(who, &path, &format!("key {key}"), &act).await.ok()
    };
    let mut path = String::new();
    for round in 0..3_u32 {
        if round > 0 {
            // Into the next year at the last round.
            site.wait(SignedDuration::from_hours(24 * 100));
            let until = if round == 1 { "2026-12-01T00:00:00Z" } else { "2027-02-15T00:00:00Z" };
            let text = json!({ "title": "T", "mitigation": format!("Round {round}"), "detail": "d" });
            let validate = json!({ "act": "validate", "verdict": "confirmed", "method": "again", "evidence": "a trace" });
            let terms = json!({ "act": "set-terms", "release_at": until, "zone": "UTC", "tlp": "AMBER" });
            let steps = [
                json!({ "act": "reopen", "reason": "more is known" }),
                json!({ "act": "draft", "text": text }),
                validate,
                terms,
                json!({ "act": "invite-vendor", "vendor": cast.vendor.org }),
            ];
            for (step, done) in (20..).zip(steps) {
                act(&cast.ada, done, round * 100 + step).await;
            }
            act(&cast.vendor, json!({ "act": "answer-terms", "accept": true }), round * 100).await;
        }
        act(&cast.ada, json!({ "act": "propose-release", "reason": "leaked" }), round * 100 + 1).await;
        act(&cast.ben, json!({ "act": "approve-release" }), round * 100 + 2).await;
        let listed = site.ask(Ask::get("/api/v1/advisories")).await.ok().json();
        let now = listed["items"][0]["csaf"].as_str().unwrap().to_owned();
        assert!(path.is_empty() || path == now, "the address moved from {path} to {now}");
        path = now;
    }
    let document = site.ask(Ask::get(&path)).await.ok().json();
    let tracking = &document["document"]["tracking"];
    let dates: Vec<&str> = tracking["revision_history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["date"].as_str().unwrap())
        .collect();
    assert_eq!(dates.len(), 3);
    assert!(dates[0] < dates[1] && dates[1] < dates[2], "{dates:?}");
    assert_eq!(tracking["initial_release_date"], dates[0]);
    assert_eq!(tracking["current_release_date"], dates[2]);
}

/// The finder learns that it was a duplicate and when, nothing of the case.
#[tokio::test]
async fn a_second_finder_learns_of_a_duplicate_and_no_more() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let mut same = finding(1, "samplelib");
    same["title"] = json!("Other words");
    let ask = Ask::send("/api/v1/findings:batch", "k", same.to_string().into_bytes());
    let result = site.ask(ask.bearer(&cast.ada.token)).await.ok().json()["results"][0].clone();
    assert_eq!(result["result"], "duplicate");
    assert!(!result.to_string().contains(&case));
    let parties = site.get(&cast.ada, &format!("/api/v1/cases/{case}")).await.ok().json();
    assert_eq!(parties["parties"]["findings"].as_array().unwrap().len(), 2);
}

/// A moment that comes and changes nothing is not the last one: the release is not left to the hourly look at all cases.
#[tokio::test]
async fn after_a_moment_that_changes_nothing_the_next_one_still_comes() {
    let (site, cast) = set().await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let act = async |who, act| site.act(who, &case, &act).await.ok();
    let moment = site.clock.now() + SignedDuration::from_hours(24 * 10);
    let propose =
        json!({ "act": "propose-wave", "level": "mitigation", "not_before": moment, "after_fix": true });
    let wave = act(&cast.ada, propose).await.field("wave");
    act(&cast.ben, json!({ "act": "approve-wave", "wave": wave })).await;
    act(&cast.ada, json!({ "act": "propose-release", "reason": "scheduled" })).await;
    act(&cast.ben, json!({ "act": "approve-release" })).await;
    let public = async || {
        workers::drain(&site.app).await.unwrap();
        site.ask(Ask::get("/api/v1/advisories")).await.ok().json()["items"].as_array().map(Vec::len)
    };
    for _ in 0..29 {
        assert_eq!(public().await, Some(0));
        site.wait(SignedDuration::from_hours(24));
    }
    assert_eq!(public().await, Some(0), "a day before its moment");
    site.wait(SignedDuration::from_hours(24));
    assert_eq!(public().await, Some(1), "at its moment");
}
