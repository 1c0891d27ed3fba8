//! Approvals that carry a signature: with the approver's own key, over what is approved, once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::http::StatusCode;
use forewarn_core::approval::{Statement, sign};
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_server::app::SetApprovalKey;
use forewarn_testkit::{Answer, Cast, Player, Site, finding, inventory, own};
use jiff::SignedDuration;
use serde_json::{Value, json};

const ADA: [u8; 32] = [1; 32];
const BEN: [u8; 32] = [2; 32];

async fn register(site: &Site, who: &Player, seed: &[u8; 32]) {
    let set = SetApprovalKey {
        org: who.org.clone(),
        principal: who.principal.clone(),
        key: Some(sign(seed, "").0),
    };
    own::<Value>(site, &format!("key {}", who.principal), &set).await;
}

/// A site whose policy wants signatures, with keys of both coordinators and a case that is ready to be shared.
async fn site() -> (Site, Cast, String) {
    let wanted =
        DEFAULT_PROFILE.replace("require_signed_approvals = false", "require_signed_approvals = true");
    assert_ne!(wanted, DEFAULT_PROFILE);
    let site = Site::under(&wanted).await;
    let cast = Cast::enrol(&site).await;
    register(&site, &cast.ada, &ADA).await;
    register(&site, &cast.ben, &BEN).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    (site, cast, case)
}

async fn statement(site: &Site, who: &Player, case: &str, of: &Value) -> Statement {
    let ask = json!({ "of": of, "at": site.clock_now() });
    let key = forewarn_testkit::key(&format!("statement {} {of}", who.principal));
    let answer = site.post(who, &format!("/api/v1/cases/{case}/statements"), &key, &ask).await.ok();
    serde_json::from_slice(&answer.body).unwrap()
}

fn with(of: &Value, statement: &Statement, seed: &[u8; 32]) -> Value {
    let (key, signature) = sign(seed, &statement.text());
    json!({ "act": "signed", "of": of, "signed": { "at": statement.at, "key": key, "signature": signature } })
}

async fn signed(site: &Site, who: &Player, case: &str, of: &Value, seed: &[u8; 32]) -> Answer {
    let statement = statement(site, who, case, of).await;
    site.act(who, case, &with(of, &statement, seed)).await
}

fn refused(answer: &Answer, words: &str) {
    assert!(answer.status.is_client_error(), "{}", answer.text());
    assert!(answer.text().contains(words), "{}", answer.text());
}

#[tokio::test]
async fn two_signed_approvals_share_and_two_release_and_the_evidence_holds_them() {
    let (site, cast, case) = site().await;
    let propose = json!({ "act": "propose-wave", "level": "mitigation" });
    refused(&site.act(&cast.ada, &case, &propose).await, "the policy wants approvals signed");
    let wave = signed(&site, &cast.ada, &case, &propose, &ADA).await.ok().field("wave");
    let approve = json!({ "act": "approve-wave", "wave": wave });
    refused(&site.act(&cast.ben, &case, &approve).await, "the policy wants approvals signed");
    assert_eq!(signed(&site, &cast.ben, &case, &approve, &BEN).await.ok().json()["notified"], 1);
    let release = json!({ "act": "propose-release", "reason": "fix-public" });
    signed(&site, &cast.ada, &case, &release, &ADA).await.ok();
    signed(&site, &cast.ben, &case, &json!({ "act": "approve-release" }), &BEN).await.ok();
    let evidence = site.get(&cast.ada, &format!("/api/v1/cases/{case}/evidence")).await.ok().json();
    let events = evidence["events"].as_array().unwrap();
    let kinds: Vec<&str> = events
        .iter()
        .filter(|event| event["stream"].as_str().unwrap().starts_with("case/"))
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    for act in ["wave-proposed", "wave-approved", "release-proposed", "release-approved"] {
        let at = kinds.iter().position(|kind| *kind == act).unwrap();
        assert_eq!(kinds[at - 1], "approval-signed", "{act}");
    }
}

#[tokio::test]
async fn a_signature_counts_only_by_the_own_key_over_this_act_now_and_once() {
    let (site, cast, case) = site().await;
    let acts = format!("/api/v1/cases/{case}/acts");
    let propose = json!({ "act": "propose-wave", "level": "mitigation" });
    let said = statement(&site, &cast.ada, &case, &propose).await;
    let other_key = with(&propose, &said, &BEN);
    refused(
        &site.act(&cast.ada, &case, &other_key).await,
        "signed with another key than your registered one",
    );
    // What was signed is the mitigation; a higher level is something else, and so is another audience.
    for other in [
        json!({ "act": "propose-wave", "level": "detail" }),
        json!({ "act": "propose-wave", "level": "mitigation", "sectors": ["energy"] }),
        json!({ "act": "propose-wave", "level": "mitigation", "after_fix": true }),
    ] {
        let answer = site.act(&cast.ada, &case, &with(&other, &said, &ADA)).await;
        refused(&answer, "not over what would be approved");
    }
    let good = with(&propose, &said, &ADA);
    site.post(&cast.ada, &acts, "once", &good).await.ok();
    refused(&site.post(&cast.ada, &acts, "twice", &good).await, "this signature was used before");
    // Of an earlier draft.
    site.wait(SignedDuration::from_secs(1));
    let said = statement(&site, &cast.ada, &case, &propose).await;
    let text = json!({ "title": "T", "mitigation": "m", "detail": "another" });
    site.act(&cast.ada, &case, &json!({ "act": "draft", "text": text })).await.ok();
    refused(
        &site.act(&cast.ada, &case, &with(&propose, &said, &ADA)).await,
        "not over what would be approved",
    );
    // Too old.
    let said = statement(&site, &cast.ada, &case, &propose).await;
    site.wait(SignedDuration::from_mins(11));
    refused(&site.act(&cast.ada, &case, &with(&propose, &said, &ADA)).await, "within the last 10 minutes");
    // Other acts are not signed, an act is signed once, and nobody without a key signs.
    let close = json!({ "act": "withdraw", "reason": "r" });
    refused(&site.act(&cast.ada, &case, &with(&close, &said, &ADA)).await, "only proposals and approvals");
    let nested = with(&with(&propose, &said, &ADA), &said, &ADA);
    assert_eq!(site.act(&cast.ada, &case, &nested).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let none = SetApprovalKey { org: cast.ada.org.clone(), principal: cast.ada.principal.clone(), key: None };
    own::<Value>(&site, "no key", &none).await;
    refused(&signed(&site, &cast.ada, &case, &propose, &ADA).await, "no approval key of yours is registered");
}

#[tokio::test]
async fn where_the_policy_wants_none_a_signature_is_checked_all_the_same() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    register(&site, &cast.ada, &ADA).await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let propose = json!({ "act": "propose-wave", "level": "mitigation" });
    refused(&signed(&site, &cast.ada, &case, &propose, &BEN).await, "another key than your registered one");
    signed(&site, &cast.ada, &case, &propose, &ADA).await.ok();
    // Nobody but the coordinators of the case is told what there would be to sign.
    let path = format!("/api/v1/cases/{case}/statements");
    let ask = json!({ "of": propose, "at": site.clock_now() });
    assert_eq!(site.post(&cast.vendor, &path, "v", &ask).await.status, StatusCode::FORBIDDEN);
}
