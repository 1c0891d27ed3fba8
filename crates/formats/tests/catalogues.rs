//! KEV and EPSS files in the forms that CISA and FIRST publish, and what is refused of them, with its place.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use forewarn_core::catalogue::{Entries, Epss};
use forewarn_formats::json::Problem;
use forewarn_formats::{epss, kev};
use proptest::prelude::*;
use serde_json::{Value, json};

/// In the form of `known_exploited_vulnerabilities.json`; the entries are made up.
fn catalogue() -> Value {
    json!({
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": "2026.11.20",
        "dateReleased": "2026-11-20T15:00:12.3456Z",
        "count": 2,
        "vulnerabilities": [
            {
                "cveID": "CVE-2026-40002",
                "vendorProject": "Northlight",
                "product": "Frame Decoder",
                "vulnerabilityName": "Northlight Frame Decoder Out-of-Bounds Write Vulnerability",
                "dateAdded": "2026-11-20",
                "shortDescription": "A SECRET of the sample.",
                "requiredAction": "Apply mitigations per vendor instructions.",
                "dueDate": "2026-12-11",
                "knownRansomwareCampaignUse": "Known",
                "notes": "",
                "cwes": ["CWE-787"],
            },
            {
                "cveID": "CVE-2021-30001",
                "vendorProject": "Sample",
                "product": "Portal",
                "vulnerabilityName": "Sample Portal Path Traversal Vulnerability",
                "dateAdded": "2021-11-03",
                "shortDescription": "Another.",
                "requiredAction": "Apply updates.",
                "dueDate": "2021-11-17",
                "knownRansomwareCampaignUse": "Unknown",
                "notes": "https://example.com/advisory",
                "cwes": [],
            },
        ],
    })
}

fn read_kev(document: &Value) -> Result<kev::CatalogueFile, Problem> {
    kev::read(document.to_string().as_bytes())
}

#[test]
fn the_kev_catalogue_as_published() {
    let read = read_kev(&catalogue()).unwrap();
    assert_eq!(
        (read.version.as_str(), read.dated.to_string().as_str()),
        ("2026.11.20", "2026-11-20T15:00:12.3456Z")
    );
    let listed = read.entries.kev("CVE-2026-40002".parse().unwrap()).unwrap();
    assert_eq!((listed.added.to_string().as_str(), listed.ransomware), ("2026-11-20", true));
    assert!(!read.entries.kev("CVE-2021-30001".parse().unwrap()).unwrap().ransomware);
    assert_eq!(read.entries.kev("CVE-2021-30002".parse().unwrap()), None);
    assert_eq!(read.entries.len(), 2);
}

#[test]
fn what_is_wrong_with_a_kev_catalogue_has_a_place() {
    let refused = |change: &dyn Fn(&mut Value), place: &str| {
        let mut document = catalogue();
        change(&mut document);
        let problem = read_kev(&document).expect_err(place);
        assert_eq!(problem.place, place, "{}", problem.message);
        assert!(!problem.message.contains("SECRET"));
    };
    refused(&|d| d["count"] = json!(3), "/count");
    refused(&|d| d["catalogVersion"] = json!(7), "/catalogVersion");
    refused(&|d| d["catalogVersion"] = json!("a b"), "/catalogVersion");
    refused(&|d| d["dateReleased"] = json!("yesterday"), "/dateReleased");
    refused(&|d| d["vulnerabilities"] = json!({}), "/vulnerabilities");
    refused(&|d| d["vulnerabilities"][1] = json!([]), "/vulnerabilities/1");
    refused(&|d| d["vulnerabilities"][1]["cveID"] = json!("SECRET"), "/vulnerabilities/1/cveID");
    refused(&|d| d["vulnerabilities"][0]["dateAdded"] = json!("11/20/2026"), "/vulnerabilities/0/dateAdded");
    refused(&|d| d["vulnerabilities"][1]["cveID"] = json!("CVE-2026-40002"), "/vulnerabilities/1/cveID");
    refused(&|d| *d = json!([]), "/");
    assert!(kev::read(b"{").unwrap_err().place.starts_with("line 1"));
}

