//! What costs something to know: asked for only on demand, and not again for a while.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Mutex as Lock;
use tokio::time::{Instant, timeout};

type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How long somebody waits who is content with an older answer.
const SOON: Duration = Duration::from_millis(250);

/// An answer that is kept for some time.
pub(crate) struct Cached<T> {
    ask: Box<dyn Fn() -> Answer<T> + Send + Sync>,
    kept: fn(&T) -> Duration,
    /// One question at a time.
    door: Arc<Lock<()>>,
    last: Arc<Mutex<Option<(Instant, T)>>>,
}

impl<T> std::fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cached").finish_non_exhaustive()
    }
}

impl<T: Clone + Send + 'static> Cached<T> {
    /// What `ask` answers, and for how long each answer is kept.
    pub(crate) fn new<F: Future<Output = T> + Send + 'static>(
        kept: fn(&T) -> Duration,
        ask: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self { ask: Box::new(move || Box::pin(ask())), kept, door: Arc::default(), last: Arc::default() }
    }

    /// The last answer, or a new one.
    ///
    /// # Cancel safety
    /// Dropped, a question that is under way goes on: who asks and leaves, again and again, does
    /// not have more asked than others.
    pub(crate) async fn get(&self) -> T {
        let door = self.door.clone().lock_owned().await;
        if let Some((at, answer)) = self.last()
            && at.elapsed() < (self.kept)(&answer)
        {
            return answer;
        }
        let (ask, last) = ((self.ask)(), self.last.clone());
        let asked = tokio::spawn(async move {
            let answer = ask.await;
            *last.lock().expect(UNBROKEN) = Some((Instant::now(), answer.clone()));
            drop(door);
            answer
        });
        match asked.await {
            Ok(answer) => answer,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// As [`get`](Self::get), but an older answer where a new one takes its time, or none.
    pub(crate) async fn soon(&self) -> Option<T> {
        match timeout(SOON, self.get()).await {
            Ok(answer) => Some(answer),
            Err(_) => self.last().map(|(_, answer)| answer),
        }
    }

    fn last(&self) -> Option<(Instant, T)> {
        self.last.lock().expect(UNBROKEN).clone()
    }
}

const UNBROKEN: &str = "nobody panics while holding the answer";

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::time::{advance, sleep};

    use super::*;

    /// Counts questions, each of which takes a little more than two waits.
    fn slow(asked: &Arc<AtomicU64>) -> Cached<u64> {
        let asked = asked.clone();
        let ask = move || {
            let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                sleep(SOON * 2 + SOON / 2).await;
                number
            }
        };
        Cached::new(|_| Duration::from_secs(10), ask)
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_asked_again_before_its_answer_is_old() {
        let asked = Arc::default();
        let lazy = slow(&asked);
        assert_eq!((lazy.get().await, lazy.get().await), (1, 1));
        advance(Duration::from_secs(10)).await;
        assert_eq!((lazy.get().await, asked.load(Ordering::Relaxed)), (2, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_wait_has_nothing_more_asked() {
        let asked = Arc::default();
        let lazy = slow(&asked);
        assert_eq!((lazy.soon().await, lazy.soon().await, lazy.soon().await), (None, None, Some(1)));
        advance(Duration::from_secs(10)).await;
        assert_eq!((lazy.soon().await, asked.load(Ordering::Relaxed)), (Some(1), 2));
    }
}
