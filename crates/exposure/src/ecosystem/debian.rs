//! Debian releases: one form for a code name, a number and a point release.

/// Debian code names with the number OSV uses for the release (Debian's `distro-info-data`).
const DEBIAN_RELEASES: &[(&str, &str)] = &[
    ("buzz", "1.1"),
    ("rex", "1.2"),
    ("bo", "1.3"),
    ("hamm", "2.0"),
    ("slink", "2.1"),
    ("potato", "2.2"),
    ("woody", "3.0"),
    ("sarge", "3.1"),
    ("etch", "4.0"),
    ("lenny", "5.0"),
    ("squeeze", "6.0"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
    ("unstable", "sid"),
];

/// A release in the form OSV uses for it; empty for an empty one.
pub(super) fn release(written: &str) -> String {
    let folded = written.trim().to_lowercase();
    if let Some((_, number)) = DEBIAN_RELEASES.iter().find(|(name, _)| *name == folded) {
        return (*number).into();
    }
    let Some((major, _)) = folded.split_once('.') else {
        return expand_old_release(folded);
    };
    // Point releases exist from 7 on; before that `6.0` is the name of the release itself.
    match major.parse::<u32>() {
        Ok(number) if number >= 7 => number.to_string(),
        Ok(number) if number >= 4 => format!("{number}.0"),
        _ => folded,
    }
}

fn expand_old_release(release: String) -> String {
    match release.as_str() {
        "4" | "5" | "6" => release + ".0",
        _ => release,
    }
}