/// In the form of `epss_scores-current.csv`; the scores are made up.
const SCORES: &str = "#model_version:v2025.03.14,score_date:2026-11-20T00:00:00+0000\n\
    cve,epss,percentile\n\
    CVE-2026-40002,0.94321,0.99987\n\
    CVE-1999-0001,0.01234,0.55\n\
    CVE-2021-30001,9e-05,0.00001\n";

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn epss_scores_as_published_plain_and_gzip() {
    let read = epss::read(SCORES.as_bytes()).unwrap();
    assert_eq!(read.version, "v2025.03.14");
    assert_eq!(read.dated.to_string(), "2026-11-20T00:00:00Z");
    let score = |cve: &str| read.entries.epss(cve.parse().unwrap()).map(|epss| epss.millionths);
    assert_eq!(score("CVE-2026-40002"), Some(943_210));
    assert_eq!(score("CVE-1999-0001"), Some(12_340));
    assert_eq!(score("CVE-2021-30001"), Some(90));
    assert_eq!(score("CVE-2021-30002"), None);
    assert_eq!(epss::read(&packed(SCORES.as_bytes())).unwrap(), read);
    assert_eq!(epss::read(SCORES.replace('\n', "\r\n").as_bytes()).unwrap(), read);
}

#[test]
fn what_is_wrong_with_epss_scores_has_a_line() {
    let refused = |from: &str, to: &str, place: &str| {
        assert!(SCORES.contains(from), "{from}");
        let problem = epss::read(SCORES.replacen(from, to, 1).as_bytes()).expect_err(to);
        assert_eq!(problem.place, place, "{}", problem.message);
        assert!(!problem.message.contains("SECRET"));
    };
    refused("#model_version:v2025.03.14,", "#", "line 1");
    refused("2026-11-20T00:00:00+0000", "SECRET", "line 1");
    refused("v2025.03.14", "", "line 1");
    refused("cve,epss,percentile", "cve,percentile,epss", "line 2");
    refused("CVE-2026-40002", "SECRET", "line 3");
    refused("0.94321", "1.2", "line 3");
    refused("0.94321", "-0.1", "line 3");
    refused("0.94321", "NaN", "line 3");
    refused("0.94321", "inf", "line 3");
    refused("0.99987", "SECRET", "line 3");
    refused("0.55", "0.55,1", "line 4");
    refused(",0.55", "", "line 4");
    refused("CVE-2021-30001", "CVE-1999-0001", "line 5");
    refused("9e-05", &"0".repeat(300), "line 5");
    let mut bytes = SCORES.as_bytes().to_vec();
    bytes.extend(b"\xff,0.1,0.1\n");
    assert_eq!(epss::read(&bytes).unwrap_err().place, "line 6");
}

#[test]
fn gzip_that_is_cut_or_unpacks_to_too_much_is_refused() {
    let whole = packed(SCORES.as_bytes());
    assert!(epss::read(&whole[..whole.len() / 2]).unwrap_err().message.contains("not whole gzip data"));
    let bomb = packed(&vec![b'0'; 65 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(epss::read(&bomb).unwrap_err().message, "is larger than 64 MiB");
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in ".{0,200}") {
        for input in [bytes.as_slice(), text.as_bytes(), &packed(&bytes)] {
            let _ = (kev::read(input), epss::read(input));
        }
        let lines = format!("#model_version:v1,score_date:2026-11-20T00:00:00+0000\ncve,epss,percentile\n{text}");
        let _ = epss::read(lines.as_bytes());
    }

    #[test]
    fn every_score_is_found_again(scores in proptest::collection::btree_map(1000..99_999_u32, 0..=100_000_u32, 0..50)) {
        let mut text = "#model_version:v1,score_date:2026-11-20T00:00:00+0000\ncve,epss,percentile\n".to_owned();
        for (number, score) in scores.iter().rev() {
            text.push_str(&format!("CVE-2026-{number},{}.{:05},0.5\n", score / 100_000, score % 100_000));
        }
        let entries: Entries = epss::read(text.as_bytes()).unwrap().entries;
        for (number, score) in scores {
            let cve = format!("CVE-2026-{number}").parse().unwrap();
            prop_assert_eq!(entries.epss(cve), Some(Epss { cve, millionths: score * 10 }));
        }
    }
}
