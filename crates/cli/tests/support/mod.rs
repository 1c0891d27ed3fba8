//! The real binary as a service with real people, for tests that go through it.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod documents;

use std::io::Write as _;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The shared data, or `None` with a loud word when it is absent; absent in CI is a failure.
pub fn shared(part: &str) -> Option<PathBuf> {
    let base = std::env::var_os("FOREWARN_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = base.join(part);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "shared data not found at {}", path.display());
    let _ = writeln!(std::io::stderr(), "NOT RUN: shared data not found at {}", path.display());
    None
}

/// Runs the binary.
pub fn forewarn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forewarn")).args(arguments).output().unwrap()
}

/// What the binary prints, which must succeed.
pub fn said(arguments: &[&str]) -> String {
    let output = forewarn(arguments);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {out}{err}");
    out.trim().to_owned()
}

/// A service in a process of its own.
pub struct Service {
    child: Child,
    /// Its address.
    pub url: String,
    /// Its data folder.
    pub data: PathBuf,
    store: Vec<String>,
}

impl Service {
    /// Starts it on a data folder and a free port, and waits until it serves.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// Starts it with more arguments, which choose the store.
    pub fn start_with(data: &Path, more: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_on(data, &format!("127.0.0.1:{port}"), more, &[])
    }

    /// Starts it with arguments that are not about the store.
    pub fn start_beside(data: &Path, beside: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_on(data, &format!("127.0.0.1:{port}"), &[], beside)
    }

    /// Starts it at an address that clients know from before.
    pub fn start_at(data: &Path, listen: &str) -> Self {
        Self::start_on(data, listen, &[], &[])
    }

    fn start_on(data: &Path, listen: &str, more: &[&str], beside: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_forewarn"))
            .args(["serve", "--data", data.to_str().unwrap(), "--listen", listen])
            .args(more)
            .args(beside)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains(listen), "the service did not start: {line}");
        let store = more.iter().map(|word| (*word).to_owned()).collect();
        Self { child, url: format!("http://{listen}"), data: data.to_owned(), store }
    }

    /// Kills it at once, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it as a service manager does, and waits until it has ended.
    pub fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success() && self.child.wait().unwrap().success());
    }

    /// Runs an administrative command on its data.
    pub fn admin(&self, arguments: &[&str]) -> String {
        let store: Vec<&str> = self.store.iter().map(String::as_str).collect();
        said(&[&["admin", "--data", self.data.to_str().unwrap()], store.as_slice(), arguments].concat())
    }

    /// Enrols an organisation with one person, and gives its id and the person's token.
    pub fn enrol(&self, name: &str, role: &str, sector: Option<&str>) -> (String, String) {
        let mut arguments = vec!["enrol", name, "--role", role, "--standing-consent"];
        arguments.extend(sector.iter().flat_map(|sector| ["--sector", sector]));
        let org = self.admin(&arguments);
        (org.clone(), self.person(&org, &format!("{name} person")))
    }

    /// Adds a person to an organisation, and gives a token of every scope.
    pub fn person(&self, org: &str, name: &str) -> String {
        let person = self.admin(&["person", org, name]);
        let scopes = ["findings", "inventory", "notices", "cases", "admin", "log", "metrics"];
        let mut arguments = vec!["token", &person];
        arguments.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
        self.admin(&arguments)
    }

    /// Runs a client command as somebody.
    pub fn run(&self, token: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command.args(arguments).env("FOREWARN_SERVER", &self.url).env("FOREWARN_TOKEN", token);
        command.output().unwrap()
    }

    /// What a client command prints, which must succeed.
    pub fn said(&self, token: &str, arguments: &[&str]) -> String {
        let output = self.run(token, arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        out.trim().to_owned()
    }
}

impl Service {
    /// What a client command prints once it says what is waited for: the service's workers do their part meanwhile.
    pub fn eventually(&self, token: &str, arguments: &[&str], waited_for: impl Fn(&str) -> bool) -> String {
        for _ in 0..1_000 {
            let output = self.run(token, arguments);
            let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if output.status.success() && waited_for(&said) {
                return said;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("{arguments:?} never said what was waited for");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
