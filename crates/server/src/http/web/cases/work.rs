//! What a case's coordinators and its vendor do on its page.

use maud::{Markup, html};

use super::super::attempts;
use super::super::layout::{chip, text, time};
use crate::app::views::{CaseParties, CaseView, DutyView, Named, Page, ReleaseView, VendorView, WaveView};
use crate::app::{ExposureView, NoticeStatus};

/// The coordinators' part of the page.
pub(super) fn desk(
    case: &CaseView,
    parties: &CaseParties,
    exposure: &ExposureView,
    notices: &Page<NoticeStatus>,
    token: &Markup,
    me: &str,
) -> Markup {
    html! {
        @for (number, wave) in (1..).zip(&parties.waves) { (one_wave(case, number, wave, token, me)) }
        @if let Some(release) = &parties.release { (release_card(case, release, token, me)) }
        h2 { "Who runs it" }
        @if exposure.organisations.is_empty() { p { "No inventory matches what is affected." } } @else {
            div .scroll tabindex="0" role="region" aria-label="Who runs it" { table {
                thead { tr { th scope="col" { "Operator" } th scope="col" { "Sectors" } th scope="col" { "Components" }
                    th scope="col" { "Surest match" } } }
                tbody { @for one in &exposure.organisations {
                    tr { td { (one.name) } td { (one.sectors.join(", ")) } td { (one.components) }
                        td { (one.confidence.replace('-', " ")) } }
                } }
            } }
        }
        (super::suggested::holders(case, exposure, token))
        h2 { "Notices" }
        @if notices.items.is_empty() { p { "No notice was sent." } } @else {
            div .scroll tabindex="0" role="region" aria-label="Notices" { table {
                thead { tr { th scope="col" { "Recipient" } th scope="col" { "State" } th scope="col" { "Remediation" }
                    th scope="col" { "Acknowledge by" } th scope="col" { "How it was told" } } }
                tbody { @for one in &notices.items {
                    tr { td { (one.recipient) } td { (chip(&one.state)) }
                        td { @if let Some(done) = &one.remediation { (chip(done)) } @else { "none reported" } }
                        td { @if let Some(due) = one.due_at { (time(due)) } @if one.overdue { " " span .late { "overdue" } } }
                        td { (attempts::folded(&one.recipient, &one.attempts)) } }
                } }
            } }
        }
        h2 { "Parties" }
        div .scroll tabindex="0" role="region" aria-label="Parties" { table {
            thead { tr { th scope="col" { "Who" } th scope="col" { "As" } th scope="col" { "How it stands" } } }
            tbody {
                @for vendor in &parties.vendors {
                    tr { td { (vendor.org.name) } td { "vendor" }
                        td { (stands(vendor)) @if vendor.consent != "declined" { "; " (talk(case, &vendor.org)) } } }
                }
                @for vendor in &parties.unasked {
                    tr { td { (vendor.org.name) } td { "vendor" }
                        td { "takes part in no embargo (" (vendor.mode.replace('-', " ")) ")" } }
                }
                @for link in &parties.findings {
                    tr { td { (link.finder.name) } td { "finder" }
                        td { a href={ "/findings/" (link.finding) } { "finding" } ": " (link.why)
                            @if !link.finder.name.is_empty() { "; " (talk(case, &link.finder)) } } }
                }
            }
        } }
        @if case.state == "public" { (simple(case, token, "close", "Close the case")) }
    }
}

fn stands(vendor: &VendorView) -> Markup {
    html! {
        "terms: " (vendor.consent)
        @if let Some(status) = &vendor.status { "; products: " (status.replace('-', " ")) }
        @if let Some(by) = vendor.fix_by { "; fix promised by " (time(by)) }
        @if vendor.unreached_at.is_some() { "; " span .late { "nothing that was sent to it was taken" } }
        @if !vendor.contacts.is_empty() {
            "; security.txt: " (vendor.contacts.join(", "))
            @if vendor.contact_is_stale { " (expired)" }
        }
    }
}

fn talk(case: &CaseView, party: &Named) -> Markup {
    html! { a href={ "/cases/" (case.id) "/messages/" (party.id) } { "messages with " (party.name) } }
}

