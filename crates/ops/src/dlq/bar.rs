//! A progress bar on a terminal, for what takes long enough to be wondered about.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// What takes less is over before it is read.
const SOON: Duration = Duration::from_secs(2);

/// On standard error, if that is a terminal; gone when dropped.
#[derive(Debug)]
pub(crate) struct Bar {
    drawn: ProgressBar,
    began: Instant,
    is_wanted: bool,
}

impl Bar {
    /// For about so many letters; `None`: no telling how many there are.
    pub(crate) fn new(total: Option<u64>) -> Self {
        Self::shown(total, io::stderr().is_terminal())
    }

    fn shown(total: Option<u64>, is_wanted: bool) -> Self {
        let drawn = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let style = if total.is_some() { "{bar:30} {pos}/{len} letters{msg}" } else { "{pos} letters{msg}" };
        drawn.set_style(ProgressStyle::with_template(style).expect("it is one of the two above"));
        Self { drawn, began: Instant::now(), is_wanted }
    }

    /// So many letters by now.
    pub(crate) fn at(&self, letters: usize) {
        let letters = letters as u64;
        if self.drawn.length().is_some_and(|total| total < letters) {
            self.drawn.set_length(letters);
        }
        self.drawn.set_position(letters);
        self.show();
    }

    /// What else there is to say.
    pub(crate) fn say(&self, text: String) {
        self.drawn.set_message(text);
        self.show();
    }

    /// Takes the bar away while `write` writes to the same screen.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.drawn.suspend(write)
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.drawn.finish_and_clear();
    }

    fn show(&self) {
        if self.is_due() {
            self.drawn.set_draw_target(ProgressDrawTarget::stderr());
            self.drawn.tick();
        }
    }

    fn is_due(&self) -> bool {
        self.is_wanted && self.drawn.is_hidden() && self.began.elapsed() >= SOON
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_takes_long_on_a_terminal_shows_a_bar() {
        let (on_terminal, elsewhere) = (Bar::shown(Some(9), true), Bar::shown(Some(9), false));
        advance(Duration::from_millis(1_999)).await;
        assert!(!on_terminal.is_due());
        advance(Duration::from_millis(1)).await;
        assert!(on_terminal.is_due() && !elsewhere.is_due());
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_that_has_more_than_it_said_makes_the_bar_longer() {
        let bar = Bar::shown(Some(9), false);
        bar.at(12);
        assert_eq!((bar.drawn.length(), bar.drawn.position()), (Some(12), 12));
    }
}
