//! Asks a consumer's admin server, a connection a request.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use proof::process::Process;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::eventually;

/// No answer takes longer.
const LONGEST: Duration = Duration::from_secs(20);

/// Where a consumer's admin server is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admin(pub(crate) SocketAddr);

/// What it answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Admin {
    /// Of a consumer that says where it is, and has begun to work.
    pub(crate) async fn of(consumer: &Process) -> Result<Self> {
        eventually("a start", async || Ok(consumer.log()?.contains("consuming"))).await?;
        Self::starting(consumer).await
    }

    /// Of a consumer that says where it is, and may not have begun to work.
    pub(crate) async fn starting(consumer: &Process) -> Result<Self> {
        let listens = async || Ok(consumer.log()?.contains("admin server at http://"));
        eventually("an admin server", listens).await?;
        let log = consumer.log()?;
        let (_, rest) = log.split_once("admin server at http://").context("no admin server")?;
        let (address, _) = rest.split_once('/').context("no address")?;
        let address: SocketAddr = address.parse()?;
        // What listens everywhere is found here, too.
        Ok(Self(([127, 0, 0, 1], address.port()).into()))
    }

    /// Sees what is there.
    pub(crate) async fn get(self, path: &str) -> Result<Answer> {
        self.ask("GET", path, &[], "").await
    }

    /// As JSON.
    pub(crate) async fn status(self) -> Result<Value> {
        Ok(serde_json::from_str(&self.get("/status").await?.body)?)
    }

    /// One request with these headers, beside those that every request has.
    pub(crate) async fn ask(
        self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer> {
        let own = self.0.to_string();
        let named = headers.iter().any(|(name, _)| *name == "Host");
        let host = (!named).then_some(("Host", own.as_str()));
        let lines = headers.iter().copied().chain(host).map(|(name, value)| format!("{name}: {value}\r\n"));
        let headers = lines.collect::<Vec<_>>().concat();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        let answer = timeout(LONGEST, self.exchange(request.as_bytes())).await;
        answer.with_context(|| format!("no answer to {method} {path}"))?
    }

    async fn exchange(self, request: &[u8]) -> Result<Answer> {
        let mut stream = TcpStream::connect(self.0).await?;
        stream.write_all(request).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").context("half an answer")?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        Ok(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
    }
}
