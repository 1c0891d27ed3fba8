//! Notices sealed to their recipient's keys: nothing of them leaves the service otherwise, and nobody else opens them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use axum::http::StatusCode;
use forewarn_core::access::Scope;
use forewarn_seal::{FileProblem, Identity, NoticeProblem, Signed, SigningKey, VerifyingKey, open_notice};
use forewarn_server::app::{IssueKind, ProvenText};
use forewarn_server::keys::MachineRandom;
use forewarn_testkit::{Answer, Ask, Player, Site, finding, inventory};
use serde_json::{Value, json};
use support::{SECRETS, World};

/// The log's key of the tests' site.
fn log_key() -> VerifyingKey {
    SigningKey::from_bytes(&[9; 32]).verifying_key()
}

fn fresh() -> Identity {
    Identity::draw(&mut MachineRandom::default())
}

async fn change(site: &Site, who: &Player, org: &str, act: &Value) -> Answer {
    let path = format!("/api/v1/organisations/{org}/keys");
    site.post(who, &path, &forewarn_testkit::key(&format!("{} {act}", who.principal)), act).await
}

async fn propose(site: &Site, who: &Player, key: &Identity, purpose: &str) -> String {
    let recipient = key.to_recipient().unwrap().to_string();
    let act = json!({ "act": "propose", "recipient": recipient, "purpose": purpose, "label": purpose });
    change(site, who, &who.org, &act).await.ok().field("id")
}

async fn standing(site: &Site, who: &Player, id: &str) -> String {
    let path = format!("/api/v1/organisations/{}/keys", who.org);
    let keys = site.get(who, &path).await.ok().json();
    let found = keys["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
    found["standing"].as_str().unwrap().to_owned()
}

async fn sealed(site: &Site, who: &Player, notice: &str) -> Answer {
    site.get(who, &format!("/api/v1/notices/{notice}/sealed")).await
}

fn opened(keys: &[&Identity], who: &Player, answer: &Answer) -> Result<Signed, NoticeProblem> {
    open_notice(keys, &log_key(), &who.org, &answer.body)
}

/// A world whose bank has a key.
async fn with_key() -> (World, Identity, String) {
    let world = World::new().await;
    let device = fresh();
    let id = propose(&world.site, &world.cast.bank, &device, "device").await;
    assert_eq!(standing(&world.site, &world.cast.bank, &id).await, "active");
    (world, device, id)
}

#[tokio::test]
async fn the_text_opens_with_the_recipients_keys_and_nothing_shows_it_otherwise() {
    let (world, device, _) = with_key().await;
    let World { site, cast, notice, .. } = &world;
    let bank = &cast.bank;
    let link = site.issue(&bank.org, &bank.principal, IssueKind::SignInLink, &[]).await.secret.unwrap();
    let session = site.app.sign_in(&link).await.unwrap().secret;
    let cookie = format!("forewarn_session={session}");
    for path in [
        format!("/api/v1/notices/{notice}"),
        "/api/v1/notices".into(),
        format!("/api/v1/notices/{notice}/sealed"),
        format!("/api/v1/notices/{notice}/priority"),
        "/api/v1/export/notices?format=json".into(),
        "/api/v1/export/notices?format=csv".into(),
        "/api/v1/figures".into(),
        format!("/api/v1/organisations/{}/keys", bank.org),
    ] {
        let answer = site.get(bank, &path).await;
        let (text, about) = (answer.text(), format!("{:?}", answer.headers));
        for secret in SECRETS {
            assert!(!text.contains(secret) && !about.contains(secret), "{path} says {secret}");
        }
    }
    for path in ["/notices".to_owned(), format!("/notices/{notice}"), "/keys".to_owned()] {
        let page = site.ask(Ask::get(&path).header("cookie", &cookie)).await.ok().text();
        SECRETS.iter().for_each(|secret| assert!(!page.contains(secret), "{path} says {secret}"));
        assert!(path == "/notices" || page.contains("key"), "{page}");
    }
    let shown = site.get(bank, &format!("/api/v1/notices/{notice}")).await.ok().json();
    assert_eq!(
        (&shown["closed"], &shown["content"], &shown["exposure"]),
        (&json!(true), &Value::Null, &json!([]))
    );

    let file = sealed(site, bank, notice).await.ok();
    assert_eq!(file.headers["content-type"], "application/age");
    let signed = opened(&[&device], bank, &file).unwrap();
    assert_eq!((signed.attested.notice.as_str(), signed.attested.revision), (notice.as_str(), 1));
    assert_eq!(signed.attested.recipient, bank.org);
    let ProvenText { text, evidence } = serde_json::from_slice(&signed.text).unwrap();
    assert_eq!(text.content.unwrap().mitigation.as_deref(), Some("A secret mitigation"));
    assert_eq!((text.exposure[0].asset.as_str(), text.affected.len()), ("ledger", 1));
    let kinds: Vec<&str> = evidence.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["wave-approved", "notice-queued"], "whom else the wave reaches is not given away");

    // The same bytes again, and none when they are known.
    let again = sealed(site, bank, notice).await.ok();
    assert_eq!((&again.body, &again.headers["etag"]), (&file.body, &file.headers["etag"]));
    let tag = file.headers["etag"].to_str().unwrap();
    let path = format!("/api/v1/notices/{notice}/sealed");
    let known = site.ask(Ask::get(&path).bearer(&bank.token).header("if-none-match", tag)).await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));

    // Nobody else: not with another key, not as another organisation, not changed, not from another clearinghouse.
    assert_eq!(opened(&[&fresh()], bank, &file).unwrap_err(), NoticeProblem::File(FileProblem::NotOurs));
    assert_eq!(opened(&[&device], &cast.power, &file).unwrap_err(), NoticeProblem::Recipient);
    let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
    assert_eq!(open_notice(&[&device], &other, &bank.org, &file.body).unwrap_err(), NoticeProblem::Signature);
    for at in [file.body.len() - 1, file.body.len() / 2, 60] {
        let mut changed = file.clone();
        changed.body[at] ^= 1;
        assert!(opened(&[&device], bank, &changed).is_err(), "changed at {at}");
    }
    for who in [&cast.power, &cast.relay, &cast.ada, &cast.finder] {
        assert!(!sealed(site, who, notice).await.status.is_success());
    }
    // Answers work as before.
    let acts = format!("/api/v1/notices/{notice}/acts");
    site.post(bank, &acts, "ack", &json!({ "act": "acknowledge" })).await.ok();
}

