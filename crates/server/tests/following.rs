//! A new inventory is looked up in what standing cases affect: the same operators are told the same as if every case
//! were asked again, and cases that it does not touch are not looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use forewarn_core::aggregate::Category;
use forewarn_server::workers;
use forewarn_store::{Commit, EventStore, MemoryStore, NewJob};
use forewarn_testkit::{Cast, FaultyStore, Player, Site, finding, inventory, product_finding, products};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
enum Step {
    Push { who: usize, asset: u8, packages: Vec<(usize, usize)> },
    Devices { who: usize, asset: u8, held: Vec<(usize, usize)> },
    Share { case: usize, level: usize, least: usize, sector: Option<usize> },
    Judge { same: bool },
    Correct { case: usize },
    Wait(u8),
}

const PACKAGES: [&str; 3] = ["samplelib", "otherlib", "elsewhere"];
const DEVICES: [(&str, &str); 2] =
    [("Siemens AG", "SIMATIC S7-1500"), ("Siemens", "SIMATIC S7-1500 CPU family")];
const VERSIONS: [&str; 4] = ["1.4", "1.9", "3.0", "unknown"];
const LEVELS: [&str; 3] = ["existence", "mitigation", "detail"];
const LEAST: [&str; 3] = ["range", "product-only", "needs-person"];
const SECTORS: [&str; 2] = ["financial-services", "energy"];

fn step() -> impl Strategy<Value = Step> {
    let held = || proptest::collection::vec((0..3_usize, 0..4_usize), 0..4);
    let devices = proptest::collection::vec((0..2_usize, 0..4_usize), 0..3);
    let share = (0..3_usize, 0..3_usize, 0..3_usize, proptest::option::of(0..2_usize));
    prop_oneof![
        6 => (0..3_usize, 0..3_u8, held()).prop_map(|(who, asset, packages)| Step::Push { who, asset, packages }),
        4 => (0..3_usize, 0..3_u8, devices).prop_map(|(who, asset, held)| Step::Devices { who, asset, held }),
        4 => share.prop_map(|(case, level, least, sector)| Step::Share { case, level, least, sector }),
        2 => any::<bool>().prop_map(|same| Step::Judge { same }),
        1 => (0..3_usize).prop_map(|case| Step::Correct { case }),
        1 => (1..200_u8).prop_map(Step::Wait),
    ]
}

struct Side {
    site: Site,
    cast: Cast,
    cases: Vec<String>,
    keys: u32,
}

impl Side {
    async fn new() -> Self {
        let site = Site::new().await;
        let cast = Cast::enrol(&site).await;
        let device = product_finding(3, "Siemens", "SIMATIC S7-1500 CPU family", "2.0");
        let mut cases = Vec::new();
        for document in [finding(1, "samplelib"), finding(2, "otherlib"), device] {
            cases.push(site.case(&cast, &document).await);
        }
        Self { site, cast, cases, keys: 0 }
    }

    fn operators(&self) -> [&Player; 3] {
        [&self.cast.bank, &self.cast.power, &self.cast.hospital]
    }

    async fn act(&self, who: &Player, case: usize, key: &str, act: &Value) -> Value {
        let path = format!("/api/v1/cases/{}/acts", self.cases[case]);
        self.site.post(who, &path, &format!("{key} {}", self.keys), act).await.json()
    }

    async fn take(&mut self, step: &Step) {
        self.keys += 1;
        match step {
            Step::Push { who, asset, packages } => {
                let named: Vec<_> = packages.iter().map(|(p, v)| (PACKAGES[*p], VERSIONS[*v])).collect();
                self.push(*who, *asset, &inventory(&named)).await;
            }
            Step::Devices { who, asset, held } => {
                let named: Vec<_> =
                    held.iter().map(|(d, v)| (DEVICES[*d].0, DEVICES[*d].1, VERSIONS[*v])).collect();
                self.push(*who, *asset, &products(&named)).await;
            }
            Step::Share { case, level, least, sector } => {
                let sectors: Vec<&str> = sector.iter().map(|sector| SECTORS[*sector]).collect();
                let propose = json!({ "act": "propose-wave", "level": LEVELS[*level],
                    "least_confidence": LEAST[*least], "sectors": sectors });
                let proposed = self.act(&self.cast.ada, *case, "propose", &propose).await;
                let approve = json!({ "act": "approve-wave", "wave": proposed["wave"] });
                self.act(&self.cast.ben, *case, "approve", &approve).await;
            }
            Step::Judge { same } => {
                self.site.judge(&self.cast.ada, &self.cases[2], *same, &format!("judge {}", self.keys)).await;
            }
            Step::Correct { case } => {
                let act = json!({ "act": "correct-affected", "affected": [{ "versions": ["1.4"],
                    "identity": { "kind": "package", "ecosystem": "PyPI", "name": "elsewhere" } }] });
                self.act(&self.cast.ada, *case, "correct", &act).await;
            }
            Step::Wait(hours) => self.site.wait(SignedDuration::from_hours(i64::from(*hours))),
        }
    }

    async fn push(&self, who: usize, asset: u8, document: &Value) {
        let path = format!("/api/v1/inventories?asset=asset-{asset}");
        let key = format!("push {}", self.keys);
        self.site.post(self.operators()[who], &path, &key, document).await.ok();
    }

    /// Notices of everybody: of which case, and about which components.
    async fn told(&self) -> Vec<Vec<(String, String)>> {
        let mut told = Vec::new();
        for operator in self.operators() {
            let notices = self.site.inbox(operator).await;
            let mut shown: Vec<_> =
                notices.iter().map(|n| (n["number"].to_string(), n["exposure"].to_string())).collect();
            shown.sort();
            told.push(shown);
        }
        told
    }
}

