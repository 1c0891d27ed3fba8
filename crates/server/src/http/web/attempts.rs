//! How a recipient was told that a notice waits: evidence, without anything of what the notice is about.

use maud::{Markup, html};

use super::layout::time;
use crate::app::views::AttemptView;

/// Attempts as a table; `whose` names it for readers that hear the page.
pub(super) fn table(whose: &str, attempts: &[AttemptView]) -> Markup {
    html! {
        div .scroll tabindex="0" role="region" aria-label={ "Attempts to tell " (whose) } { table {
            thead { tr {
                th scope="col" { "When" } th scope="col" { "Why" } th scope="col" { "Way" } th scope="col" { "Outcome" }
                th scope="col" { "Code" }
            } }
            tbody { @for one in attempts {
                tr {
                    td { (time(one.at)) } td { (why(one)) } td { (one.way.replace('-', " ")) } td { (one.words) }
                    td { @if let Some(status) = &one.status { (status) } @else if let Some(code) = one.code { (code) } }
                }
            } }
        } }
    }
}

fn why(attempt: &AttemptView) -> &'static str {
    use forewarn_core::notice::Why;
    match attempt.why {
        Why::New => "new",
        Why::Urgent => "top tier",
        Why::Reminder => "reminder",
        Why::Overdue => "overdue",
        Why::Unfinished => "work not finished",
    }
}

/// The same, folded up below its last line.
pub(super) fn folded(whose: &str, attempts: &[AttemptView]) -> Markup {
    html! {
        @match attempts.last() {
            None => "not told outside the service",
            Some(last) => details {
                summary { (attempts.len()) @if attempts.len() == 1 { " attempt" } @else { " attempts" }
                    ", last: " (last.way.replace('-', " ")) ", " (last.words) }
                (table(whose, attempts))
            }
        }
    }
}
