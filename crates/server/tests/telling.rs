//! Recipients are told that a notice waits, coordinators hear when that does not work, and relays act for others:
//! through the API, with workers and a clock set by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use axum::http::StatusCode;
use forewarn_core::notice::Outcome;
use forewarn_server::outgoing::mail::Mail;
use forewarn_server::outgoing::webhook::Request;
use forewarn_server::outgoing::{Caller, Outgoing, Sending, Sent};
use forewarn_store::{EventStore, MemoryStore};
use forewarn_testkit::{Ask, BadLease, Cast, FaultyStore, Player, Site, finding, inventory, key};
use jiff::SignedDuration;
use serde_json::{Value, json};

const DESK: &str = "desk@bank.example";
const DUTY: &str = "duty@bank.example";
const HOOK: &str = "https://bank.example/hook";

struct Play {
    site: Site,
    cast: Cast,
}

impl Play {
    async fn new() -> Self {
        Self::on(Site::new().await).await
    }

    async fn on(site: Site) -> Self {
        let cast = Cast::enrol(&site).await;
        site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
        Self { site, cast }
    }

    async fn contacts(&self, who: &Player, contacts: &Value) -> Value {
        let path = format!("/api/v1/organisations/{}/contacts", who.org);
        let key = key(&format!("contacts {contacts} {}", self.site.wire.mails().len()));
        self.site.post(who, &path, &key, contacts).await.ok().json()
    }

    async fn everything(&self) {
        let all = json!({ "mail": DESK, "second_mail": DUTY, "phones": ["Night desk +1 555 0100"], "webhook": HOOK });
        self.contacts(&self.cast.bank, &all).await;
    }

    /// Shares a case with the bank and gives its notice.
    async fn shared(&self, number: u32) -> (String, String) {
        let case = self.site.case(&self.cast, &finding(number, "samplelib")).await;
        self.site.share(&self.cast, &case, "detail").await.ok();
        (case, self.site.inbox(&self.cast.bank).await[0]["id"].as_str().unwrap().to_owned())
    }

    async fn notice(&self, id: &str) -> Value {
        let listed = self.site.inbox(&self.cast.bank).await;
        listed.into_iter().find(|notice| notice["id"] == id).unwrap()
    }

    async fn tasks(&self) -> Value {
        self.site.get(&self.cast.ada, "/api/v1/tasks").await.ok().json()
    }

    async fn task_act(&self, id: &str, act: &Value) -> StatusCode {
        let path = format!("/api/v1/tasks/{id}/acts");
        self.site.post(&self.cast.ada, &path, &key(&format!("{id} {act}")), act).await.status
    }

    async fn hours(&self, hours: i64) {
        self.site.wait(SignedDuration::from_hours(hours));
        self.site.work().await;
    }

    fn count(&self, to: &str) -> usize {
        self.site.wire.count(to)
    }
}

fn outcomes(notice: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let attempts = notice["attempts"].as_array().unwrap();
    attempts.iter().map(|one| (text(one, "way"), text(one, "outcome"))).collect()
}

#[tokio::test]
async fn a_recipient_is_told_on_the_way_it_likes_and_both_sides_see_the_evidence() {
    let play = Play::new().await;
    play.everything().await;
    let (case, notice) = play.shared(1).await;
    assert_eq!((play.count(HOOK), play.count(DESK), play.count(DUTY)), (1, 0, 0));
    let own = play.notice(&notice).await;
    assert_eq!(outcomes(&own), [("webhook".into(), "accepted".into())]);
    let path = format!("/api/v1/cases/{case}/notices");
    let followed = play.site.get(&play.cast.ada, &path).await.ok().json();
    assert_eq!(outcomes(&followed["items"][0]), outcomes(&own));
    // Told once, however often the workers look.
    play.hours(1).await;
    assert_eq!(play.count(HOOK), 1);
    // Preferred: mail.
    play.contacts(&play.cast.bank, &json!({ "mail": DESK, "webhook": HOOK, "preferred": "mail" })).await;
    play.shared(2).await;
    assert_eq!((play.count(HOOK), play.count(DESK)), (1, 1));
}

