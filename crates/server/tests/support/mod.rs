//! A clearinghouse with one case shared with the bank and another one released, and how its routes are asked.
#![allow(dead_code, reason = "each test uses some of it")]

pub mod log;

use axum::http::Method;
use forewarn_core::access::Scope;
use forewarn_server::app::IssueKind;
use forewarn_testkit::{Ask, Cast, Site, finding, inventory};
use serde_json::{Value, json};

/// Words of the shared case that nobody but its parties may read.
pub const SECRETS: &[&str] = &["Finding 1 in", "A secret", "samplelib", "function_1"];

/// The world.
pub struct World {
    /// The service.
    pub site: Site,
    /// Who is in it.
    pub cast: Cast,
    /// The shared case.
    pub case: String,
    /// The bank's notice of it.
    pub notice: String,
    /// A finding that waits for triage.
    pub waiting: String,
    /// A file of it.
    pub attachment: String,
    /// A credential of the bank's.
    pub credential: String,
    /// The path of the released case's CSAF document.
    pub csaf: String,
    /// The number of the released case.
    pub number: String,
    /// A token of the first coordinator's that reads metrics and nothing else.
    pub narrow: String,
}

impl World {
    /// Sets it up.
    pub async fn new() -> Self {
        let site = Site::new().await;
        let cast = Cast::enrol(&site).await;
        site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4"), ("oldlib", "1.0")])).await.ok();
        site.push(&cast.power, "grid", &inventory(&[("elsewhere", "1.4")])).await.ok();
        let released = site.case(&cast, &finding(9, "oldlib")).await;
        let text = json!({ "title": "A public title", "mitigation": "A public mitigation", "detail": "A public detail" });
        site.act(&cast.ada, &released, &json!({ "act": "draft", "text": text })).await.ok();
        site.release(&cast, &released).await.ok();
        let listed = site.ask(Ask::get("/api/v1/advisories")).await.ok().json();
        let case = site.case(&cast, &finding(1, "samplelib")).await;
        site.share(&cast, &case, "mitigation").await.ok();
        let notice = site.inbox(&cast.bank).await[0]["id"].as_str().unwrap().to_owned();
        let waiting = site.submit(&cast.finder, &finding(5, "waitinglib")).await;
        let add = format!("/api/v1/findings/{waiting}/attachments?kind=reproducer");
        let ask =
            Ask::send(&add, "attach", b"A secret reproducer".to_vec()).header("content-type", "text/plain");
        let attachment = site.ask(ask.bearer(&cast.finder.token)).await.ok().field("id");
        let issued =
            site.issue(&cast.bank.org, &cast.bank.principal, IssueKind::Token, &[Scope::Notices]).await;
        let narrow = site.token(&cast.ada.org, &cast.ada.principal, &[Scope::Metrics]).await;
        // All of it is in an entry of the public log.
        site.wait(jiff::SignedDuration::from_mins(10));
        site.app.close_entries().await.unwrap();
        let text = |name: &str| listed["items"][0][name].as_str().unwrap().to_owned();
        Self {
            case,
            notice,
            waiting,
            attachment,
            credential: issued.id,
            csaf: text("csaf"),
            number: text("number"),
            narrow,
            cast,
            site,
        }
    }

    /// A request of a route as somebody who knows every id would send it.
    pub fn request(&self, method: &Method, route: &str) -> Ask {
        let mut path = self.path(route);
        if method == Method::GET {
            return Ask::get(&path);
        }
        match route {
            "/api/v1/inventories" => path.push_str("?asset=other"),
            "/api/v1/findings/{id}/attachments" => path.push_str("?kind=trace"),
            _ => {}
        }
        match self.form(route) {
            Some(form) => {
                Ask::send(&path, "a key", form.into_bytes()).header("origin", "http://x").header("host", "x")
            }
            None => Ask::post(&path, "a key", &self.body(route)).header("content-type", "application/json"),
        }
    }

