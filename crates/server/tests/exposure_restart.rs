//! The exposure index is saved beside the database: a restart from the file answers as one from the inventories does,
//! and a file that does not fit is not used.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forewarn_server::app::{Origin, Unusable};
use forewarn_server::workers;
use forewarn_store::{EventStore, MemoryStore};
use forewarn_testkit::{Ask, Cast, Site, finding, inventory, product_finding, products};
use proptest::prelude::*;
use serde_json::Value;

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    Push { who: usize, asset: u8, packages: Vec<(usize, usize)> },
    Devices { who: usize, asset: u8, held: Vec<(usize, usize)> },
    Judge { same: bool },
    Save,
    Restart,
}

const PACKAGES: [&str; 3] = ["samplelib", "otherlib", "elsewhere"];
const DEVICES: [(&str, &str); 3] =
    [("Siemens AG", "SIMATIC S7-1500"), ("Siemens", "SIMATIC S7-1500 CPU family"), ("Moxa", "EDS-408A")];
const VERSIONS: [&str; 4] = ["1.4", "2.8", "3.0", "unknown"];

fn step() -> impl Strategy<Value = Step> {
    let held = || proptest::collection::vec((0..3_usize, 0..4_usize), 0..4);
    prop_oneof![
        4 => (0..3_usize, 0..3_u8, held()).prop_map(|(who, asset, packages)| Step::Push { who, asset, packages }),
        3 => (0..3_usize, 0..3_u8, held()).prop_map(|(who, asset, held)| Step::Devices { who, asset, held }),
        1 => any::<bool>().prop_map(|same| Step::Judge { same }),
        2 => Just(Step::Save),
        1 => Just(Step::Restart),
    ]
}

struct Set {
    store: Arc<dyn EventStore>,
    file: PathBuf,
    site: Site,
    cast: Cast,
    cases: [String; 2],
    starts: u8,
    keys: u32,
}

impl Set {
    async fn new(file: &Path) -> Self {
        let store: Arc<dyn EventStore> = Arc::new(MemoryStore::default());
        let site = Site::saving(Arc::clone(&store), [1; 32], Some(file.to_owned())).await;
        let cast = Cast::enrol(&site).await;
        let package = site.case(&cast, &finding(1, "samplelib")).await;
        let device = product_finding(2, "Siemens", "SIMATIC S7-1500 CPU family", "2.9");
        let cases = [package, site.case(&cast, &device).await];
        Self { store, file: file.to_owned(), site, cast, cases, starts: 1, keys: 0 }
    }

    async fn restarted(&mut self, file: Option<PathBuf>) -> Site {
        self.starts += 1;
        Site::saving(Arc::clone(&self.store), [self.starts; 32], file).await
    }

    async fn push(&self, who: usize, asset: u8, document: &Value) {
        let operators = [&self.cast.bank, &self.cast.power, &self.cast.hospital];
        let path = format!("/api/v1/inventories?asset=asset-{asset}");
        self.site.post(operators[who], &path, &format!("push {}", self.keys), document).await.ok();
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
            Step::Judge { same } => {
                let key = format!("judge {}", self.keys);
                for answer in self.site.judge(&self.cast.ada, &self.cases[1], *same, &key).await {
                    answer.ok();
                }
            }
            Step::Save => self.site.app.save_index(true).await.unwrap(),
            Step::Restart => self.site = self.restarted(Some(self.file.clone())).await,
        }
    }

    /// What a coordinator sees of who runs it.
    async fn answers(&self, site: &Site) -> Vec<Value> {
        let mut answers = Vec::new();
        for case in &self.cases {
            answers
                .push(site.get(&self.cast.ada, &format!("/api/v1/cases/{case}/exposure")).await.ok().json());
        }
        answers
    }
}

async fn restarts_alike(history: &[Step]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let mut set = Set::new(&folder.path().join("exposure.index")).await;
    for step in history {
        set.take(step).await;
    }
    let (saved, file) = (set.file.exists(), set.file.clone());
    let from_file = set.restarted(Some(file)).await;
    let expected = if saved { Origin::Saved } else { Origin::Inventories(None) };
    prop_assert_eq!(from_file.app.index_origin(), expected);
    let from_inventories = set.restarted(None).await;
    prop_assert_eq!(from_inventories.app.index_origin(), Origin::Inventories(None));
    let running = set.answers(&set.site).await;
    prop_assert_eq!(&set.answers(&from_file).await, &running, "{:?}", history);
    prop_assert_eq!(&set.answers(&from_inventories).await, &running, "{:?}", history);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, failure_persistence: None,
        ..ProptestConfig::default() })]

    #[test]
    fn a_restart_from_the_file_answers_as_one_from_the_inventories(
        history in proptest::collection::vec(step(), 1..14),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(restarts_alike(&history))?;
    }
}

/// A set with something in it, saved.
async fn saved(folder: &Path, version: usize) -> Set {
    let mut set = Set::new(&folder.join("exposure.index")).await;
    set.take(&Step::Push { who: 0, asset: 0, packages: vec![(0, version)] }).await;
    set.take(&Step::Devices { who: 1, asset: 1, held: vec![(0, 1)] }).await;
    set.take(&Step::Save).await;
    set
}

