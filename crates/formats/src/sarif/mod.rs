//! SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>): one report for each result.
//!
//! A result that the tool itself calls no problem (`kind` pass, notApplicable, informational) or that somebody
//! suppressed becomes a withdrawn report, so that whoever sent it is told and nothing vanishes.

mod code;
mod rules;
mod shape;
mod split;

use forewarn_core::finding::{Evidence, Provenance, Report, Severity, SourceFormat};
use forewarn_exposure::{Affected, Identity};
use serde_json::Value;

use crate::json::{self, Problem, token};
use crate::words;
use rules::Rules;
use shape::{Log, Origin, Outcome, Run};

pub use split::{Part, PartOf, split};

/// Most results of one document.
const RESULTS: usize = 5000;
/// Most taken from each list of a result.
const MANY: usize = 100;
/// Longest text copied from a rule into each of its results, in characters.
const TEXT: usize = 8000;
/// Most bytes of all reports of a document together: what a rule says is copied for each of its results.
const COPIED: usize = 24 << 20;
/// Longest name, id or address, in characters.
const NAME: usize = 300;

/// Reads one log: a report for each result of each run, in order.
///
/// What is affected is the repository of the run (`versionControlProvenance`), a package when its address is one of
/// GitHub, GitLab or Bitbucket. SARIF has no other place for it. The tool becomes the provenance, and the property bag
/// of a run or result may say more: `model`, `modelVersion`, `harness`, `humanChecked`, `purl`.
///
/// # Errors
/// A [`Problem`] when the document does not have the shape of SARIF 2.1.0, or refers to a rule or taxonomy that it does
/// not define.
pub fn read(value: Value) -> Result<Vec<Report>, Problem> {
    match value.get("version").and_then(Value::as_str) {
        Some("2.1.0") => {}
        Some(other) => {
            let message = format!("SARIF 2.1.0 is read here, not {}", token(other));
            return Err(Problem::at("/version", message));
        }
        None => return Err(Problem::at("/version", "expected \"2.1.0\"")),
    }
    let log: Log = json::decode(value)?;
    let results: usize = log.runs.iter().map(|run| run.results.len()).sum();
    if results > RESULTS {
        let message = format!("at most {RESULTS} results are read from one document; send it in parts");
        return Err(Problem::at("/runs", message));
    }
    let mut reports = Vec::with_capacity(results);
    let mut copied = 0;
    for (number, run) in log.runs.iter().enumerate() {
        let place = format!("/runs/{number}");
        let rules = Rules::of(run);
        let affected = affected(run, &place)?;
        for (index, result) in run.results.iter().enumerate() {
            let place = format!("{place}/results/{index}");
            let report = report(run, &rules, &affected, result, place.clone())?;
            copied += size(&report);
            if copied > COPIED {
                return Err(Problem::at(place, "the same is said for too many results; send it in parts"));
            }
            reports.push(report);
        }
    }
    Ok(reports)
}

fn report(
    run: &Run,
    rules: &Rules<'_>,
    affected: &[Affected],
    result: &Outcome,
    place: String,
) -> Result<Report, Problem> {
    let rule = rules.find(result, &place)?;
    let message = rules.message(result, rule);
    let about = rule.map(|rule| rule.texts()).unwrap_or_default();
    let id = result.rule_id.as_deref().or_else(|| rule.map(|rule| rule.id.as_str())).unwrap_or_default();
    let first = about.first().copied().unwrap_or_default();
    let mut description = vec![message.as_str()];
    description.extend(about.iter().copied().filter(|text| *text != message));
    let (location, locations) = code::places(run, result, &place)?;
    let own = match result.properties.purl.as_deref() {
        Some(purl) => vec![package(purl, &format!("{place}/properties/purl"))?],
        None => affected.to_vec(),
    };
    Ok(Report {
        source: SourceFormat::Sarif,
        external_id: result.guid.clone().filter(|guid| guid.len() <= words::ID),
        aliases: Vec::new(),
        title: words::title(&[first, &message, id, "Result without a message"]),
        description: words::bounded(&description.join("\n\n"), 2 * TEXT),
        weaknesses: rules.weaknesses(result, rule),
        affected: own,
        severity: severity(result, rule),
        references: references(result, rule),
        location,
        code: Evidence { locations, trace: code::trace(run, result), patch: code::patch(run, result) },
        evidence: None,
        reproducer: None,
        mitigation: rule.and_then(|rule| rule.help_text()).map(|text| words::bounded(text, TEXT)),
        provenance: Some(provenance(run, result)),
        commitment: None,
        withdrawn: !result.is_problem(),
        source_pointer: Some(place),
    })
}

