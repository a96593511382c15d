//! A whole run: sends, breaks, heals, drains, and counts.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::breaker::Breaker;
use super::failover;
use super::letters::Letters;
use super::outcome::{self, Outcome};
use super::queue::Queue;
use super::scene::Scene;
use super::watch::{self, Answers};
use crate::fleet::Fleet;
use crate::test_env::TestEnv;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Decides what is broken, and when.
    pub seed: u64,
    /// How long to break things.
    pub time: Duration,
    /// Messages a second.
    pub rate: u32,
    /// Consumers side by side.
    pub consumers: usize,
}

/// Receives are spent by kills; a healthy message must not run out of them.
const MAX_RECEIVE_COUNT: u32 = 100;
/// Where nothing is killed, no receive may be spent.
const FEW_RECEIVES: u32 = 5;
/// Runs as `options` say; `tell` is told what goes on.
pub async fn run(options: Options, tell: impl Fn(&str)) -> Result<Outcome> {
    let mut scene = Scene::set(TestEnv::new(MAX_RECEIVE_COUNT).await?, options.seed).await?;
    let mut fleet = scene.fleet(options.consumers)?;
    let health = Arc::<Answers>::default();
    let watch = watch::watch(fleet.roll.clone(), health.clone());
    let mut outcome = tokio::select! {
        outcome = Box::pin(break_and_count(&mut scene, &mut fleet, options, &tell)) => outcome?,
        () = watch => unreachable!("it watches until it is dropped"),
    };
    outcome.health = health.so_far();
    scene.env.remove().await?;
    // The last part of the time.
    outcome.failovers = failover::run(options.time / 5, options.rate, &tell).await?;
    Ok(outcome)
}

async fn break_and_count(
    scene: &mut Scene,
    fleet: &mut Fleet,
    options: Options,
    tell: &impl Fn(&str),
) -> Result<Outcome> {
    let time = options.time * 2 / 5;
    let mut sender = scene.sender(options.rate)?;
    let parts =
        (scene.database()?, Queue::new(scene.sqs.handle()), Letters::of(&scene.env, MAX_RECEIVE_COUNT));
    // The witness against those that follow: without one, some rejects are believed.
    failover::more_rows(&scene.env).await?;
    let mut breaker = Breaker::new(&scene.env, fleet, parts, options.seed);
    breaker.break_things(time, false, tell).await?;
    tell("now without kills, and with few receives");
    breaker.calm_down(FEW_RECEIVES).await?;
    breaker.break_things(time, true, tell).await?;

    tell("everything works again; catching up");
    sender.stop().await?;
    breaker.catch_up().await?;
    let Breaker { extras, letters, tally, rounds, .. } = breaker;
    fleet.stop().await?;
    let outcome = outcome::count(&scene.env, &sender, &extras, &letters).await?;
    letters.remove(&scene.env).await?;
    Ok(Outcome { rounds, tally, failed: fleet.failed, ..outcome })
}
