//! The configuration: what was said on the command line, as the worker takes it.

use acquit::Options;
use acquit::database::BATCH_BYTES;
use acquit::handler::{BatchLimits, Settings};

use crate::cli::ConsumeArgs;

/// What was asked for, as the worker takes it.
pub fn options(args: &ConsumeArgs) -> Options {
    let settings = Settings {
        receivers: args.receivers,
        workers: args.workers,
        batch: BatchLimits { rows: args.batch_rows, bytes: BATCH_BYTES },
        visibility_timeout: args.visibility_timeout,
        wait_time: args.wait_time,
        poll_linger: args.poll_linger,
        max_in_flight_per_group: args.max_in_flight_per_group,
        fifo_on_reject: args.fifo_on_reject,
        reject_limit: args.reject_limit,
        handler_timeout: args.handler_timeout,
        shutdown_grace: args.shutdown_grace,
        show_bodies: args.show_bodies,
        ..Settings::default()
    };
    let max_in_flight = Some(args.max_in_flight);
    Options { settings, max_in_flight, fail_fast: args.fail_fast, ..Options::default() }
}
