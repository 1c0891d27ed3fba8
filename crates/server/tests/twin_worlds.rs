//! Two worlds with the same history for somebody, but for what that somebody may not see: every answer is the same,
//! byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use axum::http::Method;
use forewarn_core::access::{Act, filter};
use forewarn_core::notice::Outcome;
use forewarn_server::http::{Class, ROUTES};
use forewarn_server::outgoing::mail::Mail;
use forewarn_server::outgoing::webhook::Request;
use forewarn_testkit::{Answer, Ask, Cast, Player, Site, finding, inventory, product_finding, products};
use forewarn_tlog::{Entry, read_bundle};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    /// The watchers' own act, in both worlds: an inventory with these packages.
    Push { who: usize, asset: u8, packages: Vec<u8> },
    /// Time passes in both worlds.
    Wait(u8),
    /// What only one world has.
    Hidden(Hidden),
}

/// What happens behind the embargo.
#[derive(Clone, Debug)]
enum Hidden {
    Finding(u8),
    Case(u8),
    Share {
        level: usize,
        narrow: bool,
    },
    Answers {
        who: bool,
        accept: bool,
    },
    Fix,
    Withdraw,
    OtherInventory(u8),
    ProductCase,
    Judge {
        same: bool,
    },
    /// A file of the last finding, which then is given to the vendor.
    Attachment {
        give: bool,
    },
    Catalogue(bool),
    Exploited,
    Claim,
    Pace,
    Message {
        vendor: bool,
    },
    Vendor(u8),
    /// The bank or the hospital has keys from now on, and reads its notices sealed to them.
    Keys(bool),
}

const PACKAGES: [&str; 4] = ["samplelib", "oldlib", "otherlib", "gridlib"];
const LEVELS: [&str; 3] = ["existence", "mitigation", "detail"];

fn step() -> impl Strategy<Value = Step> {
    let push = (0..2_usize, 0..3_u8, proptest::collection::vec(0..2_u8, 0..4));
    let hidden = prop_oneof![
        3 => (0..4_u8).prop_map(Hidden::Finding),
        4 => (0..4_u8).prop_map(Hidden::Case),
        6 => (0..3_usize, any::<bool>()).prop_map(|(level, narrow)| Hidden::Share { level, narrow }),
        4 => (any::<bool>(), any::<bool>()).prop_map(|(who, accept)| Hidden::Answers { who, accept }),
        1 => Just(Hidden::Fix),
        1 => Just(Hidden::Withdraw),
        1 => (0..4_u8).prop_map(Hidden::OtherInventory),
        2 => Just(Hidden::ProductCase),
        3 => any::<bool>().prop_map(|same| Hidden::Judge { same }),
        2 => any::<bool>().prop_map(|give| Hidden::Attachment { give }),
        1 => any::<bool>().prop_map(Hidden::Catalogue),
        1 => Just(Hidden::Exploited),
        1 => Just(Hidden::Claim),
        1 => Just(Hidden::Pace),
        2 => any::<bool>().prop_map(|vendor| Hidden::Message { vendor }),
        2 => (0..3_u8).prop_map(Hidden::Vendor),
        2 => any::<bool>().prop_map(Hidden::Keys),
    ];
    prop_oneof![
        2 => push.prop_map(|(who, asset, packages)| Step::Push { who, asset, packages }),
        1 => (1..100_u8).prop_map(Step::Wait),
        7 => hidden.prop_map(Step::Hidden),
    ]
}

/// A world, and what its hidden part has made so far.
struct Side {
    site: Site,
    cast: Cast,
    cases: Vec<String>,
    findings: Vec<String>,
    submitted: Option<String>,
    keys: u32,
}

