//! The index as bytes, so that a restart need not read every inventory again.
//!
//! `FWINDEX2`, then the parts in the order of [`Base`], numbers in little endian, each list after its length, and
//! at the end SHA-256 of all that. What follows from the rest, such as the unions of sets, is made anew. The bytes are as confidential as the inventories are.
//!
//! Reading trusts nothing: the order of versions is checked by the rules of today, which may not be those that
//! wrote it.

use std::fmt::Display;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Index;
use super::base::Base;
use super::directory::{Directory, NONE, Package, Variant, posting_key};
use super::texts::{Labels, Texts, number};
use crate::identity::{Ecosystem, Identity};

const MAGIC: &[u8] = b"FWINDEX2";
const DIGEST: usize = 32;

/// Why bytes cannot be used as an index. Nothing is lost by that: the inventories can be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SnapshotProblem {
    /// Another format, or another version of it.
    #[error("is no snapshot of an index in this version's format")]
    Format,
    /// The checksum does not fit.
    #[error("is cut off or damaged")]
    Damaged,
    /// Written under other rules of names or versions.
    #[error("was written under other rules")]
    Outdated,
}

impl<O: Clone + Ord + Display + FromStr> Index<O> {
    /// The index as bytes. `mark` is given back when they are read: how much of the log is in it.
    #[must_use]
    pub fn encode(&self, mark: u64) -> Vec<u8> {
        let settled = self.recent.is_empty() && self.merged.dead.is_empty();
        let merged = (!settled).then(|| self.merged());
        let base = &merged.as_ref().unwrap_or(self).merged.base;
        let mut out = Writer(Vec::with_capacity(base.footprint().total() + MAGIC.len() + DIGEST));
        out.0.extend(MAGIC);
        out.0.extend(mark.to_le_bytes());
        base.write(&mut out);
        let digest = Sha256::digest(&out.0);
        out.0.extend(digest);
        out.0
    }

    /// Reads what [`encode`](Self::encode) wrote; the mark comes beside the index.
    ///
    /// # Errors
    /// [`SnapshotProblem`]; never a wrong index.
    pub fn decode(bytes: &[u8]) -> Result<(Self, u64), SnapshotProblem> {
        let body = bytes.strip_prefix(MAGIC).ok_or(SnapshotProblem::Format)?;
        let length = body.len().checked_sub(DIGEST).ok_or(SnapshotProblem::Damaged)?;
        let (body, digest) = body.split_at_checked(length).ok_or(SnapshotProblem::Damaged)?;
        let whole = bytes.get(..MAGIC.len() + length).unwrap_or_default();
        if Sha256::digest(whole).as_slice() != digest {
            return Err(SnapshotProblem::Damaged);
        }
        let mut reader = Reader(body);
        let mark = reader.word().ok_or(SnapshotProblem::Damaged)?;
        let base = Base::read(&mut reader).ok_or(SnapshotProblem::Damaged)?;
        if !reader.0.is_empty() || !base.is_sound() {
            return Err(SnapshotProblem::Damaged);
        }
        if !base.directory.is_of_today() {
            return Err(SnapshotProblem::Outdated);
        }
        Ok((Self::from_base(base), mark))
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn word(&mut self, value: usize) {
        self.0.extend((value as u64).to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len());
        self.0.extend(bytes);
    }

    fn numbers(&mut self, numbers: impl ExactSizeIterator<Item = u32>) {
        self.word(numbers.len());
        numbers.for_each(|number| self.0.extend(number.to_le_bytes()));
    }

    fn ends(&mut self, ends: &[usize]) {
        self.word(ends.len());
        ends.iter().for_each(|end| self.word(*end));
    }

    fn texts(&mut self, texts: &Texts) {
        self.bytes(texts.text.as_bytes());
        self.ends(&texts.ends);
    }

    fn displayed(&mut self, values: &[impl Display]) {
        let mut texts = Texts::default();
        values.iter().for_each(|value| {
            texts.push(&value.to_string());
        });
        self.texts(&texts);
    }
}

/// What is not read yet; every read is `None` when too little is left.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.word()?).ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.size()?;
        self.take(length)
    }

    fn numbers(&mut self) -> Option<Vec<u32>> {
        let length = self.size()?;
        let bytes = self.take(length.checked_mul(size_of::<u32>())?)?;
        bytes.chunks_exact(4).map(|four| Some(u32::from_le_bytes(four.try_into().ok()?))).collect()
    }

    fn rows<const N: usize>(&mut self) -> Option<Vec<[u32; N]>> {
        self.numbers()?.chunks_exact(N).map(|row| row.try_into().ok()).collect()
    }

    /// Ends that ascend to the length of what they divide.
    fn ends(&mut self, of: usize) -> Option<Vec<usize>> {
        let length = self.size()?;
        let bytes = self.take(length.checked_mul(8)?)?;
        let end = |eight: &[u8]| usize::try_from(u64::from_le_bytes(eight.try_into().ok()?)).ok();
        let ends: Vec<usize> = bytes.chunks_exact(8).map(end).collect::<Option<_>>()?;
        (ends.is_sorted() && ends.last().copied().unwrap_or(0) == of).then_some(ends)
    }

    fn texts(&mut self) -> Option<Texts> {
        let text = std::str::from_utf8(self.bytes()?).ok()?.to_owned();
        let ends = self.ends(text.len())?;
        ends.iter().all(|end| text.is_char_boundary(*end)).then_some(Texts { text, ends })
    }

    fn parsed<T: FromStr>(&mut self) -> Option<Vec<T>> {
        let texts = self.texts()?;
        (0..number(texts.len())).map(|place| texts.get(place).parse().ok()).collect()
    }
}