#[tokio::test]
async fn without_a_key_everything_is_as_it_was() {
    let World { site, cast, notice, .. } = World::new().await;
    let shown = site.get(&cast.bank, &format!("/api/v1/notices/{notice}")).await.ok().json();
    assert_eq!(shown["content"]["mitigation"], "A secret mitigation");
    assert_eq!((shown.get("sealed"), shown.get("closed")), (None, None));
    assert_eq!(sealed(&site, &cast.bank, &notice).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_key_needs_a_second_person_and_old_notices_are_sealed_again_on_request() {
    let (world, device, first) = with_key().await;
    let World { site, cast, notice, .. } = &world;
    let (bank, fetch) = (&cast.bank, || sealed(site, &cast.bank, notice));
    let before = fetch().await.ok();
    let newer = fresh();
    let id = propose(site, bank, &newer, "device").await;
    assert_eq!(standing(site, bank, &id).await, "proposed");
    let approve = json!({ "act": "approve", "id": id });
    assert_eq!(change(site, bank, &bank.org, &approve).await.status, StatusCode::CONFLICT);
    // A machine of the bank proposes and does not approve.
    let narrow = site.token(&bank.org, &bank.principal, &[Scope::Notices]).await;
    let machine = Player { token: narrow, ..bank.clone() };
    assert_eq!(change(site, &machine, &bank.org, &approve).await.status, StatusCode::NOT_FOUND);
    assert_eq!(change(site, &cast.power, &bank.org, &approve).await.status, StatusCode::NOT_FOUND);
    change(site, &cast.ada, &bank.org, &approve).await.ok();
    assert_eq!(standing(site, bank, &id).await, "active");

    assert_eq!(fetch().await.ok().body, before.body, "nobody asked for it");
    let path = format!("/api/v1/notices/{notice}/sealed");
    let again = site.post(bank, &path, "again", &json!({})).await.ok().json();
    assert_eq!(again["revision"], 2);
    let file = fetch().await.ok();
    for key in [&device, &newer] {
        assert_eq!(opened(&[key], bank, &file).unwrap().attested.revision, 2);
    }
    let timeline = site.get(&cast.ada, &format!("/api/v1/cases/{}/evidence", world.case)).await.ok().json();
    let sealings = timeline["events"].as_array().unwrap().iter().filter(|one| one["kind"] == "notice-sealed");
    assert_eq!(sealings.count(), 2, "each sealing is in the log");

    // A key that is gone opens nothing that is answered from now on, old or new.
    change(site, bank, &bank.org, &json!({ "act": "remove", "id": first })).await.ok();
    let file = fetch().await.ok();
    assert_eq!(opened(&[&device], bank, &file).unwrap_err(), NoticeProblem::File(FileProblem::NotOurs));
    assert_eq!(opened(&[&newer], bank, &file).unwrap().attested.revision, 3);
    let case = site.case(cast, &finding(21, "oldlib")).await;
    site.share(cast, &case, "detail").await;
    let inbox = site.inbox(bank).await;
    let newest = inbox[0]["id"].as_str().unwrap();
    let file = sealed(site, bank, newest).await.ok();
    assert!(opened(&[&device], bank, &file).is_err() && opened(&[&newer], bank, &file).is_ok());
}

#[tokio::test]
async fn the_second_person_approves_on_the_page() {
    let (world, _, _) = with_key().await;
    let World { site, cast, .. } = &world;
    let bank = &cast.bank;
    let id = propose(site, bank, &fresh(), "recovery").await;
    let path = format!("/api/v1/organisations/{}/principals", bank.org);
    let add = json!({ "name": "Second", "person": true });
    let second = site.post(&cast.ada, &path, "second", &add).await.ok().field("id");
    // Now that there are two, no coordinator stands in.
    let approve = json!({ "act": "approve", "id": id });
    assert_eq!(change(site, &cast.ada, &bank.org, &approve).await.status, StatusCode::FORBIDDEN);
    let link = site.issue(&bank.org, &second, IssueKind::SignInLink, &[]).await.secret.unwrap();
    let cookie = format!("forewarn_session={}", site.app.sign_in(&link).await.unwrap().secret);
    let page = site.ask(Ask::get("/keys").header("cookie", &cookie)).await.ok().text();
    let spaced: Vec<&str> = (0..id.len() / 4).map(|at| &id[4 * at..4 * at + 4]).collect();
    assert!(page.contains(&spaced.join(" ")) && page.contains("approved by 1 of 2"), "{page}");
    let form = format!("key=k&act=approve&id={id}").into_bytes();
    let ask = Ask::send("/keys", "", form).header("cookie", &cookie);
    let ask = ask.header("origin", "http://x").header("host", "x");
    assert_eq!(site.ask(ask).await.status, StatusCode::SEE_OTHER);
    assert_eq!(standing(site, bank, &id).await, "active");
}

#[tokio::test]
async fn a_relay_reads_with_its_own_key_at_its_level_or_not_at_all() {
    let (world, _, _) = with_key().await;
    let World { site, cast, notice, .. } = &world;
    let (bank, relay) = (&cast.bank, &cast.relay);
    let path = format!("/api/v1/organisations/{}/delegates", bank.org);
    let name = json!({ "act": "name", "relay": relay.org, "level": "existence" });
    site.post(bank, &path, "relay", &name).await.ok();
    let shown = site.get(relay, &format!("/api/v1/notices/{notice}")).await.ok().json();
    assert_eq!((&shown["closed"], &shown["exposure"]), (&json!(true), &json!([])));
    assert_eq!(sealed(site, relay, notice).await.status, StatusCode::NOT_FOUND);
    let key = fresh();
    propose(site, relay, &key, "device").await;
    let file = sealed(site, relay, notice).await.ok();
    let signed = opened(&[&key], relay, &file).unwrap();
    let ProvenText { text, .. } = serde_json::from_slice(&signed.text).unwrap();
    assert_eq!((text.content.unwrap().mitigation, text.affected.len()), (None, 0), "no more than its level");
}

#[tokio::test]
async fn an_agent_joins_once_with_its_code() {
    let World { site, cast, .. } = World::new().await;
    let bank = &cast.bank;
    site.push(bank, "another", &inventory(&[("thing", "1")])).await.ok();
    let add = json!({ "name": "Agent", "person": false });
    let path = format!("/api/v1/organisations/{}/principals", bank.org);
    let service = site.post(&cast.ada, &path, "agent", &add).await.ok().field("id");
    let code = site.issue(&bank.org, &service, IssueKind::AgentCode, &[]).await.secret.unwrap();
    // A code is no token.
    assert_eq!(site.ask(Ask::get("/api/v1/me").bearer(&code)).await.status, StatusCode::UNAUTHORIZED);
    let (device, paper) = (fresh().to_recipient().unwrap(), fresh().to_recipient().unwrap());
    let key =
        |text: String, purpose: &str| json!({ "recipient": text, "purpose": purpose, "label": purpose });
    let enrol = json!({ "code": code, "keys": [key(device.to_string(), "device"), key(paper.to_string(), "recovery")] });
    let bad = json!({ "code": code, "keys": [key("age1pq1x".into(), "device")] });
    let refused = site.ask(Ask::post("/api/v1/agents", "bad", &bad)).await;
    assert_eq!(
        (refused.status, refused.json()["place"].clone()),
        (StatusCode::UNPROCESSABLE_ENTITY, json!("/keys/0/recipient"))
    );
    let joined = site.ask(Ask::post("/api/v1/agents", "join", &enrol)).await.ok().json();
    assert!(joined["keys"].as_array().unwrap().iter().all(|key| key["standing"] == "active"), "{joined}");
    let token = joined["token"].as_str().unwrap();
    let me = site.ask(Ask::get("/api/v1/me").bearer(token)).await.ok().json();
    assert_eq!((&me["org"], &me["person"]), (&json!(bank.org), &json!(false)));
    assert_eq!(me["scopes"].as_array().unwrap().len(), 2);
    // The same request has its answer without the secret; another one finds the code used.
    let again = site.ask(Ask::post("/api/v1/agents", "join", &enrol)).await.ok().json();
    assert_eq!((&again["token"], &again["org"]), (&Value::Null, &json!(bank.org)));
    let spent = site.ask(Ask::post("/api/v1/agents", "another", &enrol)).await;
    assert_eq!(
        (spent.status, spent.json()["place"].clone()),
        (StatusCode::UNPROCESSABLE_ENTITY, json!("/code"))
    );
    let unknown = json!({ "code": "fwcode_nothing", "keys": enrol["keys"] });
    let unknown = site.ask(Ask::post("/api/v1/agents", "unknown", &unknown)).await.json();
    assert_eq!((&unknown["place"], &unknown["detail"]), (&json!("/code"), &spent.json()["detail"]));
}
