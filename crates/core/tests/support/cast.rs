//! Who acts in the tests.

use std::collections::BTreeMap;

use forewarn_core::access::{Actor, Member, Role, Scope};
use forewarn_core::ids::{CredentialId, OrgId, PrincipalId};
use uuid::Uuid;

/// An organisation by number.
pub fn org(number: u128) -> OrgId {
    OrgId(Uuid::from_u128(number))
}

/// A principal by number.
pub fn principal(number: u128) -> PrincipalId {
    PrincipalId(Uuid::from_u128(number))
}

pub const CENTRE: u128 = 0x100;
pub const OTHER_CENTRE: u128 = 0x200;
pub const FINDER: u128 = 0x300;
pub const VENDOR: u128 = 0x400;
pub const SECOND_VENDOR: u128 = 0x500;
pub const OPERATOR: u128 = 0x600;
pub const RELAY: u128 = 0x700;
pub const AUDITOR: u128 = 0x800;
pub const LAB: u128 = 0x900;
pub const OTHER_LAB: u128 = 0xa00;

/// A member with every scope, so that only role, relation and the rules decide.
pub fn member(of: u128, number: u128, role: Role, person: bool) -> Actor {
    Actor::Member(Member {
        principal: principal(of + number),
        org: org(of),
        person,
        roles: [role].into(),
        scopes: Scope::ALL.iter().copied().collect(),
        credential: CredentialId(Uuid::from_u128(of + number)),
        acts_for: BTreeMap::new(),
    })
}

/// The same member with these scopes only.
pub fn scoped(actor: Actor, scopes: &[Scope]) -> Actor {
    match actor {
        Actor::Member(mut member) => {
            member.scopes = scopes.iter().copied().collect();
            Actor::Member(member)
        }
        other => other,
    }
}

/// First coordinator of the case's centre, a person.
pub fn alice() -> Actor {
    member(CENTRE, 1, Role::Coordinator, true)
}
/// Second coordinator of the case's centre, a person.
pub fn bob() -> Actor {
    member(CENTRE, 2, Role::Coordinator, true)
}
/// Third coordinator of the case's centre, a person.
pub fn carol() -> Actor {
    member(CENTRE, 3, Role::Coordinator, true)
}
/// A service of the case's centre.
pub fn bot() -> Actor {
    member(CENTRE, 4, Role::Coordinator, false)
}
/// A coordinator of another centre.
pub fn stranger() -> Actor {
    member(OTHER_CENTRE, 1, Role::Coordinator, true)
}
/// An AI system that finds vulnerabilities.
pub fn finder() -> Actor {
    member(FINDER, 1, Role::Finder, false)
}
/// A person of the vendor.
pub fn vendor() -> Actor {
    member(VENDOR, 1, Role::Vendor, true)
}
/// A person of another vendor.
pub fn second_vendor() -> Actor {
    member(SECOND_VENDOR, 1, Role::Vendor, true)
}
/// A person of an operator.
pub fn operator() -> Actor {
    member(OPERATOR, 1, Role::Operator, true)
}
/// A person of a relay.
pub fn relay() -> Actor {
    member(RELAY, 1, Role::Relay, true)
}
/// A person of an organisation that validates.
pub fn lab() -> Actor {
    member(LAB, 1, Role::Validator, true)
}
/// A person of another one.
pub fn other_lab() -> Actor {
    member(OTHER_LAB, 1, Role::Validator, true)
}
/// An auditor.
pub fn auditor() -> Actor {
    member(AUDITOR, 1, Role::Auditor, true)
}
