//! The packages of this machine, as its package manager lists them.

use std::process::{Command, Stdio};

use forewarn_exposure::Inventory;
use forewarn_formats::inventory::{Distribution, Settings, read_with};
use forewarn_formats::json::Limits;

/// Package managers, with how they are asked.
const MANAGERS: &[(&str, &[&str])] = &[
    ("dpkg-query", &["-W", "-f", "${Package}\\t${Version}\\t${source:Package}\\t${source:Version}\\n"]),
    ("rpm", &["-qa"]),
];

/// What is installed, with its name for people. A manager that is not there or lists nothing is passed over.
pub fn packages() -> Vec<(String, Inventory)> {
    let distribution = std::fs::read_to_string("/etc/os-release").ok().and_then(|text| release(&text));
    let settings = Settings { distribution, serials: false };
    let listed = |(program, arguments): &(&str, &[&str])| {
        let output = Command::new(program).args(*arguments).stderr(Stdio::null()).output().ok()?;
        if !output.status.success() || output.stdout.is_empty() {
            return None;
        }
        match read_with(&output.stdout, &Limits::inventory(), &settings) {
            Ok(inventory) => Some((format!("this machine ({program})"), inventory)),
            Err(problem) => {
                eprintln!("{program}: {}: {}", problem.place, problem.message);
                None
            }
        }
    };
    MANAGERS.iter().filter_map(listed).collect()
}

/// The distribution of an os-release file (os-release(5)): `ID` and `VERSION_ID`.
fn release(text: &str) -> Option<Distribution> {
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
        Some(line.trim().trim_matches(|c| c == '"' || c == '\'').to_owned())
    };
    let id = value("ID")?;
    let named = value("VERSION_ID").map_or_else(|| id.clone(), |version| format!("{id}:{version}"));
    named.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_file_names_the_distribution() {
        let debian = release("PRETTY_NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n");
        assert_eq!(debian, "debian:12".parse().ok());
        assert_eq!(release("NAME=Something\nID=plan9\n"), None);
    }
}
