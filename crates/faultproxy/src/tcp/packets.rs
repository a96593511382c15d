//! Follows a MySQL client's packets, whatever chunks they come in.

/// Length (3 bytes), sequence number, and the first byte of the payload: the command.
const HEAD: usize = 5;
/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html>
const COM_STMT_EXECUTE: u8 = 0x17;
/// The payload of an execution that binds nothing.
const UNBOUND: usize = 10;

/// Where in a packet the stream is.
#[derive(Debug, Default)]
pub(super) struct Packets {
    head: [u8; HEAD],
    have: usize,
    /// Bytes of the payload that are still to come.
    left: usize,
}

impl Packets {
    /// Whether a `COM_STMT_EXECUTE` with bound values starts in the next `bytes`.
    pub(super) fn execute(&mut self, mut bytes: &[u8]) -> bool {
        let mut found = false;
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.left > 0 {
                let skipped = self.left.min(bytes.len());
                self.left -= skipped;
                bytes = &bytes[skipped..];
            } else {
                bytes = rest;
                found |= self.head_is_execute(byte);
            }
        }
        found
    }

    /// Takes a byte of the head; when that is whole, the rest of the payload is left.
    fn head_is_execute(&mut self, byte: u8) -> bool {
        self.head[self.have] = byte;
        self.have += 1;
        let [a, b, c, sequence, command] = self.head;
        let payload = u32::from_le_bytes([a, b, c, 0]) as usize;
        let empty = self.have == HEAD - 1 && payload == 0;
        if self.have < HEAD && !empty {
            return false;
        }
        let whole = self.have == HEAD;
        self.have = 0;
        self.left = payload.saturating_sub(1);
        whole && sequence == 0 && command == COM_STMT_EXECUTE && payload > UNBOUND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u8, command: u8, payload: u8) -> Vec<u8> {
        let mut packet = vec![command; 4 + usize::from(payload)];
        packet[..4].copy_from_slice(&[payload, 0, 0, sequence]);
        packet
    }

    #[test]
    fn only_an_execution_with_bound_values_is_found() {
        let others = [packet(0, 0x17, 10), packet(1, 0x17, 99), packet(0, 0x16, 99), packet(3, 0, 0)];
        let mut packets = Packets::default();
        assert!(!packets.execute(&others.concat()));
        assert!(packets.execute(&packet(0, 0x17, 11)));
    }

    #[test]
    fn it_is_found_in_any_chunks() {
        let stream = [packet(1, 0x17, 200), packet(2, 0, 0), packet(0, 0x17, 40), packet(0, 1, 1)].concat();
        for size in 1..stream.len() {
            let mut packets = Packets::default();
            let found = stream.chunks(size).filter(|chunk| packets.execute(chunk)).count();
            assert_eq!(found, 1, "in chunks of {size}");
        }
    }
}
