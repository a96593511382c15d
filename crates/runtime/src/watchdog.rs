//! Ends a process whose tasks no longer run: better dead than healthy to look at and idle.
//!
//! Every call has a timeout of its own, so no task waits for ever; this is for what no timeout in
//! the runtime can notice, a runtime that is itself blocked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use tokio::time::interval;

use crate::exit;

const BEAT: Duration = Duration::from_secs(2);
/// Looks without a beat in between. Counted in looks and not in time: a process that was stopped
/// and continued is not stuck.
const PATIENCE: u32 = 15;

/// Starts to watch the runtime this is called in, for as long as that lives: one that has ended is not
/// stuck.
pub fn watch() {
    let beats = Arc::new(AtomicU64::new(0));
    let watched = Arc::downgrade(&beats);
    tokio::spawn(beat(beats));
    thread::spawn(move || {
        if is_stuck(&watched) {
            tracing::error!("no task has run for {} s: ending", (BEAT * PATIENCE).as_secs());
            leave();
        }
    });
}

async fn beat(beats: Arc<AtomicU64>) {
    let mut interval = interval(BEAT);
    loop {
        interval.tick().await;
        beats.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits until the beat stops; returns false where the runtime has ended with it.
fn is_stuck(beats: &Weak<AtomicU64>) -> bool {
    let (mut seen, mut missed) = (0, 0);
    while missed < PATIENCE {
        let Some(now) = beats.upgrade().map(|beats| beats.load(Ordering::Relaxed)) else { return false };
        missed = if now == seen { missed + 1 } else { 0 };
        seen = now;
        thread::sleep(BEAT);
    }
    true
}

#[expect(clippy::exit, reason = "nobody is left to return to")]
fn leave() -> ! {
    std::process::exit(exit::FAILED.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_that_has_ended_is_not_stuck() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let beats = Arc::new(AtomicU64::new(0));
        let watched = Arc::downgrade(&beats);
        let runtime = runtime.expect("a runtime can be had");
        runtime.spawn(beat(beats));
        drop(runtime);
        assert!(!is_stuck(&watched));
    }
}
