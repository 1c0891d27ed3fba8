//! `forewarn log verify --data`: every entry worked out anew from the events of a store.

use forewarn_server::app::audit;
use forewarn_tlog::grown_from;

use super::Verify;
use super::seen::Seen;
use crate::service::{self, StoreArguments};

/// Audits a data folder, compares its log with the checkpoints that are known, and gives what does not hold.
///
/// # Errors
/// When the store or a checkpoint cannot be read.
pub(super) async fn audited(asked: &Verify, known: &[Option<&Seen>]) -> anyhow::Result<Vec<String>> {
    let Verify { data, key_file, database_url, .. } = asked;
    let data = data.clone().unwrap_or_default();
    let store = StoreArguments::reading(data, key_file.clone(), database_url.clone());
    let (store, secret) = service::instance(&store)?.open_log().await?;
    let found = audit(&store, &secret).await?;
    let mut problems = found.problems;
    for seen in known.iter().flatten() {
        if let Err(problem) = grown_from(&found.public, &seen.opened()?) {
            problems.push(format!("the store's own log: {problem}"));
        }
    }
    if problems.is_empty() {
        let (size, acts, destroyed) = (found.public.size(), found.acts, found.destroyed);
        println!("the {size} entries are those of the {acts} acts in the store");
        if destroyed > 0 {
            println!("of {destroyed} acts only the commitment is left: their cases were destroyed");
        }
        if known.iter().flatten().next().is_none() {
            println!("give --url or --state to compare them with what others have seen");
        }
    }
    Ok(problems)
}
