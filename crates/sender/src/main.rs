//! Puts `hello world N` on a queue: reads the order, carries it out, says how it ended.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use otel::provider::{FLUSH, Spans};
use outbound::producer::{Notice, Producer, Settings};
use runtime::exit::{self, Ends};
use runtime::patience::until_there;
use runtime::queue::told;
use runtime::signal;
use runtime::threads::{self, NoRuntime};
use sender::cli::{Order, Work};
use sender::greeting::Greetings;
use sender::output::Output;
use sender::publisher::Publisher;
use sender::relay;
use sender::report::Report;
use sender::source::Source;
use sqs::client::{AccountError, Sqs};
use sqs::lookup::QueueError;
use sqs::send_port::SqsSendPort;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    match Work::read().unwrap_or_else(|error| error.exit()) {
        Some(Work::Send(order)) => {
            order.log.init();
            exit::of(start(&order))
        }
        Some(Work::Relay(args, log)) => relay::main(&args, log.init()),
        None => ExitCode::SUCCESS,
    }
}

fn start(order: &Order) -> Result<u8, Failure> {
    threads::block_on(run(order))?
}

async fn run(order: &Order) -> Result<u8, Failure> {
    let stop = signal::stop_token().map_err(Failure::Signals)?;
    let spans = Spans::start("sender");
    let report = match stop.run_until_cancelled(Box::pin(open(order))).await {
        Some(port) => publish(order, port?, stop).await,
        None => Report::default(),
    };
    spans.end(FLUSH).await;
    tracing::info!("{report}");
    if let Some(fatal) = &report.fatal {
        tracing::error!("{fatal}");
    }
    Ok(report.exit_code(order.count))
}

/// Waits for credentials and SQS for as long as they are away.
async fn open(order: &Order) -> Result<SqsSendPort, Failure> {
    let open = || async { Ok::<_, Failure>(SqsSendPort::open(&Sqs::load().await?, &order.queue).await?) };
    until_there("SQS", open, |_| ()).await
}

async fn publish(order: &Order, port: SqsSendPort, stop: CancellationToken) -> Report {
    let output = Output::stdout(order.count);
    let producer = Producer::start(port, settings(&output));
    let many = order.count.map_or("until stopped".to_owned(), |count| format!("{count} in all"));
    tracing::info!("sending to {}: {}, {many}", producer.url(), order.pace);
    let greetings = Greetings::new(order.numbers(), order.group.clone());
    let source = Source::new(greetings, order.pace, Instant::now());
    Publisher::new(producer, source, output, stop).run().await
}

/// Whoever runs the sender stops it when they have waited enough. The source hands messages over as calls
/// hold them, so that none needs to wait for company.
fn settings(output: &Output<impl Write>) -> Settings {
    let bar = output.bar();
    let notice = move |notice: &Notice| {
        bar.suspend(|| match notice {
            Notice::Failing(_) => tracing::warn!("{notice}"),
            Notice::Back(_) => tracing::info!("{notice}"),
        });
    };
    let (patience, linger, notice) = (None, Duration::ZERO, Arc::new(notice));
    Settings { patience, linger, notice, ..Settings::default() }
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Runtime(#[from] NoRuntime),
    #[error("cannot handle signals: {0}")]
    Signals(io::Error),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("{}", told(.0, .0.is_of_name()))]
    Queue(#[from] QueueError),
}

impl Ends for Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Runtime(_) | Self::Signals(_) => exit::FAILED,
            Self::Account(error) => exit::code(error.is_usage()),
            Self::Queue(error) => exit::code(error.is_usage()),
        }
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Runtime(_) | Self::Signals(_) => false,
            Self::Account(error) => error.is_passing(),
            Self::Queue(error) => error.is_passing(),
        }
    }
}
