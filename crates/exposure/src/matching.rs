//! Does an affected entry cover a component, and how sure is that?

mod named;
mod statements;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use self::statements::Statements;
use crate::affected::Affected;
use crate::identity::{Ecosystem, Identity};
use crate::index::Exposure;
use crate::inventory::Component;
use crate::range::ParsedRange;
use crate::version::{Scheme, Version};

use named::Named;

/// How sure a match is; the greater, the surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The same package or product, but the versions could not be compared: a person must decide.
    NeedsPerson,
    /// The same package or product, and one side says nothing about versions.
    ProductOnly,
    /// The version is inside an affected range.
    Range,
    /// The version is listed as affected.
    Exact,
}

impl Confidence {
    /// Name as shown and stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsPerson => "needs-person",
            Self::ProductOnly => "product-only",
            Self::Range => "range",
            Self::Exact => "exact",
        }
    }
}

/// A component that is, or may be, affected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hit {
    /// What matched: one range or `=version`; for the two lower confidences all that the entry states.
    pub range: String,
    /// How sure it is.
    pub confidence: Confidence,
}

impl Affected {
    /// Does this entry cover the component? `None` is a definite no: another identity, or a version that could
    /// be compared with everything stated here and is outside.
    ///
    /// - Distributions: an entry for a release covers components of that release; when a component's release is not
    ///   known, or the two names cannot be compared, a person must decide.
    /// - A listed version that is the same under the scheme (or the same text) is `Exact`.
    /// - Inside a range is `Range`; "all versions" also covers versions that cannot be read.
    /// - A component without a version is `ProductOnly`. So is any component when the entry states no versions
    ///   at all: the OSV schema's algorithm would call none affected, yet an advisory that names a product
    ///   without versions does not say that it is safe, so the match is reported as one of the product.
    /// - A product with a CPE name: by the relation of the names (NISTIR 7696), see below.
    /// - Otherwise `NeedsPerson` when `needs_person` is set or something could not be compared.
    ///
    /// Where [`ProductNames::cpe`](crate::ProductNames::cpe) is given, a component whose name is equal or a subset
    /// is covered, one that says less than the advisory needs a person, and one that is disjoint is not covered. The
    /// versions are those of the name, unless ranges or versions beside it say more.
    ///
    /// To ask about many components, make a [`Matcher`] once.
    #[must_use]
    pub fn covers(&self, component: &Component) -> Option<Hit> {
        Matcher::new(self).covers(component)
    }

    /// What the entry says about versions, in words.
    #[must_use]
    pub fn statement(&self) -> String {
        let ranges = self.ranges.iter().map(ToString::to_string);
        let versions = self.versions.iter().map(|version| format!("={}", version.trim()));
        let mut parts: Vec<_> = ranges.chain(versions).collect();
        parts.extend(self.needs_person.clone());
        if parts.is_empty() { "no versions stated".to_owned() } else { parts.join(" or ") }
    }
}

/// An [`Affected`] with its versions read once, to be asked about many components.
#[derive(Clone, Debug)]
pub struct Matcher<'a> {
    affected: &'a Affected,
    scheme: Option<Scheme>,
    /// Read at the first question about versions: most entries are about packages that nobody has.
    statements: OnceLock<Statements>,
    /// The CPE name of the product, where the source gives one.
    named: Option<Named>,
}

/// How a component's identity relates to the affected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kinship {
    Same,
    /// The same package of a distribution, but whether its release is the one meant is not known.
    ReleaseUnknown,
    Other,
}

impl Kinship {
    /// What a hit on the versions is worth between such identities.
    pub(crate) fn weigh(self, hit: Hit) -> Option<Hit> {
        match self {
            Self::Same => Some(hit),
            Self::ReleaseUnknown => Some(Hit { confidence: Confidence::NeedsPerson, ..hit }),
            Self::Other => None,
        }
    }
}

impl<'a> Matcher<'a> {
    /// To ask about an affected entry.
    #[must_use]
    pub fn new(affected: &'a Affected) -> Self {
        let (scheme, named) = (affected.identity.scheme(), Named::of(affected));
        Self { affected, scheme, statements: OnceLock::new(), named }
    }

    fn statements(&self) -> &Statements {
        self.statements.get_or_init(|| Statements::new(self.affected, self.scheme))
    }

    /// See [`Affected::covers`].
    #[must_use]
    pub fn covers(&self, component: &Component) -> Option<Hit> {
        let kinship = kinship(&self.affected.identity, &component.identity);
        if kinship == Kinship::Other {
            return None;
        }
        let by_version = || {
            let text = component.version.as_deref();
            let version = text.and_then(|text| self.read(text));
            self.judge(kinship, text, version.as_ref())
        };
        match &self.named {
            Some(named) => named.weigh(self.affected, component, by_version),
            None => by_version(),
        }
    }

    /// Where a CPE name decides on more than identity and versions, which is all that an index knows: what covers
    /// everything that may be meant, to be asked for and then [`refined`](Self::refined).
    pub(crate) fn widened(&self) -> Option<Affected> {
        self.named.as_ref().map(|named| named.widened(self.affected))
    }

