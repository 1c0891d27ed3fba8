//! How what is held of a package is related to what is affected: releases of a distribution are told apart here.

use std::ops::Range;

use super::directory::{Directory, NONE};
use crate::identity::Identity;
use crate::matching::{Kinship, kinship};

/// How the variants of a package are related to the affected identity.
pub(super) struct Kinships<'a> {
    identity: &'a Identity,
    package: u32,
    /// By ecosystem; few share a package: one, or Debian's releases.
    known: Vec<(u32, Kinship)>,
}

impl<'a> Kinships<'a> {
    pub(super) fn new(identity: &'a Identity, package: u32) -> Self {
        Self { identity, package, known: Vec::new() }
    }

    /// Neighbours of the same kinship.
    pub(super) fn runs(&mut self, directory: &Directory, variants: Range<u32>) -> Vec<(Range<u32>, Kinship)> {
        if !directory.has_releases(self.package) && !variants.is_empty() {
            return vec![(variants.clone(), self.of(directory, variants.start))];
        }
        let mut runs: Vec<(Range<u32>, Kinship)> = Vec::new();
        for variant in variants {
            let kinship = self.of(directory, variant);
            match runs.last_mut() {
                Some((run, same)) if *same == kinship => run.end = variant + 1,
                _ => runs.push((variant..variant + 1, kinship)),
            }
        }
        runs
    }

    fn of(&mut self, directory: &Directory, variant: u32) -> Kinship {
        let ecosystem = directory.variants.get(variant as usize).map_or(NONE, |variant| variant.ecosystem);
        if let Some((_, known)) = self.known.iter().find(|(other, _)| *other == ecosystem) {
            return *known;
        }
        let kinship = kinship(self.identity, &directory.variant_identity(self.package, variant));
        self.known.push((ecosystem, kinship));
        kinship
    }
}