async fn same_as_asking_every_case(history: &[Step]) -> Result<usize, TestCaseError> {
    let (mut following, mut asking) = (Side::new().await, Side::new().await);
    for step in history {
        following.take(step).await;
        workers::drain(&following.site.app).await.unwrap();
        asking.take(step).await;
        // A case whose embargo has run out, and was not seen to, refuses; the others are asked.
        let _ = workers::follow_all(&asking.site.app).await;
        let told = following.told().await;
        prop_assert_eq!(&told, &asking.told().await, "after {:?} of {:?}", step, history);
        let _ = workers::follow_all(&following.site.app).await;
        prop_assert_eq!(&told, &following.told().await, "asking again finds more after {:?}", step);
        workers::drain(&asking.site.app).await.unwrap();
        following.site.work().await;
        asking.site.work().await;
    }
    Ok(following.told().await.iter().map(Vec::len).sum())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, failure_persistence: None,
        ..ProptestConfig::default() })]

    #[test]
    fn new_inventories_are_followed_as_if_every_case_were_asked(
        history in proptest::collection::vec(step(), 4..16),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(same_as_asking_every_case(&history))?;
    }
}

/// The property above is worth something: this history tells somebody by a new inventory under each kind of name.
#[tokio::test]
async fn histories_reach_somebody() {
    let share = |case| Step::Share { case, level: 1, least: 0, sector: None };
    let history = [
        share(0),
        Step::Push { who: 0, asset: 0, packages: vec![(0, 0)] },
        Step::Devices { who: 1, asset: 0, held: vec![(0, 0)] },
        share(2),
        Step::Judge { same: true },
        Step::Devices { who: 2, asset: 0, held: vec![(1, 0)] },
    ];
    assert_eq!(same_as_asking_every_case(&history).await.unwrap(), 3);
}

/// A device that went and comes back under its confirmed name is told of, though nobody judges again.
#[tokio::test]
async fn a_confirmed_name_stays_confirmed() {
    let mut side = Side::new().await;
    let history = [
        Step::Devices { who: 1, asset: 0, held: vec![(0, 0)] },
        Step::Judge { same: true },
        Step::Devices { who: 1, asset: 0, held: vec![] },
        Step::Share { case: 2, level: 1, least: 0, sector: None },
    ];
    for step in &history {
        side.take(step).await;
        side.site.work().await;
    }
    assert!(side.site.inbox(&side.cast.power).await.is_empty());
    // On another asset, in another version: it is the same question, and it was answered.
    side.take(&Step::Devices { who: 1, asset: 2, held: vec![(0, 1)] }).await;
    side.site.work().await;
    let inbox = side.site.inbox(&side.cast.power).await;
    assert_eq!(inbox[0]["exposure"][0]["confirmed"], true, "{inbox:?}");
    // What somebody else has under the name was not judged.
    side.take(&Step::Devices { who: 0, asset: 2, held: vec![(0, 1)] }).await;
    side.site.work().await;
    assert!(side.site.inbox(&side.cast.bank).await.is_empty());
}

#[tokio::test]
async fn cases_that_an_inventory_does_not_touch_are_not_looked_at() {
    const CASES: u32 = 20;
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default())));
    let site = Site::on(Arc::clone(&store) as Arc<dyn EventStore>, [3; 32]).await;
    let cast = Cast::enrol(&site).await;
    for number in 0..CASES {
        let case = site.case(&cast, &finding(number, &format!("lib-{number}"))).await;
        site.share(&cast, &case, "mitigation").await;
    }
    let reads = async |packages: &[(&str, &str)]| {
        site.push(&cast.bank, "ledger", &inventory(packages)).await.ok();
        store.read_since(Category::Case);
        workers::drain(&site.app).await.unwrap();
        store.read_since(Category::Case)
    };
    // The first look takes up what happened to the cases themselves.
    reads(&[("elsewhere", "0.9")]).await;
    assert_eq!(reads(&[("elsewhere", "1.0"), ("lib-3", "2.0")]).await, 0, "neither is affected");
    let touched = reads(&[("elsewhere", "1.0"), ("lib-3", "1.0")]).await;
    // For the wave, for the order of cases, and for what the notice says.
    assert!((1..=6).contains(&touched), "{touched} documents of cases were read for one case of {CASES}");
    assert_eq!(site.inbox(&cast.bank).await.len(), 1);
    // Who was told is not looked for again.
    site.push(&cast.bank, "other", &inventory(&[("lib-3", "1.1")])).await.ok();
    store.read_since(Category::Inventory);
    workers::drain(&site.app).await.unwrap();
    assert_eq!(store.read_since(Category::Inventory), 1, "the inventory that was pushed, and no other");
}

/// Jobs that an earlier version has queued say nothing of what they look at: they look at everything.
#[tokio::test]
async fn a_job_of_an_earlier_version_is_done() {
    let store: Arc<dyn EventStore> = Arc::new(MemoryStore::default());
    let site = Site::on(Arc::clone(&store), [3; 32]).await;
    let cast = Cast::enrol(&site).await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "mitigation").await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let mut queued = store.lease("exposure-follow", i64::MAX - 1, i64::MAX, 10).await.unwrap();
    store.finish(&queued.pop().unwrap()).await.unwrap();
    site.work().await;
    assert!(site.inbox(&cast.bank).await.is_empty());
    let job = NewJob { topic: "exposure-follow".into(), body: vec![], due_at: 0 };
    store.commit(Commit { jobs: vec![job], ..Commit::default() }).await.unwrap();
    site.work().await;
    assert_eq!(site.inbox(&cast.bank).await.len(), 1);
}
