//! How much of everything a producer uses.

use std::sync::Arc;
use std::time::Duration;

use shared::limits::MAX_BYTES;

use super::outage::{Notice, log};

/// How much of everything.
#[derive(Clone)]
pub struct Settings {
    /// Calls that may be open at once, 1 or more.
    pub calls: usize,
    /// How long a message waits for company under load.
    pub linger: Duration,
    /// How long a message is tried, from the moment it was submitted; a call that is under way then is
    /// awaited. `None`: until it is confirmed or refused.
    pub patience: Option<Duration>,
    /// Bytes of messages that are taken and not answered for, at least 1 MiB.
    pub max_bytes: usize,
    /// Is told when SQS begins to fail, at most once a second, and when it takes everything again.
    pub notice: Arc<dyn Fn(&Notice) + Send + Sync>,
}

impl Default for Settings {
    /// 32 calls, 3 ms, 20 s, 32 MiB, and lines in the log.
    fn default() -> Self {
        Self {
            calls: 32,
            linger: Duration::from_millis(3),
            patience: Some(Duration::from_secs(20)),
            max_bytes: 32 * MAX_BYTES,
            notice: Arc::new(log),
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { calls, linger, patience, max_bytes, .. } = self;
        let mut debug = f.debug_struct("Settings");
        debug.field("calls", calls).field("linger", linger).field("patience", patience);
        debug.field("max_bytes", max_bytes).finish_non_exhaustive()
    }
}
