//! The names of ecosystems that have no order here, and how purl types relate to them.

use super::Ecosystem;

/// Ecosystems of the OSV schema 1.7.4 ("Defined ecosystems") beyond the ordered ones.
pub(super) const UNORDERED: &[&str] = &[
    "Android",
    "Bioconductor",
    "Bitnami",
    "CleanStart",
    "Docker Hardened Images",
    "Echo",
    "FreeBSD",
    "GHC",
    "GitHub Actions",
    "Julia",
    "Kubernetes",
    "Linux",
    "OSS-Fuzz",
    "Root",
    "SwiftURL",
    "VSCode",
    "opam",
];

/// Registered purl types that have no ecosystem name in the OSV schema (or only for some namespaces).
pub(super) const PURL_ONLY: &[&str] = &[
    "bazel",
    "bitbucket",
    "brew",
    "chrome-extension",
    "cocoapods",
    "conda",
    "cpan",
    "docker",
    "generic",
    "git",
    "github",
    "huggingface",
    "luarocks",
    "mlflow",
    "oci",
    "otp",
    "qpkg",
    "swid",
    "vcpkg",
    "yocto",
];

/// Names of registries with an order: in the OSV schema, and as a purl type.
pub(super) const REGISTRIES: &[(Ecosystem, &str, &str)] = &[
    (Ecosystem::ConanCenter, "ConanCenter", "conan"),
    (Ecosystem::Cran, "CRAN", "cran"),
    (Ecosystem::CratesIo, "crates.io", "cargo"),
    (Ecosystem::Go, "Go", "golang"),
    (Ecosystem::Hackage, "Hackage", "hackage"),
    (Ecosystem::Hex, "Hex", "hex"),
    (Ecosystem::Maven, "Maven", "maven"),
    (Ecosystem::Npm, "npm", "npm"),
    (Ecosystem::NuGet, "NuGet", "nuget"),
    (Ecosystem::Packagist, "Packagist", "composer"),
    (Ecosystem::Pub, "Pub", "pub"),
    (Ecosystem::PyPI, "PyPI", "pypi"),
    (Ecosystem::RubyGems, "RubyGems", "gem"),
];

/// Purl types of ecosystems without an order, with the OSV schema's name for the ecosystem.
pub(super) const UNORDERED_PURLS: &[(&str, &str)] = &[
    ("bitnami", "Bitnami"),
    ("githubactions", "GitHub Actions"),
    ("julia", "Julia"),
    ("opam", "opam"),
    ("swift", "SwiftURL"),
    ("vscode-extension", "VSCode"),
];
