//! Plain lists: a package URL or a CPE 2.3 name on each line; `#` begins a comment.

use forewarn_exposure::Inventory;

use super::collect::{Collector, Described};
use super::lines::bounded;
use crate::json::{Limits, Problem};

/// Whether a line is what such a list is made of.
pub(super) fn claims(line: &str) -> bool {
    let word = line.trim_start();
    ["pkg:", "cpe:2.3:", "cpe:/"]
        .iter()
        .any(|lead| word.get(..lead.len()).is_some_and(|head| head.eq_ignore_ascii_case(lead)))
}

pub(super) fn read(text: &str, limits: &Limits) -> Result<Inventory, Problem> {
    let mut collector = Collector::for_length(text.len());
    for line in bounded(text, limits) {
        let line = line?;
        // A purl may hold a `#` itself, but no white space before it.
        let comment = line.text.find(" #").or_else(|| line.text.find("\t#"));
        let word = line.text[..comment.unwrap_or(line.text.len())].trim();
        let described = Described::new(line.place(), Some(word), None, None);
        if !claims(word) {
            collector.skip(&described, "is neither a package URL nor a CPE 2.3 name");
        } else if word.as_bytes().first().is_some_and(|letter| letter.eq_ignore_ascii_case(&b'p')) {
            collector.package(&described, word);
        } else {
            collector.named_by_cpe(&described, word);
        }
    }
    collector.finish("list of package URLs and CPE names".to_owned())
}
