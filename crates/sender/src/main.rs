//! Puts `hello world N`, or what is in a file, on a queue: reads the order, carries it out, says how it ended.

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
use sender::input::feed::InputFeed;
use sender::journal::Journal;
use sender::load::{Load, LoadError};
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
    let load = Load::open(order)?;
    let spans = Spans::start("sender");
    let report = match stop.run_until_cancelled(Box::pin(open(order))).await {
        Some(port) => publish(order, load, port?, stop).await,
        None => load.unsent(order),
    };
    spans.end(FLUSH).await;
    tracing::info!("{report}");
    tell_how_to_go_on(order, &report);
    if let Some(fatal) = &report.fatal {
        tracing::error!("{fatal}");
    }
    Ok(report.exit_code(order.wanted()))
}

/// Waits for credentials and SQS for as long as they are away.
async fn open(order: &Order) -> Result<SqsSendPort, Failure> {
    let open = || async { Ok::<_, Failure>(SqsSendPort::open(&Sqs::load().await?, &order.queue).await?) };
    until_there("SQS", open, |_| ()).await
}

async fn publish(order: &Order, load: Load, port: SqsSendPort, stop: CancellationToken) -> Report {
    let output = Output::stdout(load.total(order));
    let producer = Producer::start(port, settings(&output));
    tracing::info!("sending to {}: {}, {}", producer.url(), order.pace, load.told(order));
    let journal = Journal::new(load.rejects, stop.clone(), output.bar());
    if let Some(input) = load.input {
        let feed = InputFeed::new(input, order.start, journal.clone(), output.bar());
        let source = Source::new(feed, order.pace, Instant::now());
        Publisher::new(producer, source, output, stop).with_journal(journal).run().await
    } else {
        let greetings = Greetings::new(order.numbers(), order.group.clone());
        let source = Source::new(greetings, order.pace, Instant::now());
        Publisher::new(producer, source, output, stop).with_journal(journal).run().await
    }
}

fn tell_how_to_go_on(order: &Order, report: &Report) {
    if let Some(path) = order.rejects.as_ref().filter(|_| report.rejected > 0) {
        let (rejected, path) = (report.rejected, path.display());
        tracing::warn!("{rejected} not confirmed are in {path}: --jsonl {path} sends them again");
    }
    if let Some(line) = report.resume_at {
        tracing::warn!("line {line} is the first that is not known to be sent: go on with --start {line}");
    }
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
    Load(#[from] LoadError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("{}", told(.0, .0.is_of_name()))]
    Queue(#[from] QueueError),
}

impl Ends for Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Runtime(_) | Self::Signals(_) => exit::FAILED,
            Self::Load(_) => exit::USAGE,
            Self::Account(error) => exit::code(error.is_usage()),
            Self::Queue(error) => exit::code(error.is_usage()),
        }
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Runtime(_) | Self::Signals(_) | Self::Load(_) => false,
            Self::Account(error) => error.is_passing(),
            Self::Queue(error) => error.is_passing(),
        }
    }
}