/// Fetching through the API, as a person or an agent does, opens the notice; then nobody needs to be told.
#[tokio::test]
async fn a_notice_that_was_fetched_is_opened_and_nobody_is_told_any_more() {
    let play = Play::new().await;
    play.everything().await;
    for to in [HOOK, DESK, DUTY] {
        play.site.wire.answer(to, Outcome::Deferred, Some(450));
    }
    let (_, notice) = play.shared(1).await;
    play.site.get(&play.cast.bank, &format!("/api/v1/notices/{notice}")).await.ok();
    assert_eq!(play.notice(&notice).await["state"], "opened");
    let before = play.count(HOOK) + play.count(DESK) + play.count(DUTY);
    play.hours(3).await;
    assert_eq!(play.count(HOOK) + play.count(DESK) + play.count(DUTY), before);
}

#[tokio::test]
async fn a_way_that_fails_brings_in_the_others_and_when_all_fail_coordinators_hear() {
    let play = Play::new().await;
    play.everything().await;
    play.site.wire.answer(HOOK, Outcome::Unreachable, None);
    play.site.wire.answer(DESK, Outcome::Refused, Some(550));
    play.site.wire.answer(DUTY, Outcome::Deferred, Some(450));
    let (_, notice) = play.shared(1).await;
    assert_eq!((play.count(HOOK), play.count(DESK), play.count(DUTY)), (1, 1, 1));
    assert_eq!(play.tasks().await["items"], json!([]));
    for _ in 0..30 {
        play.hours(1).await;
    }
    let tasks = play.tasks().await;
    let task = &tasks["items"][0];
    assert_eq!((&task["notice"], &task["alarms"]), (&json!(notice), &json!(["undeliverable"])));
    assert_eq!(task["recipient"], "Bank");
    assert!(task["what"][0].as_str().unwrap().contains("no message got through"));
    // With backoff: about a dozen attempts in a day and not a flood, and no more after that.
    let attempts = play.count(HOOK);
    assert!((8..=30).contains(&attempts), "{attempts}");
    assert_eq!(play.count(DESK), 1, "what was refused is not tried again");
    let settle = json!({ "act": "settle", "alarm": "undeliverable", "words": "called them" });
    assert_eq!(play.task_act(&notice, &settle).await, StatusCode::OK);
    assert_eq!(play.tasks().await["items"], json!([]));
    let again = json!({ "act": "settle", "alarm": "undeliverable", "words": "again" });
    assert_eq!(play.task_act(&notice, &again).await, StatusCode::CONFLICT);
}

#[tokio::test]
async fn nobody_answers_reminder_second_contact_call_alarm() {
    let play = Play::new().await;
    play.everything().await;
    let (_, notice) = play.shared(1).await;
    play.hours(47).await;
    assert_eq!((play.count(HOOK), play.count(DESK)), (1, 0));
    play.hours(1).await;
    assert_eq!((play.count(HOOK), play.count(DESK), play.count(DUTY)), (2, 1, 0), "a reminder, a day before");
    play.hours(24).await;
    assert_eq!((play.count(HOOK), play.count(DESK), play.count(DUTY)), (3, 2, 1), "the second contact");
    assert_eq!(play.tasks().await["items"], json!([]));
    play.hours(24).await;
    let task = play.tasks().await["items"][0].clone();
    assert_eq!((&task["call"], &task["phones"]), (&json!(true), &json!(["Night desk +1 555 0100"])));
    assert_eq!(task["alarms"], json!([]));
    let missed = json!({ "act": "called", "reached": false, "words": "nobody" });
    assert_eq!(play.task_act(&notice, &missed).await, StatusCode::OK);
    assert_eq!(play.tasks().await["items"][0]["calls_missed"], 1);
    play.hours(48).await;
    assert_eq!(play.tasks().await["items"][0]["alarms"], json!(["unanswered"]));
    // Other coordinators' tasks are not seen by operators, and an answer ends them.
    assert_eq!(play.site.get(&play.cast.bank, "/api/v1/tasks").await.status, StatusCode::FORBIDDEN);
    let acts = format!("/api/v1/notices/{notice}/acts");
    play.site.post(&play.cast.bank, &acts, "ack", &json!({ "act": "acknowledge" })).await.ok();
    assert_eq!(play.tasks().await["items"], json!([]));
    // The work is not finished: it is asked about, and then there is an alarm.
    let before = play.count(HOOK);
    for _ in 0..5 {
        play.hours(24 * 14).await;
    }
    assert_eq!(play.count(HOOK) - before, 3);
    assert_eq!(play.tasks().await["items"][0]["alarms"], json!(["unfinished"]));
}

