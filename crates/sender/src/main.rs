//! Puts `hello world N` on a queue: reads the order, carries it out, says how it ended.

use std::process::ExitCode;

use anyhow::Context;
use sender::cli::Order;
use sender::outlet::{Outlet, SqsOutlet};
use sender::output::Output;
use sender::publisher::Publisher;
use sender::report::Report;
use sender::source::Source;
use sender::spans::Traced;
use shared::queue::{QueueError, QueueRef};
use shared::spans::{FLUSH, Spans};
use shared::sqs::{AccountError, Sqs};
use shared::{exit, signal};
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let order = Order::read().unwrap_or_else(|error| error.exit());
    let Some(order) = order else { return ExitCode::SUCCESS };
    order.log.init();
    let code = start(&order).unwrap_or_else(|error| {
        tracing::error!("{error:#}");
        let usage = error.is::<QueueError>()
            || error.downcast_ref::<AccountError>().is_some_and(|error| !error.is_passing());
        if usage { exit::USAGE } else { exit::FAILED }
    });
    code.into()
}

fn start(order: &Order) -> anyhow::Result<u8> {
    let runtime = Runtime::new().context("cannot start the runtime")?;
    let code = runtime.block_on(run(order));
    // A name look-up that hangs would otherwise hold up the end.
    runtime.shutdown_background();
    code
}

async fn run(order: &Order) -> anyhow::Result<u8> {
    let stop = signal::stop_token().context("cannot handle signals")?;
    let spans = Spans::start("sender");
    let report = match stop.run_until_cancelled(Box::pin(open(&order.queue))).await {
        Some(outlet) => publish(order, outlet?, stop).await,
        None => Report::default(),
    };
    spans.end(FLUSH).await;
    tracing::info!("{report}");
    if let Some(fatal) = &report.fatal {
        tracing::error!("{fatal}");
    }
    Ok(report.exit_code(order.count))
}

async fn open(queue: &QueueRef) -> anyhow::Result<SqsOutlet> {
    let sqs = Sqs::load().await?;
    Ok(SqsOutlet::open(queue, &sqs).await?)
}

async fn publish(order: &Order, outlet: SqsOutlet, stop: CancellationToken) -> Report {
    let many = order.count.map_or("until stopped".to_owned(), |count| format!("{count} in all"));
    tracing::info!("sending to {}: {}, {many}", outlet.name(), order.pace);
    let source = Source::new(order.numbers(), order.pace, Instant::now());
    Publisher::new(Traced::new(outlet), source, Output::stdout(order.count), stop).run().await
}
