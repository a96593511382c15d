//! Workers and database are killed, answers lost, messages repeated: each takes effect once.

use std::collections::BTreeSet;

use anyhow::Result;
use proof::seats::{Message, Reservation};
use shared::message::{DEDUP_ID, DedupId};

use super::Hall;
use super::audit::Audit;
use super::storm::Storm;

/// Each is wanted by two.
const SEATS: u32 = 1_000;
const POISON: usize = 50;
/// More than a message can lose to kills during the storm: each costs it a lease of 6 s.
const RECEIVES: u32 = 5;

/// All that is sent, in order: every tenth reservation twice, and what is bad in between.
fn traffic(wanted: &[Reservation], panics: &Reservation) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    for (number, reservation) in wanted.iter().enumerate() {
        messages.push(reservation.message()?);
        if number >= 50 && number % 10 == 0 {
            messages.push(wanted[number - 5 * (number % 11)].message()?);
        }
        if number % (wanted.len() / POISON) == 0 {
            messages.push(Message { body: "{".to_owned(), dedup_id: DedupId::generate().to_string() });
        }
        if number == wanted.len() / 5 * 4 {
            messages.push(panics.message()?);
        }
    }
    Ok(messages)
}

/// Reason and dedup id of each. A worker that is killed between sending a dead letter and deleting the
/// message sends it again, under the same id.
async fn dead_letters(hall: &Hall) -> Result<BTreeSet<(String, String)>> {
    let letters = hall.env.take_dead_letters().await?.into_iter().map(|letter| {
        let attributes = letter.message_attributes.unwrap_or_default();
        let text = |name| attributes.get(name).and_then(|value| value.string_value.clone());
        (text("dlq-reason").unwrap_or_default(), text(DEDUP_ID).unwrap_or_default())
    });
    Ok(letters.collect())
}

/// What is never to take effect, with the reason.
fn bad(messages: &[Message], panics: &Reservation) -> BTreeSet<(String, String)> {
    let poison = messages.iter().filter(|message| message.body == "{");
    let poison = poison.map(|message| ("malformed".to_owned(), message.dedup_id.clone()));
    poison.chain([("panicked".to_owned(), panics.reservation.clone())]).collect()
}

#[tokio::test]
async fn each_reservation_takes_effect_once_whatever_is_killed() -> Result<()> {
    let Some(mut hall) = Hall::open(SEATS, RECEIVES).await? else { return Ok(()) };
    let wanted: Vec<_> = (0..2 * SEATS).map(|number| Reservation::of(1 + number % SEATS)).collect();
    let panics = Reservation::of(0);
    let messages = traffic(&wanted, &panics)?;
    Storm::over(&mut hall, 3)?.pass(&messages).await?;

    let audit = Audit::take(&hall).await?;
    assert_eq!(audit.violations(&wanted), Vec::<String>::new());
    let bad = bad(&messages, &panics);
    assert_eq!(bad.len(), POISON + 1);
    assert_eq!(dead_letters(&hall).await?, bad);
    assert_eq!(hall.env.left().await?, 0);
    hall.env.remove().await
}
