//! The server: takes reservations once the queue has them, says what came of them, and shows the hall.

mod hall;
mod lookup;
mod news;
mod office;
mod receipt;
mod reserve;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use office::Office;

/// For reservations that are on their way to the queue at the end.
const GRACE: Duration = Duration::from_secs(10);

/// Serves the office until it is told to stop
#[derive(Debug, Parser)]
struct Args {
    /// Where to listen
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Args { listen } = Args::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let office = Office::open().await?;
    let listener = TcpListener::bind(listen).await?;
    tracing::info!("the office is open: http://{}/", listener.local_addr()?);
    let served = axum::serve(listener, routes(office.clone())).with_graceful_shutdown(told_to_stop()?).await;
    office.reservations.close(GRACE).await;
    Ok(served?)
}

fn routes(office: Office) -> Router {
    Router::new()
        .route("/", get(Html(include_str!("page.html"))))
        .route("/reservations", post(reserve::reserve))
        .route("/reservations/{name}", get(lookup::lookup))
        .route("/seats", get(hall::seats))
        .route("/news", get(news::news))
        .with_state(office)
}

/// Ends with the first SIGINT or SIGTERM.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