#[tokio::test]
async fn quiet_hours_hold_a_message_and_never_one_of_the_top_tier() {
    // It is eight in the morning, UTC.
    let play = Play::new().await;
    let quiet = json!({ "mail": DESK, "quiet": { "zone": "UTC", "from": "07:00", "to": "10:00" } });
    play.contacts(&play.cast.bank, &quiet).await;
    let (case, _) = play.shared(1).await;
    play.hours(1).await;
    assert_eq!(play.count(DESK), 0);
    play.hours(1).await;
    assert_eq!(play.count(DESK), 1);
    // A new day, again at eight; the case comes into the top tier.
    play.hours(22).await;
    let (_, second) = play.shared(2).await;
    assert_eq!(play.count(DESK), 1);
    let urgent = json!({ "act": "set-urgency", "urgent": true, "reason": "A secret reason: exploited" });
    let cases = play.site.get(&play.cast.ada, "/api/v1/cases").await.ok().json();
    let newest =
        cases["items"].as_array().unwrap().iter().find(|one| one["id"] != json!(case)).unwrap()["id"].clone();
    play.site.act(&play.cast.ada, newest.as_str().unwrap(), &urgent).await.ok();
    play.site.work().await;
    assert_eq!(play.count(DESK), 2, "at once, in the hours of quiet");
    assert_eq!(play.notice(&second).await["urgent"], true);
    // What was held before is not sent after all: it is superseded.
    play.hours(3).await;
    assert_eq!(play.count(DESK), 2);
}

#[tokio::test]
async fn a_webhook_that_takes_nothing_for_days_is_given_up_and_that_is_told() {
    let play = Play::new().await;
    play.contacts(&play.cast.bank, &json!({ "webhook": HOOK, "mail": DESK })).await;
    play.site.wire.answer(HOOK, Outcome::Deferred, Some(500));
    for number in 1..8 {
        play.shared(number).await;
        play.hours(24).await;
    }
    let disabled = play.tasks().await["disabled_webhooks"].clone();
    assert_eq!(disabled[0]["organisation"], "Bank");
    let path = format!("/api/v1/organisations/{}/contacts", play.cast.bank.org);
    let own = play.site.get(&play.cast.bank, &path).await.ok().json();
    assert!(own["webhook_disabled_at"].is_string() && own["webhook_failing_since"].is_string());
    let (before, mails) = (play.count(HOOK), play.count(DESK));
    play.shared(9).await;
    assert_eq!((play.count(HOOK), play.count(DESK)), (before, mails + 1), "mail only");
    // Set again, it is tried again.
    play.site.wire.mend(HOOK);
    play.contacts(&play.cast.bank, &json!({ "webhook": HOOK, "mail": DESK })).await;
    play.shared(10).await;
    assert_eq!(play.count(HOOK), before + 1);
    assert_eq!(play.tasks().await["disabled_webhooks"], json!([]));
}