/// About how many bytes a report takes.
fn size(report: &Report) -> usize {
    let code =
        report.code.trace.as_ref().map_or(0, String::len) + report.code.patch.as_ref().map_or(0, String::len);
    let texts = report.description.len() + report.mitigation.as_ref().map_or(0, String::len) + code;
    let places: usize = report.code.locations.iter().map(|one| one.file.len() + 100).sum();
    let affected: usize = report.affected.iter().map(|one| 300 + one.label().len()).sum();
    size_of::<Report>() + texts + places + affected
}

fn severity(result: &Outcome, rule: Option<&shape::Rule>) -> Vec<Severity> {
    let given = rule.and_then(|rule| rule.properties.security_severity.as_ref());
    let score = given.and_then(|score| match score {
        Value::String(text) => Some(words::bounded(text, NAME)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let mut found = Vec::new();
    found.extend(score.map(|score| Severity { scheme: "security-severity".to_owned(), score }));
    let level = result.level.as_deref().or_else(|| rule.and_then(|rule| rule.level()));
    let known = level.filter(|level| ["none", "note", "warning", "error"].contains(level));
    found.extend(known.map(|level| Severity { scheme: "SARIF".to_owned(), score: level.to_owned() }));
    found
}

fn references(result: &Outcome, rule: Option<&shape::Rule>) -> Vec<String> {
    let mut found: Vec<String> = rule.and_then(|rule| rule.help_uri.clone()).into_iter().collect();
    found.extend(result.hosted_viewer_uri.clone());
    found.extend(result.work_item_uris.iter().take(MANY).cloned());
    found.retain(|uri| (uri.starts_with("https://") || uri.starts_with("http://")) && uri.len() <= 2000);
    words::distinct(&mut found);
    found
}

fn provenance(run: &Run, result: &Outcome) -> Provenance {
    let driver = &run.tool.driver;
    let line = |text: &str| words::title(&[text]);
    let (bag, all) = (&result.properties, &run.properties);
    let model = bag.model.as_deref().or(all.model.as_deref());
    let tool = [Some(driver.name.as_str()), driver.semantic_version.as_deref().or(driver.version.as_deref())];
    let tool = line(&tool.into_iter().flatten().collect::<Vec<_>>().join(" "));
    let version = bag.model_version.as_deref().or(all.model_version.as_deref());
    let harness = bag.harness.as_deref().or(all.harness.as_deref()).map(line);
    let run_id = run.automation_details.as_ref().and_then(|one| one.guid.as_deref().or(one.id.as_deref()));
    Provenance {
        model: model.map_or_else(|| line(&driver.name), line),
        version: match model {
            Some(_) => version.map(line),
            None => driver.semantic_version.as_deref().or(driver.version.as_deref()).map(line),
        },
        // Where a model is named, the tool is what drove it.
        harness: harness.or_else(|| model.map(|_| tool)),
        run: run_id.map(line),
        human_checked: bag.human_checked.or(all.human_checked).unwrap_or(false),
    }
}

fn affected(run: &Run, place: &str) -> Result<Vec<Affected>, Problem> {
    if let Some(purl) = &run.properties.purl {
        return Ok(vec![package(purl, &format!("{place}/properties/purl"))?]);
    }
    let mut found: Vec<Affected> = run.version_control_provenance.iter().filter_map(repository).collect();
    words::distinct(&mut found);
    found.truncate(MANY);
    Ok(found)
}

fn package(purl: &str, place: &str) -> Result<Affected, Problem> {
    let read = Identity::from_purl(purl);
    let (identity, version) =
        read.map_err(|problem| Problem::at(place, words::package_url_rule(&problem)))?;
    Ok(named(identity, version))
}

/// A repository at one of the hosts that package URLs know, or nothing.
fn repository(origin: &Origin) -> Option<Affected> {
    let uri = origin.repository_uri.as_deref()?;
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/')?;
    let kind = match host {
        "github.com" => "github",
        "gitlab.com" => "gitlab",
        "bitbucket.org" => "bitbucket",
        _ => return None,
    };
    let path = path.trim_end_matches('/').trim_end_matches(".git");
    let (identity, _) = Identity::from_purl(&format!("pkg:{kind}/{path}")).ok()?;
    Some(named(identity, origin.revision_id.clone().or_else(|| origin.revision_tag.clone())))
}

fn named(identity: Identity, version: Option<String>) -> Affected {
    let versions: Vec<String> = version.into_iter().filter(|version| version.len() <= NAME).collect();
    let doubt = versions.is_empty().then(|| "affected versions are not given".to_owned());
    Affected { identity, names: None, ranges: Vec::new(), versions, needs_person: doubt }
}
