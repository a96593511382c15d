//! The end, asked for by SIGINT or SIGTERM: the first time kindly, the second time at once.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit;

/// Listens for SIGINT and SIGTERM from now on.
///
/// # Errors
/// Where the operating system refuses a handler.
pub fn listen() -> io::Result<Termination> {
    let interrupt = signal(SignalKind::interrupt())?;
    let terminate = signal(SignalKind::terminate())?;
    Ok(Termination { interrupt, terminate })
}

/// Both signals, as one.
#[derive(Debug)]
pub struct Termination {
    interrupt: Signal,
    terminate: Signal,
}

impl Termination {
    /// Ends on the first signal. From then on a second one ends the process on the spot:
    /// what it held comes back when its visibility timeout runs out.
    pub async fn requested(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("second signal: ending at once");
            leave();
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[expect(clippy::exit, reason = "whoever asks twice wants no more cleaning up")]
fn leave() -> ! {
    std::process::exit(exit::ABANDONED.into())
}
