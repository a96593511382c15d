//! What is about to be deployed, as far as the doctor asks.

use engine::settings::Settings;
use mysql::mapping::{Mapping, MappingError};

/// What is about to be deployed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// As each consumer is asked to have them.
    pub settings: Settings,
    /// Consumers that run side by side.
    pub consumers: usize,
    /// The mapping of messages to a table, where there is one.
    pub mapping: Option<Result<Mapping, MappingError>>,
}
