//! Paths of source files, made alike across checkouts and build directories.

use super::hash::Name;

/// Longest path read, in bytes.
const LONGEST: usize = 1024;

/// Directories that say how something was built or where it was unpacked, and nothing about the project.
const SCAFFOLD: &[&str] = &[
    "build",
    "out",
    "obj",
    "dist",
    "debug",
    "release",
    "relwithdebinfo",
    "target",
    "_deps",
    "tmp",
    "work",
    "workspace",
    "checkout",
    "src",
    "source",
    "sources",
    "lib",
    "home",
    "root",
    "usr",
    "bazel-out",
    "execroot",
    "site-packages",
    "node_modules",
    "repo",
    "app",
    "code",
];

/// The parts of a path that name a file inside a project: lower case, no checkout, no build directory.
///
/// `projects` are names of the package; a directory of that name is its checkout.
pub(super) fn parts(path: &str, projects: &[String]) -> Vec<String> {
    let end = path.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST).last().unwrap_or(0);
    let short = if path.len() <= LONGEST { path } else { &path[..end] };
    let plain = short.trim().trim_start_matches("file://").replace('\\', "/").to_lowercase();
    let mut parts: Vec<String> = Vec::new();
    for part in plain.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            drive if drive.len() == 2 && drive.ends_with(':') => {}
            other => parts.push(other.to_owned()),
        }
    }
    let Some(file) = parts.pop() else { return parts };
    let own = |part: &String| {
        let bare = without_version(part);
        !SCAFFOLD.contains(&part.as_str())
            && !part.starts_with("cmake-build")
            && !projects.iter().any(|project| project == bare || project == part)
            && bare.len() == part.len()
    };
    parts.retain(own);
    parts.push(file);
    parts
}

/// The file a path names.
pub(super) fn file(path: &str, projects: &[String]) -> Option<Name> {
    let parts = parts(path, projects);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Name::of(&parts)
}

/// `libpng` of `libpng-1.6.40`; a checkout or a release archive.
fn without_version(part: &str) -> &str {
    match part.rsplit_once(['-', '_', '@']) {
        Some((name, version)) if !name.is_empty() => {
            let version = version.strip_prefix('v').unwrap_or(version);
            let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
            if is_version { name } else { part }
        }
        _ => part,
    }
}
