//! The order of cases through the service: what moves a case, who is told what, and what a change costs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use axum::http::StatusCode;
use forewarn_core::Policy;
use forewarn_core::aggregate::Category;
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_server::app::{App, Settings};
use forewarn_server::rehearsal::Rehearsal;
use forewarn_server::{http, workers};
use forewarn_store::{EventStore, MemoryStore};
use forewarn_testkit::{Ask, Cast, Player, Site, finding, inventory};
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::kev;

/// Two cases: one in what the power company runs, one in what nobody is known to run.
struct Desk {
    site: Site,
    cast: Cast,
    store: Arc<MemoryStore>,
    grid: String,
    lonely: String,
}

impl Desk {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let site = Site::on(Arc::<MemoryStore>::clone(&store), [7; 32]).await;
        let cast = Cast::enrol(&site).await;
        site.push(&cast.power, "grid", &inventory(&[("gridlib", "1.4")])).await.ok();
        let lonely = site.case(&cast, &finding(1, "lonelylib")).await;
        let grid = site.case(&cast, &finding(2, "gridlib")).await;
        site.work().await;
        Self { site, cast, store, grid, lonely }
    }

    async fn queue(&self, who: &Player) -> Vec<Value> {
        let answer = self.site.get(who, "/api/v1/queue").await.ok();
        answer.json()["items"].as_array().unwrap().clone()
    }

    async fn order(&self) -> Vec<String> {
        let cases = self.queue(&self.cast.ada).await;
        cases.iter().map(|entry| entry["case"].as_str().unwrap().to_owned()).collect()
    }

    async fn priority(&self, who: &Player, case: &str) -> Value {
        self.site.get(who, &format!("/api/v1/cases/{case}/priority")).await.ok().json()
    }

    async fn input(&self, who: &Player, case: &str, name: &str) -> Option<String> {
        let view = self.priority(who, case).await;
        assert_eq!(view["pending"], false, "the workers have done what there was to do");
        let inputs = view["inputs"].as_array().unwrap().clone();
        let found = inputs.into_iter().find(|input| input["name"] == name)?;
        Some(format!("{} ({})", found["value"].as_str().unwrap(), found["source"].as_str().unwrap()))
    }

    async fn draft(&self, case: &str, more: &Value) {
        let mut text = json!({ "title": "T", "mitigation": "m", "detail": "d" });
        text.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.site.act(&self.cast.ada, case, &json!({ "act": "draft", "text": text })).await.ok();
        self.site.work().await;
    }

    async fn import(&self, kind: &str, key: &str, bytes: Vec<u8>) -> Value {
        let ask = Ask::send(&format!("/api/v1/catalogues/{kind}"), key, bytes);
        let done = self.site.ask(ask.bearer(&self.cast.ada.token)).await.ok();
        self.site.work().await;
        done.json()
    }

    /// How often a case was put in another place.
    async fn decisions(&self, case: &str) -> u64 {
        self.store.get(Category::Priority, case).await.unwrap().unwrap().version
    }
}

#[tokio::test]
async fn the_case_that_endangers_more_comes_first_and_it_is_said_why() {
    let desk = Desk::new().await;
    assert_eq!(desk.order().await, [desk.grid.clone(), desk.lonely.clone()]);
    let queue = desk.queue(&desk.cast.ada).await;
    let because = "It stands before the next because its impact on mission and well-being is medium and the next \
                   one's is low, and in what counts before that they are equal.";
    assert_eq!(queue[0]["before"], because);
    assert_eq!(queue[1]["before"], Value::Null);
    assert_eq!(queue[0]["title"], "A secret title");
    assert_eq!(queue[0]["verdict"], "confirmed");
    let view = desk.priority(&desk.cast.ada, &desk.grid).await;
    assert_eq!(view["policy"], Policy::parse(DEFAULT_PROFILE).unwrap().digest);
    assert_eq!(view["sectors"], json!({ "energy": 1 }));
    assert_eq!(view["inputs"].as_array().unwrap().len(), 10);
    assert_eq!((view["triage"].as_str(), view["publication"].as_str()), (Some("track"), Some("publish")));
}

