//! On a standard queue no group takes more room than it may, and none is dead-lettered for that.

use std::time::Duration;

use acquit_engine::testing::run::Run;
use tokio::time::sleep;

use crate::harness::Harness;

fn harness(most: usize) -> Harness {
    let harness = Harness::with(|settings| settings.max_in_flight_per_group = Some(most));
    harness.queue.give_up_after(None);
    harness
}

/// Waits until so many are in flight: what is beyond the limit is there for as long as a call takes.
async fn holds(run: &Run, messages: usize) {
    for _ in 0..100 {
        if run.monitor.status().await.in_flight.messages == messages {
            return;
        }
        sleep(Duration::from_millis(1)).await;
    }
    panic!("{:?} rather than {messages}", run.monitor.status().await.in_flight);
}

#[tokio::test(start_paused = true)]
async fn one_group_holds_as_many_as_it_may_and_leaves_room_for_others() {
    let harness = harness(10);
    harness.store.hold();
    harness.set_groups(1);
    harness.send(200);
    let run = harness.start();
    sleep(Duration::from_secs(1)).await;
    holds(&run, 10).await;
    harness.set_groups(1_000);
    harness.send(20);
    sleep(Duration::from_secs(1)).await;
    holds(&run, 30).await;
    harness.store.let_go();
    harness.finish(run).await;
    assert!(harness.queue.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_has_spent_half_of_its_receives_is_kept() {
    let harness = harness(1);
    harness.queue.give_up_after(Some(4));
    harness.store.hold();
    harness.set_groups(1);
    harness.send(50);
    let run = harness.start();
    sleep(Duration::from_mins(10)).await;
    holds(&run, 50).await;
    harness.store.let_go();
    harness.finish(run).await;
    assert!(harness.queue.dead_letters().is_empty(), "dead-lettered untried");
}
