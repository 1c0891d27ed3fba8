//! The only place that answers "may this actor see or do this".
//!
//! One table, [`rule`], says for every [`Act`] which roles in which [`Relation`] to the thing may do it. It has two
//! readings of one [`Filter`]: [`Filter::admits`] in memory, and the SQL the store renders from the same value.
//! What no row grants is refused; what an actor may not see answers exactly like what does not exist.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use forewarn_exposure::Affected;
use serde::{Deserialize, Serialize};

#[cfg(feature = "seeded-bugs")]
pub mod seeded;

use crate::aggregate::Facets;
use crate::case::{Case, Content};
use crate::ids::{CredentialId, OrgId, PrincipalId, WaveId};
use crate::notice::Notice;
use crate::priority::{Decision, Standing};
use crate::reading::{Reader, Thing};
use crate::secret::Secret;
use crate::sharing::ContentLevel;

/// What an organisation is in the clearinghouse. One organisation may hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reports vulnerabilities.
    Finder,
    /// Maintains affected software.
    Vendor,
    /// Runs the clearinghouse's cases.
    Coordinator,
    /// Runs critical infrastructure.
    Operator,
    /// Acts for operators (an ISAC, a managed provider).
    Relay,
    /// Checks that the rules were kept.
    Auditor,
    /// Checks whether what others found is real.
    Validator,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Role] = &[
        Role::Finder,
        Role::Vendor,
        Role::Coordinator,
        Role::Operator,
        Role::Relay,
        Role::Auditor,
        Role::Validator,
    ];

    /// The name used in documents and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Finder => "finder",
            Role::Vendor => "vendor",
            Role::Coordinator => "coordinator",
            Role::Operator => "operator",
            Role::Relay => "relay",
            Role::Auditor => "auditor",
            Role::Validator => "validator",
        }
    }
}

/// How an organisation stands to one thing. Stored beside the thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// It is the organisation's own (its profile, inventory, credential).
    Owner,
    /// It submitted the finding.
    Submitter,
    /// It is the vendor, and two people gave it the proof of concept.
    ProofHolder,
    /// It coordinates the case.
    Coordinating,
    /// A finding of it is in the case.
    Finder,
    /// It is asked to join the case as vendor and has not yet consented to the embargo.
    VendorInvited,
    /// It is the case's vendor and has consented.
    Vendor,
    /// The notice is for it.
    Recipient,
    /// It has taken the case to check it, and its time has not run out.
    Validator,
}

impl Relation {
    /// Every relation.
    pub const ALL: &'static [Relation] = &[
        Relation::Owner,
        Relation::Submitter,
        Relation::ProofHolder,
        Relation::Coordinating,
        Relation::Finder,
        Relation::VendorInvited,
        Relation::Vendor,
        Relation::Recipient,
        Relation::Validator,
    ];

    /// The name used in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Relation::Owner => "owner",
            Relation::Submitter => "submitter",
            Relation::ProofHolder => "proof-holder",
            Relation::Coordinating => "coordinating",
            Relation::Finder => "finder",
            Relation::VendorInvited => "vendor-invited",
            Relation::Vendor => "vendor",
            Relation::Recipient => "recipient",
            Relation::Validator => "validator",
        }
    }
}

/// What a credential may be used for; a token carries a subset of what its holder may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Submit findings and read one's own.
    #[serde(rename = "findings")]
    Findings,
    /// Push inventories and read one's own.
    #[serde(rename = "inventory")]
    Inventory,
    /// Read, acknowledge and report on notices.
    #[serde(rename = "notices")]
    Notices,
    /// Read and work on cases.
    #[serde(rename = "cases")]
    Cases,
    /// Enrol organisations and people, issue and revoke credentials.
    #[serde(rename = "admin")]
    Admin,
    /// Read the transparency log and proofs.
    #[serde(rename = "log")]
    Log,
    /// Read the service's metrics.
    #[serde(rename = "metrics")]
    Metrics,
}

impl Scope {
    /// Every scope.
    pub const ALL: &'static [Scope] = &[
        Scope::Findings,
        Scope::Inventory,
        Scope::Notices,
        Scope::Cases,
        Scope::Admin,
        Scope::Log,
        Scope::Metrics,
    ];
}

