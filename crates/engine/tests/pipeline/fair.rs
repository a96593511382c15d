//! On a standard queue no group takes more room than it may, and none is dead-lettered for that.

use std::time::Duration;

use tokio::time::sleep;

use crate::harness::Harness;

fn harness(most: usize) -> Harness {
    let harness = Harness::with(|settings| settings.max_in_flight_per_group = Some(most));
    harness.queue.give_up_after(None);
    harness
}

#[tokio::test(start_paused = true)]
async fn one_group_holds_as_many_as_it_may_and_leaves_room_for_others() {
    let harness = harness(10);
    harness.store.hold();
    harness.set_groups(1);
    harness.send(200);
    let run = harness.start();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(run.monitor.status().await.in_flight.messages, 10);
    harness.set_groups(1_000);
    harness.send(20);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(run.monitor.status().await.in_flight.messages, 30, "others are received all the same");
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
    assert_eq!(run.monitor.status().await.in_flight.messages, 50);
    harness.store.let_go();
    harness.finish(run).await;
    assert!(harness.queue.dead_letters().is_empty(), "dead-lettered untried");
}
