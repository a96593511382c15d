//! A call over HTTP for each message, many at once, with what the other side may answer.

use std::process::ExitCode;
use std::time::Duration;

use acquit::{Fail, Json, Meta, StartError, State, Worker};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(serde::Deserialize)]
struct Mail {
    to: String,
}

/// Where mails are handed in. A real job would use an HTTP client here.
#[derive(Clone)]
struct Mailer {
    host: String,
}

impl Mailer {
    async fn send(&self, mail: &Mail, id: &str) -> std::io::Result<u16> {
        let mut stream = TcpStream::connect(&self.host).await?;
        let request = format!(
            "POST /mails/{id} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{}",
            self.host,
            mail.to.len(),
            mail.to
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0))
    }
}

/// The message's id goes along, so that the other side can tell a repeat.
async fn send(Json(mail): Json<Mail>, meta: Meta, State(mailer): State<Mailer>) -> Result<(), Fail> {
    let answer = mailer.send(&mail, &meta.id.to_string()).await;
    match answer.map_err(Fail::unavailable)? {
        200..=299 => Ok(()),
        429 => Err(Fail::retry("throttled", "too many requests").after(Duration::from_secs(30))),
        status @ 400..=499 => Err(Fail::reject("refused", format!("the mailer says {status}"))),
        status => Err(Fail::retry("failed", format!("the mailer says {status}"))),
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, StartError> {
    let host = std::env::var("MAILER").unwrap_or_else(|_| "127.0.0.1:8025".to_owned());
    let worker = Worker::from_env()?.state(Mailer { host }).concurrency(64);
    Ok(worker.timeout(Duration::from_secs(10)).queue("mails", send).run().await)
}

#[cfg(test)]
mod tests {
    use acquit::handler::Outcome;
    use acquit::testing::{call, message};
    use tokio::net::TcpListener;

    use super::*;

    /// A mailer that answers once, with this status.
    async fn mailer(status: u16) -> std::io::Result<Mailer> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let host = listener.local_addr()?.to_string();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            // To its end: what is closed with something unread loses its answer.
            let mut request = Vec::new();
            while !request.ends_with(b"ada@example.org") {
                request.push(stream.read_u8().await?);
            }
            stream.write_all(format!("HTTP/1.1 {status} X\r\n\r\n").as_bytes()).await
        });
        Ok(Mailer { host })
    }

    async fn outcome(status: u16) -> Outcome {
        let mailer = mailer(status).await.unwrap();
        call(&mailer, send, message(r#"{"to":"ada@example.org"}"#)).await
    }

    #[tokio::test]
    async fn each_answer_has_its_outcome() {
        assert!(matches!(outcome(202).await, Outcome::Done));
        assert!(matches!(outcome(429).await, Outcome::Failed(fail) if fail.reason() == "throttled"));
        assert!(matches!(outcome(404).await, Outcome::Failed(fail) if fail.reason() == "refused"));
        assert!(matches!(outcome(503).await, Outcome::Failed(fail) if fail.reason() == "failed"));
    }

    #[tokio::test]
    async fn a_mailer_that_is_not_there_is_no_fault_of_the_mail() {
        let nowhere = Mailer { host: "127.0.0.1:1".to_owned() };
        let outcome = call(&nowhere, send, message(r#"{"to":"ada@example.org"}"#)).await;
        assert!(
            matches!(outcome, Outcome::Failed(fail) if format!("{:?}", fail.kind()).contains("Unavailable"))
        );
    }
}
