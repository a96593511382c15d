//! Places for connections: a new one takes that of the one that has been idle for longest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::AbortHandle;
use tokio::time::Instant;

/// At once.
const CONNECTIONS: usize = 64;

/// The connections, oldest first.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(Arc<Idle>, AbortHandle)>);

/// Since when a connection has been idle: while it is answered, it is not.
#[derive(Debug)]
pub(super) struct Idle {
    began: Instant,
    /// In milliseconds after `began`.
    since: AtomicU64,
}

impl Places {
    /// Gives `link` a place, if need be that of the one that has been idle for longest.
    pub(super) fn take(&mut self, idle: Arc<Idle>, link: AbortHandle) {
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
    pub(super) fn new(began: Instant) -> Self {
        let idle = Self { began, since: AtomicU64::new(0) };
        idle.begin();
        idle
    }

    pub(super) fn begin(&self) {
        let since = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        self.since.store(since, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.since.store(u64::MAX, Ordering::Relaxed);
    }

    fn since(&self) -> u64 {
        self.since.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use tokio::task::JoinSet;
    use tokio::time::sleep;

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