impl Side {
    async fn new() -> Self {
        let site = Site::new().await;
        let cast = Cast::enrol(&site).await;
        site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4"), ("oldlib", "1.0")])).await.ok();
        site.push(&cast.hospital, "ward", &inventory(&[("samplelib", "1.0"), ("gridlib", "1.1")])).await.ok();
        // Under another name than the one that a case will have, at a watcher too.
        let devices = products(&[("Siemens AG", "SIMATIC S7-1500", "2.8")]);
        site.push(&cast.bank, "plant", &devices).await.ok();
        site.push(&cast.power, "plant", &devices).await.ok();
        // Everybody is told on every way there is; not everything gets through.
        for (name, player) in [
            ("bank", &cast.bank),
            ("hospital", &cast.hospital),
            ("power", &cast.power),
            ("relay", &cast.relay),
        ] {
            contacts(&site, player, name).await;
        }
        // A watcher with keys, and one without.
        keys(&site, &cast.relay, 1).await.ok();
        site.wire.answer("desk@hospital.example", Outcome::Refused, Some(550));
        site.wire.answer("https://hospital.example/hook", Outcome::Deferred, Some(503));
        Self { site, cast, cases: vec![], findings: vec![], submitted: None, keys: 0 }
    }

    /// Both of one sector, so that a wave to the bank's sector passes them by even if they run the same.
    fn watchers(&self) -> [&Player; 2] {
        [&self.cast.power, &self.cast.relay]
    }

