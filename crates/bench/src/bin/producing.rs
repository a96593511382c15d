//! What a web server does with the producer: `producing load N CALLERS` has so many callers send N
//! messages, `producing alone N` has one send them one by one, and takes turns with a bare `SendMessage`.
//! Writes what it saw as JSON.

use std::collections::BTreeMap;
use std::time::Instant;

use acquit::{Producer, Wire};
use anyhow::{Context, Result, bail};
use aws_config::BehaviorVersion;
use aws_sdk_sqs::types::MessageAttributeValue;
use proof::test_env::variable;
use serde::Serialize;
use shared::message::{DEDUP_ID, DedupId};
use tokio::task::JoinSet;

#[derive(Serialize)]
struct Reservation {
    reservation: String,
    seat: usize,
}

impl Wire for Reservation {
    fn key(&self) -> String {
        self.reservation.clone()
    }
}

fn reservation(seat: usize) -> Reservation {
    Reservation { reservation: DedupId::generate().to_string(), seat }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let number =
        |place: usize| -> Result<usize> { Ok(arguments.get(place).context("a number is missing")?.parse()?) };
    let seen = match arguments.first().map(String::as_str) {
        Some("load") => load(number(1)?, number(2)?).await?,
        Some("alone") => alone(number(1)?).await?,
        _ => bail!("load or alone?"),
    };
    let mut output = std::io::stdout();
    serde_json::to_writer(&mut output, &seen)?;
    Ok(())
}

type Seen = BTreeMap<&'static str, Vec<f64>>;

/// Seconds that all of them took.
async fn load(messages: usize, callers: usize) -> Result<Seen> {
    let producer = Producer::open(&variable("QUEUE_URL")?).await?;
    producer.send(&reservation(0)).await?;
    let began = Instant::now();
    let mut sending = JoinSet::new();
    for caller in 0..callers {
        let producer = producer.clone();
        sending.spawn(async move {
            for seat in (caller..messages).step_by(callers) {
                producer.send(&reservation(seat)).await?;
            }
            anyhow::Ok(())
        });
    }
    sending.join_all().await.into_iter().collect::<Result<()>>()?;
    Ok(Seen::from([("seconds", vec![began.elapsed().as_secs_f64()])]))
}

/// Milliseconds of each.
async fn alone(messages: usize) -> Result<Seen> {
    let url = variable("QUEUE_URL")?;
    let producer = Producer::open(&url).await?;
    let sqs = aws_sdk_sqs::Client::new(&aws_config::defaults(BehaviorVersion::latest()).load().await);
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for seat in 0..messages {
        let began = Instant::now();
        producer.send(&reservation(seat)).await?;
        ours.push(began.elapsed().as_secs_f64() * 1e3);
        let began = Instant::now();
        let reservation = reservation(seat);
        let id = MessageAttributeValue::builder().data_type("String").string_value(reservation.key());
        let send = sqs.send_message().queue_url(&url).message_body(serde_json::to_string(&reservation)?);
        send.message_attributes(DEDUP_ID, id.build()?).send().await?;
        bare.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Seen::from([("producer", ours), ("bare", bare)]))
}
