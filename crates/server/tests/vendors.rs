//! Vendors through the API: the word that they are asked, modes, security.txt, seeing each other, duties to report, and
//! messages with the coordinators.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::http::StatusCode;
use forewarn_core::notice::Outcome;
use forewarn_testkit::{Ask, Cast, Player, Site, finding, key};
use jiff::SignedDuration;
use serde_json::{Value, json};

const DESK: &str = "security@vendor.example";

struct Play {
    site: Site,
    cast: Cast,
}

impl Play {
    async fn new() -> Self {
        let site = Site::new().await;
        let cast = Cast::enrol(&site).await;
        Self { site, cast }
    }

    /// A case from a finding, with terms and a draft, that nobody has checked.
    async fn opened(&self, number: u32) -> String {
        let id = self.site.submit(&self.cast.finder, &finding(number, "samplelib")).await;
        let open = json!({ "finding": id });
        let opened =
            self.site.post(&self.cast.ada, "/api/v1/cases", &key(&format!("open {id}")), &open).await;
        let case = opened.ok().field("case");
        let release_at = self.site.clock_now() + SignedDuration::from_hours(24 * 60);
        let terms = json!({ "act": "set-terms", "release_at": release_at, "zone": "UTC", "tlp": "AMBER" });
        self.ada(&case, terms).await;
        self.ada(
            &case,
            json!({ "act": "draft", "text": { "title": "T", "mitigation": "M", "detail": "D" } }),
        )
        .await;
        case
    }

    async fn ada(&self, case: &str, act: Value) {
        self.site.act(&self.cast.ada, case, &act).await.ok();
    }

    async fn validate(&self, case: &str) {
        let method =
            json!({ "act": "validate", "verdict": "confirmed", "method": "ran it", "evidence": "a trace" });
        self.ada(case, method).await;
    }

    async fn invite(&self, case: &str, vendor: &Player) {
        self.ada(case, json!({ "act": "invite-vendor", "vendor": vendor.org })).await;
        self.site.work().await;
    }

    async fn mode(&self, who: &Player, vendor: &Player, mode: &str) -> StatusCode {
        let path = format!("/api/v1/organisations/{}/vendor-mode", vendor.org);
        self.site
            .post(who, &path, &key(&format!("mode {mode} {}", who.org)), &json!({ "mode": mode }))
            .await
            .status
    }

    async fn security_txt(&self, who: &Player, vendor: &Player, text: &str) -> forewarn_testkit::Answer {
        let path = format!("/api/v1/organisations/{}/security-txt", vendor.org);
        let ask = Ask::send(&path, &key(&format!("{text} {}", who.org)), text.as_bytes().to_vec());
        self.site.ask(ask.bearer(&who.token)).await
    }

    async fn case(&self, who: &Player, case: &str) -> Value {
        self.site.get(who, &format!("/api/v1/cases/{case}")).await.ok().json()
    }

    async fn thread(&self, who: &Player, case: &str, party: &str) -> forewarn_testkit::Answer {
        self.site.get(who, &format!("/api/v1/cases/{case}/threads/{party}")).await
    }

    async fn write(&self, who: &Player, case: &str, party: &str, text: &str) -> forewarn_testkit::Answer {
        let path = format!("/api/v1/cases/{case}/threads/{party}");
        self.site.post(who, &path, &key(&format!("{text} {}", who.principal)), &json!({ "text": text })).await
    }

    async fn hours(&self, hours: i64) {
        self.site.wait(SignedDuration::from_hours(hours));
        self.site.work().await;
    }
}

fn in_a_year(play: &Play, contact: &str) -> String {
    let expires = play.site.clock_now() + SignedDuration::from_hours(24 * 365);
    format!("Contact: {contact}\nExpires: {expires}\nContact: ftp://nowhere.example\n")
}

