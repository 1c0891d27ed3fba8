//! What a finder reports, in the words of no particular format.

use forewarn_exposure::Affected;
use serde::{Deserialize, Serialize};

/// The format a report came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceFormat {
    /// Forewarn's own finding JSON.
    Forewarn,
    /// OSV schema 1.x.
    Osv,
    /// CSAF 2.0.
    Csaf,
    /// SARIF 2.1.0.
    Sarif,
    /// CVE record format 5.x.
    Cve,
}

impl SourceFormat {
    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceFormat::Forewarn => "forewarn",
            SourceFormat::Osv => "osv",
            SourceFormat::Csaf => "csaf",
            SourceFormat::Sarif => "sarif",
            SourceFormat::Cve => "cve",
        }
    }
}

/// Where in the source code the weakness lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// File path inside the project.
    pub file: String,
    /// Function, as the language names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Line, from 1, in the version the finder looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// What a report shows of the code itself: what de-duplication reads first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// Places in the source code, the most telling first, without [`Report::location`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// A stack trace as a tool printed it (a sanitizer, a debugger, a language's runtime).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// A suggested fix, as a unified diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

impl Evidence {
    /// Whether it shows nothing.
    pub fn is_empty(&self) -> bool {
        self.locations.is_empty() && self.trace.is_none() && self.patch.is_none()
    }
}

/// A severity vector as given by the source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Severity {
    /// Scoring system, such as `CVSS_V3` or `CVSS_V4` (OSV's names).
    pub scheme: String,
    /// The vector or score as written.
    pub score: String,
}

/// Which AI system found it, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Model name, or the name of the tool that found it.
    pub model: String,
    /// Model version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Harness that drove the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harness: Option<String>,
    /// Run id in the finder's own records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Whether a person checked the finding before it was sent.
    #[serde(default)]
    pub human_checked: bool,
}

/// One report, normalised from whatever format it came in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Report {
    /// Format of the source document.
    pub source: SourceFormat,
    /// JSON pointer of the vulnerability in the source document; `None` when the document is that vulnerability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_pointer: Option<String>,
    /// The finder's own id for it (OSV `id`, CSAF tracking id, our `id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Other ids of the same vulnerability (CVE, GHSA), without `external_id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// One line.
    pub title: String,
    /// The whole description.
    #[serde(default)]
    pub description: String,
    /// CWE ids, `CWE-79` form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weaknesses: Vec<String>,
    /// What is affected; may be empty when the source names nothing that can be identified.
    pub affected: Vec<Affected>,
    /// Severity vectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<Severity>,
    /// Reference URLs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Where in the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Further places, a trace and a patch.
    #[serde(default, skip_serializing_if = "Evidence::is_empty")]
    pub code: Evidence,
    /// What shows that it is real.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// How to reproduce it; a proof of concept in the sense of the content levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reproducer: Option<String>,
    /// What to do until a fix is there, as the finder suggests it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigation: Option<String>,
    /// Who found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// Salted hash commitment published by the finder, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    /// The source withdrew it (OSV `withdrawn`); a withdrawn report matches nothing.
    #[serde(default)]
    pub withdrawn: bool,
}

impl Report {
    /// Where the source says what is affected, as a JSON pointer.
    pub fn affected_place(&self) -> String {
        let inside = self.source_pointer.as_deref().unwrap_or_default();
        match self.source {
            SourceFormat::Forewarn | SourceFormat::Osv => "/affected".to_owned(),
            SourceFormat::Csaf => format!("{inside}/product_status"),
            SourceFormat::Cve => "/containers/cna/affected".to_owned(),
            // A run says of which repository its results are.
            SourceFormat::Sarif => {
                let run = inside.split_once("/results/").map_or(inside, |(run, _)| run);
                format!("{run}/versionControlProvenance")
            }
        }
    }
}
