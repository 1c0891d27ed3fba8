//! The steps of a case, through the API.

use serde_json::{Value, json};

use crate::{Answer, Ask, Cast, Player, Site, key};

/// A finding on a PyPI package below 2.0; `number` makes its place in the code, so another number is another root cause.
pub fn finding(number: u32, package: &str) -> Value {
    json!({
        "forewarn": "finding/1",
        "id": format!("F-{number}"),
        "title": format!("Finding {number} in {package}"),
        "description": "A secret description",
        "affected": [{ "purl": format!("pkg:pypi/{package}"), "ranges": ["<2.0"] }],
        "weaknesses": ["CWE-787"],
        "location": { "file": "src/lib.c", "function": format!("function_{number}") },
        "provenance": { "model": "sample", "human_checked": false },
    })
}

/// A CycloneDX inventory of PyPI packages at versions.
pub fn inventory(packages: &[(&str, &str)]) -> Value {
    let components: Vec<Value> = packages
        .iter()
        .map(|(name, version)| {
            json!({ "type": "library", "name": name, "version": version,
                "purl": format!("pkg:pypi/{name}@{version}") })
        })
        .collect();
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": components })
}

/// A finding on a vendor's product below a version.
pub fn product_finding(number: u32, vendor: &str, product: &str, below: &str) -> Value {
    let mut document = finding(number, product);
    document["affected"] = json!([{ "vendor": vendor, "product": product, "ranges": [format!("<{below}")] }]);
    document
}

/// A CycloneDX inventory of vendors' products: vendor, product, version.
pub fn products(products: &[(&str, &str, &str)]) -> Value {
    let components: Vec<Value> = products
        .iter()
        .map(|(vendor, name, version)| {
            json!({ "type": "firmware", "name": name, "version": version, "supplier": { "name": vendor } })
        })
        .collect();
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": components })
}

impl Site {
    /// Reads as somebody.
    pub async fn get(&self, who: &Player, path: &str) -> Answer {
        self.ask(Ask::get(path).bearer(&who.token)).await
    }

    /// Posts as somebody.
    pub async fn post(&self, who: &Player, path: &str, key: &str, body: &impl serde::Serialize) -> Answer {
        self.ask(Ask::post(path, key, body).bearer(&who.token)).await
    }

    /// Pushes an inventory.
    pub async fn push(&self, who: &Player, asset: &str, document: &Value) -> Answer {
        let path = format!("/api/v1/inventories?asset={asset}");
        self.post(who, &path, &key(&format!("push {asset} {document}")), document).await
    }

    /// Submits one finding and gives its id.
    pub async fn submit(&self, who: &Player, finding: &Value) -> String {
        let ask = Ask::send(
            "/api/v1/findings:batch",
            &key(&format!("submit {finding}")),
            finding.to_string().into_bytes(),
        );
        let answer = self.ask(ask.bearer(&who.token)).await.ok();
        answer.json()["results"][0]["finding"]
            .as_str()
            .unwrap_or_else(|| panic!("{}", answer.text()))
            .to_owned()
    }

    /// Acts on a case.
    pub async fn act(&self, who: &Player, case: &str, act: &Value) -> Answer {
        let key = key(&format!("act {case} {act}"));
        self.post(who, &format!("/api/v1/cases/{case}/acts"), &key, act).await
    }

    /// Judges every match that is suggested for a case, each under its own key.
    pub async fn judge(&self, who: &Player, case: &str, same: bool, key: &str) -> Vec<Answer> {
        let path = format!("/api/v1/cases/{case}");
        let exposure = self.get(who, &format!("{path}/exposure")).await.json();
        let verdict = if same { "same" } else { "different" };
        let mut answers = Vec::new();
        for one in exposure["suggested"].as_array().into_iter().flatten() {
            let act = json!({ "act": "judge-match", "match": one["id"], "verdict": verdict, "reason": "r" });
            answers
                .push(self.post(who, &format!("{path}/acts"), &format!("{key} {}", one["id"]), &act).await);
        }
        answers
    }

    /// A validated case with a consenting vendor and a draft, ready to be shared.
    pub async fn case(&self, cast: &Cast, finding: &Value) -> String {
        let id = self.submit(&cast.finder, finding).await;
        let opened = self
            .post(&cast.ada, "/api/v1/cases", &key(&format!("open {id}")), &json!({ "finding": id }))
            .await;
        let case = opened.ok().field("case");
        let release_at = self.clock_now().checked_add(jiff::SignedDuration::from_hours(24 * 30)).unwrap();
        let validate =
            json!({ "act": "validate", "verdict": "confirmed", "method": "ran it", "evidence": "a trace" });
        self.act(&cast.ada, &case, &validate).await.ok();
        let terms =
            json!({ "act": "set-terms", "release_at": release_at, "zone": "UTC", "tlp": "AMBER+STRICT" });
        self.act(&cast.ada, &case, &terms).await.ok();
        self.act(&cast.ada, &case, &json!({ "act": "invite-vendor", "vendor": cast.vendor.org })).await.ok();
        self.act(&cast.vendor, &case, &json!({ "act": "answer-terms", "accept": true })).await.ok();
        let text = json!({ "title": "A secret title", "mitigation": "A secret mitigation", "detail": "A secret detail",
            "proof_of_concept": "A secret proof" });
        self.act(&cast.ada, &case, &json!({ "act": "draft", "text": text })).await.ok();
        case
    }

    /// Shares a case at a level with everybody who is exposed, and delivers the notices.
    pub async fn share(&self, cast: &Cast, case: &str, level: &str) -> Answer {
        let proposed =
            self.act(&cast.ada, case, &json!({ "act": "propose-wave", "level": level })).await.ok();
        let approve = json!({ "act": "approve-wave", "wave": proposed.field("wave") });
        let sent = self.act(&cast.ben, case, &approve).await.ok();
        self.work().await;
        sent
    }

    /// Releases a case early.
    pub async fn release(&self, cast: &Cast, case: &str) -> Answer {
        self.act(&cast.ada, case, &json!({ "act": "propose-release", "reason": "fix-public" })).await.ok();
        self.act(&cast.ben, case, &json!({ "act": "approve-release" })).await.ok()
    }

    /// Notices of somebody.
    pub async fn inbox(&self, who: &Player) -> Vec<Value> {
        let answer = self.get(who, "/api/v1/notices").await.ok();
        answer.json()["items"].as_array().cloned().unwrap_or_default()
    }

    /// What time it is.
    pub fn clock_now(&self) -> jiff::Timestamp {
        use forewarn_server::ambient::Ambient;
        self.clock.now()
    }
}
