//! Rate, latency and requests where queue and database are a given way off, in virtual time.

use std::time::Duration;

use acquit_engine::settings::Settings;
use acquit_engine::testing::far::{Distance, drain, trickle};

const MS: Duration = Duration::from_millis(1);

fn away(queue: u32, database: u32) -> Distance {
    Distance { queue: queue * MS, database: database * MS }
}

#[tokio::test(start_paused = true)]
async fn what_limits_a_drain_at_a_distance_are_the_receivers_and_nothing_else() {
    for queue in [10, 20, 80] {
        let settings = Settings::default();
        let figures = drain(away(queue, 1), settings, 50_000).await;
        let receivers = 10.0 * f64::from(u32::try_from(settings.receivers).expect("they are few"));
        let limit = receivers / (queue * MS).as_secs_f64();
        assert!(figures.rate() >= 0.9 * limit, "{queue} ms: {:.0} of {limit:.0} a second", figures.rate());
        assert!(figures.requests() <= 210.0, "{queue} ms: {:.0} requests", figures.requests());
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_alone_finds_a_poll_that_waits_for_it() {
    let before = 1_003.0;
    let figures = trickle(away(20, 1), Settings::default(), 100, 2_000).await;
    assert!(figures.lag(500) <= 13 * MS, "{:?}", figures.lag(500));
    assert!(figures.requests() <= 1.5 * before, "{:.0} requests", figures.requests());
}

#[tokio::test(start_paused = true)]
async fn whoever_spares_requests_gets_one_poll_for_messages_that_come_one_by_one() {
    let spares = Settings { poll_linger: 50 * MS, ..Settings::default() };
    let figures = trickle(away(20, 1), spares, 100, 2_000).await;
    assert!(figures.requests() <= 400.0, "{:.0} requests", figures.requests());
}

#[tokio::test(start_paused = true)]
async fn one_message_a_second_is_one_poll_each_and_no_more() {
    let figures = trickle(away(20, 1), Settings::default(), 1, 1_000).await;
    assert!(figures.receives <= 1_005, "{} receives", figures.receives);
    assert_eq!(figures.lag(500), 11 * MS);
}