#[tokio::test]
async fn the_secret_of_a_webhook_is_shown_once_and_signs_what_is_sent() {
    use base64::Engine as _;
    let play = Play::new().await;
    let path = format!("/api/v1/organisations/{}/contacts", play.cast.bank.org);
    let set = json!({ "webhook": HOOK });
    let first = play.site.post(&play.cast.bank, &path, "one", &set).await.ok().json();
    let again = play.site.post(&play.cast.bank, &path, "one", &set).await.ok().json();
    assert_eq!(again["secret"], json!(null), "a repeated request shows no secret");
    let same = play.site.post(&play.cast.bank, &path, "two", &set).await.ok().json();
    assert_eq!(same["secret"], json!(null), "the secret stays");
    let renewed = json!({ "webhook": HOOK, "new_secret": true });
    let renewed = play.site.post(&play.cast.bank, &path, "three", &renewed).await.ok().json();
    assert_ne!(renewed["secret"], first["secret"]);
    let secret = renewed["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap().to_owned();
    let secret = base64::engine::general_purpose::STANDARD.decode(secret).unwrap();
    play.shared(1).await;
    let request = play.site.wire.requests()[0].clone();
    let signed =
        forewarn_server::outgoing::webhook::signature(&secret, &request.id, request.timestamp, request.body);
    assert_eq!(signed, request.signature);
    for wrong in ["https://user:A secret@x.example", "nonsense", "https://"] {
        let refused = play.site.post(&play.cast.bank, &path, wrong, &json!({ "webhook": wrong })).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(!refused.text().contains("A secret"));
    }
}

/// A message that was not taken is sent again under its first id.
#[tokio::test]
async fn a_message_that_is_tried_again_keeps_its_id() {
    let play = Play::new().await;
    play.contacts(&play.cast.bank, &json!({ "webhook": HOOK, "mail": DESK, "preferred": "webhook" })).await;
    play.site.wire.answer(HOOK, Outcome::Deferred, Some(503));
    play.site.wire.answer(DESK, Outcome::Deferred, Some(450));
    play.shared(1).await;
    play.hours(1).await;
    play.hours(1).await;
    let ids: std::collections::BTreeSet<_> =
        play.site.wire.requests().into_iter().map(|request| request.id).collect();
    let mails = play.site.wire.mails();
    let id = |mail: &Mail| {
        let text = String::from_utf8(mail.bytes.clone()).unwrap();
        text.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned()
    };
    assert!(play.count(HOOK) > 1 && ids.len() == 1);
    assert!(mails.len() > 1 && mails.iter().all(|mail| id(mail) == id(&mails[0])));
}

#[tokio::test]
async fn a_relay_acts_for_an_operator_until_it_is_taken_back() {
    let play = Play::new().await;
    let (site, cast) = (&play.site, &play.cast);
    let (_, notice) = play.shared(1).await;
    let path = format!("/api/v1/notices/{notice}");
    let acts = format!("{path}/acts");
    assert_eq!(site.get(&cast.relay, &path).await.status, StatusCode::NOT_FOUND);
    let delegates = format!("/api/v1/organisations/{}/delegates", cast.bank.org);
    let name = json!({ "act": "name", "relay": cast.relay.org, "level": "mitigation" });
    // Nobody but the operator itself.
    for other in [&cast.power, &cast.relay] {
        let status = site.post(other, &delegates, "steal", &name).await.status;
        assert!(status == StatusCode::NOT_FOUND || status == StatusCode::FORBIDDEN, "{status}");
    }
    site.post(&cast.bank, &delegates, "name", &name).await.ok();
    let listed = site.get(&cast.relay, &format!("/api/v1/notices?for={}", cast.bank.org)).await.ok().json();
    assert_eq!(listed["items"][0]["recipient"], json!({ "org": cast.bank.org, "name": "Bank" }));
    let none = site.get(&cast.relay, &format!("/api/v1/notices?for={}", cast.power.org)).await.ok().json();
    assert_eq!(none["items"], json!([]));
    let read = site.get(&cast.relay, &path).await.ok().json();
    assert_eq!(read["content"]["level"], "mitigation");
    assert_eq!(read["content"]["detail"], json!(null));
    assert_eq!(site.get(&cast.bank, &path).await.ok().json()["content"]["level"], "detail");
    let acknowledge = json!({ "act": "acknowledge" });
    site.post(&cast.relay, &acts, "ack", &acknowledge).await.ok();
    assert_eq!(site.post(&cast.bank, &acts, "ack", &acknowledge).await.status, StatusCode::CONFLICT);
    let own = site.get(&cast.bank, &path).await.ok().json();
    assert_eq!((&own["state"], &own["acknowledged_by"]), (&json!("acknowledged"), &json!("Relay")));
    let stuck =
        json!({ "act": "remediate", "status": "cannot-fix", "note": "old", "measures": "behind a gateway" });
    site.post(&cast.relay, &acts, "report", &stuck).await.ok();
    let own = site.get(&cast.bank, &path).await.ok().json();
    assert_eq!((&own["measures"], &own["reported_by"]), (&json!("behind a gateway"), &json!("Relay")));
    assert!(own["compensating_measures"].as_array().unwrap().len() >= 3);
    // Taken back, it is gone with the next request.
    let remove = json!({ "act": "remove", "relay": cast.relay.org });
    site.post(&cast.bank, &delegates, "remove", &remove).await.ok();
    assert_eq!(site.get(&cast.relay, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.post(&cast.relay, &acts, "more", &stuck).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.inbox(&cast.relay).await, Vec::<Value>::new());
}

/// A network on which one receiver never answers.
struct Stuck(Arc<std::sync::Mutex<Vec<String>>>);

impl Caller for Stuck {
    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a> {
        self.0.lock().unwrap().push(request.url.clone());
        let hangs = request.url == HOOK;
        Box::pin(async move {
            if hangs {
                std::future::pending::<()>().await;
            }
            Sent { outcome: Outcome::Accepted, code: Some(200) }
        })
    }
}

/// The real workers: a receiver that hangs holds up no other, and no other kind of work.
#[tokio::test]
async fn a_receiver_that_hangs_holds_up_nobody_else() {
    let called = Arc::new(std::sync::Mutex::new(vec![]));
    let caller = Arc::new(Stuck(Arc::clone(&called)));
    let outgoing = Outgoing { caller: Some(caller), ..Outgoing::default() };
    let site = Site::with(Arc::new(MemoryStore::default()), [3; 32], |_| outgoing).await;
    let play = Play::on(site).await;
    play.contacts(&play.cast.bank, &json!({ "webhook": HOOK })).await;
    play.contacts(&play.cast.power, &json!({ "webhook": "https://power.example/" })).await;
    play.site.push(&play.cast.power, "grid", &inventory(&[("samplelib", "1.4")])).await.ok();
    let working = tokio::spawn(forewarn_server::workers::run(Arc::clone(&play.site.app)));
    for number in 1..4 {
        let case = play.site.case(&play.cast, &finding(number, "samplelib")).await;
        let proposed =
            play.site.act(&play.cast.ada, &case, &json!({ "act": "propose-wave", "level": "detail" })).await;
        let approve = json!({ "act": "approve-wave", "wave": proposed.ok().field("wave") });
        play.site.act(&play.cast.ben, &case, &approve).await.ok();
    }
    // Waits for what must come; without it, the test does not end.
    loop {
        let seen = called.lock().unwrap().clone();
        if seen.iter().filter(|url| *url == "https://power.example/").count() == 3 {
            assert_eq!(seen.iter().filter(|url| *url == HOOK).count(), 1, "one at a time");
            break;
        }
        // The clock of the test stands still; what was put off is due a little later.
        play.site.wait(SignedDuration::from_secs(1));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    working.abort();
}

/// A job whose end cannot be written down is done again when its lease ends, and holds up no other of its batch.
#[tokio::test]
async fn what_cannot_be_written_down_comes_back_when_its_lease_ends() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default())));
    let site = Site::on(Arc::clone(&store) as Arc<dyn EventStore>, [3; 32]).await;
    let play = Play::on(site).await;
    play.everything().await;
    for who in [&play.cast.power, &play.cast.hospital] {
        play.site.push(who, "one", &inventory(&[("samplelib", "1.4")])).await.ok();
    }
    store.lose_ends(2);
    let case = play.site.case(&play.cast, &finding(1, "samplelib")).await;
    play.site.share(&play.cast, &case, "detail").await.ok();
    for who in [&play.cast.bank, &play.cast.power, &play.cast.hospital] {
        assert_eq!(play.site.inbox(who).await[0]["state"], "delivered");
    }
    assert_eq!(play.count(HOOK), 1);
    assert_eq!(store.lost_ends(), 2, "two ends were lost");
    play.site.wait(SignedDuration::from_mins(2));
    play.site.work().await;
    assert_eq!(play.count(HOOK), 1, "done again, it is done once");
    let path = format!("/api/v1/cases/{case}/notices");
    let followed = play.site.get(&play.cast.ada, &path).await.ok().json();
    assert_eq!(followed["items"].as_array().unwrap().len(), 3);
}

