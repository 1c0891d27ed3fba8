//! `forewarn case exposure`: who runs what a case affects, and who may run it under another name.

use forewarn_server::app::{ExposureView, SuggestedHolder};

use crate::client::Client;

/// Shows it; as one JSON object where that is asked for.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub(super) async fn show(client: &Client, case: &str, json: bool) -> anyhow::Result<()> {
    let view: ExposureView = client.get(&format!("{}/exposure", super::path_of(case))).await?;
    if json {
        println!("{}", serde_json::to_string(&view)?);
        return Ok(());
    }
    for one in &view.organisations {
        let parts = if one.components == 1 { "component" } else { "components" };
        println!(
            "{}  {} {parts}  surest: {}  {}",
            one.name,
            one.components,
            one.confidence,
            one.sectors.join(", ")
        );
    }
    if view.organisations.is_empty() {
        println!("no inventory matches what is affected");
    }
    if !view.suggested.is_empty() {
        println!(
            "\nunder another name; each needs a person (case act CASE confirm-match|reject-match MATCH):"
        );
        view.suggested.iter().for_each(print);
    }
    Ok(())
}

fn print(one: &SuggestedHolder) {
    let versions = if one.versions.is_empty() { "no version".to_owned() } else { one.versions.join(", ") };
    println!(
        "{}  {}  {}  has {} ({versions}) on {} assets",
        one.id, one.state, one.name, one.held, one.assets
    );
    println!("    the same as {}? score {} of 100: {}", one.affected, one.score, one.why);
    if let Some(reason) = &one.reason {
        println!("    {}: {reason}", one.state);
    }
}