/// Someone with a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub principal: PrincipalId,
    /// For whom.
    pub org: OrgId,
    /// Whether a person is behind it; sensitive acts need people.
    pub person: bool,
    /// The roles of this principal: its own, within those of its organisation.
    pub roles: BTreeSet<Role>,
    /// What the credential in use allows.
    pub scopes: BTreeSet<Scope>,
    /// The credential in use.
    pub credential: CredentialId,
    /// Organisations that named this one as their delegate, each with the level up to which it reads for them.
    pub acts_for: BTreeMap<OrgId, ContentLevel>,
}

/// As what somebody is shown a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeenAs {
    /// Its coordinator, or a coordinator at all.
    Coordinator,
    /// A finder of it.
    Finder,
    /// A vendor of it.
    Vendor,
    /// The validator that holds it.
    Validator,
    /// The recipient.
    Recipient,
    /// A relay that acts for the recipient.
    Relay,
    /// An auditor.
    Auditor,
    /// None of these.
    Nobody,
}

impl SeenAs {
    const BY_RELATION: &'static [(Relation, SeenAs)] = &[
        (Relation::Coordinating, SeenAs::Coordinator),
        (Relation::Submitter, SeenAs::Finder),
        (Relation::Finder, SeenAs::Finder),
        (Relation::ProofHolder, SeenAs::Vendor),
        (Relation::Vendor, SeenAs::Vendor),
        (Relation::VendorInvited, SeenAs::Vendor),
        (Relation::Validator, SeenAs::Validator),
        (Relation::Recipient, SeenAs::Recipient),
    ];
    const BY_ROLE: &'static [(Role, SeenAs)] = &[
        (Role::Coordinator, SeenAs::Coordinator),
        (Role::Relay, SeenAs::Relay),
        (Role::Auditor, SeenAs::Auditor),
        (Role::Vendor, SeenAs::Vendor),
        (Role::Finder, SeenAs::Finder),
        (Role::Validator, SeenAs::Validator),
    ];

    /// The words for somebody who may not know who it was.
    pub fn words(self) -> &'static str {
        match self {
            SeenAs::Coordinator => "a coordinator",
            SeenAs::Finder => "a finder",
            SeenAs::Vendor => "a vendor",
            SeenAs::Validator => "a validator",
            SeenAs::Recipient => "a recipient",
            SeenAs::Relay => "a relay",
            SeenAs::Auditor => "an auditor",
            SeenAs::Nobody => "somebody",
        }
    }
}

/// How much of a record of a read somebody is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadShown {
    /// Who it was, by name.
    Named,
    /// As what it was shown, and no name.
    Role,
    /// Nothing.
    Hidden,
}

/// How much of a record of a read `to` is shown, who may see that there are such records. Whoever sees the case's parties
/// (`parties`) sees it whole. Others see names of their own organisation only, and nothing of notices, messages and other
/// finders: that a recipient reads says that somebody runs the software, and that another finder reads that there is one.
pub fn read_shown(to: &Actor, parties: bool, reader: &Reader, thing: &Thing) -> ReadShown {
    let own = to.org() == Some(reader.org);
    match thing.seen_as {
        _ if parties || own => ReadShown::Named,
        SeenAs::Finder => ReadShown::Hidden,
        _ if thing.concerns_the_report() => ReadShown::Role,
        _ => ReadShown::Hidden,
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody known.
    Public,
    /// The service itself: workers, timers, and the administrator at the machine.
    System,
    /// A member.
    Member(Member),
}

impl Actor {
    /// How the actor is written into events.
    pub fn label(&self) -> String {
        match self {
            Actor::Public => "public".into(),
            Actor::System => "system".into(),
            Actor::Member(member) => member.principal.to_string(),
        }
    }

    /// Whether it is a member with the role of coordinator.
    pub fn coordinates(&self) -> bool {
        matches!(self, Actor::Member(member) if member.roles.contains(&Role::Coordinator))
    }

    /// The organisation acted for.
    pub fn org(&self) -> Option<OrgId> {
        match self {
            Actor::Member(member) => Some(member.org),
            Actor::Public | Actor::System => None,
        }
    }

    /// The principal, when it is a person.
    pub fn person(&self) -> Option<PrincipalId> {
        match self {
            Actor::Member(member) if member.person => Some(member.principal),
            _ => None,
        }
    }
}

/// On what ground a row of the table grants an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The role alone.
    Role(Role),
    /// The role, and the organisation stands in this relation to the thing.
    Related(Role, Relation),
    /// Any member whose organisation stands in this relation to the thing, whatever its role.
    Anyone(Relation),
    /// The role, and an organisation that named the member's as its delegate stands in this relation to the thing.
    Delegate(Role, Relation),
    /// The thing is public.
    Public,
    /// The service itself only.
    System,
}

