//! What a command line and the admin server have in common.

use admin::{AdminAddr, LogControl};
use runtime::logging::LogLevel;

/// The log level of a program, for its admin server to set.
#[derive(Debug)]
pub struct Level(pub LogLevel);

impl LogControl for Level {
    fn get(&self) -> String {
        self.0.get()
    }

    fn set(&self, wanted: &str) -> Result<(), String> {
        self.0.set(wanted).map_err(|error| error.to_string())
    }
}

/// Reads `--admin-addr`.
///
/// # Errors
/// Returns a sentence that names the variable where it is no address.
pub fn admin_addr(text: &str) -> Result<AdminAddr, String> {
    text.parse().map_err(|error| format!("{error} (variable ADMIN_ADDR)"))
}
