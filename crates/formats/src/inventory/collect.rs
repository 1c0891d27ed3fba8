//! What every inventory format collects.

use std::fmt;

use forewarn_exposure::{Component, Identity, Inventory, Skipped};

use super::known::{Hash, Known};
use super::{NOT_SOFTWARE, cpe};
use crate::json::Problem;
use crate::words;

/// Longest name kept of a component that was skipped, in characters.
const NAME: usize = 200;
/// Longest name of a component and longest version, in bytes.
const LONGEST: usize = 4_096;

/// The place of a component. Few are ever shown, so that it may be left to be written when it is.
pub(crate) enum Place<'d> {
    Written(String),
    Found(&'d dyn fmt::Display),
}

impl Place<'_> {
    fn text(&self) -> String {
        match self {
            Self::Written(text) => text.clone(),
            Self::Found(place) => place.to_string(),
        }
    }
}

impl From<String> for Place<'_> {
    fn from(text: String) -> Self {
        Self::Written(text)
    }
}

/// What a format says about one component.
pub(crate) struct Described<'d> {
    /// JSON pointer of the component, or its line.
    pub place: Place<'d>,
    /// Its name, empty when missing.
    pub name: &'d str,
    /// Its version as written.
    pub version: Option<&'d str>,
    /// Whoever makes it.
    pub vendor: Option<&'d str>,
    /// Its CPE name, for want of a package URL.
    pub cpe: Option<&'d str>,
    /// What tells it apart from others of the same kind, such as its site.
    pub detail: Option<&'d str>,
}

impl<'d> Described<'d> {
    /// Makes a description, with blank texts taken as missing.
    pub fn new(
        place: impl Into<Place<'d>>,
        name: Option<&'d str>,
        version: Option<&'d str>,
        vendor: Option<&'d str>,
    ) -> Self {
        Self {
            place: place.into(),
            name: name.unwrap_or_default().trim(),
            version: present(version),
            vendor: present(vendor),
            cpe: None,
            detail: None,
        }
    }

    /// The same with a CPE name.
    pub fn with_cpe(self, cpe: Option<&'d str>) -> Self {
        Self { cpe: present(cpe), ..self }
    }
}

/// A text that says something.
pub(crate) fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty() && !text.trim().eq_ignore_ascii_case("NOASSERTION"))
}

/// Bytes of a text for each thing that may be skipped in it: a text that says less is no inventory.
const BYTES_A_SKIP: usize = 8;
/// Things that may be skipped however short the text is.
const ALWAYS: usize = 1_000;

/// Gathers components, each identity and version once.
#[derive(Default)]
pub(crate) struct Collector {
    /// Things that may still be skipped, where that is bounded.
    skips_left: Option<usize>,
    /// Place of the first thing beyond that.
    beyond: Option<String>,
    known: Known,
    components: Vec<Component>,
    skipped: Vec<Skipped>,
}

impl Collector {
    /// A collector for a text of this many bytes, which may not be made of lines that say nothing.
    pub fn for_length(bytes: usize) -> Self {
        Self { skips_left: Some(ALWAYS.saturating_add(bytes / BYTES_A_SKIP)), ..Self::default() }
    }

    /// Adds a component by its package URL; the version in the URL wins over the one beside it.
    pub fn package(&mut self, described: &Described<'_>, purl: &str) {
        let hash = self.known.hash(purl);
        if described.detail.is_none() && self.known.has(&self.components, hash, purl, described.version) {
            return;
        }
        match Identity::from_purl(purl) {
            Ok((identity, version)) => {
                let version = version.or_else(|| described.version.map(str::to_owned));
                self.add(described, Component { identity, version, label: purl.to_owned() }, Some(hash));
            }
            Err(problem) => {
                let reason = format!("package URL: {problem}");
                self.skip(described, &reason);
            }
        }
    }

    /// Adds a component by vendor and name, else by its CPE name, or says what is missing for that.
    pub fn product(&mut self, described: &Described<'_>) {
        match (described.vendor.map(str::trim), described.cpe) {
            (Some(vendor), _) if !described.name.is_empty() => {
                let identity = Identity::product(vendor, described.name);
                let version = described.version.map(str::to_owned);
                let label = [vendor, " ", described.name].concat();
                self.add(described, Component { identity, version, label }, None);
            }
            (_, Some(name)) => self.named_by_cpe(described, name),
            (Some(_), None) => self.skip(described, "has neither a package URL nor a name"),
            (None, None) if described.name.is_empty() => {
                self.skip(described, "has neither a package URL nor a name");
            }
            (None, None) => self.skip(described, "has neither a package URL nor a vendor"),
        }
    }

    /// Adds a product by its CPE name; a version in that name wins over the one beside it.
    pub fn named_by_cpe(&mut self, described: &Described<'_>, name: &str) {
        match cpe::product(name) {
            Ok((identity, version)) => {
                let version = version.or_else(|| described.version.map(str::to_owned));
                let label = name.trim().to_owned();
                // Names that differ in an edition, say, are of different components.
                let apart =
                    described.detail.map_or_else(|| name.to_owned(), |detail| format!("{name} {detail}"));
                self.add_apart(described, Component { identity, version, label }, None, Some(&apart));
            }
            Err(reason) => self.skip(described, &reason),
        }
    }

    /// Notes a component that stays out.
    pub fn skip(&mut self, described: &Described<'_>, reason: &str) {
        match self.skips_left.as_mut() {
            Some(0) => {
                self.beyond.get_or_insert_with(|| described.place.text());
                return;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        self.skipped.push(Skipped {
            place: described.place.text(),
            name: words::bounded(described.name, NAME),
            reason: words::bounded(reason, words::DOUBT),
        });
    }

    /// Notes something that nobody needs to match.
    pub fn leave_out(&mut self, described: &Described<'_>, why: NotSoftware) {
        self.skip(described, NOT_SOFTWARE[why as usize]);
    }

    /// `label` is the hash of a label that is a package URL.
    fn add(&mut self, described: &Described<'_>, component: Component, label: Option<Hash>) {
        self.add_apart(described, component, label, described.detail);
    }

    /// Adds a component unless there is one already with this identity and version that nothing tells `apart`.
    fn add_apart(
        &mut self,
        described: &Described<'_>,
        mut component: Component,
        label: Option<Hash>,
        apart: Option<&str>,
    ) {
        let Component { version, label: text, .. } = &mut component;
        if text.len() > LONGEST || version.as_ref().is_some_and(|version| version.len() > LONGEST) {
            return self.skip(described, "its name or version is too long");
        }
        if let Some(detail) = described.detail {
            *text = format!("{text} ({detail})");
        }
        if self.known.insert(&self.components, &component, apart, label) {
            self.components.push(component);
        }
    }

    /// The inventory collected.
    ///
    /// # Errors
    /// When more was skipped than a text of its length may hold.
    pub fn finish(self, format: String) -> Result<Inventory, Problem> {
        match self.beyond {
            Some(place) => {
                Err(Problem { place, message: "too much without identity: this is no inventory".to_owned() })
            }
            None => Ok(Inventory { format, components: self.components, skipped: self.skipped }),
        }
    }
}

/// Why something in an inventory is nothing to match; the reasons are [`NOT_SOFTWARE`] in this order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotSoftware {
    Data,
    NotInstalled,
    Key,
}
