//! Devices under another name than the advisory's: suggested to the case's coordinators, judged by one of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::http::StatusCode;
use forewarn_testkit::{Answer, Ask, Cast, Player, Site, product_finding, products};
use serde_json::{Value, json};

const HELD: (&str, &str) = ("Siemens AG", "SIMATIC S7-1500");

struct Set {
    site: Site,
    cast: Cast,
    case: String,
}

impl Set {
    async fn new() -> Self {
        let site = Site::new().await;
        let cast = Cast::enrol(&site).await;
        site.push(&cast.power, "plant", &products(&[(HELD.0, HELD.1, "2.8")])).await.ok();
        site.push(&cast.bank, "lift", &products(&[("Moxa", "EDS-408A", "2.8")])).await.ok();
        let finding = product_finding(1, "Siemens", "SIMATIC S7-1500 CPU family", "2.9");
        let case = site.case(&cast, &finding).await;
        Self { site, cast, case }
    }

    async fn exposure(&self) -> Value {
        self.site.get(&self.cast.ada, &format!("/api/v1/cases/{}/exposure", self.case)).await.ok().json()
    }

    async fn judge(&self, who: &Player, id: &str, verdict: &str, reason: &str) -> Answer {
        let act = json!({ "act": "judge-match", "match": id, "verdict": verdict, "reason": reason });
        self.site.act(who, &self.case, &act).await
    }

    async fn only(&self) -> Value {
        let suggested = self.exposure().await["suggested"].clone();
        assert_eq!(suggested.as_array().unwrap().len(), 1, "{suggested}");
        suggested[0].clone()
    }
}

fn id(one: &Value) -> &str {
    one["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_suggestion_is_shown_and_no_exposure_until_somebody_confirms_it() {
    let set = Set::new().await;
    let one = set.only().await;
    assert_eq!((&one["name"], &one["state"]), (&json!("Power"), &json!("open")));
    assert_eq!((&one["versions"], &one["assets"]), (&json!(["2.8"]), &json!(1)));
    assert_eq!(one["why"], "one name has all the words of the other");
    assert!((50..100).contains(&one["score"].as_u64().unwrap()));
    assert!(one["reason"].is_null() && !one.to_string().contains("plant"), "{one}");
    assert_eq!(set.exposure().await["organisations"], json!([]));
    assert_eq!(set.site.share(&set.cast, &set.case, "mitigation").await.json()["notified"], 0);

    set.judge(&set.cast.ada, id(&one), "same", "The label says so").await.ok();
    // The wave stands: the operator gets its notice under the same approval.
    set.site.work().await;
    let notice = set.site.inbox(&set.cast.power).await.remove(0);
    let line = &notice["exposure"][0];
    assert_eq!((&line["version"], &line["confidence"]), (&json!("2.8"), &json!("range")));
    assert_eq!(line["confirmed"], true);
    let exposure = set.exposure().await;
    assert_eq!(exposure["organisations"][0]["name"], "Power");
    let one = set.only().await;
    assert_eq!((&one["state"], &one["reason"]), (&json!("confirmed"), &json!("The label says so")));
    // What is not there any more is withdrawn, under this name too.
    set.site.push(&set.cast.power, "plant", &products(&[(HELD.0, HELD.1, "3.0")])).await.ok();
    let path = format!("/api/v1/notices/{}", notice["id"].as_str().unwrap());
    let now = set.site.get(&set.cast.power, &path).await.ok().json();
    assert_eq!(now["withdrawn"].as_array().unwrap().len(), 1);
    assert_eq!(set.exposure().await, json!({ "organisations": [], "suggested": [] }));
}

#[tokio::test]
async fn a_confirmed_match_is_reached_by_the_next_wave() {
    let set = Set::new().await;
    let one = set.only().await;
    set.judge(&set.cast.ben, id(&one), "same", "r").await.ok();
    assert_eq!(set.site.share(&set.cast, &set.case, "mitigation").await.json()["notified"], 1);
    assert_eq!(set.site.inbox(&set.cast.power).await.len(), 1);
}

#[tokio::test]
async fn a_rejected_one_does_not_come_again() {
    let set = Set::new().await;
    let one = set.only().await;
    set.judge(&set.cast.ada, id(&one), "different", "Another device").await.ok();
    for (asset, version) in [("plant", "2.7"), ("other", "2.8")] {
        set.site.push(&set.cast.power, asset, &products(&[(HELD.0, HELD.1, version)])).await.ok();
        assert_eq!(set.only().await["state"], "rejected");
    }
    assert_eq!(set.site.share(&set.cast, &set.case, "mitigation").await.json()["notified"], 0);
    // Somebody else's device is another question.
    set.site.push(&set.cast.hospital, "ward", &products(&[(HELD.0, HELD.1, "2.7")])).await.ok();
    let suggested = set.exposure().await["suggested"].clone();
    let states: Vec<_> = suggested.as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["open", "rejected"]);
    // Whoever erred can judge anew.
    set.judge(&set.cast.ben, id(&one), "same", "I looked at it").await.ok();
    set.site.work().await;
    assert_eq!(set.site.inbox(&set.cast.power).await.len(), 1);
}

