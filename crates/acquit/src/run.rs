//! A worker that runs: opens its queues, works until it is told to stop, and reports.

use std::sync::Arc;

use engine::monitor::Startup;
use engine::pipeline::{Pipeline, Report};
use runtime::{exit, signal, watchdog};
use sqs::client::Sqs;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::parts::Parts;
use crate::queues::{Opening, Queue};
use crate::relayed::Relayed;
use crate::shown::Shown;
use crate::traced::Traced;
use crate::{Options, StartError};

/// Works until it is told to stop. Returns the exit code.
pub(crate) async fn run(options: Options, queues: Vec<Queue>, mut parts: Parts) -> Result<u8, StartError> {
    if queues.is_empty() {
        return Err(StartError::NoQueue);
    }
    let stop = match parts.stop.take() {
        Some(stop) => stop,
        None => signal::stop_token().map_err(StartError::Signals)?,
    };
    // A part that fails stops the worker, and not what else the token of others is for.
    let stop = stop.child_token();
    watchdog::watch();
    let (startup, grace) = (Arc::new(Startup::new()), options.settings.shutdown_grace);
    // Before the first pipeline: what it is made of looks then whether there is anything to trace.
    let traced = Traced::start(&parts, stop.clone(), grace);
    let shown = Shown::open(&options, &mut parts, startup.clone()).await?;
    let names: Vec<_> = queues.iter().map(|queue| queue.name.clone()).collect();
    let opening = async {
        let (fail_fast, sqs) = (options.fail_fast, Arc::default());
        let relayed = Relayed::start(&parts, fail_fast, &startup, Arc::clone(&sqs), stop.clone());
        tokio::try_join!(open(options, queues, startup.clone(), Arc::clone(&sqs)), relayed)
    };
    let Some(opened) = stop.run_until_cancelled(Box::pin(opening)).await else {
        tracing::info!("ended before it began to consume");
        return Ok(0);
    };
    let (pipelines, relayed) = opened?;
    let pipelines: Vec<_> = names.into_iter().zip(pipelines).collect();
    shown.show(&pipelines);
    let ended = work(pipelines, &stop).await;
    let relayed = relayed.end().await;
    shown.end().await;
    traced.end().await;
    relayed.and(ended.map(told))
}

/// Opens all queues at once: a denial by one is not kept waiting by another.
async fn open(
    options: Options,
    queues: Vec<Queue>,
    startup: Arc<Startup>,
    sqs: Arc<OnceCell<Sqs>>,
) -> Result<Vec<Pipeline>, StartError> {
    let (options, number) = (Arc::new(options), queues.len());
    let opening = Opening { sqs, options, startup, key: None, queues: number };
    let mut opened = JoinSet::new();
    for (place, queue) in queues.into_iter().enumerate() {
        let pipeline = (queue.begin)(Opening { key: queue.key, ..opening.clone() });
        opened.spawn(async move { pipeline.await.map(|pipeline| (place, pipeline)) });
    }
    let mut pipelines = Vec::new();
    while let Some(pipeline) = opened.join_next().await {
        pipelines.push(pipeline.expect("opening does not panic")?);
    }
    pipelines.sort_by_key(|(place, _)| *place);
    Ok(pipelines.into_iter().map(|(_, pipeline)| pipeline).collect())
}

/// Runs all until `stop`, or until one fails: then the others drain as well.
async fn work(
    pipelines: Vec<(String, Pipeline)>,
    stop: &CancellationToken,
) -> Result<Vec<(String, Report)>, StartError> {
    let stop = stop.child_token();
    let mut running = JoinSet::new();
    for (name, pipeline) in pipelines {
        let stopped = stop.clone().cancelled_owned();
        running.spawn(async move { pipeline.until(stopped).await.map(|report| (name, report)) });
    }
    let mut reports = Ok(Vec::new());
    while let Some(joined) = running.join_next().await {
        stop.cancel();
        let report = joined.expect("a pipeline does not panic");
        reports = reports.and_then(|mut reports| {
            reports.push(report?);
            Ok(reports)
        });
    }
    reports
}

/// Says how each ended, in one line. Returns the exit code.
fn told(mut reports: Vec<(String, Report)>) -> u8 {
    reports.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (queue, report) in &reports {
        if reports.len() == 1 {
            tracing::info!("ended: {report}");
        } else {
            tracing::info!(queue, "ended: {report}");
        }
    }
    let is_drained = reports.iter().all(|(_, report)| report.is_drained());
    if is_drained { 0 } else { exit::ABANDONED }
}