/// A row of the table: the scope a credential needs (`None`: no credential needed) and the grounds.
pub type Row = (Option<Scope>, &'static [Ground]);

/// The access table.
pub fn rule(act: Act) -> Row {
    #[cfg(feature = "seeded-bugs")]
    if let Some(row) = seeded::row(act) {
        return row;
    }
    written(act)
}

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident: $scope:expr, [$($ground:expr),*];)+) => {
        /// Everything that can be seen or done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Act { $($(#[$doc])* $name),+ }

        impl Act {
            /// Every act.
            pub const ALL: &'static [Act] = &[$(Act::$name),+];
        }

        fn written(act: Act) -> Row {
            match act { $(Act::$name => ($scope, &[$($ground),*])),+ }
        }
    };
}

use Ground::{Anyone, Delegate, Public, Related, Role as ByRole, System};
use Relation::{
    Coordinating, Finder, Owner, ProofHolder, Recipient, Submitter, Validator, Vendor, VendorInvited,
};

acts! {
    /// See one's own organisation, or any as a coordinator with the admin scope.
    SeeOrganisation: Some(Scope::Admin), [Anyone(Owner), ByRole(Role::Coordinator), System];
    /// Enrol organisations and people.
    Enrol: Some(Scope::Admin), [ByRole(Role::Coordinator), System];
    /// Issue and revoke credentials of any organisation.
    IssueCredential: Some(Scope::Admin), [ByRole(Role::Coordinator), System];
    /// See that a credential exists, to revoke it.
    SeeCredential: None, [Anyone(Owner), ByRole(Role::Coordinator), System];
    /// Submit findings.
    SubmitFinding: Some(Scope::Findings), [ByRole(Role::Finder), ByRole(Role::Coordinator)];
    /// See that a finding was received and what became of it.
    SeeFinding: Some(Scope::Findings), [Anyone(Submitter), ByRole(Role::Coordinator), System];
    /// Add a reproducer, trace or patch to a finding.
    Attach: Some(Scope::Findings), [Related(Role::Finder, Submitter), Related(Role::Coordinator, Submitter)];
    /// Read a finding's reproducers, traces and patches: its finder, coordinators, and a vendor that two people gave the
    /// proof of concept while it consents to the embargo.
    SeeAttachment: Some(Scope::Findings), [Anyone(Submitter), ByRole(Role::Coordinator)];
    /// The vendor's way to the same.
    SeeProof: Some(Scope::Cases), [ByRole(Role::Coordinator), Related(Role::Vendor, ProofHolder)];
    /// Take a copy of a finding's events with the salts that prove them in the log.
    SeeFindingEvidence: Some(Scope::Cases), [ByRole(Role::Coordinator)];
    /// Accept, decline or send back findings; open cases from them.
    TriageFinding: Some(Scope::Cases), [ByRole(Role::Coordinator), System];
    /// Push an inventory of one's own.
    PushInventory: Some(Scope::Inventory), [ByRole(Role::Operator), ByRole(Role::Relay)];
    /// See an inventory.
    SeeInventory: Some(Scope::Inventory), [Anyone(Owner), System];
    /// See that a case exists, its number and state.
    SeeCase: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor),
        Related(Role::Vendor, VendorInvited), Related(Role::Finder, Finder), ByRole(Role::Auditor),
        Related(Role::Validator, Validator), System];
    /// See title, advisory drafts and affected products of a case.
    SeeDetail: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor)];
    /// See embargo terms.
    SeeEmbargo: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor),
        Related(Role::Vendor, VendorInvited)];
    /// See the findings behind a case, finders, waves, recipients and exposure.
    SeeParties: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating)];
    /// See the timeline of a case.
    SeeTimeline: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), ByRole(Role::Auditor)];
    /// Take a copy of the case's events with the salts that prove them in the log.
    SeeEvidence: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating)];
    /// See where a case stands in the order, and why. Numbers of exposed operators need `SeeParties` as well.
    SeePriority: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor), System];
    /// Answer a question of a case's priority by hand.
    AnswerPriority: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating)];
    /// Import a catalogue: KEV or EPSS.
    ImportCatalogue: Some(Scope::Admin), [ByRole(Role::Coordinator), System];
    /// See which editions of the catalogues are in force.
    SeeCatalogue: Some(Scope::Cases), [ByRole(Role::Coordinator), System];
    /// Take the next case that waits for a check. Which one is not the validator's choice.
    TakeValidation: Some(Scope::Cases), [ByRole(Role::Validator)];
    /// See what a check needs: title, what is affected, and the reports without their finders.
    SeeValidation: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Validator, Validator)];
    /// Say whether a case is real.
    CheckCase: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Validator, Validator),
        Related(Role::Vendor, Vendor)];
    /// Dispute a case.
    DisputeCase: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor),
        Related(Role::Validator, Validator)];
    /// See a finder's track record.
    SeeRecord: Some(Scope::Cases), [ByRole(Role::Coordinator), System];
    /// Set a vendor's pace.
    SetPace: Some(Scope::Cases), [Related(Role::Vendor, Owner)];
    /// See a vendor's pace.
    SeePace: Some(Scope::Cases), [Related(Role::Vendor, Owner), ByRole(Role::Coordinator), System];
    /// See which cases wait for a vendor's pace: the vendor does not know of them yet.
    SeePaceQueue: Some(Scope::Cases), [ByRole(Role::Coordinator), System];
    /// Work on a case: judge suggested matches, invite the vendor, draft, set terms, close, withdraw, reopen.
    WorkCase: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating)];
    /// Answer the embargo terms and the case as its vendor.
    AnswerAsVendor: Some(Scope::Cases), [Related(Role::Vendor, Vendor), Related(Role::Vendor, VendorInvited)];
    /// Report that a trigger for an early end of the embargo has come.
    RaiseTrigger: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor),
        Related(Role::Finder, Finder)];
    /// Write to the other side of a case, and read what it wrote: each party for itself, the coordinators with each.
    TalkOnCase: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor),
        Related(Role::Vendor, VendorInvited), Related(Role::Finder, Finder), Related(Role::Validator, Validator)];
    /// See a thread of messages, as one of its two sides.
    SeeThread: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Anyone(Owner), System];
    /// Record that a fix is ready.
    RecordFix: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Vendor, Vendor)];
    /// Propose or approve sharing and release.
    Approve: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating)];
    /// Decide that a case that is over is destroyed for ever. It takes two.
    ShredCase: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating)];
    /// Let an embargo expire, or follow new exposure under an approved wave.
    Tick: None, [System];
    /// See a notice.
    SeeNotice: Some(Scope::Notices), [Anyone(Recipient), Delegate(Role::Relay, Recipient), System];
    /// Acknowledge and report on a notice.
    AnswerNotice: Some(Scope::Notices), [Related(Role::Operator, Recipient), Related(Role::Relay, Recipient),
        Delegate(Role::Relay, Recipient)];
    /// Answer the embargo terms of a notice: they bind the recipient, so no delegate answers them.
    ConsentNotice: Some(Scope::Notices), [Related(Role::Operator, Recipient), Related(Role::Relay, Recipient)];
    /// Follow how a notice fares: delivered, opened, acknowledged, remediation.
    FollowNotice: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating)];
    /// Call the recipient of a notice, and settle alarms about it.
    TendNotice: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating)];
    /// Report what a mail server says became of a mail; nothing of the notice is told.
    NoteBounce: Some(Scope::Notices), [ByRole(Role::Coordinator), System];
    /// Hear that an organisation's webhook is not tried any more.
    SeeChannelAlarm: Some(Scope::Cases), [ByRole(Role::Coordinator)];
    /// See how one's own organisation is reached and who acts for it.
    SeeContacts: Some(Scope::Admin), [Anyone(Owner), System];
    /// Say how one's own organisation is reached.
    SetContacts: Some(Scope::Admin), [Anyone(Owner), System];
    /// Say how a vendor takes part: itself, or a coordinator for a project that says so in public.
    SetVendorMode: Some(Scope::Admin), [Related(Role::Vendor, Owner), ByRole(Role::Coordinator), System];
    /// Write down what an organisation's security.txt says.
    SetSecurityContact: Some(Scope::Admin), [Anyone(Owner), ByRole(Role::Coordinator), System];
    /// Name a relay that acts for one's own organisation, or take that back.
    NameDelegate: Some(Scope::Admin), [Related(Role::Operator, Owner)];
    /// See who read what of a case: its coordinators all of it, a finder what concerns the report and no recipient.
    SeeReads: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), Related(Role::Finder, Finder), System];
    /// See who read a finding.
    SeeFindingReads: Some(Scope::Findings), [Anyone(Submitter), ByRole(Role::Coordinator)];
    /// Hear that a member reads more than is usual, and say what came of it.
    SettleReadingAlarm: Some(Scope::Cases), [ByRole(Role::Coordinator)];
    /// See which keys an organisation's notices are sealed to.
    SeeSealingKeys: Some(Scope::Notices), [Related(Role::Operator, Owner), Related(Role::Relay, Owner),
        ByRole(Role::Coordinator), System];
    /// Propose keys for one's own notices.
    ProposeSealingKey: Some(Scope::Notices), [Related(Role::Operator, Owner), Related(Role::Relay, Owner)];
    /// Approve or remove keys: people of the organisation, and coordinators for one that has not two.
    ChangeSealingKey: Some(Scope::Admin), [Related(Role::Operator, Owner), Related(Role::Relay, Owner),
        ByRole(Role::Coordinator)];
    /// See a roll-up of how notices fare, by sector; no recipient's row.
    SeeRollup: Some(Scope::Cases), [Related(Role::Coordinator, Coordinating), ByRole(Role::Auditor)];
    /// Count one's own findings.
    CountFindings: Some(Scope::Findings), [Anyone(Submitter)];
    /// Count the cases one is asked to join or has joined as vendor.
    CountCases: Some(Scope::Cases), [Related(Role::Vendor, Vendor), Related(Role::Vendor, VendorInvited)];
    /// Count one's own notices.
    CountNotices: Some(Scope::Notices), [Anyone(Recipient)];
    /// See a published advisory.
    SeeAdvisory: None, [Public];
    /// Read the log of acts: its size and growth say how much is hidden, so only the public log is for anybody.
    ReadLog: Some(Scope::Log), [ByRole(Role::Coordinator), ByRole(Role::Auditor)];
    /// Read metrics.
    ReadMetrics: Some(Scope::Metrics), [ByRole(Role::Coordinator)];
}

