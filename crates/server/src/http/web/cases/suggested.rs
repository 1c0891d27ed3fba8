//! Who may run it under another name: a table, and a form for each that waits.

use maud::{Markup, html};

use crate::app::views::CaseView;
use crate::app::{ExposureView, SuggestedHolder};

/// The part of the page; nothing where nothing is suggested.
pub(super) fn holders(case: &CaseView, exposure: &ExposureView, token: &Markup) -> Markup {
    let waiting = exposure.suggested.iter().filter(|one| one.state == "open").count();
    html! {
        @if !exposure.suggested.is_empty() {
            h2 #suggested { "Who may run it under another name" }
            p { @match waiting {
                0 => "Every suggestion was judged.",
                1 => "One suggestion waits for you. It is not exposure until somebody confirms it.",
                _ => { (waiting) " suggestions wait for you. They are not exposure until somebody confirms them." }
            } }
            div .scroll tabindex="0" role="region" aria-labelledby="suggested" { table {
                thead { tr {
                    th scope="col" { "Operator" } th scope="col" { "Has" } th scope="col" { "Affected" }
                    th scope="col" { "Why" } th scope="col" { "Judgement" }
                } }
                tbody { @for (number, one) in (1..).zip(&exposure.suggested) { (row(case, number, one, token)) } }
            } }
        }
    }
}

fn row(case: &CaseView, number: usize, one: &SuggestedHolder, token: &Markup) -> Markup {
    let versions = if one.versions.is_empty() { "no version".to_owned() } else { one.versions.join(", ") };
    html! {
        tr {
            td { (one.name) }
            td { (one.held) " (" (versions) "), on " (one.assets) @if one.assets == 1 { " asset" } @else { " assets" } }
            td { (one.affected) }
            td { (one.why) ": " (one.score) " of 100" }
            td {
                @if let Some(reason) = &one.reason { (one.state) ": " (reason) } @else { (form(case, number, one, token)) }
            }
        }
    }
}

fn form(case: &CaseView, number: usize, one: &SuggestedHolder, token: &Markup) -> Markup {
    let field = format!("reason-{number}");
    html! {
        form .act method="post" action={ "/cases/" (case.id) } {
            (token) input type="hidden" name="act" value="judge-match";
            input type="hidden" name="match" value=(one.id);
            label for=(field) { "Why" }
            input id=(field) name="reason" required;
            button type="submit" name="verdict" value="same" { "It is the affected product" }
            button .second type="submit" name="verdict" value="different" { "It is another product" }
        }
    }
}
