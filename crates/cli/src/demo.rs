//! `forewarn demo`: the main job in a sample world, from the first batch to the public advisory.

mod files;
mod story;
mod twin;
mod world;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::instance::{Instance, Place};
use forewarn_server::rehearsal::Rehearsal;
use forewarn_server::workers;
use jiff::SignedDuration;
use tokio::net::TcpListener;

use crate::{BAD_INPUT, DONE, serve};
use story::Story;
use twin::Twin;
use world::World;

/// The story takes so many hours; it begins that long ago, and ends now.
const HOURS: i64 = 24 * 43;
/// First port tried, and how many after it.
const PORTS: std::ops::Range<u16> = 8080..8180;

/// Arguments of `forewarn demo`.
#[derive(Args)]
#[command(
    after_help = "The sample world is invented; its clock begins 43 days ago, so that the story ends now. \
Nothing leaves this machine."
)]
pub struct DemoArguments {
    /// Folder for the sample world's data; a new one in the system's temporary folder when left out.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on; port 8080 of this machine, or the next free one, when left out.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// End after the story.
    #[arg(long)]
    exit: bool,
}

/// Plays the story, then serves the sample world.
///
/// # Errors
/// With the step that did not hold, or when the folder or the address cannot be used.
pub async fn run(arguments: &DemoArguments) -> anyhow::Result<u8> {
    let seed = Machine.draw(None).bytes();
    let data = match &arguments.data {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir()
            .join(format!("forewarn-demo-{}", hex::encode(&Machine.draw(None).bytes()[..4]))),
    };
    if Instance::database_in(&data).exists() {
        let shown = data.display();
        eprintln!(
            "forewarn: {shown} already holds a clearinghouse: choose another folder, or run `forewarn serve --data {shown}`"
        );
        return Ok(BAD_INPUT);
    }
    let start =
        Machine.now().checked_sub(SignedDuration::from_hours(HOURS)).context("the clock is out of range")?;
    let clock = Arc::new(Rehearsal::new(seed, start));
    let instance = Instance {
        data: data.clone(),
        key: None,
        place: Place::Folder,
        policy: None,
        log_origin: "demo.forewarn.example/log".into(),
        log_seconds: forewarn_server::instance::LOG_SECONDS,
        secure_cookies: false,
        behind_proxy: false,
        outgoing: forewarn_server::outgoing::Outgoing::default(),
    };
    let key = instance.key_place()?;
    let app = instance.open(Arc::<Rehearsal>::clone(&clock)).await?;
    write_samples(&data)?;
    println!("Sample world in {}, sealed under the key in {}", data.display(), key.shown());

    let listener = listen(arguments.listen).await?;
    let address = listener.local_addr()?;
    let server = format!("http://{address}");
    let serving = tokio::spawn(serve::until_stopped(Arc::clone(&app), listener));
    let world = World::set_up(&app, &server).await?;
    let twin = Twin::new(&instance, Rehearsal::new(seed, start)).await?;
    let mut story = Story::new(Arc::clone(&app), &world, &twin, Arc::clone(&clock));
    story.play().await?;
    clock.end();
    println!("\nThe story holds: every step was checked as it happened.");
    if arguments.exit {
        serving.abort();
        return Ok(DONE);
    }
    println!("\nServing on {server} (stop with Ctrl-C). Sign in as, once each:");
    for (name, link) in story.links().await? {
        println!("  {name:44} {link}");
    }
    let working = tokio::spawn(workers::run(app));
    let served = serving.await.context("serving ended badly")?;
    working.abort();
    served?;
    Ok(DONE)
}

async fn listen(wanted: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    if let Some(address) = wanted {
        let bound = TcpListener::bind(address).await;
        return bound.with_context(|| format!("cannot listen on {address}; choose another with --listen"));
    }
    for port in PORTS {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return Ok(listener);
        }
    }
    bail!("no port from {} to {} is free; choose one with --listen", PORTS.start, PORTS.end - 1)
}

/// Leaves the sample documents beside the data, to look at and to try the other commands with.
fn write_samples(data: &Path) -> anyhow::Result<()> {
    let folder = data.join("sample");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let inventories = files::inventories().into_iter().map(|(_, _, file)| file);
    for file in inventories.chain([files::findings()]) {
        let path = folder.join(file.name);
        std::fs::write(&path, file.bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
