//! How the agent does.

use forewarn_server::app::KeysView;
use serde_json::json;

use super::folder::Folder;
use super::now;
use crate::client::{Client, escaped};
use crate::{DONE, TROUBLE};

/// Says it. What the service would have to say is left out where it does not answer.
///
/// # Errors
/// When the folder cannot be read.
pub async fn run(folder: &Folder, as_json: bool) -> anyhow::Result<u8> {
    let profile = &folder.profile;
    let seen = folder.seen()?;
    let client = Client::new(&profile.server, &profile.token)?;
    let path = format!("/api/v1/organisations/{}/keys", escaped(&profile.org));
    let keys: anyhow::Result<KeysView> = client.get(&path).await;
    let standing = match &keys {
        Ok(view) => {
            let own = view.keys.iter().find(|key| key.id == profile.device);
            own.map_or("not known to the service", |key| key.standing.as_str())
        }
        Err(_) => "not known: the service does not answer",
    };
    let count = |of: fn(&super::folder::Known) -> bool| seen.notices.values().filter(|one| of(one)).count();
    let (open, refused) = (count(|one| !one.acknowledged), count(|one| one.refused.is_some()));
    let hit = count(|one| one.hits > 0);
    let expired = profile.expires_at <= now();
    if as_json {
        let about = json!({
            "org": profile.org, "server": profile.server, "device": profile.device, "key": standing,
            "token_expires_at": profile.expires_at, "fetched_at": seen.fetched_at,
            "notices": seen.notices.len(), "on_this_side": hit, "not_acknowledged": open, "refused": refused,
        });
        println!("{}", serde_json::to_string_pretty(&about)?);
    } else {
        println!("for {} at {}", profile.name, profile.server);
        println!("key of this machine: {}  {standing}", profile.device);
        println!("token works until {}", profile.expires_at);
        match seen.fetched_at {
            Some(at) => println!("last fetched {at}"),
            None => println!("never fetched: forewarn agent fetch"),
        }
        println!(
            "{} notices, {hit} with something on your machines, {open} not acknowledged, {refused} did not prove right",
            seen.notices.len()
        );
        for (id, one) in seen.notices.iter().filter(|(_, one)| one.refused.is_some()) {
            println!("  {} ({id}): {}", one.number, one.refused.as_deref().unwrap_or_default());
        }
    }
    let well = keys.is_ok() && standing == "active" && !expired && refused == 0;
    Ok(if well { DONE } else { TROUBLE })
}