    /// A route with its parameters filled in.
    pub fn path(&self, route: &str) -> String {
        let id = match route.trim_start_matches("/api/v1").split('/').nth(1) {
            Some("organisations") => &self.cast.bank.org,
            Some("credentials") => &self.credential,
            Some("findings") => &self.waiting,
            Some("cases" | "validations" | "checks") => &self.case,
            Some("finders") => &self.cast.finder.org,
            Some("vendors") => &self.cast.vendor.org,
            _ => &self.notice,
        };
        let (year, file) = self.csaf.rsplit_once('/').unwrap();
        let year = year.rsplit_once('/').unwrap().1;
        route
            .replace("{id}", id)
            .replace("{attachment}", &self.attachment)
            .replace("{number}", &self.number)
            .replace("{year}", year)
            .replace("{file}", file)
            .replace("{*path}", "0/000.p/1")
            .replace("{kind}", "kev")
    }

    fn form(&self, route: &str) -> Option<String> {
        match route {
            "/sign-in" => Some("link=fwlink_unknown".into()),
            "/sign-out" => Some(String::new()),
            "/notices/{id}" => Some("key=k&act=acknowledge".into()),
            "/cases/{id}" => Some("key=k&act=dispute&reason=r".into()),
            "/tasks/{id}" => Some("key=k&act=settle&alarm=unanswered&words=w".into()),
            "/reading-alarms/{id}" => Some("key=k&words=w".into()),
            "/keys" => Some("key=k&act=approve&id=0".into()),
            "/checks" => Some("key=k".into()),
            "/checks/{id}" => Some("key=k&act=give-back".into()),
            "/findings" => Some(format!("key=k&finding={}", self.waiting)),
            _ => None,
        }
    }

    fn body(&self, route: &str) -> Value {
        match route {
            "/api/v1/organisations" => json!({ "name": "New", "roles": ["finder"] }),
            "/api/v1/organisations/{id}/principals" => json!({ "name": "New", "person": true }),
            "/api/v1/credentials" => {
                let ada = &self.cast.ada;
                json!({ "org": ada.org, "principal": ada.principal, "kind": "token", "scopes": ["notices"] })
            }
            "/api/v1/inventories" => inventory(&[("another", "1.0")]),
            "/api/v1/findings:batch" => finding(77, "another"),
            "/api/v1/findings/{id}/acts" => json!({ "act": "decline", "reason": "r" }),
            "/api/v1/cases" => json!({ "finding": self.waiting }),
            "/api/v1/cases/{id}/acts" => {
                json!({ "act": "draft", "text": { "title": "T", "mitigation": "m", "detail": "d" } })
            }
            "/api/v1/cases/{id}/statements" => {
                json!({ "of": { "act": "propose-release", "reason": "scheduled" }, "at": "2026-07-01T08:00:00Z" })
            }
            "/api/v1/notices/{id}/acts" => json!({ "act": "acknowledge" }),
            "/api/v1/organisations/{id}/keys" => json!({ "act": "approve", "id": "0" }),
            "/api/v1/agents" => {
                json!({ "code": "fwcode_unknown", "keys": [{ "recipient": "x", "purpose": "device", "label": "l" }] })
            }
            "/api/v1/cases/{id}/priority" => {
                json!({ "question": "exploitation", "answer": "active", "reason": "r" })
            }
            "/api/v1/catalogues/{kind}" => kev(&[]),
            "/api/v1/pace" => json!({ "per_week": 3 }),
            "/api/v1/organisations/{id}/contacts" => json!({ "mail": "desk@bank.example" }),
            "/api/v1/organisations/{id}/delegates" => {
                json!({ "act": "name", "relay": self.cast.relay.org, "level": "existence" })
            }
            "/api/v1/tasks/{id}/acts" => json!({ "act": "settle", "alarm": "unanswered", "words": "w" }),
            "/api/v1/reading-alarms/{id}/settlement" => json!({ "words": "w" }),
            _ => json!({}),
        }
    }
}

/// A KEV catalogue that lists these ids, in the form that CISA publishes.
pub fn kev(listed: &[&str]) -> Value {
    let entry = |id: &&str| {
        json!({ "cveID": id, "vendorProject": "Sample", "product": "Sample", "vulnerabilityName": "Sample",
            "dateAdded": "2026-06-30", "shortDescription": "", "requiredAction": "", "dueDate": "2026-07-21",
            "knownRansomwareCampaignUse": "Unknown", "notes": "", "cwes": [] })
    };
    json!({ "title": "Sample", "catalogVersion": "2026.07.01", "dateReleased": "2026-07-01T00:00:00Z",
        "count": listed.len(), "vulnerabilities": listed.iter().map(entry).collect::<Vec<_>>() })
}