impl<O: Ord + Display + FromStr> Base<O> {
    fn write(&self, out: &mut Writer) {
        out.displayed(&self.owners);
        out.numbers(self.holder_ends.iter().copied());
        out.texts(&self.assets);
        out.numbers(self.components.iter().copied());
        self.directory.write(out);
        out.bytes(&self.postings);
        out.ends(&self.posting_ends);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let owners: Vec<O> = reader.parsed()?;
        let holder_ends = reader.numbers()?;
        let assets = reader.texts()?;
        let components = reader.numbers()?;
        let directory = Directory::read(reader)?;
        let postings = reader.bytes()?.to_vec();
        let posting_ends = reader.ends(postings.len())?;
        let mut owner_of = Vec::with_capacity(assets.len());
        for (owner, end) in (0_u32..).zip(&holder_ends) {
            let end =
                usize::try_from(*end).ok().filter(|end| *end > owner_of.len() && *end <= assets.len())?;
            owner_of.resize(end, owner);
        }
        let parts = Self { owners, holder_ends, owner_of, assets, components, directory, ..Self::empty() };
        Some(Self { postings, posting_ends, ..parts })
    }

    /// Whether the parts fit together.
    fn is_sound(&self) -> bool {
        let holders = number(self.holders());
        let assets_in_order = (0..self.owners.len()).all(|owner| {
            self.holders_of(owner).map(|holder| self.assets.get(holder)).is_sorted_by(|a, b| a < b)
        });
        let variants = self.directory.variants.len();
        assets_in_order
            && self.owners.is_sorted_by(|a, b| a < b)
            && self.holder_ends.len() == self.owners.len()
            && self.assets.len() == self.holders()
            && self.components.len() == self.holders()
            && self.posting_ends.len() == variants
            && (0..number(variants)).all(|variant| self.posting(variant).is_sound(holders))
    }
}

impl Directory {
    fn write(&self, out: &mut Writer) {
        out.displayed(&self.ecosystems);
        out.texts(&self.names);
        let package = |p: &Package| [p.ecosystem, p.split, p.ranked, p.end];
        let packages: Vec<u32> = self.packages.iter().flat_map(package).collect();
        out.numbers(packages.into_iter());
        out.texts(&self.versions);
        out.texts(&self.labels.around);
        out.numbers(self.labels.places.iter().copied());
        let variants: Vec<u32> =
            self.variants.iter().flat_map(|v| [v.ecosystem, v.version, v.label]).collect();
        out.numbers(variants.into_iter());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let ecosystems: Vec<Ecosystem> = reader.parsed()?;
        let names = reader.texts()?;
        let package = |[ecosystem, split, ranked, end]: [u32; 4]| Package { ecosystem, split, ranked, end };
        let packages = reader.rows()?.into_iter().map(package).collect();
        let versions = reader.texts()?;
        let labels = Labels { around: reader.texts()?, places: reader.numbers()? };
        let variant = |[ecosystem, version, label]: [u32; 3]| Variant { ecosystem, version, label };
        let variants = reader.rows()?.into_iter().map(variant).collect();
        let mut read = Self::default();
        (read.packages, read.names, read.ecosystems) = (packages, names, ecosystems);
        (read.variants, read.versions, read.labels) = (variants, versions, labels);
        (read.fits_together() && read.list()).then_some(read)
    }

    fn fits_together(&self) -> bool {
        let known = |number: u32, length: usize| number == NONE || (number as usize) < length;
        let mut start = 0;
        let packages = self.packages.iter().all(|package| {
            let sound = start <= package.ranked && package.ranked <= package.end && start < package.end;
            start = package.end;
            sound && known(package.ecosystem, self.ecosystems.len())
        });
        packages
            && start as usize == self.variants.len()
            && self.names.len() == self.packages.len()
            && self.labels.places.len() == self.labels.around.len()
            && self.variants.iter().all(|variant| {
                known(variant.ecosystem, self.ecosystems.len())
                    && known(variant.version, self.versions.len())
                    && (variant.label as usize) < self.labels.around.len()
            })
    }

    /// Whether today's rules would put everything in the same place.
    fn is_of_today(&self) -> bool {
        (0..number(self.packages.len())).all(|package| {
            let key = self.key(package);
            let (ranked, others) = self.variants_of(package);
            let read = |variant: u32| key.scheme()?.parse(self.version(variant)?).ok();
            let versions: Vec<_> = ranked.clone().map(read).collect();
            let identities = ranked.start..others.end;
            versions.iter().all(Option::is_some)
                && versions.is_sorted()
                && others.map(read).all(|version| version.is_none())
                && identities
                    .map(|variant| self.variant_identity(package, variant))
                    .all(|identity| *posting_key(&identity) == key && as_read_today(&identity) == identity)
        })
    }
}

/// Names are normalised whenever an identity is read.
fn as_read_today(identity: &Identity) -> Identity {
    match identity {
        Identity::Package { ecosystem, name } => Identity::package(ecosystem.clone(), name),
        Identity::Product { vendor, product } => Identity::product(vendor, product),
    }
}
