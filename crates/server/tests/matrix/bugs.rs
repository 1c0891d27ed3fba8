//! Rows of the access table as somebody might get them wrong.

use forewarn_core::access::Ground::{self, Anyone, Delegate, Related, Role as ByRole, System};
use forewarn_core::access::Relation::{
    Coordinating, Finder, Owner, Recipient, Submitter, Validator, Vendor, VendorInvited,
};
use forewarn_core::access::{Act, Role, Scope};

/// One wrong row.
pub struct Bug {
    /// What it lets happen.
    pub what: &'static str,
    /// The act whose row it is.
    pub act: Act,
    /// The scope it asks for.
    pub scope: Option<Scope>,
    /// Its grounds.
    pub grounds: &'static [Ground],
}

const fn bug(what: &'static str, act: Act, scope: Option<Scope>, grounds: &'static [Ground]) -> Bug {
    Bug { what, act, scope, grounds }
}

/// The rows: a role too many, a relation that is not asked for, a scope that is missing.
pub const BUGS: &[Bug] = &[
    bug(
        "any operator sees every organisation",
        Act::SeeOrganisation,
        Some(Scope::Admin),
        &[Anyone(Owner), ByRole(Role::Operator), ByRole(Role::Coordinator), System],
    ),
    bug(
        "vendors enrol",
        Act::Enrol,
        Some(Scope::Admin),
        &[ByRole(Role::Coordinator), ByRole(Role::Vendor), System],
    ),
    bug(
        "operators issue credentials of others",
        Act::IssueCredential,
        Some(Scope::Admin),
        &[ByRole(Role::Coordinator), ByRole(Role::Operator), System],
    ),
    bug(
        "operators submit findings",
        Act::SubmitFinding,
        Some(Scope::Findings),
        &[ByRole(Role::Finder), ByRole(Role::Coordinator), ByRole(Role::Operator)],
    ),
    bug(
        "vendors see every finding",
        Act::SeeFinding,
        Some(Scope::Findings),
        &[Anyone(Submitter), ByRole(Role::Coordinator), ByRole(Role::Vendor), System],
    ),
    bug(
        "auditors see every finding",
        Act::SeeFinding,
        Some(Scope::Findings),
        &[Anyone(Submitter), ByRole(Role::Coordinator), ByRole(Role::Auditor), System],
    ),
    bug(
        "coordinators add to findings of others",
        Act::Attach,
        Some(Scope::Findings),
        &[Related(Role::Finder, Submitter), ByRole(Role::Coordinator)],
    ),
    bug(
        "validators read every reproducer",
        Act::SeeAttachment,
        Some(Scope::Findings),
        &[Anyone(Submitter), ByRole(Role::Coordinator), ByRole(Role::Validator)],
    ),
    bug(
        "finders read the evidence of triage",
        Act::SeeFindingEvidence,
        Some(Scope::Findings),
        &[ByRole(Role::Coordinator), Anyone(Submitter)],
    ),
    bug(
        "finders triage",
        Act::TriageFinding,
        Some(Scope::Cases),
        &[ByRole(Role::Coordinator), ByRole(Role::Finder), System],
    ),
    bug(
        "vendors push inventories",
        Act::PushInventory,
        Some(Scope::Inventory),
        &[ByRole(Role::Operator), ByRole(Role::Relay), ByRole(Role::Vendor)],
    ),
    bug(
        "operators see each other's inventories",
        Act::SeeInventory,
        Some(Scope::Inventory),
        &[ByRole(Role::Operator), System],
    ),
    bug(
        "operators see every case",
        Act::SeeCase,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), ByRole(Role::Operator), System],
    ),
    bug(
        "relays see every case",
        Act::SeeCase,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), ByRole(Role::Relay), System],
    ),
    bug(
        "auditors read the detail of cases",
        Act::SeeDetail,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor), ByRole(Role::Auditor)],
    ),
    bug(
        "vendors see who is exposed",
        Act::SeeParties,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor)],
    ),
    bug(
        "vendors read the timeline",
        Act::SeeTimeline,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), ByRole(Role::Auditor), Related(Role::Vendor, Vendor)],
    ),
    bug(
        "auditors take evidence with salts",
        Act::SeeEvidence,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), ByRole(Role::Auditor)],
    ),
    bug(
        "finders see the priority",
        Act::SeePriority,
        Some(Scope::Cases),
        &[
            Related(Role::Coordinator, Coordinating),
            Related(Role::Vendor, Vendor),
            Related(Role::Finder, Finder),
            System,
        ],
    ),
    bug(
        "vendors set their own priority",
        Act::AnswerPriority,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor)],
    ),
    bug(
        "auditors import catalogues",
        Act::ImportCatalogue,
        Some(Scope::Admin),
        &[ByRole(Role::Coordinator), ByRole(Role::Auditor), System],
    ),
    bug(
        "vendors see what validators see",
        Act::SeeValidation,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), ByRole(Role::Vendor)],
    ),
    bug(
        "vendors write the advisory",
        Act::WorkCase,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor)],
    ),
    bug(
        "auditors follow notices",
        Act::FollowNotice,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), ByRole(Role::Auditor)],
    ),
    bug(
        "operators read each other's notices",
        Act::SeeNotice,
        Some(Scope::Notices),
        &[ByRole(Role::Operator), Delegate(Role::Relay, Recipient), System],
    ),
    bug(
        "relays read every notice",
        Act::SeeNotice,
        Some(Scope::Notices),
        &[Anyone(Recipient), ByRole(Role::Relay), System],
    ),
    bug(
        "coordinators see how others are reached",
        Act::SeeContacts,
        Some(Scope::Admin),
        &[Anyone(Owner), ByRole(Role::Coordinator), System],
    ),
    bug(
        "vendors see the roll-up",
        Act::SeeRollup,
        Some(Scope::Cases),
        &[Related(Role::Coordinator, Coordinating), ByRole(Role::Auditor), Related(Role::Vendor, Vendor)],
    ),
    bug(
        "operators read the log",
        Act::ReadLog,
        Some(Scope::Log),
        &[ByRole(Role::Coordinator), ByRole(Role::Auditor), ByRole(Role::Operator)],
    ),
    bug(
        "auditors read metrics",
        Act::ReadMetrics,
        Some(Scope::Metrics),
        &[ByRole(Role::Coordinator), ByRole(Role::Auditor)],
    ),
    bug(
        "cases need no scope",
        Act::SeeCase,
        None,
        &[
            Related(Role::Coordinator, Coordinating),
            Related(Role::Vendor, Vendor),
            Related(Role::Vendor, VendorInvited),
            Related(Role::Finder, Finder),
            ByRole(Role::Auditor),
            Related(Role::Validator, Validator),
            System,
        ],
    ),
    bug(
        "notices need no scope",
        Act::SeeNotice,
        None,
        &[Anyone(Recipient), Delegate(Role::Relay, Recipient), System],
    ),
    bug(
        "findings are read with the scope for metrics",
        Act::SeeFinding,
        Some(Scope::Metrics),
        &[Anyone(Submitter), ByRole(Role::Coordinator), System],
    ),
    bug(
        "auditors read every reproducer",
        Act::SeeAttachment,
        Some(Scope::Findings),
        &[Anyone(Submitter), ByRole(Role::Coordinator), ByRole(Role::Auditor)],
    ),
    bug(
        "vendors issue credentials",
        Act::IssueCredential,
        Some(Scope::Admin),
        &[ByRole(Role::Coordinator), ByRole(Role::Vendor), System],
    ),
];
