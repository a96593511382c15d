//! What can happen to consumers: killed, killed at the worst place, stopped, asleep for too long.

use std::time::Duration;

use anyhow::{Result, ensure};
use fastrand::Rng;
use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::tally::Tally;
use crate::fleet::Fleet;
use crate::test_env::TestEnv;

const TARGET: &str = "consumer";

/// Places, and how often one of them may be passed first.
const FAILPOINTS: [(&str, u32); 5] = [
    ("after-receive", 20),
    ("insert-sent", 10),
    ("after-commit", 10),
    ("mid-delete", 20),
    ("during-heartbeat", 2),
];

/// Does one of these to one of the fleet.
pub(super) async fn strike(fleet: &mut Fleet, env: &TestEnv, rng: &mut Rng, tally: &mut Tally) -> Result<()> {
    match rng.u8(..10) {
        0..4 => {
            fleet.kill(env, rng).await?;
            tally.add(TARGET, "kill -9");
        }
        4..7 => {
            let (point, passages) = FAILPOINTS[rng.usize(..FAILPOINTS.len())];
            let failpoint = format!("{point}:{}", rng.u32(1..=passages));
            asked(fleet.replace(env, rng, Some(&failpoint)).await?)?;
            tally.add(TARGET, "SIGTERM");
        }
        7 => {
            // Its drain is where it dies.
            asked(fleet.replace(env, rng, Some("during-drain")).await?)?;
            tally.add(TARGET, "SIGTERM");
        }
        8 => {
            asked(fleet.replace(env, rng, None).await?)?;
            tally.add(TARGET, "SIGTERM");
        }
        _ => {
            let before = rng.clone();
            fleet.signal(rng, Signal::SIGSTOP)?;
            // Longer than its leases last: others get what it holds.
            sleep(Duration::from_secs(7)).await;
            fleet.signal(&mut before.clone(), Signal::SIGCONT)?;
            tally.add(TARGET, "asleep");
        }
    }
    Ok(())
}

/// Replaces those that died of a fail point.
pub(super) fn bury(fleet: &mut Fleet, env: &TestEnv, tally: &mut Tally) -> Result<()> {
    for _ in 0..fleet.revive(env)? {
        tally.add(TARGET, "killed at a fail point");
    }
    Ok(())
}

/// One that was asked to stop drains (0), runs out of grace (3) where a server is away, or dies at
/// its fail point (a signal).
fn asked(code: Option<i32>) -> Result<()> {
    ensure!(matches!(code, None | Some(0 | 3)), "a consumer that was asked to stop ended with {code:?}");
    Ok(())
}
