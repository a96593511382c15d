//! A client that hides nothing of what it is answered.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Asks the server at this address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) SocketAddr);

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Lines as they came, but for the date; in the alphabet's order, as their own order means nothing.
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

impl Client {
    pub(crate) async fn get(self, target: &str) -> Answer {
        self.ask("GET", target, &[]).await
    }

    pub(crate) async fn post(self, target: &str) -> Answer {
        self.ask("POST", target, &[]).await
    }

    /// One request; `Host` is localhost unless it is given.
    pub(crate) async fn ask(self, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
        let is_named = headers.iter().any(|(name, _)| *name == "Host");
        let host = (!is_named).then_some(("Host", "localhost"));
        let lines = headers.iter().copied().chain(host).map(|(name, value)| format!("{name}: {value}\r\n"));
        let lines: String = lines.collect();
        let request = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n{lines}\r\n");
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        Answer::read(&text)
    }
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let (first, lines) = head.split_once("\r\n").unwrap();
        let status = first.split(' ').nth(1).unwrap().parse().unwrap();
        let lines = lines.lines().filter(|line| !line.starts_with("date:"));
        let mut headers: Vec<_> = lines.map(str::to_owned).collect();
        headers.sort_unstable();
        Self { status, headers, body: body.to_owned() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The names of the checks, and whether they are as they should be.
    pub(crate) fn checks(&self) -> Vec<(String, bool)> {
        let json = self.json();
        let check = |check: &Value| (check["name"].as_str().unwrap().to_owned(), check["ok"] == true);
        json["checks"].as_array().unwrap().iter().map(check).collect()
    }
}
