//! `forewarn serve`: the clearinghouse over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use forewarn_server::ambient::Machine;
use forewarn_server::app::App;
use forewarn_server::{http, workers};
use tokio::net::TcpListener;

use crate::DONE;
use crate::outgoing::OutgoingArguments;
use crate::service::{self, StoreArguments};

/// Arguments of `forewarn serve`.
#[derive(Args)]
#[command(after_help = "Example:\n  forewarn serve --data /var/lib/forewarn --listen 127.0.0.1:8080\n\n\
Put a TLS proxy before it for anything but this machine, and say --tls-proxy. Enrol the first coordinator with `forewarn admin enrol`.")]
pub struct ServeArguments {
    #[command(flatten)]
    store: StoreArguments,
    /// Address to listen on.
    #[arg(long, env = "FOREWARN_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// A TLS proxy stands before it, and nobody reaches the service but through it: browsers may send the session cookie
    /// over TLS only (without this that is so wherever the address is not of this machine alone), and the last address in
    /// `X-Forwarded-For` is where a request comes from.
    #[arg(long)]
    tls_proxy: bool,
    #[command(flatten)]
    outgoing: OutgoingArguments,
}

/// Serves until it is told to stop.
///
/// # Errors
/// When the store cannot be opened or the address is taken.
pub async fn run(arguments: &ServeArguments) -> anyhow::Result<u8> {
    let secure = arguments.tls_proxy || !arguments.listen.ip().is_loopback();
    let edge = service::Edge { secure_cookies: secure, behind_proxy: arguments.tls_proxy };
    let app = service::open(&arguments.store, Arc::new(Machine), edge, arguments.outgoing.open()?).await?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}; choose another with --listen", arguments.listen))?;
    println!("Forewarn serves on http://{} (stop with Ctrl-C)", listener.local_addr()?);
    let working = tokio::spawn(workers::run(Arc::clone(&app)));
    let served = until_stopped(Arc::clone(&app), listener).await;
    working.abort();
    if let Err(error) = app.save_index(true).await {
        eprintln!("the exposure index was not saved, so that the next start takes longer: {error}");
    }
    served?;
    Ok(DONE)
}

/// Serves requests until Ctrl-C or a termination signal; requests under way are finished.
///
/// # Errors
/// When the listener fails.
pub async fn until_stopped(app: Arc<App>, listener: TcpListener) -> anyhow::Result<()> {
    let router = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(stopped()).await.context("serving ended")
}

/// Ends at Ctrl-C or a termination signal.
pub async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}
