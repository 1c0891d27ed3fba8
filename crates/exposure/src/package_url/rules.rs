//! The rules of the types, from their definitions (<https://github.com/package-url/purl-spec/tree/main/types>).

use std::borrow::Cow;

use super::parts::{Parts, lower};

/// Types whose purls have a namespace.
fn wants_namespace(ty: &str) -> bool {
    matches!(
        ty,
        "alpm"
            | "apk"
            | "bitbucket"
            | "composer"
            | "deb"
            | "git"
            | "github"
            | "golang"
            | "huggingface"
            | "maven"
            | "qpkg"
            | "rpm"
            | "swift"
            | "vscode-extension"
    )
}

/// Types whose purls have none.
fn forbids_namespace(ty: &str) -> bool {
    matches!(
        ty,
        "bazel"
            | "bitnami"
            | "cargo"
            | "chrome-extension"
            | "cocoapods"
            | "conda"
            | "cran"
            | "gem"
            | "hackage"
            | "julia"
            | "mlflow"
            | "nuget"
            | "oci"
            | "opam"
            | "otp"
            | "pub"
            | "pypi"
            | "vcpkg"
    )
}

/// Types whose namespaces are in lower case.
fn has_lower_namespace(ty: &str) -> bool {
    matches!(
        ty,
        "alpm"
            | "apk"
            | "bitbucket"
            | "brew"
            | "composer"
            | "deb"
            | "github"
            | "hex"
            | "luarocks"
            | "qpkg"
            | "rpm"
            | "vscode-extension"
            | "yocto"
    )
}

/// Types whose names are in lower case.
fn has_lower_name(ty: &str) -> bool {
    matches!(
        ty,
        "alpm"
            | "apk"
            | "bitbucket"
            | "bitnami"
            | "brew"
            | "chrome-extension"
            | "composer"
            | "deb"
            | "github"
            | "hex"
            | "luarocks"
            | "oci"
            | "otp"
            | "pub"
            | "pypi"
            | "vscode-extension"
    )
}

/// Types whose versions are in lower case.
fn has_lower_version(ty: &str) -> bool {
    matches!(ty, "huggingface" | "oci" | "pypi" | "vscode-extension")
}

/// A qualifier that a type cannot do without.
const QUALIFIER_REQUIRED: &[(&str, &str)] = &[("julia", "uuid"), ("swid", "tag_id")];

pub(super) fn normalise(purl: &mut Parts<'_>) {
    let ty = purl.ty.as_ref();
    if has_lower_namespace(ty) {
        purl.namespace.as_mut().into_iter().for_each(lower);
    }
    let databricks = ty == "mlflow"
        && purl.qualifier("repository_url").is_some_and(|url| url.to_lowercase().contains("databricks"));
    if has_lower_name(ty) || databricks {
        lower(&mut purl.name);
    }
    if has_lower_version(ty) {
        purl.version.as_mut().into_iter().for_each(lower);
    }
    match ty {
        "pypi" => replace(&mut purl.name, |c| c == '_', "-"),
        "pub" => replace(&mut purl.name, |c| !(c.is_ascii_alphanumeric() || c == '_'), "_"),
        _ => {}
    }
}

fn replace(name: &mut Cow<'_, str>, which: impl Fn(char) -> bool, with: &str) {
    if name.contains(&which) {
        *name = Cow::Owned(name.replace(which, with));
    }
}

pub(super) fn check(purl: &Parts<'_>) -> Result<(), &'static str> {
    let ty = purl.ty.as_ref();
    if purl.namespace.is_none() && wants_namespace(ty) {
        return Err("the type wants a namespace");
    }
    if purl.namespace.is_some() && forbids_namespace(ty) {
        return Err("the type has no namespaces");
    }
    if QUALIFIER_REQUIRED.iter().any(|(wants, name)| *wants == ty && purl.qualifier(name).is_none()) {
        return Err("a qualifier that the type wants is missing");
    }
    match ty {
        "cpan" if purl.name.contains("::") => Err("the name is that of a module, not of a distribution"),
        "chrome-extension" => chrome(purl),
        _ => Ok(()),
    }
}

/// Thirty-two letters from `a` to `p`, and one to four numbers.
fn chrome(purl: &Parts<'_>) -> Result<(), &'static str> {
    let letters = purl.name.len() == 32 && purl.name.bytes().all(|b| (b'a'..=b'p').contains(&b));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let version = purl.version.as_deref().unwrap_or("1");
    let numbers = version.split('.').count() <= 4 && version.split('.').all(number);
    if letters && numbers { Ok(()) } else { Err("not an extension's identifier and version") }
}
