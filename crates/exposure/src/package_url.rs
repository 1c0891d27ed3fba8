//! Package URLs as the specification has them (ECMA-427, <https://github.com/package-url/purl-spec>): their syntax,
//! the rules of the types, and the canonical form.
//!
//! Written here because the `packageurl` crate (0.7) does not know the types as they are now: it wants a namespace
//! of every `cpan` purl, keeps the case of `brew` names and lowers that of `npm`'s.

mod rules;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

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
        let purl = self.normalised()?;
        rules::check(&purl).map_err(malformed)?;
        Ok(purl)
    }

    /// Normalises without the rules about what the type wants and forbids.
    pub(crate) fn normalised(mut self) -> Result<Self, PurlProblem> {
        self.ty = self.ty.to_ascii_lowercase();
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
        if !self.ty.starts_with(|c: char| c.is_ascii_lowercase()) || !self.ty.chars().all(known) {
            return Err(malformed("the type is missing or has a character that no type has"));
        }
        if self.name.is_empty() {
            return Err(malformed("the name is missing"));
        }
        let key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        if !self.qualifiers.keys().all(|name| !name.is_empty() && name.chars().all(key)) {
            return Err(malformed("the name of a qualifier is empty or has a character that none has"));
        }
        self.qualifiers.retain(|_, value| !value.is_empty());
        rules::normalise(&mut self);
        Ok(self)
    }

    /// Reads the syntax; [`FromStr`] also asks for the rules of the type.
    pub(crate) fn read(text: &str) -> Result<Self, PurlProblem> {
        if text.len() > LONGEST_PURL {
            return Err(PurlProblem::TooLong(text.len()));
        }
        let rest = text.strip_prefix("pkg:").ok_or_else(|| malformed("it does not begin with `pkg:`"))?;
        let (rest, subpath) = rest.rsplit_once('#').map_or((rest, None), |(rest, path)| (rest, Some(path)));
        let (rest, qualifiers) = rest.rsplit_once('?').map_or((rest, ""), |(rest, written)| (rest, written));
        let (ty, path) =
            rest.trim_start_matches('/').split_once('/').ok_or_else(|| malformed("the name is missing"))?;
        let (path, version) = split_version(path);
        let path = path.trim_start_matches('/');
        let (namespace, name) = if ty.eq_ignore_ascii_case("git") {
            path.split_once('/').map_or((None, path), |(host, name)| (Some(host), name))
        } else {
            path.rsplit_once('/').map_or((None, path), |(space, name)| (Some(space), name))
        };
        let purl = Self {
            ty: ty.to_owned(),
            namespace: namespace
                .map(|space| segments(space, false))
                .transpose()?
                .filter(|space| !space.is_empty()),
            name: decode(name)?,
            version: version.map(decode).transpose()?.filter(|version| !version.is_empty()),
            qualifiers: read_qualifiers(qualifiers)?,
            subpath: subpath.map(|path| segments(path, true)).transpose()?.filter(|path| !path.is_empty()),
        };
        purl.normalised()
    }
}

/// The version is behind the last `@`, unless that begins a segment with others behind it (`@babel/core`).
fn split_version(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('@') {
        Some((before, after)) if (before.is_empty() || before.ends_with('/')) && after.contains('/') => {
            (path, None)
        }
        Some((before, after)) => (before, Some(after)),
        None => (path, None),
    }
}

fn decode(text: &str) -> Result<String, PurlProblem> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| malformed("a component is not percent-encoded UTF-8"))
}

/// Segments without empty ones; in a subpath also without `.` and `..`.
fn segments(text: &str, subpath: bool) -> Result<String, PurlProblem> {
    let kept = |segment: &&str| !(segment.is_empty() || subpath && matches!(*segment, "." | ".."));
    let decoded = text.split('/').filter(kept).map(decode).collect::<Result<Vec<_>, _>>()?;
    Ok(decoded.join("/"))
}

fn read_qualifiers(text: &str) -> Result<BTreeMap<String, String>, PurlProblem> {
    let mut qualifiers = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| malformed("a qualifier has no value"))?;
        if qualifiers.insert(name.to_ascii_lowercase(), decode(value)?).is_some() {
            return Err(malformed("a qualifier occurs twice"));
        }
    }
    Ok(qualifiers)
}

/// Any case of the type and of qualifiers' names, and slashes before the type, are taken.
impl FromStr for PackageUrl {
    type Err = PurlProblem;

    fn from_str(text: &str) -> Result<Self, PurlProblem> {
        Self::read(text)?.checked()
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
