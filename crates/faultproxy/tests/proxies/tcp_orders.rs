//! The byte relay: what is ordered once, and its beginning and end.

use faultproxy::tcp::{Fault, Side, Trigger};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::echo::{Echo, echoes, greeted, hears, is_reset};
use crate::support::{eventually, within};
use crate::tcp_modes::start;

#[tokio::test]
async fn a_reset_is_seen_at_both_ends_and_only_by_those_who_were_there() {
    let (echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    handle.reset();
    is_reset(&mut client).await;
    eventually(|| echo.resets() == 1).await;
    echoes(&mut greeted(proxy.address()).await, "again").await;
    assert_eq!(handle.counts().faults_of(Fault::Reset), 1);
}

#[tokio::test]
async fn a_cut_answer_was_done_but_is_never_heard() {
    let (echo, proxy, handle) = start().await;
    handle.cut_answers(Trigger::AnyBytes, 2);
    for request in ["first", "second"] {
        let mut client = greeted(proxy.address()).await;
        client.write_all(request.as_bytes()).await.unwrap();
        is_reset(&mut client).await;
    }
    assert_eq!(echo.heard(), "firstsecond");
    echoes(&mut greeted(proxy.address()).await, "third").await;
    assert_eq!(handle.counts().faults_of(Fault::CutAnswer), 2);
}

#[tokio::test]
async fn only_the_request_with_the_pattern_loses_its_answer() {
    let (echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    handle.cut_answer_after(b"INSERT INTO");
    echoes(&mut client, "SELECT 1").await;
    client.write_all(b"INSERT ").await.unwrap();
    hears(&mut client, "INSERT ").await;
    client.write_all(b"INTO t").await.unwrap();
    is_reset(&mut client).await;
    assert_eq!(echo.heard(), "SELECT 1INSERT INTO t");
}

#[tokio::test]
async fn only_an_execution_with_bound_values_loses_its_answer() {
    let (_echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    handle.cut_answers(Trigger::BoundExecute, 1);
    echoes(&mut client, "\u{a}\0\0\0\u{17}123456789").await;
    client.write_all(b"\x0b\0\0\0\x171234567890").await.unwrap();
    is_reset(&mut client).await;
}

#[tokio::test]
async fn a_half_closed_client_reads_the_end_and_may_still_send() {
    let (echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    handle.half_close(Side::Client);
    assert_eq!(within(client.read(&mut [0; 8])).await.unwrap(), 0);
    client.write_all(b"still here").await.unwrap();
    eventually(|| echo.heard() == "still here").await;
    assert_eq!(handle.counts().faults_of(Fault::HalfClose), 1);
}

#[tokio::test]
async fn a_half_closed_upstream_ends_the_conversation() {
    let (echo, proxy, handle) = start().await;
    let mut client = greeted(proxy.address()).await;
    handle.half_close(Side::Upstream);
    assert_eq!(within(client.read(&mut [0; 8])).await.unwrap(), 0);
    assert_eq!(echo.resets(), 0);
}

#[tokio::test]
async fn an_upstream_may_go_and_come_back_elsewhere() {
    let (echo, proxy, handle) = start().await;
    drop(echo);
    let mut client = within(TcpStream::connect(proxy.address())).await.unwrap();
    is_reset(&mut client).await;
    let echo = Echo::start().await;
    handle.set_upstream(echo.address);
    echoes(&mut greeted(proxy.address()).await, "hello").await;
}

#[tokio::test]
async fn a_dropped_proxy_leaves_nothing_behind() {
    let (echo, proxy, handle) = start().await;
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive() - 1;
    let mut client = greeted(proxy.address()).await;
    let address = proxy.address();
    drop(proxy);
    assert_eq!(within(client.read(&mut [0; 8])).await.unwrap(), 0);
    eventually(|| alive() == before && handle.counts().open == 0).await;
    assert!(TcpStream::connect(address).await.is_err());
    assert!(handle.counts().to_string().starts_with("connections "));
    drop(echo);
}
