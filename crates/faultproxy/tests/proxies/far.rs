//! The relay that is a given way off.

use std::time::{Duration, Instant};

use faultproxy::FarProxy;
use faultproxy::far::Distance;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::echo::{Echo, echoes, greeted};
use crate::support::{is_silent, within};

const MS: Duration = Duration::from_millis(1);

async fn start(round_trip: Duration, set_up: u32, connections: usize) -> (Echo, FarProxy) {
    let echo = Echo::start().await;
    let distance = Distance { round_trip, set_up, connections };
    let proxy = FarProxy::start(echo.address, distance).expect("a free port");
    (echo, proxy)
}

#[tokio::test]
async fn bytes_and_ends_travel_in_both_directions() {
    let (echo, proxy) = start(MS, 1, 10).await;
    let mut client = greeted(proxy.address()).await;
    echoes(&mut client, &"x".repeat(1_000_000)).await;
    client.shutdown().await.unwrap();
    assert_eq!(within(client.read(&mut [0; 8])).await.unwrap(), 0);
    assert_eq!((echo.heard().len(), echo.resets()), (1_000_000, 0));
}

#[tokio::test]
async fn a_request_takes_a_round_trip_and_a_connection_those_of_its_set_up_and_of_the_first_bytes() {
    let (_echo, proxy) = start(40 * MS, 3, 10).await;
    let began = Instant::now();
    let mut client = greeted(proxy.address()).await;
    assert!(began.elapsed() >= 160 * MS);
    let began = Instant::now();
    echoes(&mut client, "there and back").await;
    assert!(began.elapsed() >= 40 * MS);
}

#[tokio::test]
async fn what_is_not_waited_for_travels_together() {
    let (echo, proxy) = start(2_000 * MS, 0, 10).await;
    let mut client = within(TcpStream::connect(proxy.address())).await.unwrap();
    // One after the other they would take longer than the test may.
    for _ in 0..20 {
        client.write_all(&vec![b'x'; 50_000]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut all = vec![0; 2 + 20 * 50_000];
    within(client.read_exact(&mut all)).await.unwrap();
    assert_eq!(echo.heard().len(), 20 * 50_000);
}

#[tokio::test]
async fn beyond_the_limit_a_connection_waits_for_another_to_end() {
    let (_echo, proxy) = start(MS, 1, 1).await;
    let first = greeted(proxy.address()).await;
    let mut second = within(TcpStream::connect(proxy.address())).await.unwrap();
    assert!(is_silent(second.read(&mut [0; 8])).await);
    drop(first);
    assert_eq!(within(second.read(&mut [0; 8])).await.unwrap(), 2);
    assert_eq!(proxy.most_open(), 1);
}
