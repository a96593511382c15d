//! Everything that answers are made of: the start, the runs it led to, and who may change them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use engine::monitor::Startup;
use serde_json::Value;

use crate::LogControl;
use crate::auth::Guard;
use crate::runs::Runs;

/// Writes metrics in Prometheus's text format.
pub(super) type OwnMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// A part of `/status` beside the runs, under its name.
pub(super) type OwnStatus = (&'static str, Arc<dyn Fn() -> Value + Send + Sync>);

/// What is shown.
pub(super) struct Site {
    pub(super) start: Arc<Startup>,
    /// What the start led to.
    pub(super) runs: OnceLock<Runs>,
    pub(super) level: Option<Arc<dyn LogControl>>,
    pub(super) guard: Guard,
    /// What the user measures.
    pub(super) metrics: Vec<OwnMetrics>,
    /// What else there is to say.
    pub(super) statuses: Vec<OwnStatus>,
}

impl Site {
    pub(super) fn log_level(&self) -> Option<String> {
        self.level.as_ref().map(|level| level.get())
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, guard, .. } = self;
        f.debug_struct("Site").field("runs", runs).field("guard", guard).finish_non_exhaustive()
    }
}