/// A caller that panics at its first request.
struct Panicking(std::sync::atomic::AtomicU32);

impl Caller for Panicking {
    fn send<'a>(&'a self, _request: &'a Request) -> Sending<'a> {
        let first = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        Box::pin(async move {
            assert!(!first, "the first request");
            Sent { outcome: Outcome::Accepted, code: Some(200) }
        })
    }
}

#[tokio::test]
async fn a_job_that_panics_is_tried_again() {
    let caller = Arc::new(Panicking(std::sync::atomic::AtomicU32::new(0)));
    let outgoing = Outgoing { caller: Some(caller), ..Outgoing::default() };
    let site = Site::with(Arc::new(MemoryStore::default()), [3; 32], |_| outgoing).await;
    let play = Play::on(site).await;
    play.contacts(&play.cast.bank, &json!({ "webhook": HOOK })).await;
    let (_, notice) = play.shared(1).await;
    assert_eq!(outcomes(&play.notice(&notice).await), []);
    play.hours(1).await;
    assert_eq!(outcomes(&play.notice(&notice).await), [("webhook".into(), "accepted".into())]);
}

/// Workers that fail or panic are started again, and the metrics say so.
#[tokio::test]
async fn workers_that_stop_are_started_again() {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default())));
    let site = Site::on(Arc::clone(&store) as Arc<dyn EventStore>, [3; 32]).await;
    let play = Play::on(site).await;
    let case = play.site.case(&play.cast, &finding(1, "samplelib")).await;
    store.break_leases(&[BadLease::Panic, BadLease::Unavailable, BadLease::Panic, BadLease::Unavailable]);
    let working = tokio::spawn(forewarn_server::workers::run(Arc::clone(&play.site.app)));
    let proposed =
        play.site.act(&play.cast.ada, &case, &json!({ "act": "propose-wave", "level": "detail" })).await;
    let approve = json!({ "act": "approve-wave", "wave": proposed.ok().field("wave") });
    play.site.act(&play.cast.ben, &case, &approve).await.ok();
    // Waits for what must come; without it, the test does not end.
    while store.bad_leases() > 0 || play.site.inbox(&play.cast.bank).await[0]["state"] != "delivered" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    working.abort();
    let metrics = play.site.get(&play.cast.ada, "/metrics").await.ok().text();
    let restarts = metrics.lines().filter(|line| line.starts_with("forewarn_worker_restarts_total{"));
    let count: u64 = restarts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
    assert!(count >= 4, "{metrics}");
}

