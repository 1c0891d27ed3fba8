//! A made-up nation of operators: which components each runs, and advisories about them.
//!
//! Packages are drawn by Zipf's law with exponent 1: package `r` is drawn in proportion to `1 / r`, so that the
//! first few hundred are run by nearly everybody and half of all are run by few. A package has more versions the
//! more popular it is, and newer versions are the more popular ones. Everything follows from a fixed seed.
#![allow(dead_code, reason = "the bench and the example each use some of it")]

use forewarn_exposure::{Affected, Bound, Builder, Component, Ecosystem, Identity, Index, Range};

pub const PACKAGES: u32 = 200_000;
const SEED: u64 = 0x5EED;

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to but not 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn place(&mut self, end: u32) -> u32 {
        self.below(u64::from(end)) as u32
    }

    /// Below `end`, each number in proportion to one over its successor.
    pub fn zipf(&mut self, end: u32) -> u32 {
        (f64::from(end + 1).powf(self.fraction()) as u32 - 1).min(end - 1)
    }
}

/// How many versions of a package there are.
pub fn versions_of(package: u32) -> u32 {
    4 + 200 / (1 + package / 50).isqrt()
}

pub fn identity(package: u32) -> Identity {
    let (ecosystem, name) = match package % 4 {
        0 => (Ecosystem::Npm, format!("package-{package}")),
        1 => (Ecosystem::PyPI, format!("python-package-{package}")),
        2 => (Ecosystem::Maven, format!("org.sample{package}:artifact-{package}")),
        _ => (Ecosystem::Go, format!("github.com/owner-{package}/module")),
    };
    Identity::package(ecosystem, &name)
}

/// The version at a place in the package's order.
pub fn version(place: u32) -> String {
    format!("{}.{}.{}", 1 + place / 40, place / 4 % 10, place % 4)
}

pub fn component(package: u32, place: u32) -> Component {
    let (identity, version) = (identity(package), version(place));
    Component { label: format!("pkg:sample/{identity}@{version}"), identity, version: Some(version) }
}

/// Draws what operators run.
pub struct Nation {
    numbers: Numbers,
    /// The last operator that was given each package.
    seen: Vec<u32>,
}

impl Nation {
    pub fn new() -> Self {
        Self { numbers: Numbers(SEED), seen: vec![0; PACKAGES as usize] }
    }

    /// Packages and places of versions; operators are numbered from 1.
    pub fn operator(&mut self, operator: u32, components: usize, held: &mut Vec<(u32, u32)>) {
        held.clear();
        while held.len() < components {
            let package = self.numbers.zipf(PACKAGES);
            if std::mem::replace(&mut self.seen[package as usize], operator) != operator {
                let newest = versions_of(package) - 1;
                held.push((package, newest - self.numbers.zipf(newest + 1)));
            }
        }
    }
}

/// An advisory: versions of a package from one place up to but without another.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub package: u32,
    pub from: u32,
    pub to: u32,
}

impl Question {
    pub fn affected(&self) -> Affected {
        let from = if self.from == 0 { Bound::Open } else { Bound::Included(version(self.from)) };
        let range = Range { from, to: Bound::Excluded(version(self.to)) };
        Affected {
            identity: identity(self.package),
            names: None,
            ranges: vec![range],
            versions: Vec::new(),
            needs_person: None,
        }
    }

    /// Fixed in some version; introduced at the beginning as often as later.
    fn about(package: u32, numbers: &mut Numbers) -> Self {
        let to = 1 + numbers.place(versions_of(package));
        let from = if numbers.below(2) == 0 { 0 } else { numbers.place(to) };
        Self { package, from, to }
    }
}

/// Advisories of three kinds: about any package, about popular ones (as often as they are run), and about every
/// version of one of the hundred most popular.
pub fn questions(each: u32) -> [(&'static str, Vec<Question>); 3] {
    let mut numbers = Numbers(SEED + 1);
    let any = (0..each).map(|_| Question::about(numbers.place(PACKAGES), &mut numbers)).collect();
    let popular = (0..each)
        .map(|_| {
            let package = numbers.zipf(PACKAGES);
            Question::about(package, &mut numbers)
        })
        .collect();
    let worst = (0..each.min(100)).map(|package| Question { package, from: 0, to: versions_of(package) });
    [("any package", any), ("as popular", popular), ("top 100, every version", worst.collect())]
}

/// Numbers of the components that anybody has had so far, by package and place.
pub struct Numbered(Vec<Vec<Option<u32>>>);

impl Numbered {
    pub fn new() -> Self {
        Self((0..PACKAGES).map(|package| vec![None; versions_of(package) as usize]).collect())
    }

    pub fn of(&mut self, (package, place): (u32, u32), builder: &mut Builder<u32>) -> u32 {
        let number = &mut self.0[package as usize][place as usize];
        *number.get_or_insert_with(|| builder.intern(&component(package, place)))
    }
}

/// A builder that holds everything.
pub fn gather(operators: u32, components: usize) -> Builder<u32> {
    let (mut builder, mut numbered) = (Builder::new(), Numbered::new());
    let (mut nation, mut held) = (Nation::new(), Vec::new());
    for operator in 1..=operators {
        nation.operator(operator, components, &mut held);
        let held: Vec<u32> = held.iter().map(|component| numbered.of(*component, &mut builder)).collect();
        builder.add_numbered(operator, "", &held);
    }
    builder
}

pub fn build(operators: u32, components: usize) -> Index<u32> {
    gather(operators, components).build()
}
