//! A unit for systemd.

use std::path::PathBuf;

use clap::Args;

use crate::DONE;
use crate::bad_input::BadInput;

/// What goes into the unit.
#[derive(Args)]
pub struct Unit {
    /// Folder of the agent, below /var/lib.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/forewarn-agent")]
    data: PathBuf,
    /// User whom the folder belongs to.
    #[arg(long, default_value = "forewarn-agent")]
    user: String,
    /// Pause between fetches.
    #[arg(long, default_value = "15m", value_parser = checked)]
    every: String,
    /// The program; this one when left out.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Inventories to look at; the packages of this machine when left out.
    #[arg(long, value_name = "FILE")]
    sbom: Vec<PathBuf>,
}

fn checked(text: &str) -> Result<String, String> {
    super::pause(text).map(|_| text.to_owned())
}

/// A word in a unit (systemd.syntax(7)), quoted and without specifiers.
fn quoted(text: &str) -> Result<String, BadInput> {
    if text.chars().any(char::is_control) {
        return Err(BadInput::new("a path with control characters cannot stand in a unit"));
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    Ok(format!("\"{escaped}\""))
}

/// A word of a command line, in which a dollar sign stands for a variable (systemd.service(5)).
fn word(text: &str) -> Result<String, BadInput> {
    Ok(quoted(text)?.replace('$', "$$"))
}

impl Unit {
    /// Prints it.
    ///
    /// # Errors
    /// When a path cannot stand in a unit.
    pub fn print(&self) -> anyhow::Result<u8> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?,
        };
        let name = |path: &PathBuf| word(&path.to_string_lossy());
        let plain = |user: &str| user.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if self.user.is_empty() || !plain(&self.user) {
            return Err(BadInput::new("--user: expected the name of a user").into());
        }
        let mut command =
            format!("{} agent run --data {} --every {}", name(&program)?, name(&self.data)?, self.every);
        for sbom in &self.sbom {
            command.push_str(&format!(" --sbom {}", name(sbom)?));
        }
        print!("{}", text(&command, &self.user, &quoted(&self.data.to_string_lossy())?));
        Ok(DONE)
    }
}

fn text(command: &str, user: &str, data: &str) -> String {
    format!(
        "[Unit]
Description=Forewarn agent: notices of vulnerabilities for this organisation
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command}
User={user}
Restart=always
RestartSec=60
UMask=0077
ReadWritePaths={data}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources

[Install]
WantedBy=multi-user.target
"
    )
}
