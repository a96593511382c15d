//! The confirmations on standard output, and the progress bar that must not tear them.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use indicatif::ProgressBar;

/// One line per confirmed message.
#[derive(Debug)]
pub struct Output<W: Write> {
    lines: W,
    /// Hidden where it would help nobody.
    bar: ProgressBar,
    /// Whether lines and bar go to the same screen.
    shared: bool,
}

impl Output<BufWriter<Stdout>> {
    /// Standard output; with a progress bar where a person watches a run of known length.
    pub fn stdout(count: Option<u64>) -> Self {
        let lines = BufWriter::new(io::stdout());
        let bar = match count {
            Some(count) if io::stderr().is_terminal() => ProgressBar::new(count),
            _ => ProgressBar::hidden(),
        };
        let shared = !bar.is_hidden() && io::stdout().is_terminal();
        Self { lines, bar, shared }
    }
}

impl<W: Write> Output<W> {
    /// Without a progress bar.
    #[cfg(test)]
    pub fn plain(lines: W) -> Self {
        Self { lines, bar: ProgressBar::hidden(), shared: false }
    }

    /// Prints that these messages were sent.
    ///
    /// # Errors
    /// Where nobody reads any more, or the disk is full.
    pub fn confirm(&mut self, numbers: &[u64]) -> io::Result<()> {
        let mut write = || write_lines(&mut self.lines, numbers);
        let written = if self.shared { self.bar.suspend(write) } else { write() };
        self.bar.inc(numbers.len() as u64);
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
}
