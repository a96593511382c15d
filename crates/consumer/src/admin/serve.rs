//! Connections: few, short, and each on its own, so that no client costs the work anything.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::site::Site;

/// At once; others wait to be accepted.
const CONNECTIONS: usize = 64;
/// For the head of a request, also of the next on a connection that is kept.
const HEAD: Duration = Duration::from_secs(5);
/// Of a request's head, in bytes.
const HEAD_BYTES: usize = 16 << 10;
/// For a connection; whoever wants more asks on a new one.
const LONGEST: Duration = Duration::from_mins(1);
/// For the last answer on it.
const LAST: Duration = Duration::from_secs(2);
/// Before the next try after a shortage, such as one of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is cancelled and the last answers are given.
pub(super) async fn serve(listener: TcpListener, site: Arc<Site>, stop: CancellationToken) {
    let mut links = JoinSet::new();
    let accept = async {
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let slot = slots.clone().acquire_owned().await;
            let slot = slot.expect("nobody closes the semaphore");
            let client = accept(&listener).await;
            while links.try_join_next().is_some() {}
            let link = link(client, site.clone(), stop.clone());
            links.spawn(async move {
                link.await;
                drop(slot);
            });
        }
    };
    stop.run_until_cancelled(accept).await;
    drop(listener);
    while links.join_next().await.is_some() {}
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((client, _)) => return client,
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Answers a client until it goes, has had its time, or the end has come.
async fn link(client: TcpStream, site: Arc<Site>, stop: CancellationToken) {
    let answer = service_fn(|request| {
        let site = site.clone();
        async move { Ok::<_, Infallible>(site.answer(request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
    let mut link = std::pin::pin!(http.serve_connection(TokioIo::new(client), answer));
    tokio::select! {
        _gone = link.as_mut() => return,
        () = sleep(LONGEST) => {}
        () = stop.cancelled() => {}
    }
    link.as_mut().graceful_shutdown();
    timeout(LAST, link).await.ok();
}