    /// Of components found, those that are covered, each with what covers it.
    pub(crate) fn refined<O: Ord>(&self, found: Vec<Exposure<O>>) -> Vec<Exposure<O>> {
        let one = |found: Exposure<O>| {
            let (version, label) = (found.version.clone(), found.component.clone());
            let component = Component { identity: self.affected.identity.clone(), version, label };
            let hit = self.covers(&component)?;
            Some(Exposure { range: hit.range, confidence: hit.confidence, ..found })
        };
        let mut refined: Vec<_> = found.into_iter().filter_map(one).collect();
        refined.sort();
        refined
    }

    /// The rules for one version; `version` is `text` as read, if that could be.
    pub(crate) fn judge(
        &self,
        kinship: Kinship,
        text: Option<&str>,
        version: Option<&Version>,
    ) -> Option<Hit> {
        let hit = match text.map(str::trim).filter(|text| !text.is_empty()) {
            None => Some(self.product_hit(Confidence::ProductOnly)),
            Some(_) if self.says_nothing() => Some(self.product_hit(Confidence::ProductOnly)),
            Some(text) => self.version_hit(text, version),
        }?;
        kinship.weigh(hit)
    }

    /// The order that applies.
    pub(crate) fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// A component's version as the rules see it.
    pub(crate) fn read(&self, text: &str) -> Option<Version> {
        self.scheme.and_then(|scheme| scheme.parse(text).ok())
    }

    /// The ends of the ranges that could be read.
    pub(crate) fn range_ends(&self) -> impl Iterator<Item = &Version> {
        self.statements().ranges.iter().flatten().flat_map(ParsedRange::ends)
    }

    /// The listed versions that could be read.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &Version> {
        self.statements().listed.versions()
    }

    fn version_hit(&self, text: &str, version: Option<&Version>) -> Option<Hit> {
        self.exact_hit(text, version)
            .or_else(|| self.range_hit(version))
            .or_else(|| self.undecided(version).then(|| self.product_hit(Confidence::NeedsPerson)))
    }

    fn exact_hit(&self, text: &str, version: Option<&Version>) -> Option<Hit> {
        let versions = &self.affected.versions;
        let written = versions.get(self.statements().listed.find(versions, text, version)?)?;
        Some(Hit { range: format!("={}", written.trim()), confidence: Confidence::Exact })
    }

    fn range_hit(&self, version: Option<&Version>) -> Option<Hit> {
        let inside = |parsed: &Option<ParsedRange>| {
            version.zip(parsed.as_ref()).and_then(|(version, range)| range.contains(version)) == Some(true)
        };
        let mut ranges = self.affected.ranges.iter().zip(&self.statements().ranges);
        let (range, _) = ranges.find(|(range, parsed)| range.is_all() || inside(parsed))?;
        Some(Hit { range: range.to_string(), confidence: Confidence::Range })
    }

    /// True when "not affected" would be a guess.
    fn undecided(&self, version: Option<&Version>) -> bool {
        if self.affected.needs_person.is_some() || (self.scheme.is_none() && !self.affected.ranges.is_empty())
        {
            return true;
        }
        let Some(version) = version else {
            // Without an order the list of versions is all there is, and it is compared by text.
            return self.scheme.is_some();
        };
        let range_decides = |range: &Option<ParsedRange>| {
            range.as_ref().is_some_and(|range| range.contains(version).is_some())
        };
        let Statements { ranges, listed } = self.statements();
        !(ranges.iter().all(range_decides) && listed.all_read())
    }

    /// The entry names the product and no versions.
    fn says_nothing(&self) -> bool {
        let affected = self.affected;
        affected.ranges.is_empty() && affected.versions.is_empty() && affected.needs_person.is_none()
    }

    fn product_hit(&self, confidence: Confidence) -> Hit {
        Hit { range: self.affected.statement(), confidence }
    }
}

/// Compares an affected identity with a component's.
pub(crate) fn kinship(affected: &Identity, component: &Identity) -> Kinship {
    match (affected, component) {
        (Identity::Package { ecosystem: wanted, name }, Identity::Package { ecosystem, name: other })
            if name == other =>
        {
            ecosystem_kinship(wanted, ecosystem)
        }
        (affected, component) if affected == component => Kinship::Same,
        _ => Kinship::Other,
    }
}

fn ecosystem_kinship(wanted: &Ecosystem, ecosystem: &Ecosystem) -> Kinship {
    match (wanted, ecosystem) {
        (Ecosystem::Debian(wanted), Ecosystem::Debian(release)) => {
            release_kinship(wanted.as_deref(), release.as_deref(), |_| true)
        }
        (Ecosystem::Distro(wanted_distro, wanted), Ecosystem::Distro(distro, release))
            if wanted_distro == distro =>
        {
            release_kinship(wanted.as_deref(), release.as_deref(), |releases| distro.tells_apart(releases))
        }
        (wanted, ecosystem) if wanted == ecosystem => Kinship::Same,
        _ => Kinship::Other,
    }
}

/// `told_apart` says whether two different names are of different releases.
fn release_kinship(
    wanted: Option<&str>,
    release: Option<&str>,
    told_apart: impl Fn([&str; 2]) -> bool,
) -> Kinship {
    match (wanted, release) {
        (None, _) => Kinship::Same,
        (Some(_), None) => Kinship::ReleaseUnknown,
        (Some(wanted), Some(release)) if wanted == release => Kinship::Same,
        (Some(wanted), Some(release)) if told_apart([wanted, release]) => Kinship::Other,
        _ => Kinship::ReleaseUnknown,
    }
}