/// Which things of a category an actor may see or act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// None of them.
    Nothing,
    /// All of them.
    Everything,
    /// Those that are public, if `public`, and those to which an organisation stands in one of its `related`.
    Some {
        /// Whether public things are admitted.
        public: bool,
        /// Organisations and their admitting relations: the actor's own, and those it acts for.
        related: BTreeMap<OrgId, BTreeSet<Relation>>,
    },
}

impl Filter {
    /// The in-memory reading.
    pub fn admits(&self, facets: &Facets) -> bool {
        match self {
            Filter::Nothing => false,
            Filter::Everything => true,
            Filter::Some { public, related } => {
                (*public && facets.public)
                    || facets.relations.iter().any(|(org, relation)| {
                        related.get(org).is_some_and(|relations| relations.contains(relation))
                    })
            }
        }
    }

    /// The part of it that is admitted because of one organisation's relations.
    #[must_use]
    pub fn because_of(self, org: OrgId) -> Self {
        let relations = match self {
            Filter::Nothing => None,
            Filter::Everything => Some(Relation::ALL.iter().copied().collect()),
            Filter::Some { mut related, .. } => related.remove(&org),
        };
        relations.map_or(Filter::Nothing, |relations| Filter::Some {
            public: false,
            related: BTreeMap::from([(org, relations)]),
        })
    }
}