    /// A hidden act, which may be refused: then nothing has happened.
    async fn hidden(&mut self, hidden: &Hidden) {
        self.keys += 1;
        let key = format!("hidden {}", self.keys);
        let (site, cast) = (&self.site, &self.cast);
        let last = self.cases.last().cloned().unwrap_or_default();
        let path = format!("/api/v1/cases/{last}/acts");
        match hidden {
            Hidden::Finding(package) => {
                let document = finding(self.keys, PACKAGES[usize::from(*package)]);
                let id = site.submit(&cast.finder, &document).await;
                self.submitted = Some(id.clone());
                self.findings.push(id);
            }
            Hidden::Case(package) => {
                let document = finding(self.keys, PACKAGES[usize::from(*package)]);
                let case = site.case(cast, &document).await;
                self.cases.push(case);
            }
            Hidden::Share { level, narrow } => {
                // Where the watchers run it too, only the narrow wave leaves them out.
                let sectors: &[&str] =
                    if *narrow { &["financial-services"] } else { &["healthcare-and-public-health"] };
                let act = json!({ "act": "propose-wave", "level": LEVELS[*level], "sectors": sectors });
                let proposed = site.post(&cast.ada, &path, &key, &act).await;
                if let Some(wave) = proposed.json()["wave"].as_str() {
                    let approve = json!({ "act": "approve-wave", "wave": wave });
                    site.post(&cast.ben, &path, &format!("{key} ben"), &approve).await.ok();
                    site.work().await;
                }
            }
            Hidden::Answers { who, accept } => {
                let reader = if *who { &cast.bank } else { &cast.hospital };
                for notice in site.inbox(reader).await {
                    let notice = notice["id"].as_str().unwrap();
                    site.get(reader, &format!("/api/v1/notices/{notice}")).await.ok();
                    let acts = format!("/api/v1/notices/{notice}/acts");
                    let terms = json!({ "act": "answer-terms", "accept": accept });
                    site.post(reader, &acts, &format!("{key} {notice} a"), &terms).await;
                    site.post(reader, &acts, &format!("{key} {notice} b"), &json!({ "act": "acknowledge" }))
                        .await;
                }
            }
            Hidden::Fix => {
                site.post(&cast.vendor, &path, &key, &json!({ "act": "record-fix", "fixed_in": ["2.0"] }))
                    .await;
            }
            Hidden::Withdraw => {
                site.post(&cast.ada, &path, &key, &json!({ "act": "withdraw", "reason": "r" })).await;
            }
            Hidden::ProductCase => {
                let document = product_finding(self.keys, "Siemens", "SIMATIC S7-1500 CPU family", "2.9");
                let case = site.case(cast, &document).await;
                self.cases.push(case);
            }
            Hidden::Judge { same } => {
                site.judge(&cast.ada, &last, *same, &key).await;
                site.work().await;
            }
            Hidden::Attachment { give } => {
                let Some(finding) = self.submitted.clone() else { return };
                let add = format!("/api/v1/findings/{finding}/attachments?kind=trace");
                let ask =
                    Ask::send(&add, &key, key.clone().into_bytes()).header("content-type", "text/plain");
                let added = site.ask(ask.bearer(&cast.finder.token)).await.ok().field("id");
                if *give {
                    let act = json!({ "act": "give-proof", "vendor": cast.vendor.org });
                    let acts = format!("/api/v1/findings/{finding}/acts");
                    site.post(&cast.ada, &acts, &format!("{key} ada"), &act).await;
                    site.post(&cast.ben, &acts, &format!("{key} ben"), &act).await;
                }
                self.findings.push(added);
            }
            Hidden::Catalogue(listed) => {
                let ids: &[&str] = if *listed { &["CVE-2026-40002"] } else { &[] };
                site.post(&cast.ada, "/api/v1/catalogues/kev", &key, &support::kev(ids)).await;
                site.work().await;
            }
            Hidden::Exploited => {
                let answer = json!({ "question": "exploitation", "answer": "active", "reason": "a log" });
                site.post(&cast.ada, &format!("/api/v1/cases/{last}/priority"), &key, &answer).await;
                site.work().await;
            }
            Hidden::Claim => {
                site.post(&cast.lab, "/api/v1/validations:claim", &key, &json!({})).await;
            }
            Hidden::Pace => {
                site.post(&cast.vendor, "/api/v1/pace", &key, &json!({ "per_week": 100 })).await;
            }
            Hidden::Message { vendor } => {
                let party = if *vendor { &cast.vendor } else { &cast.finder };
                let thread = format!("/api/v1/cases/{last}/threads/{}", party.org);
                let asked = json!({ "text": format!("a question of {key}") });
                site.post(&cast.ada, &thread, &key, &asked).await;
                let own = format!("/api/v1/cases/{last}/threads/own");
                site.post(party, &own, &format!("{key} back"), &json!({ "text": "an answer" })).await;
                site.work().await;
            }
            Hidden::Vendor(what) => {
                let act = match what {
                    0 => json!({ "act": "show-vendor", "show": true }),
                    1 => json!({ "act": "state", "status": "affected", "statement": key }),
                    _ => {
                        json!({ "act": "promise-fix", "by": site.clock_now() + SignedDuration::from_hours(48) })
                    }
                };
                site.post(&cast.vendor, &path, &key, &act).await;
                site.work().await;
            }
            Hidden::Keys(who) => {
                let reader = if *who { &cast.bank } else { &cast.hospital };
                keys(site, reader, 2).await.ok();
                for notice in site.inbox(reader).await {
                    let notice = notice["id"].as_str().unwrap();
                    site.get(reader, &format!("/api/v1/notices/{notice}/sealed")).await.ok();
                }
            }
            Hidden::OtherInventory(package) => {
                let bom = inventory(&[(PACKAGES[usize::from(*package)], "1.9")]);
                site.push(&cast.hospital, "ward", &bom).await.ok();
                site.work().await;
            }
        }
    }

    /// What the watchers themselves do, with its answer.
    async fn push(&self, who: usize, asset: u8, packages: &[u8]) -> Answer {
        let named: Vec<_> = packages.iter().map(|p| (PACKAGES[usize::from(*p)], "1.4")).collect();
        let answer =
            self.site.push(self.watchers()[who], &format!("asset-{asset}"), &inventory(&named)).await;
        self.site.work().await;
        answer
    }
}

/// The same bytes again and again, so that two worlds have the same key.
struct Constant(u8);

