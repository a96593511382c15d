//! Ends a process whose tasks no longer run: better dead than healthy to look at and idle.
//!
//! Every call has a timeout of its own, so no task waits for ever; this is for what no timeout in
//! the runtime can notice, a runtime that is itself blocked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tokio::time::interval;

use crate::exit;

const BEAT: Duration = Duration::from_secs(2);
/// Looks without a beat in between. Counted in looks and not in time: a process that was stopped
/// and continued is not stuck.
const PATIENCE: u32 = 15;

/// Starts to watch the runtime this is called in, for as long as the process lives.
pub fn watch() {
    let beats = Arc::new(AtomicU64::new(0));
    tokio::spawn(beat(beats.clone()));
    thread::spawn(move || look(&beats));
}

async fn beat(beats: Arc<AtomicU64>) {
    let mut interval = interval(BEAT);
    loop {
        interval.tick().await;
        beats.fetch_add(1, Ordering::Relaxed);
    }
}

fn look(beats: &AtomicU64) {
    let (mut seen, mut missed) = (0, 0);
    while missed < PATIENCE {
        thread::sleep(BEAT);
        let now = beats.load(Ordering::Relaxed);
        missed = if now == seen { missed + 1 } else { 0 };
        seen = now;
    }
    tracing::error!("no task has run for {} s: ending", (BEAT * PATIENCE).as_secs());
    leave();
}

#[expect(clippy::exit, reason = "nobody is left to return to")]
fn leave() -> ! {
    std::process::exit(exit::FAILED.into())
}
