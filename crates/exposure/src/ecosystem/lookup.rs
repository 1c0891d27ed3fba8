//! Version orders by any name that people give them.

use super::Ecosystem;
use super::distro::Distro;
use super::names::REGISTRIES;
use crate::version::Scheme;

impl Scheme {
    /// The order that a name stands for: an ecosystem of the OSV schema (with or without a release), a purl type, a
    /// distribution's purl namespace, or a scheme; case, spaces and punctuation do not count. `None` for an unknown
    /// name and for an ecosystem without an order.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if let Some(scheme) = name.parse::<Ecosystem>().ok().and_then(|ecosystem| ecosystem.scheme()) {
            return Some(scheme);
        }
        let wanted = fold(name.split(':').next().unwrap_or(name));
        let same = |known: &str| fold(known) == wanted;
        let registry = REGISTRIES.iter().find(|(_, osv, ty)| same(osv) || same(ty));
        registry
            .and_then(|(ecosystem, ..)| ecosystem.scheme())
            .or_else(|| same("Debian").then_some(Self::Debian))
            .or_else(|| Distro::with_name(same).map(Distro::scheme))
            .or_else(|| Self::ALL.iter().copied().find(|scheme| same(scheme.name())))
    }
}

fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
