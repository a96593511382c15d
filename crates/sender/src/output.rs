//! The confirmations on standard output, and the progress bar that must not tear them.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What there is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many messages.
    Messages(u64),
    /// An input of so many bytes; `None`: only its end will say.
    Bytes(Option<u64>),
    /// No end.
    Endless,
}

/// One line per confirmed message.
#[derive(Debug)]
pub struct Output<W: Write> {
    lines: W,
    /// Whether the bar counts what is confirmed, rather than what others tell it.
    counts: bool,
    /// Hidden where it would help nobody.
    bar: ProgressBar,
    /// Whether lines and bar go to the same screen.
    shared: bool,
}

impl Output<BufWriter<Stdout>> {
    /// Standard output; with a progress bar where a person watches a run that ends.
    pub fn stdout(total: Total) -> Self {
        let lines = BufWriter::new(io::stdout());
        let bar = bar(total);
        if io::stderr().is_terminal() && total != Total::Endless {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let shared = !bar.is_hidden() && io::stdout().is_terminal();
        Self { lines, counts: matches!(total, Total::Messages(_)), bar, shared }
    }
}

/// Not to be seen yet.
fn bar(total: Total) -> ProgressBar {
    let (length, style) = match total {
        Total::Messages(count) => (Some(count), "{wide_bar} {pos}/{len}"),
        Total::Bytes(Some(bytes)) => (Some(bytes), "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}"),
        Total::Bytes(None) | Total::Endless => (None, "{spinner} {bytes} {bytes_per_sec} {elapsed}"),
    };
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
    bar.with_style(ProgressStyle::with_template(style).expect("it is one of the three above"))
}

impl<W: Write> Output<W> {
    /// Without a progress bar.
    #[cfg(test)]
    pub fn plain(lines: W) -> Self {
        Self { lines, counts: false, bar: ProgressBar::hidden(), shared: false }
    }

    /// Prints that these messages were sent.
    ///
    /// # Errors
    /// Where nobody reads any more, or the disk is full.
    pub fn confirm(&mut self, numbers: &[u64]) -> io::Result<()> {
        let mut write = || write_lines(&mut self.lines, numbers);
        let written = if self.shared { self.bar.suspend(write) } else { write() };
        if self.counts {
            self.bar.inc(numbers.len() as u64);
        }
        written
    }

    /// The progress bar, for whoever else writes to standard error.
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// Takes the bar away while `log` writes to standard error.
    pub fn aside(&self, log: impl FnOnce()) {
        self.bar.suspend(log);
    }

    /// Takes the bar away for good.
    pub fn close(&self) {
        self.bar.finish_and_clear();
    }
}

fn write_lines(lines: &mut impl Write, numbers: &[u64]) -> io::Result<()> {
    for number in numbers {
        writeln!(lines, "Message sent with id: {number}")?;
    }
    lines.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_confirmed_message_is_a_line() {
        let mut lines = Vec::new();
        Output::plain(&mut lines).confirm(&[7, 8]).unwrap();
        assert_eq!(lines, b"Message sent with id: 7\nMessage sent with id: 8\n");
    }

    #[test]
    fn a_bar_is_as_long_as_the_run_where_that_is_known() {
        let lengths = [Total::Messages(9), Total::Bytes(Some(8)), Total::Bytes(None), Total::Endless];
        assert_eq!(lengths.map(|total| bar(total).length()), [Some(9), Some(8), None, None]);
    }
}
