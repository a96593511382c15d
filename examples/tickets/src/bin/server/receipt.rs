//! Names of reservations, which the server knows again without having kept them.
//!
//! A name ends with a mark that only somebody with the secret can make. It is given out once the queue has
//! the reservation; so a name with a true mark, and without an outcome, is one that waits. That needs no
//! row: reservations are taken while the database is away, and a restart forgets nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::{Builder, Uuid};

/// Bytes of the secret, at least.
const SECRET: usize = 16;

/// There is no secret.
#[derive(Debug, thiserror::Error)]
#[error("RECEIPT_SECRET must have {SECRET} characters or more, the same for all servers")]
pub(crate) struct NoSecret;

/// Makes names, and knows them again.
#[derive(Clone)]
pub(crate) struct Receipts(Hmac<Sha256>);

impl Receipts {
    /// With the secret of the environment.
    pub(crate) fn from_env() -> Result<Self, NoSecret> {
        Self::of(&std::env::var("RECEIPT_SECRET").unwrap_or_default())
    }

    fn of(secret: &str) -> Result<Self, NoSecret> {
        let secret = Some(secret.as_bytes()).filter(|secret| secret.len() >= SECRET).ok_or(NoSecret)?;
        Hmac::new_from_slice(secret).map(Self).map_err(|_| NoSecret)
    }

    /// The name of what `user` wants. With a `key` it is the same each time: whoever got no answer asks
    /// again. The seat is part of it, so that a key that is used twice never hides what was wanted.
    pub(crate) fn name(&self, user: u32, seat: u32, key: Option<&str>) -> String {
        let id = key.map_or_else(Uuid::now_v7, |key| same(user, seat, key)).to_string();
        let mark = self.mark(&id);
        format!("{id}.{mark}")
    }

    /// Whether this name was given out.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let parts = name.split_once('.');
        parts.is_some_and(|(id, mark)| self.mark(id).as_bytes().ct_eq(mark.as_bytes()).into())
    }

    /// Nobody guesses 64 bits.
    fn mark(&self, id: &str) -> String {
        let code = self.0.clone().chain_update(id).finalize().into_bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&code[..8]);
        format!("{:016x}", u64::from_be_bytes(first))
    }
}

/// An id that is the same for the same.
fn same(user: u32, seat: u32, key: &str) -> Uuid {
    let hash = Sha256::new().chain_update(user.to_be_bytes()).chain_update(seat.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.chain_update(key).finalize()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

impl std::fmt::Debug for Receipts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receipts").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipts() -> Receipts {
        Receipts::of("0123456789abcdef").unwrap()
    }

    #[test]
    fn a_name_is_known_after_a_restart_and_to_nobody_with_another_secret() {
        let name = receipts().name(1, 2, None);
        assert!(receipts().knows(&name));
        assert!(!Receipts::of("fedcba9876543210").unwrap().knows(&name));
        assert!(Receipts::of("short").is_err());
    }

    #[test]
    fn what_nobody_was_given_is_not_known() {
        let name = receipts().name(1, 2, None);
        let other = receipts().name(1, 2, None);
        let (id, mark) = name.split_once('.').unwrap();
        for forged in ["", ".", id, "x", &other.replace(other.split_once('.').unwrap().1, mark)] {
            assert!(!receipts().knows(forged), "{forged}");
        }
    }

    #[test]
    fn with_a_key_the_same_wish_has_the_same_name_and_no_other_has() {
        let name = receipts().name(1, 2, Some("key"));
        assert_eq!(receipts().name(1, 2, Some("key")), name);
        for other in [(1, 3, Some("key")), (2, 2, Some("key")), (1, 2, Some("other")), (1, 2, None)] {
            assert_ne!(receipts().name(other.0, other.1, other.2), name);
        }
    }
}
