//! The frame of every page, and the small things pages share.

use forewarn_core::access::{Act, Actor, Filter, Role, filter};
use forewarn_core::inert::inert;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::app::views::{EmbargoView, Page};

/// What the frame of a page shows.
pub(super) struct Frame<'a> {
    /// Title of the page.
    pub title: &'a str,
    /// Who reads it.
    pub actor: &'a Actor,
    /// Name of the reader, if it is known.
    pub who: Option<&'a str>,
    /// Path of the entry in the navigation that this page belongs to.
    pub here: &'a str,
}

/// Where a reader can go: path, words, and the act that must be possible on at least some thing.
const PLACES: &[(&str, &str, Option<Act>, &[Role])] = &[
    ("/notices", "Notices", Some(Act::SeeNotice), &[Role::Operator, Role::Relay]),
    ("/keys", "Keys", Some(Act::ProposeSealingKey), &[Role::Operator, Role::Relay]),
    ("/inventories", "Inventories", Some(Act::SeeInventory), &[Role::Operator, Role::Relay]),
    ("/cases", "Cases", Some(Act::SeeCase), &[Role::Coordinator, Role::Vendor, Role::Finder, Role::Auditor]),
    ("/tasks", "Tasks", Some(Act::FollowNotice), &[Role::Coordinator]),
    ("/checks", "Checks", Some(Act::SeeValidation), &[Role::Coordinator, Role::Validator]),
    ("/findings", "Findings", Some(Act::SeeFinding), &[Role::Coordinator, Role::Finder]),
    ("/advisories", "Advisories", None, &[]),
];

/// The places of one reader.
pub(super) fn places(actor: &Actor) -> Vec<(&'static str, &'static str)> {
    let offered = |(_, _, act, roles): &&(&str, &str, Option<Act>, &[Role])| match (act, actor) {
        (None, _) => true,
        (Some(act), Actor::Member(member)) => {
            roles.iter().any(|role| member.roles.contains(role)) && filter(actor, *act) != Filter::Nothing
        }
        (Some(_), _) => false,
    };
    PLACES.iter().filter(offered).map(|(path, words, _, _)| (*path, *words)).collect()
}

/// A whole page. Whatever text of others is in it is read and does not act.
pub(super) fn page(frame: &Frame<'_>, body: &Markup) -> Markup {
    PreEscaped(inert(&whole(frame, body).0).into_owned())
}

fn whole(frame: &Frame<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (frame.title) " - Forewarn" }
                link rel="stylesheet" href="/assets/style.css";
            }
            body {
                a .skip href="#main" { "Skip to the content" }
                (top(frame))
                main #main { (body) }
                footer { "Forewarn clearinghouse. Times are in UTC unless another zone is named." }
            }
        }
    }
}

fn top(frame: &Frame<'_>) -> Markup {
    html! {
        header .top {
            div {
                a .brand href="/" { "Forewarn" }
                nav aria-label="Main" {
                    ul {
                        @for (path, words) in places(frame.actor) {
                            li {
                                @if path == frame.here { a href=(path) aria-current="page" { (words) } }
                                @else { a href=(path) { (words) } }
                            }
                        }
                    }
                }
                div .who {
                    @if let Some(who) = frame.who {
                        span { (who) }
                        form method="post" action="/sign-out" { button .second type="submit" { "Sign out" } }
                    } @else {
                        a href="/sign-in" { "Sign in" }
                    }
                }
            }
        }
    }
}

/// A moment for people and machines.
pub(super) fn time(at: Timestamp) -> Markup {
    let words = jiff::tz::Offset::UTC.to_datetime(at).strftime("%Y-%m-%d %H:%M UTC").to_string();
    html! { time datetime=(at) { (words) } }
}

/// A TLP 2.0 label in the colours FIRST gives it, with its text.
pub(super) fn tlp(label: &str) -> Markup {
    let colour = match label {
        "RED" => "tlp tlp-red",
        "AMBER" | "AMBER+STRICT" => "tlp tlp-amber",
        "GREEN" => "tlp tlp-green",
        _ => "tlp tlp-clear",
    };
    html! { span class=(colour) { "TLP:" (label) } }
}

/// The warning over embargoed content.
pub(super) fn embargoed(embargo: &EmbargoView) -> Markup {
    let over = matches!(embargo.state.as_str(), "public" | "lifted-early");
    html! {
        @if over {
            p .quiet { "The embargo is over: this is public." }
        } @else {
            div .banner role="note" {
                "EMBARGOED until " (embargo.release_local) " " (tlp(&embargo.tlp)) " Do not pass it on beyond that label."
            }
        }
    }
}

/// A state as a chip with its text.
pub(super) fn chip(state: &str) -> Markup {
    html! { span .chip { (state.replace('-', " ")) } }
}

/// Text of several lines, as it was written.
pub(super) fn text(words: &str) -> Markup {
    html! { div .text { (words) } }
}

/// The way to the next page of a list.
pub(super) fn further<T>(path: &str, page: &Page<T>) -> Markup {
    html! {
        @if let Some(next) = &page.next {
            p { a href={ (path) "?after=" (next) } rel="next" { "Older entries" } }
        }
    }
}