/// The things on which `actor` may do `act`.
pub fn filter(actor: &Actor, act: Act) -> Filter {
    let (scope, grounds) = rule(act);
    let member = match actor {
        Actor::System if grounds.contains(&System) => return Filter::Everything,
        Actor::Member(member) if scope.is_none_or(|s| member.scopes.contains(&s)) => Some(member),
        _ => None,
    };
    let mut public = false;
    let mut related: BTreeMap<OrgId, BTreeSet<Relation>> = BTreeMap::new();
    for ground in grounds {
        match (ground, member) {
            (Public, _) => public = true,
            (ByRole(role), Some(m)) if m.roles.contains(role) => return Filter::Everything,
            (Related(role, relation), Some(m)) if m.roles.contains(role) => {
                related.entry(m.org).or_default().insert(*relation);
            }
            (Anyone(relation), Some(m)) => {
                related.entry(m.org).or_default().insert(*relation);
            }
            (Delegate(role, relation), Some(m)) if m.roles.contains(role) => {
                for org in m.acts_for.keys() {
                    related.entry(*org).or_default().insert(*relation);
                }
            }
            _ => {}
        }
    }
    if !public && related.is_empty() { Filter::Nothing } else { Filter::Some { public, related } }
}

/// Up to which level an actor that is not the recipient itself reads; `None` for the recipient.
fn delegated_level(actor: &Actor, recipient: Option<OrgId>) -> Option<ContentLevel> {
    match (actor, recipient) {
        (Actor::Member(member), Some(org)) if member.org != org => {
            Some(member.acts_for.get(&org).copied().unwrap_or(ContentLevel::Existence))
        }
        _ => None,
    }
}

