//! What is about to be deployed, as far as the doctor asks.

use engine::settings::Settings;

/// What is about to be deployed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// As each consumer is asked to have them.
    pub settings: Settings,
    /// Consumers that run side by side.
    pub consumers: usize,
}