impl forewarn_seal::Random for Constant {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

async fn keys(site: &Site, player: &Player, which: u8) -> Answer {
    let key = forewarn_seal::Identity::draw(&mut Constant(which)).to_recipient().unwrap();
    let act = json!({ "act": "propose", "recipient": key.to_string(), "purpose": "device", "label": "desk" });
    site.post(player, &format!("/api/v1/organisations/{}/keys", player.org), "keys", &act).await
}

async fn contacts(site: &Site, player: &Player, name: &str) {
    let contacts = json!({ "mail": format!("desk@{name}.example"), "second_mail": format!("duty@{name}.example"),
        "webhook": format!("https://{name}.example/hook"), "phones": ["+1 555 0100"] });
    let path = format!("/api/v1/organisations/{}/contacts", player.org);
    site.post(player, &path, &format!("contacts {name}"), &contacts).await.ok();
}

/// Bytes of everything that left for some names, without message ids and signatures, which follow from chance.
fn left(site: &Site, names: &[&str]) -> Vec<String> {
    let mail = |mail: Mail| {
        let text = String::from_utf8(mail.bytes).unwrap();
        let kept: Vec<_> = text.lines().filter(|line| !line.starts_with("Message-ID: ")).collect();
        format!("{} {} {}", mail.from, mail.to, kept.join("\n"))
    };
    let request = |request: Request| format!("{} {} {}", request.url, request.timestamp, request.body);
    let mut all: Vec<String> = site.wire.mails().into_iter().map(mail).collect();
    all.extend(site.wire.requests().into_iter().map(request));
    all.retain(|text| names.iter().any(|name| text.contains(&format!("{name}.example"))));
    all.sort();
    all
}

/// Ids and numbers of one world that are tried in both.
struct Guesses(Vec<String>);

impl Guesses {
    async fn of(side: &Side) -> Self {
        let mut ids = side.cases.clone();
        ids.extend(side.findings.clone());
        for reader in [&side.cast.bank, &side.cast.hospital] {
            for notice in side.site.inbox(reader).await {
                ids.push(notice["id"].as_str().unwrap().to_owned());
                ids.push(notice["number"].as_str().unwrap().to_owned());
            }
        }
        ids.push(side.cast.bank.org.clone());
        Self(ids)
    }

