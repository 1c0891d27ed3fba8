//! Package URLs as the specification has them (ECMA-427, <https://github.com/package-url/purl-spec>): their syntax,
//! the rules of the types, and the canonical form.
//!
//! Written here because the `packageurl` crate (0.7) does not know the types as they are now: it wants a namespace
//! of every `cpan` purl, keeps the case of `brew` names and lowers that of `npm`'s.

mod parts;
mod rules;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use self::parts::{Parts, lower};

use crate::purl::PurlProblem;

/// Longest package URL that is read, in bytes.
pub const LONGEST_PURL: usize = 4_096;

/// A package URL: its components decoded and normalised for its type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageUrl {
    /// Type, in lower case.
    pub ty: String,
    /// Namespace, its segments joined by `/`.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Qualifiers, their names in lower case.
    pub qualifiers: BTreeMap<String, String>,
    /// Path below the package.
    pub subpath: Option<String>,
}

fn malformed(problem: &str) -> PurlProblem {
    PurlProblem::Malformed(problem.to_owned())
}

impl PackageUrl {
    /// Normalises the components as the type has it.
    ///
    /// # Errors
    /// [`PurlProblem::Malformed`] where a component is missing, may not be there, or breaks the rules of the type.
    pub fn checked(self) -> Result<Self, PurlProblem> {
        let parts = Parts::from(self).normalised()?;
        parts.check()?;
        Ok(parts.into())
    }

    /// Normalises without the rules about what the type wants and forbids.
    pub(crate) fn normalised(self) -> Result<Self, PurlProblem> {
        Parts::from(self).normalised().map(Self::from)
    }
}

/// Any case of the type and of qualifiers' names, and slashes before the type, are taken.
impl FromStr for PackageUrl {
    type Err = PurlProblem;

    fn from_str(text: &str) -> Result<Self, PurlProblem> {
        let parts = Parts::read(text)?;
        parts.check()?;
        Ok(parts.into())
    }
}

impl From<Parts<'_>> for PackageUrl {
    fn from(parts: Parts<'_>) -> Self {
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let pairs = parts.qualifiers.into_iter();
        Self {
            ty: parts.ty.into_owned(),
            namespace: owned(parts.namespace),
            name: parts.name.into_owned(),
            version: owned(parts.version),
            qualifiers: pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
            subpath: owned(parts.subpath),
        }
    }
}

/// What is written as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b':');
const PATH: &AsciiSet = &ENCODED.remove(b'/');

/// The canonical form.
impl fmt::Display for PackageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.ty)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{}/", utf8_percent_encode(namespace, PATH))?;
        }
        let name_set = if self.ty == "git" { PATH } else { ENCODED };
        write!(f, "{}", utf8_percent_encode(&self.name, name_set))?;
        if let Some(version) = &self.version {
            write!(f, "@{}", utf8_percent_encode(version, ENCODED))?;
        }
        for (index, (name, value)) in self.qualifiers.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={}", utf8_percent_encode(value, ENCODED))?;
        }
        match &self.subpath {
            Some(subpath) => write!(f, "#{}", utf8_percent_encode(subpath, PATH)),
            None => Ok(()),
        }
    }
}
