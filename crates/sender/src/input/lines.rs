//! Splits an input into lines in constant memory, and says of each where it stands.

use std::io::{self, BufRead, BufReader, Read};

/// Bytes that are read at a time.
const AT_ONCE: usize = 64 * 1024;
/// What some programs put before the first line of a file in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";
const LONGEST_END: usize = b"\r\n".len();

/// The lines of an input. They end in LF or CRLF, which are no part of them; the last may lack it.
#[derive(Debug)]
pub struct Lines<R> {
    read: BufReader<R>,
    max: usize,
    number: u64,
    offset: u64,
}

/// A line, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts from 1.
    pub number: u64,
    /// Bytes of the input that are before it.
    pub offset: u64,
    /// Bytes of the input up to its end.
    pub end: u64,
    /// What is on it; `None`: more than was asked for.
    pub content: Option<Vec<u8>>,
}

impl<R: Read> Lines<R> {
    /// Lines of up to `max` bytes; of longer ones only the place is told.
    pub fn new(read: R, max: usize) -> Self {
        Self { read: BufReader::with_capacity(AT_ONCE, read), max, number: 0, offset: 0 }
    }

    /// Leaves out the lines before the one with this number.
    ///
    /// # Errors
    /// Where the input cannot be read.
    pub fn skip_to(&mut self, number: u64) -> io::Result<()> {
        while self.number + 1 < number {
            match self.read.skip_until(b'\n')? {
                0 => return Ok(()),
                bytes => self.pass(bytes),
            };
        }
        Ok(())
    }

    /// The next line; `None` at the end of the input.
    ///
    /// # Errors
    /// Where the input cannot be read.
    pub fn read_line(&mut self) -> io::Result<Option<Line>> {
        let (offset, mut bytes) = (self.offset, Vec::new());
        let most = self.max + LONGEST_END;
        let mut read = (&mut self.read).take(most as u64).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        if read == most && !bytes.ends_with(b"\n") {
            read += self.read.skip_until(b'\n')?;
        }
        let number = self.pass(read);
        let content = self.content(bytes, offset == 0);
        Ok(Some(Line { number, offset, end: self.offset, content }))
    }

    /// Whether a whole line lies in memory, so that the next one is there without waiting.
    pub fn is_next_at_hand(&self) -> bool {
        self.read.buffer().contains(&b'\n')
    }

    /// Goes behind a line of so many bytes, and returns its number.
    fn pass(&mut self, bytes: usize) -> u64 {
        self.offset += bytes as u64;
        self.number += 1;
        self.number
    }

    fn content(&self, mut bytes: Vec<u8>, is_first: bool) -> Option<Vec<u8>> {
        if bytes.pop_if(|byte| *byte == b'\n').is_some() {
            bytes.pop_if(|byte| *byte == b'\r');
        }
        if is_first && bytes.starts_with(MARK) {
            bytes.drain(..MARK.len());
        }
        (bytes.len() <= self.max).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An input that comes in pieces, each of them at most so long.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let (now, later) = self.0.split_at(self.1.min(self.0.len()).min(into.len()));
            into[..now.len()].copy_from_slice(now);
            self.0 = later;
            Ok(now.len())
        }
    }

    fn all<R: Read>(lines: &mut Lines<R>) -> Vec<Line> {
        std::iter::from_fn(|| lines.read_line().unwrap()).collect()
    }

    /// Number, offset, end and content of each line, whatever the pieces in which they come.
    fn read(input: &[u8], max: usize) -> Vec<(u64, u64, u64, Option<String>)> {
        let whole = all(&mut Lines::new(input, max));
        for piece in 1..4 {
            assert_eq!(all(&mut Lines::new(Pieces(input, piece), max)), whole, "in pieces of {piece}");
        }
        let text = |bytes| String::from_utf8(bytes).unwrap();
        whole.into_iter().map(|line| (line.number, line.offset, line.end, line.content.map(text))).collect()
    }

    /// As [`read`] tells it.
    fn line(number: u64, offset: u64, end: u64, content: &str) -> (u64, u64, u64, Option<String>) {
        (number, offset, end, Some(content.to_owned()))
    }

    #[test]
    fn lines_end_in_lf_or_crlf_and_the_last_one_may_end_in_nothing() {
        let lines = read("a\tb\r\n\n\rc\r\r\n\u{1f980}".as_bytes(), 100);
        let expected =
            [line(1, 0, 5, "a\tb"), line(2, 5, 6, ""), line(3, 6, 11, "\rc\r"), line(4, 11, 15, "\u{1f980}")];
        assert_eq!(lines, expected);
        assert_eq!(read(b"a\n", 100).len(), 1);
        assert!(read(b"", 100).is_empty());
        assert_eq!(read(b"a\r", 100), [line(1, 0, 2, "a\r")], "it does not end in CRLF");
    }

    #[test]
    fn of_a_line_that_is_too_long_only_the_place_is_told_and_reading_goes_on() {
        let lines = read(b"12345\r\n123456\n12345678901234\n1\n123456", 5);
        let expected = [
            line(1, 0, 7, "12345"),
            (2, 7, 14, None),
            (3, 14, 29, None),
            line(4, 29, 31, "1"),
            (5, 31, 37, None),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_mark_before_the_first_line_is_no_part_of_it() {
        let lines = read("\u{feff}a\n\u{feff}b".as_bytes(), 100);
        assert_eq!(lines, [line(1, 0, 5, "a"), line(2, 5, 9, "\u{feff}b")]);
    }

    #[test]
    fn lines_that_are_skipped_change_neither_number_nor_place_of_the_others() {
        let (input, all_lines) = (b"a\nbb\n\nccc\n", read(b"a\nbb\n\nccc\n", 100));
        for number in 1..7 {
            let mut lines = Lines::new(&input[..], 100);
            lines.skip_to(number).unwrap();
            let rest: Vec<_> = all(&mut lines).iter().map(|line| (line.number, line.offset)).collect();
            let expected = all_lines.iter().skip(usize::try_from(number).unwrap() - 1);
            assert_eq!(rest, expected.map(|line| (line.0, line.1)).collect::<Vec<_>>(), "from {number}");
        }
    }

    #[test]
    fn a_line_is_at_hand_once_its_end_was_read() {
        let mut lines = Lines::new(Pieces(b"a\nb\nc", 4), 100);
        assert!(!lines.is_next_at_hand(), "nothing was read yet");
        lines.read_line().unwrap();
        assert!(lines.is_next_at_hand());
        lines.read_line().unwrap();
        assert!(!lines.is_next_at_hand(), "c may go on");
    }

    #[test]
    fn memory_does_not_grow_with_the_input() {
        let mut lines = Lines::new(io::repeat(b'x').take(100 << 20), 1 << 20);
        let line = lines.read_line().unwrap().unwrap();
        assert_eq!((line.content, line.end), (None, 100 << 20));
    }
}