/// What a mail server writes when a mail comes back.
fn returned(mail: &Mail, action: &str, status: &str) -> String {
    let headers = String::from_utf8(mail.bytes.clone()).unwrap();
    let (headers, _) = headers.split_once("\r\n\r\n").unwrap();
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: <{}>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=\"edge\"\r\n\r\n--edge\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {}\r\nAction: {action}\r\nStatus: {status}\r\n\
         \r\n--edge\r\nContent-Type: text/rfc822-headers\r\n\r\n{headers}\r\n\r\n--edge--\r\n",
        mail.from, mail.to
    )
}

async fn report(play: &Play, who: &Player, message: &str) -> forewarn_testkit::Answer {
    let ask = Ask::send("/api/v1/bounces", &key(message), message.as_bytes().to_vec());
    play.site.ask(ask.header("content-type", "message/rfc822").bearer(&who.token)).await
}

#[tokio::test]
async fn a_mail_that_comes_back_brings_in_the_next_contact_at_once() {
    let play = Play::new().await;
    play.contacts(&play.cast.bank, &json!({ "mail": DESK, "second_mail": DUTY })).await;
    let (_, notice) = play.shared(1).await;
    let mail = play.site.wire.mails()[0].clone();
    assert_eq!((mail.to.as_str(), play.count(DUTY)), (DESK, 0));
    assert!(mail.from.starts_with("bounces+") && mail.from.ends_with("@test.example"), "{}", mail.from);
    let number = play.notice(&notice).await["number"].as_str().unwrap().to_owned();
    assert!(!mail.from.contains(&number), "the tag says nothing of the case");
    let late = report(&play, &play.cast.ada, &returned(&mail, "delayed", "4.4.7")).await.ok().json();
    assert_eq!(late, json!({ "said": "delayed", "noted": true }));
    play.site.work().await;
    assert_eq!(play.count(DUTY), 0, "late is not lost");
    let failed = returned(&mail, "failed", "5.1.1");
    let done = report(&play, &play.cast.ada, &failed).await.ok().json();
    assert_eq!(done, json!({ "said": "failed", "noted": true }));
    play.site.work().await;
    assert_eq!(play.count(DUTY), 1, "the second contact is told at once");
    let own = play.notice(&notice).await;
    let expected =
        [("mail", "accepted"), ("mail", "deferred"), ("mail", "bounced"), ("second-mail", "accepted")];
    assert_eq!(outcomes(&own), expected.map(|(way, outcome)| (way.to_owned(), outcome.to_owned())));
    assert_eq!(own["attempts"][2]["status"], "5.1.1");
    // Again, by another way to say the same: noted once.
    let again = report(&play, &play.cast.ada, &failed.replace("5.1.1", "5.1.2")).await.ok().json();
    assert_eq!(again["noted"], false);
    // The second contact's mail comes back too: coordinators hear of it.
    let second = play.site.wire.mails()[1].clone();
    report(&play, &play.cast.ada, &returned(&second, "failed", "5.2.1")).await.ok();
    assert_eq!(play.tasks().await["items"][0]["alarms"], json!(["undeliverable"]));
}