    fn paths(&self, route: &str) -> Vec<String> {
        if route == "/log/tile/{*path}" {
            let tiles = ["0/000.p/1", "entries/000.p/1", "0/000.p/3", "entries/000.p/3", "1/000.p/1"];
            return tiles.iter().map(|tile| route.replace("{*path}", tile)).collect();
        }
        if !route.contains('{') {
            return vec![route.to_owned(), format!("{route}?limit=1"), format!("{route}?state=queued")];
        }
        let fill = |id: &String| {
            let file = format!("{}.json", id.to_lowercase());
            route
                .replace("{id}", id)
                .replace("{number}", id)
                .replace("{attachment}", id)
                .replace("{year}", "2026")
                .replace("{file}", &file)
                .replace("{kind}", "kev")
                .replace("{party}", "own")
        };
        self.0.iter().map(fill).collect()
    }
}

/// The watcher may call a route when its class admits it; a route that never does answers 401 or 403 in any world.
async fn view(side: &Side, guesses: &Guesses, token: Option<&str>) -> Vec<(String, Answer)> {
    let mut seen = Vec::new();
    for (method, route, _) in ROUTES {
        for path in guesses.paths(route) {
            for accept in ["application/json", "text/html"] {
                let ask = match *method {
                    Method::GET => Ask::get(&path),
                    _ if *route == "/sign-out" => continue,
                    _ => Ask::post(&path, &format!("look {path} {accept}"), &harmless(route)),
                };
                let ask = ask.header("accept", accept);
                let ask = match token {
                    Some(token) => ask.bearer(token),
                    None => ask,
                };
                let answer = without_opaque(&path, side.site.ask(ask).await);
                seen.push((format!("{method} {path} {accept}"), answer));
            }
        }
    }
    seen
}

/// The public log commits to what is hidden, so two worlds have other hashes there, and the same in all else: number and
/// length of entries, times, sizes.
fn without_opaque(path: &str, mut answer: Answer) -> Answer {
    let opaque = |line: &str| ".".repeat(line.len());
    if !answer.status.is_success() {
        return answer;
    }
    if path.starts_with("/log/tile/entries/") {
        let entries = read_bundle(&answer.body).unwrap();
        let entries = entries.iter().map(|entry| Entry::parse(entry).unwrap());
        let texts = entries.map(|entry| Entry { acts: [0; 32], log: [0; 32], ..entry }.text());
        answer.body = texts.collect::<String>().into_bytes();
    } else if path.starts_with("/log/tile/") {
        answer.body.fill(0);
    } else if path.starts_with("/log/checkpoint") {
        let text = answer.text();
        let lines = text.lines().zip(0..);
        let kept = lines.map(|(line, n)| if n < 2 { line.to_owned() } else { opaque(line) });
        answer.body = kept.collect::<Vec<_>>().join("\n").into_bytes();
    }
    answer
}

/// A body that would act on the thing, if it could be seen.
fn harmless(route: &str) -> Value {
    match route {
        "/api/v1/notices/{id}/acts" => json!({ "act": "acknowledge" }),
        "/api/v1/cases/{id}/acts" => json!({ "act": "close" }),
        "/api/v1/organisations/{id}/keys" => json!({ "act": "approve", "id": "0" }),
        "/api/v1/cases/{id}/threads/{party}" => json!({ "text": "hello" }),
        "/api/v1/findings:batch" => finding(900, "watchedlib"),
        "/api/v1/anonymous-findings" => finding(901, "watchedlib"),
        _ => json!({}),
    }
}

async fn same(with: &Side, without: &Side, history: &[Step]) -> Result<(), TestCaseError> {
    let watched = ["power", "relay"];
    prop_assert_eq!(left(&with.site, &watched), left(&without.site, &watched));
    let guesses = Guesses::of(with).await;
    let tokens = [Some(with.cast.power.token.as_str()), Some(with.cast.relay.token.as_str()), None];
    for token in tokens {
        let here = view(with, &guesses, token).await;
        let there = view(without, &guesses, token).await;
        for ((question, answer), (_, other)) in here.iter().zip(&there) {
            prop_assert_eq!(
                answer,
                other,
                "{}\n{} / {}\n{:?}",
                question,
                answer.text(),
                other.text(),
                history
            );
        }
    }
    Ok(())
}

async fn told_apart(history: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut with, without) = (Side::new().await, Side::new().await);
    for step in &history {
        match step {
            Step::Push { who, asset, packages } => {
                let (here, there) =
                    (with.push(*who, *asset, packages).await, without.push(*who, *asset, packages).await);
                prop_assert_eq!(here, there, "the answer to a push\n{:?}", &history);
            }
            Step::Wait(hours) => {
                let by = SignedDuration::from_hours(i64::from(*hours));
                with.site.wait(by);
                without.site.wait(by);
                with.site.work().await;
                without.site.work().await;
                let closed = with.site.app.close_entries().await.unwrap();
                prop_assert_eq!(closed, without.site.app.close_entries().await.unwrap());
            }
            Step::Hidden(hidden) => with.hidden(hidden).await,
        }
    }
    for side in [&with, &without] {
        side.site.wait(SignedDuration::from_mins(30));
        side.site.app.close_entries().await.unwrap();
    }
    same(&with, &without, &history).await
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None,
        ..ProptestConfig::default() })]

    #[test]
    fn what_is_hidden_changes_no_byte(history in proptest::collection::vec(step(), 4..14)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(told_apart(history))?;
    }
}

