//! Reading a package URL. Inventories hold millions of them, most of which need neither decoding nor another case: what
//! stands as it is meant is borrowed from the text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::{LONGEST_PURL, PackageUrl, malformed, rules};
use crate::purl::PurlProblem;

/// The components of a [`PackageUrl`], borrowed where that is possible.
pub(crate) struct Parts<'t> {
    pub(crate) ty: Cow<'t, str>,
    pub(crate) namespace: Option<Cow<'t, str>>,
    pub(crate) name: Cow<'t, str>,
    pub(crate) version: Option<Cow<'t, str>>,
    pub(crate) qualifiers: BTreeMap<Cow<'t, str>, Cow<'t, str>>,
    pub(crate) subpath: Option<Cow<'t, str>>,
}

impl<'t> Parts<'t> {
    /// Reads the syntax and normalises; [`Parts::check`] asks for the rules of the type.
    pub(crate) fn read(text: &'t str) -> Result<Self, PurlProblem> {
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
            ty: Cow::Borrowed(ty),
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

    /// See [`PackageUrl::normalised`].
    pub(super) fn normalised(mut self) -> Result<Self, PurlProblem> {
        lower_ascii(&mut self.ty);
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+');
        if !self.ty.starts_with(|c: char| c.is_ascii_lowercase()) || !self.ty.bytes().all(known) {
            return Err(malformed("the type is missing or has a character that no type has"));
        }
        if self.name.is_empty() {
            return Err(malformed("the name is missing"));
        }
        let key = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
        if !self.qualifiers.keys().all(|name| !name.is_empty() && name.bytes().all(key)) {
            return Err(malformed("the name of a qualifier is empty or has a character that none has"));
        }
        self.qualifiers.retain(|_, value| !value.is_empty());
        rules::normalise(&mut self);
        Ok(self)
    }

    /// What the type wants and forbids.
    pub(crate) fn check(&self) -> Result<(), PurlProblem> {
        rules::check(self).map_err(malformed)
    }

    pub(crate) fn qualifier(&self, name: &str) -> Option<&str> {
        self.qualifiers.get(name).map(Cow::as_ref)
    }
}

impl From<PackageUrl> for Parts<'_> {
    fn from(purl: PackageUrl) -> Self {
        let pairs = purl.qualifiers.into_iter();
        Self {
            ty: purl.ty.into(),
            namespace: purl.namespace.map(Cow::Owned),
            name: purl.name.into(),
            version: purl.version.map(Cow::Owned),
            qualifiers: pairs.map(|(name, value)| (name.into(), value.into())).collect(),
            subpath: purl.subpath.map(Cow::Owned),
        }
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

fn decode(text: &str) -> Result<Cow<'_, str>, PurlProblem> {
    if !text.bytes().any(|b| b == b'%') {
        return Ok(Cow::Borrowed(text));
    }
    percent_decode_str(text).decode_utf8().map_err(|_| malformed("a component is not percent-encoded UTF-8"))
}

/// Segments without empty ones; in a subpath also without `.` and `..`.
fn segments(text: &str, subpath: bool) -> Result<Cow<'_, str>, PurlProblem> {
    let kept = |segment: &&str| !(segment.is_empty() || subpath && matches!(*segment, "." | ".."));
    if text.split('/').all(|segment| kept(&segment)) {
        // No segment holds the character that joins them, and none is left out.
        return decode(text);
    }
    let decoded = text.split('/').filter(kept).map(decode).collect::<Result<Vec<_>, _>>()?;
    Ok(Cow::Owned(decoded.join("/")))
}

fn read_qualifiers(text: &str) -> Result<BTreeMap<Cow<'_, str>, Cow<'_, str>>, PurlProblem> {
    let mut qualifiers = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| malformed("a qualifier has no value"))?;
        let mut name = Cow::Borrowed(name);
        lower_ascii(&mut name);
        if qualifiers.insert(name, decode(value)?).is_some() {
            return Err(malformed("a qualifier occurs twice"));
        }
    }
    Ok(qualifiers)
}

fn lower_ascii(text: &mut Cow<'_, str>) {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        *text = Cow::Owned(text.to_ascii_lowercase());
    }
}

/// Lower case, borrowed where it is that already.
pub(crate) fn lower(text: &mut Cow<'_, str>) {
    if text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
        *text = Cow::Owned(text.to_lowercase());
    }
}
