//! Reads an input on a thread of its own: a file or a pipe may block.

use std::io::{self, Read};
use std::thread;

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::item::{Item, Reading};
use super::lines::{Line, Lines};

/// Items that go to the other side together.
const CHUNK: usize = 256;
/// Chunks that are read ahead.
const AHEAD: usize = 2;

/// What the thread says.
#[derive(Debug)]
pub enum Told {
    /// These come next.
    Items(Vec<Item>),
    /// The input has ended.
    End,
    /// It cannot be read to its end.
    Failed(io::Error),
}

/// Starts to read, from the line with the number `first` on. Without [`Told::End`] the thread has died.
///
/// # Errors
/// Where there is no thread to be had.
pub fn start<R: Read + Send + 'static>(read: R, reading: Reading, first: u64) -> io::Result<Receiver<Told>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let lines = Lines::new(read, reading.format.longest_line());
    let run = move || Reader { lines, reading, sender }.run(first);
    thread::Builder::new().name("input".to_owned()).spawn(run)?;
    Ok(receiver)
}

struct Reader<R> {
    lines: Lines<R>,
    reading: Reading,
    sender: Sender<Told>,
}

impl<R: Read> Reader<R> {
    fn run(mut self, first: u64) {
        let last = match self.lines.skip_to(first).and_then(|()| self.read()) {
            Ok(()) => Told::End,
            Err(error) => Told::Failed(error),
        };
        // Where nobody listens any more, nothing is to be said.
        self.sender.blocking_send(last).ok();
    }

    /// Returns at the end, or when nobody listens any more.
    fn read(&mut self) -> io::Result<()> {
        while let Some(line) = self.lines.read_line()? {
            let items = self.chunk(line)?;
            if !items.is_empty() && self.sender.blocking_send(Told::Items(items)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What is on this line and on those behind it that are there already: a pipe's line does not wait
    /// for the next one.
    fn chunk(&mut self, first: Line) -> io::Result<Vec<Item>> {
        let mut items: Vec<_> = self.reading.read(first).into_iter().collect();
        while items.len() < CHUNK
            && self.lines.is_next_at_hand()
            && let Some(line) = self.lines.read_line()?
        {
            items.extend(self.reading.read(line));
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver as Pieces, channel};

    use super::*;
    use crate::input::item::Format;
    use crate::input::name::Naming;

    /// A pipe, of which the test holds the other end.
    struct Pipe(Pieces<io::Result<&'static [u8]>>);

    impl Read for Pipe {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let Ok(piece) = self.0.recv() else { return Ok(0) };
            let piece = piece?;
            into[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn reading() -> Reading {
        Reading { format: Format::Lines, naming: Naming::Anew, group: None }
    }

    fn bodies(told: &Told) -> Vec<&str> {
        let Told::Items(items) = told else { panic!("{told:?}") };
        items.iter().map(|item| item.message.as_ref().unwrap().body.as_str()).collect()
    }

    #[test]
    fn a_line_of_a_pipe_comes_before_the_next_one_is_written() {
        let (write, pipe) = channel();
        let mut told = start(Pipe(pipe), reading(), 1).unwrap();
        for line in [&b"a\nb\nc"[..], b"d\n"] {
            write.send(Ok(line)).unwrap();
            let bodies = bodies(&told.blocking_recv().unwrap()).join(" ");
            assert_eq!(bodies, if line.starts_with(b"a") { "a b" } else { "cd" });
        }
        drop(write);
        assert!(matches!(told.blocking_recv(), Some(Told::End)));
    }

    #[test]
    fn an_input_that_breaks_off_has_not_ended() {
        let (write, pipe) = channel();
        let mut told = start(Pipe(pipe), reading(), 1).unwrap();
        write.send(Ok(b"a\n")).unwrap();
        write.send(Err(io::ErrorKind::Other.into())).unwrap();
        assert_eq!(bodies(&told.blocking_recv().unwrap()), ["a"]);
        assert!(matches!(told.blocking_recv(), Some(Told::Failed(_))));
    }

    #[test]
    fn reading_goes_no_further_ahead_than_a_few_chunks() {
        let (write, pipe) = channel();
        let told = start(Pipe(pipe), reading(), 1).unwrap();
        let line: &[u8] = b"x\n";
        // One more chunk waits to be sent, and then nothing is read.
        for _ in 0..=AHEAD {
            write.send(Ok(line)).unwrap();
        }
        drop(told);
        while write.send(Ok(line)).is_ok() {
            thread::yield_now();
        }
    }

    #[test]
    fn lines_before_the_first_that_is_wanted_are_left_out() {
        let mut told = start(&b"a\nb\n\nc\n"[..], reading(), 2).unwrap();
        assert_eq!(bodies(&told.blocking_recv().unwrap()), ["b", "c"]);
    }
}