#[tokio::test]
async fn pages_hold_every_case_once_and_cursors_tell_no_place() {
    let desk = Desk::new().await;
    for number in 3..8 {
        desk.site.case(&desk.cast, &finding(number, "manylib")).await;
    }
    desk.site.work().await;
    let whole = desk.order().await;
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = desk.site.get(&desk.cast.ada, &format!("/api/v1/queue?limit=2{after}")).await.ok().json();
        paged
            .extend(page["items"].as_array().unwrap().iter().map(|e| e["case"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(Some(next), paged.last().map(String::as_str), "a cursor is the case last shown");
        after = format!("&after={next}");
    }
    assert_eq!((paged.len(), paged), (7, whole));
    // The id of a case that one may not see is as good as any other text.
    let unknown = desk.site.get(&desk.cast.ada, "/api/v1/queue?after=nothing").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let by_auditor = desk.site.get(&desk.cast.auditor, "/api/v1/queue").await;
    assert_eq!(by_auditor.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_entry_in_kev_moves_the_cases_with_its_id_and_no_other() {
    let desk = Desk::new().await;
    desk.draft(&desk.lonely, &json!({ "cve": "CVE-2026-40002" })).await;
    let other = desk.decisions(&desk.grid).await;
    let done =
        desk.import("kev", "k1", kev(&["CVE-2026-40002", "CVE-2020-1111"]).to_string().into_bytes()).await;
    assert_eq!((done["entries"].as_u64(), done["known"].as_bool()), (Some(2), Some(false)));
    assert_eq!(desk.order().await, [desk.lonely.clone(), desk.grid.clone()]);
    let listed = desk.input(&desk.cast.ada, &desk.lonely, "exploitation").await.unwrap();
    assert_eq!(listed, "active (listed in KEV since 2026-06-30)");
    assert_eq!(desk.decisions(&desk.grid).await, other, "a case without the id is left alone");
    let again =
        desk.import("kev", "k2", kev(&["CVE-2026-40002", "CVE-2020-1111"]).to_string().into_bytes()).await;
    assert_eq!(again["known"], true);
    let mut earlier = kev(&[]);
    earlier["dateReleased"] = json!("2026-06-01T00:00:00Z");
    let ask = Ask::send("/api/v1/catalogues/kev", "k3", earlier.to_string().into_bytes());
    assert_eq!(desk.site.ask(ask.bearer(&desk.cast.ada.token)).await.status, StatusCode::CONFLICT);
    let mut later = kev(&[]);
    later["dateReleased"] = json!("2026-07-02T00:00:00Z");
    desk.import("kev", "k4", later.to_string().into_bytes()).await;
    assert_eq!(
        desk.order().await,
        [desk.grid.clone(), desk.lonely.clone()],
        "what is taken off is taken off"
    );
    let shown = desk.site.get(&desk.cast.ada, "/api/v1/catalogues").await.ok().json();
    assert_eq!(
        (shown[0]["catalogue"].as_str(), shown[0]["by"].as_str()),
        (Some("kev"), Some("Ada (Centre)"))
    );
}

#[tokio::test]
async fn a_wrong_catalogue_is_refused_with_its_place_and_changes_nothing() {
    let desk = Desk::new().await;
    let ask = Ask::send("/api/v1/catalogues/epss", "e", b"cve,epss\n".to_vec());
    let refused = desk.site.ask(ask.bearer(&desk.cast.ada.token)).await;
    assert_eq!(
        (refused.status, &refused.json()["place"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("line 1"))
    );
    assert_eq!(desk.site.get(&desk.cast.ada, "/api/v1/catalogues").await.ok().json(), json!([]));
    let ask = Ask::send("/api/v1/catalogues/other", "e", b"x".to_vec());
    assert_eq!(desk.site.ask(ask.bearer(&desk.cast.ada.token)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn epss_a_vector_an_answer_and_a_trigger_move_a_case() {
    let desk = Desk::new().await;
    let ada = &desk.cast.ada;
    desk.draft(
        &desk.lonely,
        &json!({ "cve": "CVE-2026-40002",
        "cvss4": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N" }),
    )
    .await;
    let scores = "#model_version:v1,score_date:2026-07-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-40002,0.5,0.9\n";
    desk.import("epss", "e1", scores.as_bytes().to_vec()).await;
    assert_eq!(desk.input(ada, &desk.lonely, "epss").await.unwrap(), "0.500 (EPSS scores)");
    let cvss = desk.input(ada, &desk.lonely, "cvss").await.unwrap();
    assert_eq!(cvss, "9.3 (critical), CVSS 4.0 (the advisory draft)");
    let path = format!("/api/v1/cases/{}/priority", desk.lonely);
    let answer = json!({ "question": "technical-impact", "answer": "partial", "reason": "a test says so" });
    desk.site.post(ada, &path, "a1", &answer).await.ok();
    desk.site.work().await;
    let said = desk.input(ada, &desk.lonely, "technical-impact").await.unwrap();
    assert_eq!(said, "partial (answered by Ada (Centre))");
    let to_vendor = desk.input(&desk.cast.vendor, &desk.lonely, "technical-impact").await.unwrap();
    assert_eq!(to_vendor, "partial (answered by the coordination centre)");
    desk.site.act(ada, &desk.lonely, &json!({ "act": "propose-release", "reason": "exploited" })).await.ok();
    desk.site.work().await;
    let active = desk.input(ada, &desk.lonely, "exploitation").await.unwrap();
    assert_eq!(active, "active (an early end for exploitation was proposed or confirmed)");
    assert_eq!(desk.order().await[0], desk.lonely);
    let bad = json!({ "act": "draft", "text": { "title": "T", "mitigation": "m", "detail": "d",
        "cvss3": "CVSS:3.1/AV:N/AC:L/PR:SECRET/UI:N/S:U/C:H/I:H/A:H" } });
    let refused = desk.site.act(ada, &desk.lonely, &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("metric 3 (PR)") && !refused.text().contains("SECRET"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn an_inventory_moves_the_cases_it_falls_under_and_no_other() {
    let desk = Desk::new().await;
    let (grid, lonely) = (desk.decisions(&desk.grid).await, desk.decisions(&desk.lonely).await);
    desk.site.push(&desk.cast.hospital, "ward", &inventory(&[("lonelylib", "1.0"), ("x", "1")])).await.ok();
    desk.site.push(&desk.cast.bank, "ledger", &inventory(&[("lonelylib", "1.0")])).await.ok();
    desk.site.work().await;
    assert_eq!(desk.order().await, [desk.lonely.clone(), desk.grid.clone()]);
    assert_eq!(desk.decisions(&desk.grid).await, grid);
    assert!(desk.decisions(&desk.lonely).await > lonely);
    desk.site.push(&desk.cast.hospital, "ward", &inventory(&[("x", "1")])).await.ok();
    desk.site.push(&desk.cast.bank, "ledger", &inventory(&[("lonelylib", "2.0")])).await.ok();
    desk.site.work().await;
    assert_eq!(
        desk.order().await,
        [desk.grid.clone(), desk.lonely.clone()],
        "who is not exposed counts no more"
    );
}

#[tokio::test]
async fn a_vendor_is_told_the_decision_and_no_numbers() {
    let desk = Desk::new().await;
    let view = desk.priority(&desk.cast.vendor, &desk.grid).await;
    assert_eq!(view["outcome"], desk.priority(&desk.cast.ada, &desk.grid).await["outcome"]);
    assert_eq!(view.get("sectors"), None);
    let exposed = desk.input(&desk.cast.vendor, &desk.grid, "exposure").await.unwrap();
    assert_eq!(exposed, "fewer than 5 operators are exposed (exposure index)");
    assert_eq!(desk.input(&desk.cast.vendor, &desk.grid, "track-record").await, None);
    assert!(!view.to_string().contains("Power") && !view.to_string().contains("energy"), "{view}");
    for stranger in [&desk.cast.lab, &desk.cast.bank, &desk.cast.finder] {
        let path = format!("/api/v1/cases/{}/priority", desk.grid);
        assert_eq!(desk.site.get(stranger, &path).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn an_operator_decides_for_itself_as_far_as_its_notice_tells() {
    let desk = Desk::new().await;
    let (site, cast) = (&desk.site, &desk.cast);
    site.share(cast, &desk.grid, "existence").await.ok();
    let quiet = site.inbox(&cast.power).await[0]["id"].as_str().unwrap().to_owned();
    let refused = site.get(&cast.power, &format!("/api/v1/notices/{quiet}/priority")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "the existence of a case is no decision");
    site.share(cast, &desk.grid, "mitigation").await.ok();
    let inbox = site.inbox(&cast.power).await;
    let told = inbox.iter().map(|n| n["id"].as_str().unwrap()).find(|id| *id != quiet).unwrap();
    let own = site.get(&cast.power, &format!("/api/v1/notices/{told}/priority")).await.ok().json();
    assert_eq!(own["outcome"], "out-of-cycle");
    let path = format!("/api/v1/notices/{told}/priority?exposure=small&impact=low");
    assert_eq!(site.get(&cast.power, &path).await.ok().json()["outcome"], "defer");
    let path = format!("/api/v1/notices/{told}/priority?exposure=wide");
    assert_eq!(site.get(&cast.power, &path).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        site.get(&cast.bank, &format!("/api/v1/notices/{told}/priority")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn another_profile_puts_every_open_case_in_order_anew() {
    let desk = Desk::new().await;
    let before = desk.priority(&desk.cast.ada, &desk.grid).await["policy"].clone();
    let text = DEFAULT_PROFILE.replace("medium_from = 3", "medium_from = 1");
    let settings = Settings {
        policy: Policy::parse(&text).unwrap(),
        log_origin: "test.example/log".into(),
        log_key: [9; 32],
        log_seconds: 600,
        secure_cookies: true,
        behind_proxy: false,
        index_file: None,
        vault: None,
        outgoing: forewarn_server::outgoing::Outgoing::default(),
    };
    let digest = settings.policy.digest.clone();
    let store: Arc<dyn EventStore> = Arc::<MemoryStore>::clone(&desk.store);
    let clock = Arc::new(Rehearsal::new([8; 32], "2026-07-02T08:00:00Z".parse().unwrap()));
    let app = App::open(store, settings, clock).await.unwrap();
    workers::drain(&app).await.unwrap();
    let _ = http::router(app);
    for case in [&desk.grid, &desk.lonely] {
        let document = desk.store.get(Category::Priority, case).await.unwrap().unwrap();
        let standing: Value = serde_json::from_slice(&document.doc).unwrap();
        assert_eq!(standing["decision"]["policy"], digest.as_str());
        assert_ne!(before, digest.as_str());
    }
}

async fn open(desk: &Desk, number: u32, package: &str) -> String {
    let id = desk.site.submit(&desk.cast.finder, &finding(number, package)).await;
    let body = json!({ "finding": id });
    let opened = desk.site.post(&desk.cast.ada, "/api/v1/cases", &format!("open {number}"), &body).await;
    let case = opened.ok().field("case");
    desk.site.work().await;
    case
}

async fn claim(desk: &Desk, who: &Player, key: &str) -> Value {
    desk.site.post(who, "/api/v1/validations:claim", key, &json!({})).await.ok().json()
}

#[tokio::test]
async fn validators_take_the_most_urgent_case_and_see_it_while_they_hold_it() {
    let desk = Desk::new().await;
    let (site, lab) = (&desk.site, &desk.cast.lab);
    let plain = open(&desk, 11, "lonelylib").await;
    let urgent = open(&desk, 12, "gridlib").await;
    let hidden = site.get(lab, &format!("/api/v1/validations/{urgent}")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    let claimed = claim(&desk, lab, "c1").await;
    assert_eq!(claimed["case"], urgent.as_str());
    let material = site.get(lab, &format!("/api/v1/validations/{urgent}")).await.ok();
    assert_eq!(material.json()["reports"][0]["description"], "A secret description");
    assert!(!material.text().contains(&desk.cast.finder.org), "{}", material.text());
    let verdict =
        json!({ "act": "validate", "verdict": "not-a-vulnerability", "method": "read it", "evidence": "e" });
    site.act(lab, &urgent, &verdict).await.ok();
    site.work().await;
    let gone = site.get(lab, &format!("/api/v1/validations/{urgent}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "its check is done");
    assert_eq!(claim(&desk, lab, "c2").await["case"], plain.as_str(), "never the same case twice");
    assert_eq!(claim(&desk, lab, "c3").await["case"], Value::Null);
    let held = site.get(lab, "/api/v1/validations").await.ok().json();
    assert_eq!(held["items"].as_array().unwrap().len(), 1);
    site.wait(SignedDuration::from_hours(73));
    site.work().await;
    let lapsed = site.get(lab, &format!("/api/v1/validations/{plain}")).await;
    assert_eq!(lapsed.status, StatusCode::NOT_FOUND, "the lease has ended");
    assert_eq!(claim(&desk, lab, "c4").await["case"], plain.as_str());
    site.act(lab, &plain, &json!({ "act": "give-back" })).await.ok();
    let record = site.get(&desk.cast.ada, &format!("/api/v1/finders/{}/record", desk.cast.finder.org)).await;
    let record = record.ok().json();
    assert_eq!(record["verdicts"]["confirmed"], 2);
    assert_eq!(record["verdicts"]["not-a-vulnerability"], 1);
    assert_eq!(record["counts"], false);
    let finders = site.post(&desk.cast.finder, "/api/v1/validations:claim", "c5", &json!({})).await;
    assert_eq!(finders.status, StatusCode::FORBIDDEN);
}

async fn invited(desk: &Desk, number: u32) -> String {
    let case = open(desk, number, "lonelylib").await;
    let release_at = "2026-09-01T00:00:00Z";
    for act in [
        json!({ "act": "validate", "verdict": "confirmed", "method": "ran it", "evidence": "a trace" }),
        json!({ "act": "set-terms", "release_at": release_at, "zone": "UTC", "tlp": "AMBER+STRICT" }),
        json!({ "act": "invite-vendor", "vendor": desk.cast.vendor.org }),
    ] {
        desk.site.act(&desk.cast.ada, &case, &act).await.ok();
    }
    desk.site.work().await;
    case
}

async fn state(desk: &Desk, case: &str) -> String {
    desk.site.get(&desk.cast.ada, &format!("/api/v1/cases/{case}")).await.ok().field("state")
}

#[tokio::test]
async fn a_vendors_pace_is_kept_and_an_exploited_case_passes() {
    let desk = Desk::new().await;
    let (site, cast) = (&desk.site, &desk.cast);
    site.post(&cast.vendor, "/api/v1/pace", "p", &json!({ "per_week": 1 })).await.ok();
    let first = invited(&desk, 21).await;
    let second = invited(&desk, 22).await;
    let third = invited(&desk, 23).await;
    let states =
        async || [state(&desk, &first).await, state(&desk, &second).await, state(&desk, &third).await];
    assert_eq!(states().await, ["vendor-notified", "validated", "validated"]);
    let hidden = site.get(&cast.vendor, &format!("/api/v1/cases/{second}")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND, "the vendor does not know of what waits");
    let own = site.get(&cast.vendor, "/api/v1/pace").await.ok().json();
    assert_eq!(own.get("waiting"), None);
    assert!(own["words"].as_str().unwrap().contains("takes 1 cases a week and has no room now"), "{own}");
    let pace = format!("/api/v1/vendors/{}/pace", cast.vendor.org);
    assert_eq!(site.get(&cast.ada, &pace).await.ok().json()["waiting"].as_array().unwrap().len(), 2);
    let answer = json!({ "question": "exploitation", "answer": "active", "reason": "a log shows it" });
    site.post(&cast.ada, &format!("/api/v1/cases/{third}/priority"), "x", &answer).await.ok();
    site.work().await;
    assert_eq!(states().await, ["vendor-notified", "validated", "vendor-notified"]);
    site.wait(SignedDuration::from_hours(24 * 7 + 1));
    site.work().await;
    assert_eq!(states().await, ["vendor-notified", "vendor-notified", "vendor-notified"]);
}

#[tokio::test]
async fn what_waits_too_long_for_a_pace_is_among_the_alarms_and_what_is_confirmed_exploited_passes() {
    let desk = Desk::new().await;
    let (site, cast) = (&desk.site, &desk.cast);
    site.post(&cast.vendor, "/api/v1/pace", "p", &json!({ "per_week": 1 })).await.ok();
    invited(&desk, 21).await;
    let waits = invited(&desk, 22).await;
    let alarms = async || {
        let page = site.get(&cast.ada, "/api/v1/alarms").await.ok().json();
        let of = |one: &Value| one["case"] == waits.as_str();
        page["items"].as_array().unwrap().iter().find(|one| of(one)).map(|one| one["alarms"].to_string())
    };
    // A slower pace than any case could wait for: only one a week, and three more that are more urgent.
    for number in 23..40 {
        let other = invited(&desk, number).await;
        let answer = json!({ "question": "exploitation", "answer": "public-poc", "reason": "seen" });
        site.post(&cast.ada, &format!("/api/v1/cases/{other}/priority"), &other, &answer).await.ok();
    }
    site.wait(SignedDuration::from_hours(24 * 15));
    site.work().await;
    let said = alarms().await.unwrap_or_default();
    let days = site.app.settings().policy.profile.pace.alarm_days;
    assert_eq!(said.contains("waits too long for a vendor's pace"), days <= 15, "{said}");
    site.wait(SignedDuration::from_hours(24 * 30));
    site.work().await;
    assert!(alarms().await.unwrap().contains("waits too long for a vendor's pace"));
    assert_eq!(state(&desk, &waits).await, "validated");
    let raise = json!({ "act": "raise-trigger", "reason": "exploited", "evidence": "a log shows it" });
    site.act(&cast.ada, &waits, &raise).await.ok();
    site.work().await;
    assert_eq!(state(&desk, &waits).await, "vendor-notified");
}

#[tokio::test]
async fn a_case_whose_turn_comes_too_late_is_shown_with_its_reason() {
    let desk = Desk::new().await;
    let (site, cast) = (&desk.site, &desk.cast);
    site.post(&cast.vendor, "/api/v1/pace", "p", &json!({ "per_week": 1 })).await.ok();
    invited(&desk, 21).await;
    let late = invited(&desk, 22).await;
    site.act(&cast.ada, &late, &json!({ "act": "withdraw", "reason": "r" })).await.ok();
    site.wait(SignedDuration::from_hours(24 * 8));
    site.work().await;
    let pace = site.get(&cast.ada, &format!("/api/v1/vendors/{}/pace", cast.vendor.org)).await.ok().json();
    assert_eq!(pace["waiting"][0]["case"], late.as_str());
    assert_eq!(pace["waiting"][0]["dropped"], "notify vendor is not possible while it is withdrawn");
}
