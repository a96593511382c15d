//! Jobs with a transaction on FIFO queues: of each group they take effect in order, and once.

use std::collections::BTreeMap;

use anyhow::Result;
use fastrand::Rng;
use mysql_async::prelude::Queryable;
use proof::fleet::Fleet;
use proof::seats::{Reservation, create};
use proof::test_env::TestEnv;

use crate::fifo::on_fifo;
use crate::support::eventually;

const GROUPS: u32 = 6;
/// Messages of a group. What a seat is divided by this is its group.
const EACH: u32 = 40;

/// Of each group, its seats in the order in which jobs took effect: a job's number is drawn in its
/// transaction.
async fn effects(env: &TestEnv) -> Result<BTreeMap<u32, Vec<u32>>> {
    let seats: Vec<u32> = env.connect().await?.query("SELECT seat FROM effects ORDER BY number").await?;
    let mut groups = BTreeMap::<u32, Vec<u32>>::new();
    for seat in seats {
        groups.entry(seat / EACH).or_default().push(seat);
    }
    Ok(groups)
}

fn workers(env: &TestEnv) -> Result<Fleet> {
    let variables = [("VISIBILITY_TIMEOUT", "6s"), ("WAIT_TIME", "1s")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Fleet::of("seats", env, 2, Vec::new(), variables)
}

#[tokio::test]
async fn jobs_with_a_transaction_take_effect_in_order_and_once_while_a_worker_is_killed() -> Result<()> {
    on_fifo(10, async |env| {
        let all = EACH..EACH * (GROUPS + 1);
        create(&mut env.connect().await?, all.end).await?;
        for group in 1..=GROUPS {
            let seats = (EACH * group..).take(EACH as usize);
            let wanted = seats.map(|seat| Ok(serde_json::to_string(&Reservation::of(seat))?));
            env.send_in(&group.to_string(), &wanted.collect::<Result<Vec<_>>>()?).await?;
        }
        let mut workers = workers(env)?;
        eventually("some effects", async || Ok(effects(env).await?.len() > 1)).await?;
        workers.kill(env, &mut Rng::with_seed(1)).await?;
        eventually("an empty queue", async || Ok(env.left().await? == 0)).await?;
        workers.stop().await?;
        let groups = effects(env).await?;
        assert!(groups.values().flatten().copied().eq(all), "{groups:?}");
        assert_eq!(env.depth(&env.dead_letter_url).await?, 0);
        Ok(())
    })
    .await
}
