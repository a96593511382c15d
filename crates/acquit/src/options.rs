//! How much of everything a worker uses, from the environment or by hand.

use std::env;

use engine::settings::{Settings, fitting_wait, range};
use runtime::value_parser::{duration, number, seconds};
use shared::limits::MAX_BATCH;

/// Messages of a worker that are worked on at once: from, to, both included.
const CONCURRENCY: (usize, usize) = (1, 10_000);

/// A variable that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}={value:?}: {what}")]
pub struct SettingError {
    variable: &'static str,
    value: String,
    what: String,
}

/// How much of everything, and how a worker starts. Of several queues each gets an equal share of
/// messages and bytes in flight, so that none of them can take the others' room.
#[derive(Clone, Debug)]
pub struct Options {
    /// For the queues together. `workers` and `batch` are for handlers of batches.
    pub settings: Settings,
    /// Messages of one queue that jobs work on at once, 1 to 10,000.
    pub concurrency: usize,
    /// Messages in flight, where that was set: else twice the concurrency, and at least ten.
    pub max_in_flight: Option<usize>,
    /// Whether what is away ends the start instead of being waited for.
    pub fail_fast: bool,
    /// Where page, health and metrics are.
    #[cfg(feature = "admin")]
    pub admin: admin::AdminAddr,
    /// What the admin server asks for before it changes anything.
    #[cfg(feature = "admin")]
    pub admin_token: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            concurrency: 16,
            max_in_flight: None,
            fail_fast: false,
            #[cfg(feature = "admin")]
            admin: admin::AdminAddr::Usual,
            #[cfg(feature = "admin")]
            admin_token: None,
        }
    }
}

impl Options {
    /// Reads `WORKERS` (the concurrency), `RECEIVERS`, `MAX_IN_FLIGHT`,
    /// `MAX_IN_FLIGHT_PER_GROUP`, `FIFO_ON_REJECT`, `WAIT_TIME`, `POLL_LINGER`,
    /// `VISIBILITY_TIMEOUT`, `HANDLER_TIMEOUT`, `REJECT_LIMIT`, `SHUTDOWN_GRACE`, `SHOW_BODIES`,
    /// `FAIL_FAST`, and with the feature `admin` `ADMIN_ADDR` and `ADMIN_TOKEN`. A variable that is
    /// set to nothing counts as unset.
    ///
    /// # Errors
    /// Returns an error that names the variable and its range if one is not as it must be.
    pub fn from_env() -> Result<Self, SettingError> {
        let mut options = Self::default();
        let settings = &mut options.settings;
        read("WORKERS", |text, name| number(text, name, CONCURRENCY), &mut options.concurrency)?;
        read("RECEIVERS", |text, name| number(text, name, range::RECEIVERS), &mut settings.receivers)?;
        let max = |text: &str, name: &str| number(text, name, range::MAX_IN_FLIGHT).map(Some);
        read("MAX_IN_FLIGHT", max, &mut options.max_in_flight)?;
        read("MAX_IN_FLIGHT_PER_GROUP", max, &mut settings.max_in_flight_per_group)?;
        read("FIFO_ON_REJECT", |text, _| text.parse(), &mut settings.fifo_on_reject)?;
        read("WAIT_TIME", |text, name| seconds(text, name, range::WAIT_SECS), &mut settings.wait_time)?;
        times(settings)?;
        let limit = |text: &str, name: &str| number(text, name, range::REJECT_LIMIT);
        read("REJECT_LIMIT", limit, &mut settings.reject_limit)?;
        read("SHOW_BODIES", flag, &mut settings.show_bodies)?;
        read("FAIL_FAST", flag, &mut options.fail_fast)?;
        #[cfg(feature = "admin")]
        {
            read("ADMIN_ADDR", |text, _| text.parse(), &mut options.admin)?;
            read("ADMIN_TOKEN", |text, _| Ok(Some(text.to_owned())), &mut options.admin_token)?;
        }
        Ok(options)
    }

    /// What one of so many queues gets, where jobs work on its messages.
    pub(crate) fn for_jobs(&self, queues: usize) -> Settings {
        let max_in_flight = self.max_in_flight.unwrap_or((2 * self.concurrency).max(10) * queues);
        let batch = engine::batch::BatchLimits { rows: 1, ..self.settings.batch };
        let settings = Settings { workers: self.concurrency, max_in_flight, batch, ..self.settings };
        share(settings, queues)
    }