#[tokio::test]
async fn what_came_back_of_nobodys_mail_is_not_noted_and_only_coordinators_report() {
    let play = Play::new().await;
    play.contacts(&play.cast.bank, &json!({ "mail": DESK, "second_mail": DUTY })).await;
    play.shared(1).await;
    let mail = play.site.wire.mails()[0].clone();
    let failed = returned(&mail, "failed", "5.1.1");
    let refused = report(&play, &play.cast.bank, &failed).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let stranger = failed.replace(&mail.from, "x@test.example").replace("Message-ID: <", "Message-ID: <0");
    let done = report(&play, &play.cast.ada, &stranger).await.ok().json();
    assert_eq!(done, json!({ "said": "failed", "noted": false }));
    let arrived = report(&play, &play.cast.ada, &returned(&mail, "delivered", "2.0.0")).await.ok().json();
    assert_eq!(arrived["noted"], false);
    let none = report(&play, &play.cast.ada, "Subject: away\r\n\r\nsecret\r\n").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!none.json().to_string().contains("secret"));
    play.site.work().await;
    assert_eq!(play.count(DUTY), 0);
}

/// A notice from before there were ladders has no job for one.
#[tokio::test]
async fn every_notice_gets_its_ladder_at_the_start_and_once() {
    let store: Arc<dyn EventStore> = Arc::new(MemoryStore::default());
    let play = Play::on(Site::on(Arc::clone(&store), [3; 32]).await).await;
    play.contacts(&play.cast.bank, &json!({ "mail": DESK, "second_mail": DUTY })).await;
    play.shared(1).await;
    let ladders = async |until: i64| store.lease("notice-ladder", until, until + 1, 100).await.unwrap();
    let far = i64::MAX / 2;
    for job in ladders(far).await {
        store.finish(&job).await.unwrap();
    }
    forewarn_server::workers::begin_ladders(&play.site.app).await.unwrap();
    let queued = ladders(far + 10).await;
    assert_eq!(queued.len(), 1);
    forewarn_server::workers::begin_ladders(&play.site.app).await.unwrap();
    let again = ladders(far + 20).await;
    assert_eq!(again.len(), 1, "done once");
    store.retry(&again[0], 0).await.unwrap();
    play.hours(24 * 4).await;
    assert_eq!(play.count(DUTY), 1, "overdue, the second contact is told");
}
