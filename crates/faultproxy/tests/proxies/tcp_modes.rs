//! The byte relay: modes, which last.

use std::time::Duration;

use faultproxy::TcpProxy;
use faultproxy::tcp::{Fault, Mode, TcpHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::echo::{Echo, echoes, greeted, hears, is_reset};
use crate::support::{eventually, is_silent, within};

const HOUR: Duration = Duration::from_hours(1);

pub(crate) async fn start() -> (Echo, TcpProxy, TcpHandle) {
    let echo = Echo::start().await;
    let proxy = TcpProxy::start(echo.address).expect("a free port");
    let handle = proxy.handle();
    (echo, proxy, handle)
}

#[tokio::test]
async fn bytes_and_ends_pass_in_both_directions() {
    let (echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    echoes(&mut client, "one").await;
    echoes(&mut client, &"x".repeat(100_000)).await;
    client.shutdown().await.unwrap();
    assert_eq!(within(client.read(&mut [0; 8])).await.unwrap(), 0);
    eventually(|| handle.counts().open == 0).await;
    assert_eq!((handle.counts().connections, handle.counts().faults.len()), (1, 0));
    assert_eq!((echo.heard().len(), echo.resets()), (100_003, 0));
}

#[tokio::test]
async fn refused_is_refused_and_the_port_comes_back() {
    let (echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    handle.set_mode(Mode::Refuse);
    is_reset(&mut client).await;
    let refused = async {
        loop {
            match TcpStream::connect(proxy.address()).await {
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => break,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    within(refused).await;
    handle.set_mode(Mode::Pass);
    let connect = async {
        while TcpStream::connect(proxy.address()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    within(connect).await;
    echoes(&mut greeted(proxy.address()).await, "back").await;
    eventually(|| echo.resets() == 1).await;
    assert_eq!(handle.counts().faults_of(Fault::Refuse), 1);
}

#[tokio::test]
async fn a_black_hole_is_silent_until_it_ends() {
    let (echo, proxy, handle) = start().await;
    let mut old = greeted(proxy.address()).await;
    handle.set_mode(Mode::BlackHole);
    let mut new = within(TcpStream::connect(proxy.address())).await.unwrap();
    old.write_all(b"old").await.unwrap();
    assert!(is_silent(old.read(&mut [0; 8])).await);
    assert!(is_silent(new.read(&mut [0; 8])).await);
    assert_eq!(echo.heard(), "");
    assert_eq!(handle.counts().faults_of(Fault::BlackHole), 2);
    handle.set_mode(Mode::Pass);
    hears(&mut old, "old").await;
    hears(&mut new, "hi").await;
}

#[tokio::test]
async fn a_connection_is_reset_when_it_has_carried_its_share() {
    let (echo, proxy, handle) = start().await;
    handle.set_mode(Mode::ResetAfter { bytes: 2 + 10 + 5 });
    let mut client = greeted(proxy.address()).await;
    client.write_all(b"0123456789").await.unwrap();
    hears(&mut client, "01234").await;
    is_reset(&mut client).await;
    assert_eq!(echo.heard(), "0123456789");
    handle.set_mode(Mode::ResetAfter { bytes: 0 });
    is_reset(&mut within(TcpStream::connect(proxy.address())).await.unwrap()).await;
    assert_eq!(handle.counts().faults_of(Fault::Reset), 2);
}

#[tokio::test]
async fn delayed_bytes_arrive_late_or_when_the_delay_ends() {
    let (_echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    let short = Duration::from_millis(1);
    handle.set_mode(Mode::Delay { by: short, jitter: short });
    echoes(&mut client, "late").await;
    handle.set_mode(Mode::Delay { by: HOUR, jitter: HOUR });
    client.write_all(b"later").await.unwrap();
    assert!(is_silent(client.read(&mut [0; 8])).await);
    handle.set_mode(Mode::Pass);
    hears(&mut client, "later").await;
    assert_eq!(handle.counts().faults_of(Fault::Delay), 3);
}

#[tokio::test]
async fn throttled_bytes_trickle() {
    let (echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    handle.set_mode(Mode::Throttle { bytes_per_second: 1_000 });
    client.write_all(&[b'x'; 5_000]).await.unwrap();
    eventually(|| !echo.heard().is_empty()).await;
    assert!(echo.heard().len() < 5_000);
    handle.set_mode(Mode::Pass);
    hears(&mut client, &"x".repeat(5_000)).await;
}
