//! What every decision is given, and how it says no.

use jiff::Timestamp;

use crate::access::Actor;
use crate::policy::Policy;

/// The facts of the moment, gathered by the shell.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Now, UTC.
    pub now: Timestamp,
    /// Who asks.
    pub actor: &'a Actor,
    /// The policy in force.
    pub policy: &'a Policy,
}

/// Why a command was refused. The texts are fixed: nothing embargoed can be in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not exist, or the actor may not know that it does.
    #[error("there is no such thing, or it is not yours to see")]
    NotFound,
    /// The actor may see it but not do this.
    #[error("you may see this but not do that: {0}")]
    Forbidden(&'static str),
    /// The state does not allow it.
    #[error("{step} is not possible while it is {state}")]
    WrongState {
        /// State now.
        state: &'static str,
        /// What was tried.
        step: &'static str,
    },
    /// A rule says no.
    #[error("{0}")]
    Rule(&'static str),
    /// The command itself is not right; `field` is a JSON pointer into it.
    #[error("{field}: {message}")]
    Invalid {
        /// JSON pointer of the offending field.
        field: &'static str,
        /// What is wrong, what to do.
        message: &'static str,
    },
}

/// Refuses when `holds` is false.
pub(crate) fn require(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}