#[tokio::test]
async fn the_file_is_its_owners_only_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let set = saved(folder.path(), 0).await;
    assert_eq!(fs::metadata(&set.file).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(names, ["exposure.index"], "nothing else is left behind");
    // What a crash in the middle of writing left does not stop the next one, whatever its permissions.
    let left = folder.path().join("exposure.new");
    fs::write(&left, "half").unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
    set.push(2, 2, &inventory(&[("samplelib", "1.0")])).await;
    set.site.app.save_index(true).await.unwrap();
    assert!(!left.exists());
    assert_eq!(fs::metadata(&set.file).unwrap().permissions().mode() & 0o777, 0o600);
    // Where nothing has changed, nothing is written.
    fs::remove_file(&set.file).unwrap();
    set.site.app.save_index(true).await.unwrap();
    assert!(!set.file.exists());
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_said_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let set = Set::new(&folder.path().join("missing").join("exposure.index")).await;
    set.push(0, 0, &inventory(&[("samplelib", "1.0")])).await;
    let error = set.site.app.save_index(true).await.unwrap_err().to_string();
    assert_eq!(error, "the file of the exposure index cannot be written: entity not found");
    fs::create_dir(folder.path().join("missing")).unwrap();
    set.site.app.save_index(true).await.unwrap();
    assert!(set.file.exists());
}

/// Whatever is wrong with the file, the inventories give the same answers, and the reason is known.
#[tokio::test]
async fn a_file_that_does_not_fit_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut set = saved(folder.path(), 0).await;
    let (file, expected) = (set.file.clone(), set.answers(&set.site).await);
    let good = fs::read(&file).unwrap();
    let mut damaged: Vec<(Vec<u8>, Unusable)> = vec![
        (vec![], Unusable::Format),
        (b"FWSAVED2".to_vec(), Unusable::Format),
        (b"FWSAVED1".to_vec(), Unusable::Damaged),
        (good[..good.len() - 1].to_vec(), Unusable::Damaged),
        ([good.clone(), b"x".to_vec()].concat(), Unusable::Damaged),
    ];
    for at in (8..good.len()).step_by(97) {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        damaged.push((bytes, Unusable::Damaged));
    }
    for (bytes, reason) in damaged {
        fs::write(&file, bytes).unwrap();
        let site = set.restarted(Some(file.clone())).await;
        assert_eq!(site.app.index_origin(), Origin::Inventories(Some(reason)));
        assert_eq!(set.answers(&site).await, expected);
    }
    fs::write(&file, &good).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let site = set.restarted(Some(file.clone())).await;
    assert_eq!(site.app.index_origin(), Origin::Inventories(Some(Unusable::NotPrivate)));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let site = set.restarted(Some(file.clone())).await;
    assert_eq!(site.app.index_origin(), Origin::Inventories(Some(Unusable::Unreadable)));
    assert_eq!(set.answers(&site).await, expected);
}

#[tokio::test]
async fn a_file_of_another_log_or_a_later_moment_is_not_used() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut set = saved(here.path(), 0).await;
    // The same seed: the two logs differ in the last events only.
    let other = saved(there.path(), 1).await;
    let file = set.file.clone();
    fs::copy(&other.file, &file).unwrap();
    let site = set.restarted(Some(file.clone())).await;
    assert_eq!(site.app.index_origin(), Origin::Inventories(Some(Unusable::OtherLog)));
    assert_eq!(set.answers(&site).await, set.answers(&set.site).await);
    // A log that has not come so far, such as one restored from a backup.
    let restored = tempfile::tempdir().unwrap();
    let mut earlier = Set::new(&restored.path().join("exposure.index")).await;
    fs::copy(&other.file, &earlier.file).unwrap();
    let file = earlier.file.clone();
    let site = earlier.restarted(Some(file)).await;
    assert_eq!(site.app.index_origin(), Origin::Inventories(Some(Unusable::Future)));
    assert_eq!(earlier.answers(&site).await, earlier.answers(&earlier.site).await);
}

/// So many components at once are merged into the unchanging part, and saved without waiting for the end.
#[tokio::test]
async fn a_flood_of_components_is_merged_and_saved() {
    const MANY: usize = 100_001;
    let folder = tempfile::tempdir().unwrap();
    let mut set = Set::new(&folder.path().join("exposure.index")).await;
    set.push(1, 0, &inventory(&[("samplelib", "1.4")])).await;
    workers::keep_index(&set.site.app).await.unwrap();
    assert_eq!(set.site.app.index_size(), (1, 1), "one component is not worth a merge");
    assert!(!set.file.exists(), "nor a file");
    let list: String = (0..MANY).map(|n| format!("pkg:pypi/lib-{n}@1.0\n")).collect();
    let list = format!("{list}pkg:pypi/samplelib@1.5\n");
    let ask = Ask::send("/api/v1/inventories?asset=all", "flood", list.into_bytes());
    set.site.ask(ask.bearer(&set.cast.bank.token)).await.ok();
    workers::keep_index(&set.site.app).await.unwrap();
    assert_eq!(set.site.app.index_size(), (MANY + 2, 0));
    assert!(set.file.exists());
    let (expected, file) = (set.answers(&set.site).await, set.file.clone());
    assert_eq!(expected[0]["organisations"].as_array().unwrap().len(), 2);
    let site = set.restarted(Some(file)).await;
    assert_eq!(site.app.index_origin(), Origin::Saved);
    assert_eq!(set.answers(&site).await, expected);
    // What was merged is struck out and merged away again.
    let ask = Ask::send("/api/v1/inventories?asset=all", "ebb", b"pkg:pypi/elsewhere@1.0\n".to_vec());
    set.site.ask(ask.bearer(&set.cast.bank.token)).await.ok();
    workers::keep_index(&set.site.app).await.unwrap();
    assert_eq!(set.site.app.index_size(), (2, 0));
    assert_eq!(set.answers(&set.site).await[0]["organisations"].as_array().unwrap().len(), 1);
}
