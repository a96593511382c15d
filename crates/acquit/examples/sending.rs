//! A value is sent to a queue, and counts as sent only when SQS has confirmed it.

#![expect(clippy::print_stdout, reason = "it is what the example does")]

use std::time::Duration;

use acquit::{Producer, SendError, Wire};

#[derive(serde::Serialize)]
struct Reservation {
    id: String,
    seat: u32,
}

/// Sent again under the same key, as by a client that got no answer, it takes effect once.
impl Wire for Reservation {
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// What a web server answers to a request, as an HTTP status.
async fn reserve(producer: &Producer<Reservation>, reservation: &Reservation) -> u16 {
    match producer.send(reservation).await {
        Ok(()) => 202,
        Err(SendError::Flaw(_) | SendError::Refused(_)) => 400,
        // It may be on the queue or not: the client asks again, with the same id.
        Err(_) => 503,
    }
}

#[tokio::main]
async fn main() -> Result<(), acquit::StartError> {
    let producer = Producer::open("reservations").await?;
    let reservation = Reservation { id: "3f0c".into(), seat: 7 };
    println!("{}", reserve(&producer, &reservation).await);
    producer.close(Duration::from_secs(10)).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use acquit::sending::Settings;
    use acquit::testing::{Reply, TestPort};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_is_told_to_ask_again_where_it_is_not_known_whether_the_message_was_sent() {
        let queue = TestPort::new("reservations").replying([Reply::LosesAnswer; 1_000]);
        let producer = Producer::over(queue.clone(), Settings::default());
        let reservation = Reservation { id: "3f0c".into(), seat: 7 };
        assert_eq!(reserve(&producer, &reservation).await, 503);
        assert!(queue.taken().iter().all(|message| message.dedup_id == "3f0c"));
    }
}
