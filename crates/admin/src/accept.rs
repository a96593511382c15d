//! Connections: few, short, and each on its own, so that no client costs the work anything.
//!
//! There is always room for one more: where there are as many as may be, a new one takes the place
//! of the one that has been idle for longest. So clients that connect and say nothing, or little,
//! do not keep a probe from its answer.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use crate::places::{Idle, Places};

/// For the head of a request, also of the next on a connection that is kept.
const HEAD: Duration = Duration::from_secs(5);
/// Of a request's head, in bytes.
const HEAD_BYTES: usize = 16 << 10;
/// For a connection; a client that wants more asks on a new one.
const LONGEST: Duration = Duration::from_mins(1);
/// For the last answer on it.
const LAST: Duration = Duration::from_secs(2);
/// Before the next try after a shortage, such as one of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is cancelled and the last answers are given.
pub(super) async fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) {
    let mut links = JoinSet::new();
    let accept = async {
        let (began, mut places) = (Instant::now(), Places::default());
        loop {
            let client = accept(&listener).await;
            while links.try_join_next().is_some() {}
            let idle = Arc::new(Idle::new(began));
            let link = links.spawn(link(client, routes.clone(), idle.clone(), stop.clone()));
            places.take(idle, link);
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
async fn link(client: TcpStream, routes: Router, idle: Arc<Idle>, stop: CancellationToken) {
    let answer = service_fn(|request| answer(request, routes.clone(), idle.clone()));
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

/// While a request is answered, its connection is not idle.
async fn answer(
    request: hyper::Request<Incoming>,
    mut routes: Router,
    idle: Arc<Idle>,
) -> Result<Response, Infallible> {
    idle.end();
    let answer = routes.call(request).await;
    idle.begin();
    answer
}
