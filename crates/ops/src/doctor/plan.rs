//! What is about to be deployed, as far as the doctor asks.

use std::time::Duration;

use engine::settings::Settings;

/// What is about to be deployed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// As each consumer is going to have them.
    pub settings: Settings,
    /// How long polls were to wait, before that was shortened to fit the grace.
    pub wait_time: Duration,
    /// Consumers that run side by side.
    pub consumers: usize,
}