#[tokio::test]
async fn an_invited_vendor_is_told_where_its_security_txt_says() {
    let play = Play::new().await;
    let (ada, vendor) = (&play.cast.ada, &play.cast.vendor);
    let text = in_a_year(&play, &format!("mailto:{DESK}"));
    let done = play.security_txt(ada, vendor, &text).await.ok().json();
    assert_eq!((done["mail"].as_str(), done["passed_over"].as_array().unwrap().len()), (Some(DESK), 1));
    let case = play.opened(1).await;
    play.validate(&case).await;
    play.invite(&case, vendor).await;
    let mails = play.site.wire.mails();
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [DESK]);
    let sent = String::from_utf8(mails[0].bytes.clone()).unwrap();
    assert!(!sent.contains(&case) && !sent.contains("FW-"), "a word says nothing of what waits: {sent}");
    let view = play.case(ada, &case).await;
    let seen = &view["parties"]["vendors"][0];
    assert!(seen["reached_at"].is_string() && seen["unreached_at"].is_null(), "{seen}");
    assert_eq!(
        (&seen["mode"], &seen["contacts"][0]),
        (&json!("verified-only"), &json!(format!("mailto:{DESK}")))
    );
    let own = play.case(vendor, &case).await;
    assert!(own["own"]["reached_at"].is_null() && own["own"]["mode"].is_null(), "{own}");
    // Others cannot say where its mails go, and what cannot be used is refused with its line.
    assert_eq!(play.security_txt(&play.cast.finder, vendor, &text).await.status, StatusCode::NOT_FOUND);
    let bad = play.security_txt(ada, vendor, "Contact: mailto:a@example.org\nExpires: soon\n").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text().contains("line 2"), "{}", bad.text());
}

#[tokio::test]
async fn a_vendor_that_no_word_reaches_is_an_alarm() {
    let play = Play::new().await;
    let (ada, vendor) = (&play.cast.ada, &play.cast.vendor);
    play.security_txt(ada, vendor, &in_a_year(&play, &format!("mailto:{DESK}"))).await.ok();
    play.site.wire.answer(DESK, Outcome::Deferred, Some(450));
    let case = play.opened(1).await;
    play.validate(&case).await;
    play.invite(&case, vendor).await;
    assert!(
        play.case(ada, &case).await["parties"]["vendors"][0]["unreached_at"].is_null(),
        "it is tried again"
    );
    for _ in 0..30 {
        play.hours(1).await;
    }
    assert!(play.site.wire.count(DESK) > 5);
    let view = play.case(ada, &case).await;
    assert!(view["parties"]["vendors"][0]["unreached_at"].is_string(), "{view}");
    let alarms = play.site.get(ada, "/api/v1/alarms").await.ok().text();
    assert!(alarms.contains("cannot be reached"), "{alarms}");
    // Once it answers, nobody has to look for it.
    play.site.act(vendor, &case, &json!({ "act": "answer-terms", "accept": true })).await.ok();
    assert!(!play.site.get(ada, "/api/v1/alarms").await.ok().text().contains("cannot be reached"));
}

