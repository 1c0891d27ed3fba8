//! `forewarn case file` and `forewarn case rollup`.

use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::Context;
use forewarn_core::rollup::{Measure, Row};
use forewarn_server::app::RollupView;

use crate::client::{Client, escaped};

/// Saves a case as one archive, as it arrives. What is in it is embargoed, so only its owner may read it.
///
/// # Errors
/// When the service refuses or the file cannot be written.
pub async fn save(client: &Client, path: &str, file: &Path) -> anyhow::Result<()> {
    crate::export::whole(client, &format!("{path}/file"), file).await
}

/// A new or emptied file that only its owner may read.
///
/// # Errors
/// When it cannot be made.
pub fn private(path: &Path) -> anyhow::Result<std::fs::File> {
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    // The mode above is for a new file only.
    let kept = made.and_then(|file| file.set_permissions(Permissions::from_mode(0o600)).map(|()| file));
    kept.with_context(|| format!("{} cannot be written", path.display()))
}

/// Prints the roll-up of a case, or of all cases.
///
/// # Errors
/// When the service refuses.
pub async fn rollup(
    client: &Client,
    case: Option<&str>,
    since: Option<&str>,
    until: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let path = match case {
        Some(path) => format!("{path}/rollup"),
        None => {
            let given = [("since", since), ("until", until)];
            let query =
                given.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped((*value)?))));
            format!("/api/v1/rollup?{}", query.collect::<Vec<_>>().join("&"))
        }
    };
    let view: RollupView = client.get(path.trim_end_matches('?')).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&view)?);
        return Ok(());
    }
    let Some(total) = &view.total else {
        println!("fewer than {} organisations have a notice: nothing is shown", view.smallest);
        return Ok(());
    };
    for row in view.sectors.iter().chain(&view.rest).chain([total]) {
        print(row);
    }
    println!("rows and figures of fewer than {} organisations are not shown", view.smallest);
    Ok(())
}

fn print(row: &Row) {
    println!("{}: {} notices", row.sector, row.notices);
    let Some(figures) = &row.figures else { return };
    println!(
        "  {} unacknowledged, {} open, {} not affected, {} mitigated, {} done",
        figures.unacknowledged, figures.open, figures.not_affected, figures.mitigated, figures.done
    );
    println!("  to acknowledge: {}", in_words(&figures.acknowledge));
    println!("  to mitigate: {}", in_words(&figures.mitigate));
    println!("  to fix: {}", in_words(&figures.fix));
}

/// A measure on one line.
pub fn in_words(measure: &Measure) -> String {
    let Measure { in_time, late, waiting, in_time_percent, median_hours, p90_hours } = measure;
    let mut words = format!("{in_time} in time, {late} late, {waiting} waiting");
    if let Some(percent) = in_time_percent {
        words.push_str(&format!("; {percent} % in time"));
    }
    if let Some(hours) = median_hours {
        words.push_str(&format!("; median {hours} h"));
    }
    if let Some(hours) = p90_hours {
        words.push_str(&format!("; 90th percentile {hours} h"));
    }
    words
}