/// The comparison can tell two worlds apart: the bank's view of them differs.
#[tokio::test]
async fn the_comparison_sees_a_difference_where_there_is_one() {
    let (mut with, without) = (Side::new().await, Side::new().await);
    with.hidden(&Hidden::Case(0)).await;
    with.hidden(&Hidden::Share { level: 1, narrow: true }).await;
    let guesses = Guesses::of(&with).await;
    let token = with.cast.bank.token.clone();
    let here = view(&with, &guesses, Some(&token)).await;
    let there = view(&without, &guesses, Some(&token)).await;
    let differing: Vec<_> =
        here.iter().zip(&there).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
    assert!(differing.iter().any(|q| q.starts_with("GET /api/v1/notices")), "{differing:?}");
    assert!(differing.iter().any(|q| q.starts_with("GET /notices ")), "{differing:?}");
    assert!(differing.iter().any(|q| q.starts_with("POST /api/v1/notices/")), "{differing:?}");
}

/// A match of a watcher's own device is judged, and its view stays the same; the judgement did happen.
#[tokio::test]
async fn judging_what_a_watcher_holds_changes_no_byte() {
    for same_product in [true, false] {
        let (mut with, without) = (Side::new().await, Side::new().await);
        let share = Hidden::Share { level: 1, narrow: true };
        for hidden in [Hidden::ProductCase, Hidden::Judge { same: same_product }, share] {
            with.hidden(&hidden).await;
        }
        let path = format!("/api/v1/cases/{}/exposure", with.cases[0]);
        let suggested = with.site.get(&with.cast.ada, &path).await.ok().json()["suggested"].clone();
        let state = if same_product { "confirmed" } else { "rejected" };
        let judged: Vec<_> = suggested.as_array().unwrap().iter().map(|one| &one["state"]).collect();
        assert_eq!(judged, [state, state]);
        assert_eq!(with.site.inbox(&with.cast.bank).await.len(), usize::from(same_product));
        same(&with, &without, &[]).await.unwrap();
    }
}

/// Another vendor comes into the case of a vendor, accepts, states, promises, talks and asks for more time; the first one
/// sees the same bytes as without it, until both agree to be shown.
#[tokio::test]
async fn a_vendor_sees_no_byte_of_another_vendor_in_its_own_case() {
    let (mut with, mut without) = (Side::new().await, Side::new().await);
    for side in [&mut with, &mut without] {
        side.hidden(&Hidden::Case(0)).await;
    }
    let case = with.cases[0].clone();
    assert_eq!(case, without.cases[0], "ids are drawn alike");
    let site = &with.site;
    let other = Cast::another_vendor(site, "Other").await;
    Cast::another_vendor(&without.site, "Other").await;
    let path = format!("/api/v1/cases/{case}/acts");
    let act = async |who: &Player, act: Value| {
        site.post(who, &path, &format!("{} {act}", who.org), &act).await.ok();
        site.work().await;
    };
    act(&with.cast.ada, json!({ "act": "invite-vendor", "vendor": other.org })).await;
    act(&other, json!({ "act": "answer-terms", "accept": true })).await;
    act(&other, json!({ "act": "state", "status": "affected", "statement": "since 1.2" })).await;
    act(&other, json!({ "act": "promise-fix", "by": site.clock_now() + SignedDuration::from_hours(48) }))
        .await;
    act(&other, json!({ "act": "show-vendor", "show": true })).await;
    let later = site.clock_now() + SignedDuration::from_hours(24 * 40);
    act(&other, json!({ "act": "request-extension", "until": later, "reason": "a new compiler" })).await;
    let thread = format!("/api/v1/cases/{case}/threads/own");
    site.post(&other, &thread, "other writes", &json!({ "text": "who else?" })).await.ok();
    site.work().await;
    without.site.work().await;
    let guesses = Guesses(vec![case.clone(), other.org.clone()]);
    let mut seen = 0;
    for (method, route, _) in ROUTES.iter().filter(|(method, ..)| *method == Method::GET) {
        for path in guesses.paths(route) {
            let ask = |player: &Player| Ask::get(&path).bearer(&player.token);
            let here = without_opaque(&path, site.ask(ask(&with.cast.vendor)).await);
            let there = without_opaque(&path, without.site.ask(ask(&without.cast.vendor)).await);
            assert_eq!(here, there, "{method} {path}\n{}\n{}", here.text(), there.text());
            seen += usize::from(here.status.is_success());
        }
    }
    assert!(seen > 5, "the vendor sees its case");
    for asked in [
        json!({ "act": "raise-trigger", "reason": "vendor-silent", "evidence": "e" }),
        json!({ "act": "request-extension", "until": later, "reason": "r" }),
    ] {
        let ask = |vendor: &Player| Ask::post(&path, &format!("asked {asked}"), &asked).bearer(&vendor.token);
        assert_eq!(site.ask(ask(&with.cast.vendor)).await, without.site.ask(ask(&without.cast.vendor)).await);
    }
    act(&with.cast.vendor, json!({ "act": "show-vendor", "show": true })).await;
    let shown = site.get(&with.cast.vendor, &format!("/api/v1/cases/{case}")).await.ok().text();
    assert!(shown.contains("since 1.2"), "and the other one once both agree: {shown}");
}

