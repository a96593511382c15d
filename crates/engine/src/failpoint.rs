//! Places at which a test may have this process killed. Without the feature `failpoints`: nothing.
//!
//! `FAILPOINT=after-commit:3` ends the process the third time it gets there, as `kill -9` would.

/// The process got to `point`.
#[cfg(not(feature = "failpoints"))]
pub fn reach(_point: &str) {}

/// The process got to `point`, which what follows immediately takes a while to do.
#[cfg(not(feature = "failpoints"))]
pub fn enter(_point: &str) {}

#[cfg(feature = "failpoints")]
pub use armed::{enter, reach};

#[cfg(feature = "failpoints")]
mod armed {
    use std::process::abort;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    /// Dies here if this is the place and the time.
    pub fn reach(point: &str) {
        if is_due(point) {
            abort();
        }
    }

    /// Dies within the next two milliseconds if this is the place and the time.
    pub fn enter(point: &str) {
        if is_due(point) {
            std::thread::spawn(|| {
                std::thread::sleep(Duration::from_micros(fastrand::u64(..2_000)));
                abort();
            });
        }
    }

    fn is_due(point: &str) -> bool {
        static ARMED: OnceLock<Option<(String, u32)>> = OnceLock::new();
        static PASSED: AtomicU32 = AtomicU32::new(0);
        let armed = ARMED.get_or_init(|| {
            let text = std::env::var("FAILPOINT").ok()?;
            let (name, times) = text.split_once(':').unwrap_or((&text, "1"));
            Some((name.to_owned(), times.parse().ok()?))
        });
        let Some((name, times)) = armed else { return false };
        name == point && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *times
    }
}