fn one_wave(case: &CaseView, number: usize, wave: &WaveView, token: &Markup, me: &str) -> Markup {
    let names = |list: &[crate::app::views::Named]| {
        list.iter().map(|named| named.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mine = wave.approvals.iter().any(|person| person.id == me);
    html! {
        section .card {
            h2 { "Wave " (number) ": " (wave.level.replace('-', " ")) }
            dl {
                dt { "Audience" }
                dd { @if wave.sectors.is_empty() { "every sector with exposure" } @else { (wave.sectors.join(", ")) } }
                dt { "Draft" } dd { "revision " (wave.revision) }
                dt { "Approved by" } dd { (names(&wave.approvals)) }
                dt { "Sent" } dd { @if let Some(at) = wave.sent_at { (time(at)) } @else { "not yet" } }
                @if !wave.recipients.is_empty() { dt { "Reached" } dd { (names(&wave.recipients)) } }
            }
            @if wave.sent_at.is_none() && mine { p { "You approved it. Another person must approve before it is sent." } }
            @if wave.sent_at.is_none() && !mine {
                form .act method="post" action={ "/cases/" (case.id) } {
                    (token) input type="hidden" name="act" value="approve-wave";
                    input type="hidden" name="wave" value=(wave.id);
                    button type="submit" { "Approve this wave" }
                }
            }
        }
    }
}

fn release_card(case: &CaseView, release: &ReleaseView, token: &Markup, me: &str) -> Markup {
    let mine = release.approvals.iter().any(|person| person.id == me);
    let names: Vec<&str> = release.approvals.iter().map(|person| person.name.as_str()).collect();
    html! {
        section .card {
            h2 { "Release" }
            dl {
                dt { "Reason" } dd { (release.reason.replace('-', " ")) }
                dt { "Approved by" } dd { (names.join(", ")) }
                dt { "Released" }
                dd { @if let Some(at) = release.released_at {
                    (time(at)) " as " a href={ "/advisories/" (case.number) } { (case.number) }
                } @else { "not yet" } }
            }
            @if release.released_at.is_none() && mine { p { "You approved it. Another person must approve." } }
            @if release.released_at.is_none() && !mine { (simple(case, token, "approve-release", "Approve the release")) }
        }
    }
}

/// The vendor's part of the page.
pub(super) fn vendor(case: &CaseView, own: &VendorView, token: &Markup) -> Markup {
    let action = format!("/cases/{}", case.id);
    html! {
        section .card {
            h2 { "Your part as the vendor" }
            @if matches!(own.consent.as_str(), "invited" | "lapsed") {
                p { "A vulnerability in your products was found. Accept the embargo terms above to read what it is." }
                form .act method="post" action=(action) {
                    (token) input type="hidden" name="act" value="answer-terms";
                    button type="submit" name="accept" value="yes" { "Accept the embargo terms" }
                    button .second type="submit" name="accept" value="no" { "Decline" }
                }
            } @else {
                p { "You stand to the terms as: " (own.consent) "." }
                @if let Some(status) = &own.status { p { "You stated: " (status.replace('-', " ")) } (text(&own.statement)) }
                form .act method="post" action=(action) {
                    (token) input type="hidden" name="act" value="state";
                    label for="status" { "Are your products affected?" }
                    select #status name="status" {
                        option value="affected" { "affected" }
                        option value="not-affected" { "not affected" }
                        option value="unknown" { "not known yet" }
                    }
                    label for="statement" { "In your words" }
                    textarea #statement name="statement" rows="3" required {}
                    button type="submit" { "State it" }
                }
                (duties(case, token))
                (others(case, own, token))
            }
        }
    }
}

/// Duties to report whose time runs.
fn duties(case: &CaseView, token: &Markup) -> Markup {
    let one = |duty: &DutyView| {
        html! {
            li {
                (duty.what) " (" (duty.source) "): by " (time(duty.due_at)) ". "
                @if let Some(done) = duty.done_at { "You said that it is done, " (time(done)) "." } @else {
                    form .act method="post" action={ "/cases/" (case.id) } {
                        (token) input type="hidden" name="act" value="report-duty";
                        input type="hidden" name="duty" value=(duty.id);
                        button .second type="submit" aria-label={ "It is done: " (duty.what) } { "It is done" }
                    }
                }
            }
        }
    };
    html! {
        @if !case.duties.is_empty() {
            h3 { "Duties to report while it is exploited" }
            p { "Whether they bind you, your own counsel knows. Nobody reports for you." }
            ul { @for duty in &case.duties { (one(duty)) } }
        }
    }
}

/// The other vendors, once all agreed; until then nothing says whether there are any.
fn others(case: &CaseView, own: &VendorView, token: &Markup) -> Markup {
    let (value, words) = if own.shows {
        ("no", "Do not show us to other vendors any more")
    } else {
        ("yes", "Show us to the other vendors of this case, if there are any")
    };
    html! {
        @if !case.others.is_empty() {
            h3 { "Other vendors" }
            @for vendor in &case.others {
                p { strong { (vendor.org.name) } ": "
                    (vendor.status.as_deref().unwrap_or("no statement yet").replace('-', " "))
                    @if let Some(by) = vendor.fix_by { "; fix promised by " (time(by)) }
                    @if !vendor.fixed_in.is_empty() { "; fixed in " (vendor.fixed_in.join(", ")) } }
                (text(&vendor.statement))
            }
        }
        @if own.consent == "signatory" {
            form .act method="post" action={ "/cases/" (case.id) } {
                (token) input type="hidden" name="act" value="show-vendor";
                button .second type="submit" name="show" value=(value) { (words) }
            }
            p .quiet { "They see you, and you them, once every vendor of the case agrees." }
        }
    }
}

fn simple(case: &CaseView, token: &Markup, act: &str, words: &str) -> Markup {
    html! {
        form .act method="post" action={ "/cases/" (case.id) } {
            (token) input type="hidden" name="act" value=(act);
            button type="submit" { (words) }
        }
    }
}