/// The watchers are members with acts of their own, so that the comparison is not of empty answers.
#[tokio::test]
async fn the_watchers_see_something() {
    let side = Side::new().await;
    side.push(0, 1, &[0, 1]).await.ok();
    let found = side.site.get(&side.cast.power, "/api/v1/inventories").await.ok();
    assert_eq!(found.json()["items"][0]["asset"], "asset-1");
    let open = ROUTES.iter().filter(|(_, _, class)| matches!(class, Class::Act(Act::SeeNotice))).count();
    assert!(open > 0);
    let actor = side
        .site
        .app
        .authenticate(&side.cast.power.token, &[forewarn_core::credential::CredentialKind::Token]);
    assert_ne!(filter(&actor.await.unwrap(), Act::SeeNotice), forewarn_core::access::Filter::Nothing);
}

/// A world in which some cases are shared with the bank. What they are about, and at which level, is one thing in one
/// variant and another in the other.
async fn told_of(cases: &[(u32, usize, usize, u8)], variant: bool) -> Site {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    let all: Vec<_> = PACKAGES.iter().map(|name| (*name, "1.4")).collect();
    site.push(&cast.bank, "ledger", &inventory(&all)).await.ok();
    contacts(&site, &cast.bank, "bank").await;
    site.wire.answer("desk@bank.example", Outcome::Deferred, Some(450));
    for (number, package, level, wait) in cases {
        let case = if variant {
            let case = site.case(&cast, &finding(*number, PACKAGES[*package])).await;
            site.share(&cast, &case, LEVELS[*level]).await.ok();
            case
        } else {
            let case = site.case(&cast, &finding(*number + 1_000, "samplelib")).await;
            site.share(&cast, &case, "detail").await.ok();
            case
        };
        assert!(!case.is_empty());
        site.wait(SignedDuration::from_hours(i64::from(*wait)));
        site.work().await;
    }
    site
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Who sees every mail and every request learns when the bank got a notice, and nothing about it.
    #[test]
    fn mails_and_requests_are_the_same_whatever_the_notices_are_about(
        cases in proptest::collection::vec((1..90_u32, 0..4_usize, 0..3_usize, 0..80_u8), 1..5)
    ) {
        // Two findings of one number would be one root cause, and one case.
        let mut numbers = std::collections::BTreeSet::new();
        let cases: Vec<_> = cases.into_iter().filter(|(number, ..)| numbers.insert(*number)).collect();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let (one, other) = (told_of(&cases, true).await, told_of(&cases, false).await);
            let sent = left(&one, &["bank"]);
            prop_assert!(!sent.is_empty());
            prop_assert_eq!(&sent, &left(&other, &["bank"]));
            for word in PACKAGES.iter().chain(&["A secret", "Finding", "FW-2026", "ledger"]) {
                prop_assert!(sent.iter().all(|text| !text.contains(word)), "{}", word);
            }
            Ok(())
        })?;
    }
}