#[tokio::test]
async fn modes_decide_who_is_asked_and_when() {
    let play = Play::new().await;
    let (ada, vendor) = (&play.cast.ada, &play.cast.vendor);
    let case = play.opened(1).await;
    let invite = json!({ "act": "invite-vendor", "vendor": vendor.org });
    assert_eq!(play.site.act(ada, &case, &invite).await.status, StatusCode::CONFLICT);
    assert_eq!(play.mode(&play.cast.finder, vendor, "firehose").await, StatusCode::FORBIDDEN);
    let other = Cast::another_vendor(&play.site, "Other").await;
    assert_eq!(play.mode(&other, vendor, "firehose").await, StatusCode::NOT_FOUND);
    assert_eq!(play.mode(ada, &play.cast.bank, "firehose").await, StatusCode::CONFLICT);
    assert_eq!(play.mode(vendor, vendor, "firehose").await, StatusCode::OK);
    let again = key("ask the firehose");
    play.site.post(ada, &format!("/api/v1/cases/{case}/acts"), &again, &invite).await.ok();
    play.site.act(vendor, &case, &json!({ "act": "answer-terms", "accept": true })).await.ok();
    let check =
        json!({ "act": "validate", "verdict": "confirmed", "method": "read our code", "evidence": "line 7" });
    let done = play.site.act(vendor, &case, &check).await.ok().json();
    assert_eq!(done["state"], "vendor-notified");
    // One that takes part in no embargo is told when it is public, and sees nothing before.
    let project = Cast::another_vendor(&play.site, "Project").await;
    assert_eq!(play.mode(ada, &project, "public-only").await, StatusCode::OK);
    play.security_txt(ada, &project, &in_a_year(&play, "mailto:project@vendor.example")).await.ok();
    let second = play.opened(2).await;
    play.validate(&second).await;
    play.invite(&second, &project).await;
    assert_eq!(
        play.site.get(&project, &format!("/api/v1/cases/{second}")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(play.site.wire.count("project@vendor.example"), 0);
    assert_eq!(play.case(ada, &second).await["parties"]["unasked"][0]["mode"], "public-only");
    play.site.release(&play.cast, &second).await.ok();
    play.site.work().await;
    assert_eq!(play.site.wire.count("project@vendor.example"), 1);
}

#[tokio::test]
async fn vendors_see_each_other_only_when_all_agree() {
    let play = Play::new().await;
    let vendor = &play.cast.vendor;
    let other = Cast::another_vendor(&play.site, "Other").await;
    let case = play.opened(1).await;
    play.validate(&case).await;
    for one in [vendor, &other] {
        play.invite(&case, one).await;
        let accept = json!({ "act": "answer-terms", "accept": true });
        play.site.post(one, &format!("/api/v1/cases/{case}/acts"), &key(&one.org), &accept).await.ok();
    }
    let state = json!({ "act": "state", "status": "affected", "statement": "Since 1.2." });
    play.site.act(&other, &case, &state).await.ok();
    let show = |who: &Player| {
        let (site, who, case) = (&play.site, who.clone(), case.clone());
        async move {
            let act = json!({ "act": "show-vendor", "show": true });
            site.post(&who, &format!("/api/v1/cases/{case}/acts"), &key(&format!("show {}", who.org)), &act)
                .await
        }
    };
    show(vendor).await.ok();
    assert!(!play.case(vendor, &case).await.to_string().contains(&other.org));
    show(&other).await.ok();
    let seen = play.case(vendor, &case).await;
    assert_eq!(seen["others"][0]["org"]["name"], "Other");
    assert_eq!(
        (&seen["others"][0]["status"], &seen["others"][0]["statement"]),
        (&json!("affected"), &json!("Since 1.2."))
    );
    assert!(seen["parties"].is_null());
}

#[tokio::test]
async fn duties_to_report_are_shown_to_the_vendor_they_bind() {
    let play = Play::new().await;
    let vendor = &play.cast.vendor;
    let case = play.opened(1).await;
    play.validate(&case).await;
    play.invite(&case, vendor).await;
    play.site.act(vendor, &case, &json!({ "act": "answer-terms", "accept": true })).await.ok();
    assert!(play.case(vendor, &case).await["duties"].is_null());
    play.ada(&case, json!({ "act": "raise-trigger", "reason": "exploited", "evidence": "logs of a client" }))
        .await;
    let duties = play.case(vendor, &case).await["duties"].clone();
    let due: jiff::Timestamp = duties[0]["due_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(due, play.site.clock_now() + SignedDuration::from_hours(24));
    assert!(duties[0]["source"].as_str().unwrap().contains("2024/2847"));
    play.site.act(vendor, &case, &json!({ "act": "report-duty", "duty": "cra-early-warning" })).await.ok();
    assert!(play.case(vendor, &case).await["duties"][0]["done_at"].is_string());
    let seen = play.case(&play.cast.ada, &case).await;
    assert_eq!(seen["parties"]["vendors"][0]["reported"], json!(["cra-early-warning"]));
    assert!(seen["duties"].is_null(), "they bind the vendor, not the coordinators");
}

#[tokio::test]
async fn each_party_talks_with_the_coordinators_and_hears_no_other() {
    let play = Play::new().await;
    let (ada, ben, vendor, finder) = (&play.cast.ada, &play.cast.ben, &play.cast.vendor, &play.cast.finder);
    play.security_txt(ada, vendor, &in_a_year(&play, &format!("mailto:{DESK}"))).await.ok();
    let case = play.opened(1).await;
    play.validate(&case).await;
    play.invite(&case, vendor).await;
    let told = play.site.wire.count(DESK);
    let question = "Which build shows it?";
    assert_eq!(play.write(vendor, &case, "own", question).await.status, StatusCode::CREATED);
    assert_eq!(play.thread(ben, &case, &vendor.org).await.ok().json()["messages"][0]["text"], question);
    play.write(ada, &case, &vendor.org, "1.4.2 for Linux").await.ok();
    play.write(ada, &case, &vendor.org, "and for Windows").await.ok();
    play.site.work().await;
    assert_eq!(play.site.wire.count(DESK), told + 1, "one word for what waits");
    let own = play.thread(vendor, &case, "own").await.ok().json();
    assert_eq!((own["messages"].as_array().unwrap().len(), &own["unread"]), (3, &json!(2)));
    let read = format!("/api/v1/cases/{case}/threads/own/read");
    play.site.post(vendor, &read, &key("read"), &json!({ "count": 3 })).await.ok();
    assert_eq!(play.thread(vendor, &case, "own").await.ok().json()["unread"], 0);
    // The finder has a thread of its own and sees no other; who is no party has none.
    play.write(finder, &case, "own", "May I publish the commitment?").await.ok();
    let theirs = play.thread(finder, &case, "own").await.ok().text();
    assert!(!theirs.contains("1.4.2") && theirs.contains("commitment"));
    // What is hidden answers like what does not exist.
    let missing = "00000000-0000-4000-8000-000000000001";
    let others =
        [(finder, vendor), (vendor, finder), (&play.cast.bank, vendor), (&play.cast.auditor, vendor)];
    for (who, party) in others {
        let hidden = play.thread(who, &case, &party.org).await;
        let none = play.thread(who, missing, &party.org).await;
        assert!(hidden.status.is_client_error());
        assert_eq!((hidden.status, hidden.text()), (none.status, none.text()));
        assert!(play.write(who, &case, &party.org, "hello").await.status.is_client_error());
    }
    assert_eq!(play.thread(ada, &case, &play.cast.bank.org).await.status, StatusCode::NOT_FOUND);
    assert!(play.thread(&play.cast.bank, &case, "own").await.status.is_client_error());
    let listed = play.site.get(ada, "/api/v1/threads").await.ok().json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        play.site.get(vendor, "/api/v1/threads").await.ok().json()["items"].as_array().unwrap().len(),
        1
    );
    // What was written under terms that have lapsed waits for the answer to the new ones.
    play.site.act(vendor, &case, &json!({ "act": "answer-terms", "accept": true })).await.ok();
    play.write(ada, &case, &vendor.org, "It is in decode_header.").await.ok();
    assert!(play.thread(vendor, &case, "own").await.ok().text().contains("decode_header"));
    let release_at = play.site.clock_now() + SignedDuration::from_hours(24 * 50);
    play.ada(&case, json!({ "act": "set-terms", "release_at": release_at, "zone": "UTC", "tlp": "AMBER" }))
        .await;
    let lapsed = play.thread(vendor, &case, "own").await.ok().json();
    assert!(!lapsed.to_string().contains("decode_header"));
    assert_eq!((&lapsed["withheld"], lapsed["messages"].as_array().unwrap().len()), (&json!(1), 3));
    // A vendor that leaves the case leaves its thread; the coordinators keep it, to read.
    let no = json!({ "act": "answer-terms", "accept": false });
    let acts = format!("/api/v1/cases/{case}/acts");
    play.site.post(vendor, &acts, &key("leave"), &no).await.ok();
    assert!(play.thread(ada, &case, &vendor.org).await.ok().text().contains("decode_header"));
    assert_eq!(play.write(ada, &case, &vendor.org, "come back").await.status, StatusCode::CONFLICT);
    assert_eq!(play.thread(vendor, &case, "own").await.status, StatusCode::NOT_FOUND);
    assert_eq!(play.site.get(vendor, "/api/v1/threads").await.ok().json()["items"], json!([]));
}
