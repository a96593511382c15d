//! The name of a message: the attribute `dedup-id`, and the key of its row.

use std::fmt::Write;

use md5::{Digest, Md5};
use sha2::Sha256;
use uuid::Uuid;

/// Message attribute (String) that names a message end to end.
///
/// SQS's own `MessageId` changes when the SDK repeats a send whose answer was lost,
/// and again when a message is redriven from a dead-letter queue; this does not.
pub const DEDUP_ID: &str = "dedup-id";

/// The name of a message: the primary key of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DedupId(Uuid);

impl DedupId {
    /// A new id (`UUIDv7`): later ones sort after earlier ones, so rows are appended to the key.
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id that `name` stands for: a UUID is taken as it is, anything else is hashed
    /// to one (`UUIDv8`, the first 16 bytes of its SHA-256).
    pub fn of(name: &str) -> Self {
        Self(Uuid::try_parse(name).unwrap_or_else(|_| hashed(name)))
    }

    /// The id of a received message: its `dedup-id`, or else its `MessageId`.
    pub fn identify(dedup_id: Option<&str>, message_id: &str) -> Self {
        Self::of(dedup_id.filter(|id| !id.is_empty()).unwrap_or(message_id))
    }

    /// The 16 bytes that are stored.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl From<[u8; 16]> for DedupId {
    fn from(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl std::fmt::Display for DedupId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The MD5 of a body as SQS writes it; the Rust SDK, unlike others, does not compare it.
pub fn checksum(bytes: impl AsRef<[u8]>) -> String {
    Md5::digest(bytes).iter().fold(String::with_capacity(32), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes whatever is written");
        text
    })
}

/// Whether SQS's `said` is the [`checksum`] of `bytes`.
pub fn is_checksum(said: &str, bytes: impl AsRef<[u8]>) -> bool {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    said.len() == 32 && Md5::digest(bytes).iter().flat_map(|byte| digits(*byte)).eq(said.bytes())
}

fn hashed(name: &str) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(name)[..16]);
    Uuid::new_v8(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_names_itself_in_any_case() {
        let id = DedupId::of("0197D0A5-0000-7000-8000-0000000000AB");
        assert_eq!(id.to_string(), "0197d0a5-0000-7000-8000-0000000000ab");
    }

    #[test]
    fn names_that_differ_in_case_or_trailing_space_are_different() {
        let ids = ["order-1", "Order-1", "order-1 "].map(DedupId::of);
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
    }

    #[test]
    fn a_name_is_hashed_to_the_same_id_for_ever() {
        let id = DedupId::of("order-1").to_string();
        assert_eq!(id, "0bafe221-56d2-898c-943b-86040446d366");
    }

    #[test]
    fn a_message_without_dedup_id_is_named_by_its_message_id() {
        let id = "11111111-2222-4333-8444-555555555555";
        assert_eq!(DedupId::identify(None, id), DedupId::of(id));
        assert_eq!(DedupId::identify(Some(""), id), DedupId::of(id));
        assert_eq!(DedupId::identify(Some("a"), id), DedupId::of("a"));
    }

    #[test]
    fn generated_ids_sort_in_the_order_of_their_making() {
        let ids: Vec<_> = (0..1_000).map(|_| DedupId::generate()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_checksum_is_written_as_sqs_writes_it() {
        assert_eq!(checksum("b"), "92eb5ffee6ae2fec3ad71c777531578f");
        assert!(is_checksum(&checksum("b"), "b") && !is_checksum(&checksum("b"), "c"));
        assert!(!is_checksum(&checksum("b")[..31], "b") && !is_checksum(&checksum("b").to_uppercase(), "b"));
    }
}
