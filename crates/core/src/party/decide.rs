//! The rules of an organisation.

use jiff::SignedDuration;

use super::{Command, Event, NAME_LIMIT, Organisation, Profile, VendorMode, WebhookHealth};
use crate::access::{Act, Actor, Role, filter, may};
use crate::aggregate::Aggregate;
use crate::approval;
use crate::decision::{Facts, Refusal, require};
use crate::ids::{OrgId, PrincipalId};
use std::collections::BTreeSet;

/// Decides a command on an organisation.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub fn decide(state: &Organisation, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Enrol { .. } | Command::AddPrincipal { .. } => enrolling(state, command, facts),
        Command::SetApprovalKey { principal, key } => approval_key(state, principal, key, facts),
        Command::SetContacts { contacts } => {
            own(state, Act::SetContacts, facts)?;
            contacts.check()?;
            Ok(if contacts == state.contacts && state.webhook == WebhookHealth::default() {
                vec![]
            } else {
                vec![Event::ContactsSet { contacts }]
            })
        }
        Command::SetVendorMode { mode } => {
            own(state, Act::SetVendorMode, facts)?;
            let vendor = state.profile.roles.contains(&Role::Vendor);
            require(vendor, Refusal::Rule("only a vendor has a mode"))?;
            let same = state.profile.vendor_mode == mode;
            Ok(if same { vec![] } else { vec![Event::VendorModeSet { mode }] })
        }
        Command::SetSecurityContact { contact } => {
            own(state, Act::SetSecurityContact, facts)?;
            contact.check(facts.now)?;
            let same = state.security_contact.as_ref() == Some(&contact);
            Ok(if same { vec![] } else { vec![Event::SecurityContactSet { contact }] })
        }
        Command::NameDelegate { relay, level } => {
            own(state, Act::NameDelegate, facts)?;
            let id = delegate(state, &relay, facts)?;
            let named = state.delegates.get(&id) == Some(&level);
            Ok(if named { vec![] } else { vec![Event::DelegateNamed { relay: id, level }] })
        }
        Command::RemoveDelegate { relay } => {
            own(state, Act::NameDelegate, facts)?;
            let named = state.delegates.contains_key(&relay);
            Ok(if named { vec![Event::DelegateRemoved { relay }] } else { vec![] })
        }
        Command::Keys(command) => super::keys::decide(state, command, facts),
        Command::NoteWebhook { taken } => {
            require(may(facts.actor, Act::Tick), Refusal::NotFound)?;
            Ok(note_webhook(state, taken, facts))
        }
    }
}

/// What an organisation's own administrators do, and for some acts others that the access table names.
fn own(state: &Organisation, act: Act, facts: &Facts<'_>) -> Result<(), Refusal> {
    let allowed = state.id.is_some() && filter(facts.actor, act).admits(&state.facets());
    require(allowed, Refusal::NotFound)
}

/// Whoever could register a key could approve in another's name, so it is done at the machine only, like enrolling
/// coordinators.
fn approval_key(
    state: &Organisation,
    principal: PrincipalId,
    key: Option<String>,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    require(
        *facts.actor == Actor::System,
        Refusal::Forbidden("approval keys are registered by `forewarn admin` at the machine only"),
    )?;
    let known = state.principals.get(&principal).ok_or(Refusal::NotFound)?;
    require(known.person, Refusal::Rule("only people approve, so a service has no approval key"))?;
    let message = "give an Ed25519 public key of 64 lower-case hexadecimal digits";
    let fits = key.as_deref().is_none_or(approval::is_key);
    require(fits, Refusal::Invalid { field: "/key", message })?;
    let others = state.approval_keys.iter().filter(|(holder, _)| **holder != principal);
    let taken = key.is_some() && others.map(|(_, held)| Some(held)).any(|held| held == key.as_ref());
    require(!taken, Refusal::Rule("this key is another person's; each needs a key of their own"))?;
    let same = state.approval_keys.get(&principal) == key.as_ref();
    Ok(if same { vec![] } else { vec![Event::ApprovalKeySet { principal, key }] })
}