/// Whether findings are taken from `actor` without an account: the policy switches it on, and nobody else needs it.
pub fn may_submit_anonymously(actor: &Actor, policy: &crate::policy::Policy) -> bool {
    *actor == Actor::Public && policy.profile.intake.anonymous
}

/// Whether `actor` may do `act` by role alone, where there is no thing to relate to.
pub fn may(actor: &Actor, act: Act) -> bool {
    filter(actor, act) == Filter::Everything
}

/// A thing nobody has been allowed to see yet. It has no accessor: [`Guarded::see`] is the way in.
#[derive(Clone, Debug)]
pub struct Guarded<T> {
    value: T,
    facets: Facets,
    version: u64,
}

impl<T> Guarded<T> {
    /// Wraps what the store loaded; `version` is the stream's.
    pub fn new(value: T, facets: Facets, version: u64) -> Self {
        Self { value, facets, version }
    }

    /// The thing, if `actor` may do `act` on it. `None` must be answered like a thing that does not exist.
    pub fn see(self, actor: &Actor, act: Act) -> Option<Visible<T>> {
        let admitted = filter(actor, act).admits(&self.facets);
        admitted.then(|| Visible {
            value: self.value,
            facets: self.facets,
            version: self.version,
            actor: actor.clone(),
        })
    }
}

impl Guarded<Standing> {
    /// What a recipient needs for its own decision: as much as its notice tells from level mitigation on.
    pub fn decision_for(&self, content: &Content) -> Option<&Decision> {
        let told = content.level >= ContentLevel::Mitigation;
        self.value.decision.as_ref().filter(|_| told).map(Secret::expose)
    }
}

impl Guarded<Case> {
    /// The content a notice stands for: exactly the text of its wave, at its level, once its recipient consented. A
    /// delegate reads up to the level its recipient gave it.
    pub fn content_of(&self, notice: &Visible<Notice>) -> Option<Content> {
        self.value.content_for(notice, delegated_level(&notice.actor, notice.org))
    }

    /// What the case affects, for a reader whose content of the notice says what to do about it: it looks at home.
    pub fn affected_of(&self, content: &Content) -> &[Affected] {
        let told = content.level >= ContentLevel::Mitigation;
        if told { self.value.affected.expose() } else { &[] }
    }
}

impl Visible<Case> {
    /// What a wave tells, without a recipient's marks, for the case's coordinators; `None` for everybody else.
    pub fn text_of(&self, wave: WaveId) -> Option<Content> {
        let wave = self.value.waves.get(&wave).filter(|_| self.may(Act::SeeParties))?;
        self.value.content_at(wave.revision, wave.level)
    }
}

/// A thing its reader may see. Only [`Guarded::see`] makes one.
#[derive(Clone, Debug)]
pub struct Visible<T> {
    value: T,
    facets: Facets,
    version: u64,
    actor: Actor,
}

impl<T> Visible<T> {
    /// Whether the same actor may also do `act` on it.
    pub fn may(&self, act: Act) -> bool {
        filter(&self.actor, act).admits(&self.facets)
    }

    /// Who sees it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// As what its reader sees it, for the record of reads: by its relation to the thing, or else by its role.
    pub fn seen_as(&self) -> SeenAs {
        let Actor::Member(member) = &self.actor else { return SeenAs::Nobody };
        let relations: BTreeSet<Relation> =
            self.facets.relations.iter().filter(|(org, _)| *org == member.org).map(|(_, r)| *r).collect();
        let by_relation = SeenAs::BY_RELATION.iter().find(|(relation, _)| relations.contains(relation));
        let by_role = || SeenAs::BY_ROLE.iter().find(|(role, _)| member.roles.contains(role));
        by_relation
            .map(|(_, seen_as)| *seen_as)
            .or_else(|| by_role().map(|(_, seen_as)| *seen_as))
            .unwrap_or(SeenAs::Nobody)
    }

    /// The stream version it was read at.
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl<T> Deref for Visible<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}
