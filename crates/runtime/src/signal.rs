//! The end, asked for by SIGINT or SIGTERM: the first time kindly, the second time at once.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit;

/// A token that the first SIGINT or SIGTERM cancels. From then on a second one ends the process
/// on the spot: what it held comes back when its visibility timeout runs out.
///
/// # Errors
/// Where the operating system refuses a handler.
pub fn stop_token() -> io::Result<CancellationToken> {
    let interrupt = signal(SignalKind::interrupt())?;
    let terminate = signal(SignalKind::terminate())?;
    let stop = CancellationToken::new();
    tokio::spawn(listen(interrupt, terminate, stop.clone()));
    Ok(stop)
}

async fn listen(mut interrupt: Signal, mut terminate: Signal, stop: CancellationToken) {
    either(&mut interrupt, &mut terminate).await;
    stop.cancel();
    either(&mut interrupt, &mut terminate).await;
    tracing::warn!("second signal: ending at once");
    leave();
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[expect(clippy::exit, reason = "whoever asks twice wants no more cleaning up")]
fn leave() -> ! {
    std::process::exit(exit::ABANDONED.into())
}
