//! The letters that a redrive has in hand at one time, those of one message together.
//!
//! A process that is killed between send and delete leaves a letter twice. What comes a second time
//! may as well be a message that was sent back, refused again, and is here as a new letter: to delete
//! that would lose it. So only letters that were in hand before any of them was sent are taken for one.

use std::collections::HashMap;

use shared::message::Receipt;
use sqs::dead_letter::message::{DeadLetter, Key, SkipReason};
use sqs::dead_letter::outgoing::OutgoingMessage;

use super::filter::NONE;
use crate::text;

/// Dead letters, and bytes of them, that are in hand before the first is sent.
const LETTERS: usize = 1_000;
const BYTES: usize = 32 * 1024 * 1024;

/// One message that is to go, and all its letters.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) outgoing: OutgoingMessage,
    pub(super) receipts: Vec<Receipt>,
    pub(super) name: String,
    /// Name, reason and date, for people.
    pub(super) about: String,
}

/// What is in hand.
#[derive(Debug, Default)]
pub(super) struct Window {
    parcels: Vec<Parcel>,
    places: HashMap<Key, usize>,
    letters: usize,
    bytes: usize,
}

impl Window {
    pub(super) fn has_room(&self) -> bool {
        self.letters < LETTERS && self.bytes < BYTES
    }

    /// Puts the letter to that of the same message. Returns false if there is none yet.
    ///
    /// The message goes under the id of the last one. A redrive that was killed may have sent it under
    /// that of an earlier one: a FIFO queue would take it for a repetition, and not deliver it.
    pub(super) fn join(&mut self, key: Key, letter: &DeadLetter) -> bool {
        let Some(place) = self.places.get(&key) else { return false };
        let parcel = &mut self.parcels[*place];
        parcel.receipts.push(letter.receipt.clone());
        parcel.outgoing.message_id = Some(letter.message.message_id.clone());
        self.letters += 1;
        true
    }

    /// Takes a letter whose message is not here yet.
    ///
    /// # Errors
    /// Where it cannot be sent back.
    pub(super) fn add(&mut self, key: Key, letter: DeadLetter, new_identity: bool) -> Result<(), SkipReason> {
        let (name, about) = (text::plain(&letter.name()), about(&letter));
        let receipts = vec![letter.receipt.clone()];
        let outgoing = letter.sent_back(new_identity)?;
        self.letters += 1;
        self.bytes += outgoing.bytes();
        self.places.insert(key, self.parcels.len());
        self.parcels.push(Parcel { outgoing, receipts, name, about });
        Ok(())
    }

    /// What is to go, in the order in which it came.
    pub(super) fn into_parcels(self) -> Vec<Parcel> {
        self.parcels
    }
}

fn about(letter: &DeadLetter) -> String {
    let reason = letter.facts().reason;
    let reason = reason.as_deref().map_or_else(|| NONE.to_owned(), text::plain);
    format!("{}  {reason}  {}", text::plain(&letter.name()), text::time_or_dash(letter.dead_since()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqs::dead_letter::testing::letter;

    fn id(parcel: &Parcel) -> Option<&str> {
        parcel.outgoing.message_id.as_deref()
    }

    #[test]
    fn letters_of_one_message_are_one_parcel() {
        let mut window = Window::default();
        let said = [("dedup-id", "order-1")];
        for letter in [letter("m0", "b", &said), letter("m1", "b", &said), letter("m2", "another", &said)] {
            let key = letter.key();
            if !window.join(key, &letter) {
                window.add(key, letter, false).unwrap();
            }
        }
        let parcels = window.into_parcels();
        let told: Vec<_> = parcels.iter().map(|parcel| (parcel.receipts.len(), id(parcel))).collect();
        assert_eq!(told, [(2, Some("m1")), (1, Some("m2"))], "under the id that no redrive can have sent");
    }

    #[test]
    fn what_is_in_hand_is_bounded_in_letters_and_bytes() {
        let mut window = Window { letters: LETTERS - 1, ..Window::default() };
        let small = letter("m", "b", &[]);
        window.add(small.key(), small, false).unwrap();
        assert!(!window.has_room());
        let mut window = Window { bytes: BYTES - 1, ..Window::default() };
        assert!(window.has_room());
        let small = letter("m", "b", &[]);
        window.add(small.key(), small, false).unwrap();
        assert!(!window.has_room());
    }
}
