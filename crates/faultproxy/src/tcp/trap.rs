//! Finds the requests that are to lose their answers.

use std::sync::Mutex;

use super::packets::Packets;

/// Of a pattern, as many bytes less one may lie in an earlier chunk.
const LONGEST: usize = 1_024;

/// Which of the client's bytes are a request that is to lose its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The next ones, whatever they are.
    AnyBytes,
    /// Those that contain this, up to 1,024 bytes, even across chunks. A prepared MySQL
    /// statement has its text in the request that prepares it, and bound values, such as a
    /// message's body, in the one that executes it.
    Pattern(Vec<u8>),
    /// A MySQL `COM_STMT_EXECUTE` with bound values: an insert, and not a pool's `SELECT 1`.
    /// Its connection must be neither encrypted nor compressed.
    BoundExecute,
}

/// At most one trigger, for all connections.
#[derive(Debug, Default)]
pub(super) struct Trap(Mutex<Option<(Trigger, u32)>>);

/// What is kept of one connection's bytes between chunks.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    tail: Vec<u8>,
    packets: Packets,
}

impl Trap {
    pub(super) fn arm(&self, trigger: Trigger, times: u32) {
        let armed = (times > 0).then_some((trigger, times));
        *self.0.lock().expect("nobody panics while holding the trap") = armed;
    }

    /// Whether the trigger is in `chunk`, the next bytes of the client that `scanner` follows.
    pub(super) fn springs(&self, scanner: &mut Scanner, chunk: &[u8]) -> bool {
        let mut armed = self.0.lock().expect("nobody panics while holding the trap");
        let found = scanner.scan(chunk, armed.as_ref().map(|(trigger, _)| trigger));
        if let Some((_, times)) = armed.as_mut().filter(|_| found) {
            *times -= 1;
            armed.take_if(|(_, times)| *times == 0);
        }
        found
    }
}

impl Scanner {
    fn scan(&mut self, chunk: &[u8], trigger: Option<&Trigger>) -> bool {
        let executes = self.packets.execute(chunk);
        let old = self.tail.len();
        self.tail.extend_from_slice(chunk);
        let found = match trigger {
            None => false,
            Some(Trigger::AnyBytes) => true,
            Some(Trigger::Pattern(pattern)) => contains(&self.tail, old, pattern),
            Some(Trigger::BoundExecute) => executes,
        };
        let spare = self.tail.len().saturating_sub(LONGEST - 1);
        self.tail.drain(..spare);
        found
    }
}

/// Whether `pattern` ends in the part of `bytes` after the `old` ones.
fn contains(bytes: &[u8], old: usize, pattern: &[u8]) -> bool {
    let first = (old + 1).saturating_sub(pattern.len());
    !pattern.is_empty() && bytes[first.min(bytes.len())..].windows(pattern.len()).any(|w| w == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sprung(trigger: Trigger, times: u32, chunks: &[&str]) -> Vec<bool> {
        let (trap, mut scanner) = (Trap::default(), Scanner::default());
        trap.arm(trigger, times);
        chunks.iter().map(|chunk| trap.springs(&mut scanner, chunk.as_bytes())).collect()
    }

    #[test]
    fn a_pattern_is_found_across_chunks_and_only_once() {
        let insert = || Trigger::Pattern(b"INSERT".to_vec());
        assert_eq!(
            sprung(insert(), 9, &["INS", "ER", "T", "", " a", "INSERT"]).as_slice(),
            [false, false, true, false, false, true]
        );
        assert_eq!(sprung(Trigger::Pattern(Vec::new()), 9, &["a", ""]), [false, false]);
    }

    #[test]
    fn it_springs_as_often_as_it_was_armed_for() {
        assert_eq!(sprung(Trigger::AnyBytes, 2, &["a", "b", "c"]), [true, true, false]);
        assert_eq!(sprung(Trigger::AnyBytes, 0, &["a"]), [false]);
    }

    #[test]
    fn a_statement_is_found_only_while_armed() {
        let (trap, mut scanner) = (Trap::default(), Scanner::default());
        let execute = [&[11, 0, 0, 0, 0x17][..], &[0; 10]].concat();
        assert!(!trap.springs(&mut scanner, &execute[..7]));
        trap.arm(Trigger::BoundExecute, 1);
        assert!(!trap.springs(&mut scanner, &execute[7..]));
        assert!(trap.springs(&mut scanner, &execute));
    }
}
