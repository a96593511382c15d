//! Seats that are sold: a job as a user would write it, its tables, and messages for it.

use acquit::{Committed, Fail, Json, Meta, Tx};
use anyhow::{Result, ensure};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry as Entry};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use serde::{Deserialize, Serialize};
use shared::message::{DEDUP_ID, DedupId};

use tables::{effects, seats};

/// Rows of an insert that makes seats.
const ROWS: u32 = 1_000;

/// `effects` has a row for each time that a job took effect: its key does not hide a double.
const SCHEMA: [&str; 2] = [
    "CREATE TABLE seats (seat INT UNSIGNED NOT NULL PRIMARY KEY, reservation CHAR(36) CHARACTER SET ascii)",
    "CREATE TABLE effects (number BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, \
     reservation CHAR(36) CHARACTER SET ascii NOT NULL, seat INT UNSIGNED NOT NULL, \
     is_sold BOOLEAN NOT NULL, receives INT UNSIGNED NOT NULL)",
];

mod tables {
    diesel::table! {
        seats (seat) {
            seat -> Unsigned<Integer>,
            reservation -> Nullable<Text>,
        }
    }
    diesel::table! {
        effects (number) {
            number -> Unsigned<BigInt>,
            reservation -> Text,
            seat -> Unsigned<Integer>,
            is_sold -> Bool,
            receives -> Unsigned<Integer>,
        }
    }
}

/// Somebody wants a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Also the message's dedup id.
    pub reservation: String,
    /// From 1. The job panics at 0.
    pub seat: u32,
}

impl Reservation {
    /// A new one.
    pub fn of(seat: u32) -> Self {
        Self { reservation: DedupId::generate().to_string(), seat }
    }

    /// Its message.
    pub fn message(&self) -> Result<Message> {
        Ok(Message { body: serde_json::to_string(self)?, dedup_id: self.reservation.clone() })
    }
}

/// Sells the seat to whoever comes first, and notes what came of it.
///
/// # Errors
/// Where the database fails.
///
/// # Panics
/// Where somebody wants the seat 0: tests need a message whose job panics.
pub async fn reserve(Json(wanted): Json<Reservation>, meta: Meta, mut tx: Tx) -> Result<Committed, Fail> {
    assert!(wanted.seat > 0, "there is no seat 0");
    let free = seats::table.filter(seats::seat.eq(wanted.seat)).filter(seats::reservation.is_null());
    let sell = diesel::update(free).set(seats::reservation.eq(&wanted.reservation));
    let is_sold = sell.execute(&mut *tx).await? == 1;
    let effect = (
        effects::reservation.eq(&wanted.reservation),
        effects::seat.eq(wanted.seat),
        effects::is_sold.eq(is_sold),
        effects::receives.eq(meta.receive_count),
    );
    diesel::insert_into(effects::table).values(effect).execute(&mut *tx).await?;
    tx.commit().await
}

/// Makes the tables, and this many seats that are free.
pub async fn create(database: &mut Conn, seats: u32) -> Result<()> {
    for statement in SCHEMA {
        database.query_drop(statement).await?;
    }
    for first in (1..=seats).step_by(ROWS as usize) {
        let rows: Vec<_> = (first..(first + ROWS).min(seats + 1)).map(|seat| format!("({seat})")).collect();
        database.query_drop(format!("INSERT INTO seats (seat) VALUES {}", rows.join(","))).await?;
    }
    Ok(())
}

/// What is sent. Sent again, it has another `MessageId` and the same dedup id.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its text.
    pub body: String,
    /// Its name, end to end.
    pub dedup_id: String,
}

impl Message {
    fn entry(&self, position: usize) -> Result<Entry> {
        let id = MessageAttributeValue::builder().data_type("String").string_value(&self.dedup_id);
        let entry = Entry::builder().id(position.to_string()).message_body(&self.body);
        Ok(entry.message_attributes(DEDUP_ID, id.build()?).build()?)
    }
}

/// Puts up to ten messages on the queue at `url`.
pub async fn send(sqs: &Client, url: &str, messages: &[Message]) -> Result<()> {
    let entries = messages.iter().enumerate().map(|(position, message)| message.entry(position));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let answer = sqs.send_message_batch().queue_url(url).set_entries(Some(entries)).send().await?;
    ensure!(answer.failed.is_empty(), "a message was not taken");
    Ok(())
}
