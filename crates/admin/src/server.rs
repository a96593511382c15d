//! Connections: few, short, and each on its own, so that no client costs the work anything.
//!
//! There is always room for one more: where there are as many as may be, a new one takes the place
//! of the one that has been idle for longest. So clients that connect and say nothing, or little,
//! do not keep a probe from its answer.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::router::Site;

/// At once.
const CONNECTIONS: usize = 64;
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
pub(super) async fn serve(listener: TcpListener, site: Arc<Site>, stop: CancellationToken) {
    let mut links = JoinSet::new();
    let accept = async {
        let (began, mut places) = (Instant::now(), Places::default());
        loop {
            let client = accept(&listener).await;
            while links.try_join_next().is_some() {}
            let idle = Arc::new(Idle::new(began));
            let link = links.spawn(link(client, site.clone(), idle.clone(), stop.clone()));
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

/// The connections, oldest first.
#[derive(Debug, Default)]
struct Places(Vec<(Arc<Idle>, AbortHandle)>);

/// Since when a connection has been idle: while it is answered, it is not.
#[derive(Debug)]
struct Idle {
    began: Instant,
    /// In milliseconds after `began`.
    since: AtomicU64,
}

impl Places {
    /// Gives `link` a place, if need be that of the one that has been idle for longest.
    fn take(&mut self, idle: Arc<Idle>, link: AbortHandle) {
        self.0.retain(|(_, link)| !link.is_finished());
        if self.0.len() >= CONNECTIONS
            && let Some(longest) = (0..self.0.len()).min_by_key(|place| self.0[*place].0.since())
        {
            self.0.remove(longest).1.abort();
        }
        self.0.push((idle, link));
    }
}

impl Idle {
    /// From now on.
    fn new(began: Instant) -> Self {
        let idle = Self { began, since: AtomicU64::new(0) };
        idle.begin();
        idle
    }

    fn begin(&self) {
        let since = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        self.since.store(since, Ordering::Relaxed);
    }

    fn end(&self) {
        self.since.store(u64::MAX, Ordering::Relaxed);
    }

    fn since(&self) -> u64 {
        self.since.load(Ordering::Relaxed)
    }
}

/// Answers a client until it goes, has had its time, or the end has come.
async fn link(client: TcpStream, site: Arc<Site>, idle: Arc<Idle>, stop: CancellationToken) {
    let answer = service_fn(|request| {
        let (site, idle) = (site.clone(), idle.clone());
        async move {
            idle.end();
            let answer = site.answer(request).await;
            idle.begin();
            Ok::<_, Infallible>(answer)
        }
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

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_takes_the_place_of_the_one_that_was_idle_for_longest() {
        let (began, mut places, mut links) = (Instant::now(), Places::default(), JoinSet::new());
        let mut connect = |links: &mut JoinSet<()>| {
            let (idle, link) = (Arc::new(Idle::new(began)), links.spawn(pending()));
            places.take(idle.clone(), link.clone());
            (idle, link)
        };
        let mut connected = Vec::new();
        for _ in 0..CONNECTIONS {
            sleep(Duration::from_millis(2)).await;
            connected.push(connect(&mut links));
        }
        // The first is being answered, the second was until now.
        connected[0].0.end();
        sleep(Duration::from_millis(2)).await;
        connected[1].0.begin();
        for closed in [2, 3] {
            connect(&mut links);
            links.join_next().await;
            assert!(connected[closed].1.is_finished());
        }
        assert!(!connected[0].1.is_finished() && !connected[1].1.is_finished());
        assert_eq!(links.len(), CONNECTIONS);
    }
}