#[tokio::test]
async fn only_the_cases_coordinators_see_and_judge() {
    let set = Set::new().await;
    let one = set.only().await;
    for (who, status) in [
        (&set.cast.vendor, StatusCode::FORBIDDEN),
        (&set.cast.finder, StatusCode::FORBIDDEN),
        (&set.cast.auditor, StatusCode::FORBIDDEN),
        (&set.cast.power, StatusCode::FORBIDDEN),
    ] {
        let path = format!("/api/v1/cases/{}/exposure", set.case);
        assert_eq!(set.site.get(who, &path).await.status, status);
        assert!(set.judge(who, id(&one), "same", "r").await.status.is_client_error());
    }
    assert_eq!(set.only().await["state"], "open");
    let unknown = set.judge(&set.cast.ada, "0000000000000000", "same", "r").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.json()["place"], "/match");
    assert_eq!(
        set.judge(&set.cast.ada, id(&one), "same", " ").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // That it was judged is in the log for the auditor; what, is not.
    set.judge(&set.cast.ada, id(&one), "same", "r").await.ok();
    let timeline =
        set.site.get(&set.cast.auditor, &format!("/api/v1/cases/{}/timeline", set.case)).await.ok();
    assert!(timeline.text().contains("match-judged") && !timeline.text().to_lowercase().contains("simatic"));
}

/// The page has a form for each, which works without a script; two forms of one page are two acts.
#[tokio::test]
async fn the_page_judges_too() {
    let set = Set::new().await;
    set.site.push(&set.cast.hospital, "ward", &products(&[(HELD.0, HELD.1, "2.7")])).await.ok();
    let path = format!("/cases/{}", set.case);
    let page = async || set.site.get(&set.cast.ada, &path).await.ok().text();
    let field = |page: &str, name: &str| {
        let after = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        after.split('"').next().unwrap().to_owned()
    };
    for (left, verdict) in [(2, "same"), (1, "different")] {
        let shown = page().await;
        assert_eq!(shown.matches("It is the affected product").count(), left, "{shown}");
        assert!(!shown.contains("<script"));
        let (key, matched) = (field(&shown, "key"), field(&shown, "match"));
        let form = format!("key={key}&act=judge-match&match={matched}&reason=Seen&verdict={verdict}");
        let ask = Ask::send(&path, "", form.into_bytes()).bearer(&set.cast.ada.token);
        let answer = set.site.ask(ask).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }
    let shown = page().await;
    assert!(shown.contains("confirmed: Seen") && shown.contains("rejected: Seen"), "{shown}");
    assert!(shown.contains("Every suggestion was judged."));
}