    /// The same for a FIFO queue: SQS hands out up to ten messages of a group, and one of them is worked
    /// on.
    pub(crate) fn for_groups(&self, settings: Settings) -> Settings {
        let in_flight = settings.max_in_flight.max(MAX_BATCH * settings.workers).min(range::MAX_IN_FLIGHT.1);
        let max_in_flight = if self.max_in_flight.is_some() { settings.max_in_flight } else { in_flight };
        Settings { max_in_flight, ..settings }
    }

    /// What one of so many queues gets, where a handler works on batches.
    pub(crate) fn for_batches(&self, queues: usize) -> Settings {
        let max_in_flight = self.max_in_flight.unwrap_or(self.settings.max_in_flight);
        share(Settings { max_in_flight, ..self.settings }, queues)
    }
}

/// An equal share for each queue, and polls that do not outlast the grace.
fn share(settings: Settings, queues: usize) -> Settings {
    let max_in_flight = (settings.max_in_flight / queues).max(1);
    let wait_time = fitting_wait(settings.wait_time, settings.shutdown_grace);
    Settings { max_in_flight, max_bytes: settings.max_bytes / queues, wait_time, ..settings }
}

fn times(settings: &mut Settings) -> Result<(), SettingError> {
    let linger = |text: &str, name: &str| duration(text, name, range::POLL_LINGER);
    read("POLL_LINGER", linger, &mut settings.poll_linger)?;
    let visibility = |text: &str, name: &str| seconds(text, name, range::VISIBILITY_SECS);
    read("VISIBILITY_TIMEOUT", visibility, &mut settings.visibility_timeout)?;
    let timeout = |text: &str, name: &str| duration(text, name, range::HANDLER_TIMEOUT);
    read("HANDLER_TIMEOUT", timeout, &mut settings.handler_timeout)?;
    let grace = |text: &str, name: &str| duration(text, name, range::SHUTDOWN_GRACE);
    read("SHUTDOWN_GRACE", grace, &mut settings.shutdown_grace)
}

fn flag(text: &str, _: &str) -> Result<bool, String> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("must be true or false".into()),
    }
}

/// Sets `setting` to what the variable says, if it says anything.
fn read<T>(
    variable: &'static str,
    parse: impl FnOnce(&str, &str) -> Result<T, String>,
    setting: &mut T,
) -> Result<(), SettingError> {
    let value = env::var_os(variable).unwrap_or_default();
    let value = value.to_string_lossy();
    if value.trim().is_empty() {
        return Ok(());
    }
    let wrong = |what| SettingError { variable, value: value.to_string(), what };
    *setting = parse(value.trim(), variable).map_err(wrong)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_queues_share_what_one_would_have() {
        let options = Options { concurrency: 64, ..Options::default() };
        assert_eq!(options.for_jobs(1).max_in_flight, 128);
        assert_eq!((options.for_jobs(2).max_in_flight, options.for_jobs(2).max_bytes), (128, 16 << 20));
        let limited = Options { max_in_flight: Some(100), ..options };
        assert_eq!((limited.for_jobs(2).max_in_flight, limited.for_batches(4).max_in_flight), (50, 25));
    }

    #[test]
    fn a_job_gets_each_message_by_itself() {
        let settings = Options { concurrency: 3, ..Options::default() }.for_jobs(1);
        assert_eq!((settings.batch.rows, settings.workers, settings.max_in_flight), (1, 3, 10));
    }

    #[test]
    fn of_a_fifo_queue_there_is_room_for_a_whole_answer_of_each_group() {
        let in_flight = |options: Options| options.for_groups(options.for_jobs(1)).max_in_flight;
        assert_eq!(in_flight(Options { concurrency: 16, ..Options::default() }), 160);
        assert_eq!(in_flight(Options { max_in_flight: Some(7), ..Options::default() }), 7);
    }

    #[test]
    fn a_setting_that_is_wrong_is_named_with_its_range() {
        let error = SettingError {
            variable: "WORKERS",
            value: "0".into(),
            what: number::<usize>("0", "WORKERS", CONCURRENCY).unwrap_err(),
        };
        assert!(error.to_string().starts_with("WORKERS=\"0\": must be a whole number from 1 to 10000"));
    }
}
