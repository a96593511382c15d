//! Prints how fast the pipeline is over the distance of queue and database, in virtual time: the same
//! figures on every machine.

#![expect(clippy::print_stdout, reason = "its tables are for standard output")]

use std::future::Future;
use std::time::Duration;

use acquit_engine::settings::Settings;
use acquit_engine::testing::far::{Distance, drain, trickle};

const MS: Duration = Duration::from_millis(1);
const QUEUES: [u32; 5] = [1, 10, 20, 80, 200];

fn main() {
    drains();
    println!();
    trickles();
}

fn drains() {
    println!("| drain of 50,000, messages/s; SQS away | database 0.5 ms | 1 ms | 5 ms | 20 ms |");
    println!("|---|---:|---:|---:|---:|");
    for queue in QUEUES {
        let rates = [MS / 2, MS, 5 * MS, 20 * MS].map(|database| {
            let distance = Distance { queue: queue * MS, database };
            format!("{:.0}", in_virtual_time(drain(distance, Settings::default(), 50_000)).rate())
        });
        println!("| {queue} ms | {} |", rates.join(" | "));
    }
}

fn trickles() {
    println!(
        "| messages one by one, database 1 ms; SQS away | a second | p50 ms | p99 ms | requests a 1,000 |"
    );
    println!("|---|---:|---:|---:|---:|");
    for (queue, rate) in QUEUES.into_iter().flat_map(|queue| [1, 10, 100, 1_000].map(|rate| (queue, rate))) {
        let distance = Distance { queue: queue * MS, database: MS };
        let figures = in_virtual_time(trickle(distance, Settings::default(), rate, 2_000));
        let [p50, p99] = [500, 990].map(|thousandths| figures.lag(thousandths).as_millis());
        println!("| {queue} ms | {rate} | {p50} | {p99} | {:.0} |", figures.requests());
    }
}

fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime of one thread can be had").block_on(work)
}
