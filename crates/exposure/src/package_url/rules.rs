//! The rules of the types, from their definitions (<https://github.com/package-url/purl-spec/tree/main/types>).

use super::PackageUrl;

/// Types whose purls have a namespace.
const NAMESPACE_REQUIRED: &[&str] = &[
    "alpm",
    "apk",
    "bitbucket",
    "composer",
    "deb",
    "git",
    "github",
    "golang",
    "huggingface",
    "maven",
    "qpkg",
    "rpm",
    "swift",
    "vscode-extension",
];

/// Types whose purls have none.
const NAMESPACE_PROHIBITED: &[&str] = &[
    "bazel",
    "bitnami",
    "cargo",
    "chrome-extension",
    "cocoapods",
    "conda",
    "cran",
    "gem",
    "hackage",
    "julia",
    "mlflow",
    "nuget",
    "oci",
    "opam",
    "otp",
    "pub",
    "pypi",
    "vcpkg",
];

/// Types whose namespaces are in lower case.
const LOWER_NAMESPACE: &[&str] = &[
    "alpm",
    "apk",
    "bitbucket",
    "brew",
    "composer",
    "deb",
    "github",
    "hex",
    "luarocks",
    "qpkg",
    "rpm",
    "vscode-extension",
    "yocto",
];

/// Types whose names are in lower case.
const LOWER_NAME: &[&str] = &[
    "alpm",
    "apk",
    "bitbucket",
    "bitnami",
    "brew",
    "chrome-extension",
    "composer",
    "deb",
    "github",
    "hex",
    "luarocks",
    "oci",
    "otp",
    "pub",
    "pypi",
    "vscode-extension",
];

/// Types whose versions are in lower case.
const LOWER_VERSION: &[&str] = &["huggingface", "oci", "pypi", "vscode-extension"];

/// A qualifier that a type cannot do without.
const QUALIFIER_REQUIRED: &[(&str, &str)] = &[("julia", "uuid"), ("swid", "tag_id")];

pub(super) fn normalise(purl: &mut PackageUrl) {
    let ty = purl.ty.as_str();
    if LOWER_NAMESPACE.contains(&ty) {
        purl.namespace = purl.namespace.as_ref().map(|namespace| namespace.to_lowercase());
    }
    let databricks = ty == "mlflow"
        && purl.qualifiers.get("repository_url").is_some_and(|url| url.to_lowercase().contains("databricks"));
    if LOWER_NAME.contains(&ty) || databricks {
        purl.name = purl.name.to_lowercase();
    }
    if LOWER_VERSION.contains(&ty) {
        purl.version = purl.version.as_ref().map(|version| version.to_lowercase());
    }
    match ty {
        "pypi" => purl.name = purl.name.replace('_', "-"),
        "pub" => purl.name = purl.name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
        _ => {}
    }
}

pub(super) fn check(purl: &PackageUrl) -> Result<(), &'static str> {
    let ty = purl.ty.as_str();
    if NAMESPACE_REQUIRED.contains(&ty) && purl.namespace.is_none() {
        return Err("the type wants a namespace");
    }
    if NAMESPACE_PROHIBITED.contains(&ty) && purl.namespace.is_some() {
        return Err("the type has no namespaces");
    }
    if QUALIFIER_REQUIRED.iter().any(|(wants, name)| *wants == ty && !purl.qualifiers.contains_key(*name)) {
        return Err("a qualifier that the type wants is missing");
    }
    match ty {
        "cpan" if purl.name.contains("::") => Err("the name is that of a module, not of a distribution"),
        "chrome-extension" => chrome(purl),
        _ => Ok(()),
    }
}

/// Thirty-two letters from `a` to `p`, and one to four numbers.
fn chrome(purl: &PackageUrl) -> Result<(), &'static str> {
    let letters = purl.name.len() == 32 && purl.name.bytes().all(|b| (b'a'..=b'p').contains(&b));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let version = purl.version.as_deref().unwrap_or("1");
    let numbers = version.split('.').count() <= 4 && version.split('.').all(number);
    if letters && numbers { Ok(()) } else { Err("not an extension's identifier and version") }
}
