//! The plan of a case and what waits for too long, for people.

use forewarn_server::app::views::{AlarmView, GateView, PlanView};

use crate::client::Client;
use crate::{DONE, FOUND};

/// Prints every step that is still before a case, with its gates and who is waited for.
pub(super) async fn show(client: &Client, path: &str) -> anyhow::Result<()> {
    let plan: PlanView = client.get(&format!("{path}/plan")).await?;
    println!("{} is {}", plan.number, plan.state);
    for (number, step) in plan.steps.iter().enumerate() {
        let wave = step.wave.as_ref().map(|wave| format!("  {wave}")).unwrap_or_default();
        println!("{:2}. {}{wave}", number + 1, step.what);
        for gate in &step.gates {
            println!("    {} {}{}", if gate.open { "[x]" } else { "[ ]" }, gate.words, waiting(gate));
        }
    }
    if plan.steps.is_empty() {
        println!("nothing is before it");
    }
    for alarm in &plan.alarms {
        println!("ALARM  {alarm}");
    }
    Ok(())
}

fn waiting(gate: &GateView) -> String {
    let Some(who) = &gate.waits_for else { return String::new() };
    let vendor = gate.vendor.as_ref().map(|vendor| format!(" {}", vendor.name)).unwrap_or_default();
    let shown = gate.at.map(|at| gate.at_local.clone().unwrap_or_else(|| at.to_string()));
    let at = match (shown, gate.deadline) {
        (Some(at), true) => format!("; an alarm from {at}"),
        (Some(at), false) => format!("; {at}"),
        (None, _) => String::new(),
    };
    format!(" -- waits for {who}{vendor}{at}")
}

/// Lists cases in which something waits for too long.
pub(super) async fn alarms(client: &Client) -> anyhow::Result<u8> {
    let mut code = DONE;
    let show = |one: AlarmView| {
        code = FOUND;
        println!("{}  {}  {}  {}", one.case, one.number, one.state, one.alarms.join("; "));
        Ok(())
    };
    client.each("/api/v1/alarms", show).await?;
    Ok(code)
}