/// A delegate reads under embargo, so it must be bound beforehand. What is no such relay and what does not exist are
/// told alike.
fn delegate(state: &Organisation, relay: &Organisation, facts: &Facts<'_>) -> Result<OrgId, Refusal> {
    let agreement = Some(&facts.policy.profile.lead.agreement);
    let bound =
        relay.profile.roles.contains(&Role::Relay) && relay.profile.standing_consent.as_ref() == agreement;
    let other = relay.id.filter(|id| bound && Some(*id) != state.id);
    other.ok_or(Refusal::Invalid {
        field: "/relay",
        message: "give the id of another organisation that is a relay and signed the standing embargo agreement",
    })
}

fn note_webhook(state: &Organisation, taken: bool, facts: &Facts<'_>) -> Vec<Event> {
    let WebhookHealth { failing_since, disabled_at } = state.webhook;
    if disabled_at.is_some() || state.contacts.webhook.is_none() {
        return vec![];
    }
    let patience = i64::from(facts.policy.profile.escalation.webhook_disabled_after_hours);
    match (taken, failing_since) {
        (true, Some(_)) => vec![Event::WebhookRecovered],
        (true, None) => vec![],
        (false, None) => vec![Event::WebhookFailing],
        (false, Some(since)) => {
            let over = facts.now.duration_since(since) >= SignedDuration::from_hours(patience);
            if over { vec![Event::WebhookDisabled] } else { vec![] }
        }
    }
}

fn enrolling(state: &Organisation, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    require(
        may(facts.actor, Act::Enrol),
        Refusal::Forbidden("enrolling needs a coordinator with the admin scope"),
    )?;
    match command {
        Command::Enrol { org, profile } => {
            require(state.id.is_none(), Refusal::Rule("this organisation is already enrolled"))?;
            check_profile(&profile, facts)?;
            at_the_machine(&profile.roles, facts)?;
            Ok(vec![Event::OrganisationEnrolled { org, profile }])
        }
        Command::AddPrincipal { principal } => {
            require(state.id.is_some(), Refusal::NotFound)?;
            check_name("/name", &principal.name)?;
            require(
                principal.roles.is_subset(&state.profile.roles) && !principal.roles.is_empty(),
                Refusal::Invalid {
                    field: "/roles",
                    message: "give at least one role, all within those of the organisation",
                },
            )?;
            at_the_machine(&principal.roles, facts)?;
            require(
                !state.principals.contains_key(&principal.id),
                Refusal::Rule("this principal already exists"),
            )?;
            Ok(vec![Event::PrincipalAdded { principal }])
        }
        _ => Ok(vec![]),
    }
}

/// Sharing and release need two coordinators, so one of them must not be able to make the other.
///
/// # Errors
/// [`Refusal::Forbidden`] when a member would make or act for a coordinator.
pub fn at_the_machine(roles: &BTreeSet<Role>, facts: &Facts<'_>) -> Result<(), Refusal> {
    let allowed = *facts.actor == Actor::System || !roles.contains(&Role::Coordinator);
    require(
        allowed,
        Refusal::Forbidden(
            "coordinators are enrolled and given credentials by `forewarn admin` at the machine only",
        ),
    )
}

fn check_profile(profile: &Profile, facts: &Facts<'_>) -> Result<(), Refusal> {
    check_name("/name", &profile.name)?;
    require(
        !profile.roles.is_empty(),
        Refusal::Invalid { field: "/roles", message: "give at least one role" },
    )?;
    let known = &facts.policy.profile.sectors;
    require(
        profile.sectors.iter().all(|sector| known.contains_key(sector)),
        Refusal::Invalid { field: "/sectors", message: "unknown sector code; the policy profile lists them" },
    )?;
    require(
        !profile.roles.contains(&Role::Operator) || !profile.sectors.is_empty(),
        Refusal::Invalid { field: "/sectors", message: "an operator needs at least one sector" },
    )?;
    let vendor = profile.roles.contains(&Role::Vendor) || profile.vendor_mode == VendorMode::default();
    require(vendor, Refusal::Invalid { field: "/vendor_mode", message: "only a vendor has a mode" })?;
    let country = profile.country.as_deref();
    require(
        country.is_none_or(is_country),
        Refusal::Invalid { field: "/country", message: "give an ISO 3166-1 alpha-2 code such as US" },
    )
}

pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

pub(crate) fn check_name(field: &'static str, name: &str) -> Result<(), Refusal> {
    let length = name.trim().chars().count();
    require(
        (1..=NAME_LIMIT).contains(&length) && !name.chars().any(char::is_control),
        Refusal::Invalid { field, message: "give 1 to 200 characters without control characters" },
    )
}
