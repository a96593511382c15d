//! An upstream that greets, then sends back what it hears, and remembers it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::within;

/// What it says first.
pub(crate) const GREETING: &[u8] = b"hi";

/// Listens until dropped.
pub(crate) struct Echo {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
    resets: Arc<Mutex<usize>>,
    _task: JoinSet<()>,
}

impl Echo {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (heard, resets) = (Arc::default(), Arc::default());
        let mut task = JoinSet::new();
        task.spawn(serve(listener, Arc::clone(&heard), Arc::clone(&resets)));
        Self { address, heard, resets, _task: task }
    }

    /// All that was heard, on all connections.
    pub(crate) fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().expect("no panic")).into_owned()
    }

    /// Connections that broke.
    pub(crate) fn resets(&self) -> usize {
        *self.resets.lock().expect("no panic")
    }
}

async fn serve(listener: TcpListener, heard: Arc<Mutex<Vec<u8>>>, resets: Arc<Mutex<usize>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (heard, resets) = (Arc::clone(&heard), Arc::clone(&resets));
        connections.spawn(async move {
            if converse(stream, &heard).await.is_err() {
                *resets.lock().expect("no panic") += 1;
            }
        });
    }
}

async fn converse(mut stream: TcpStream, heard: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    let mut buffer = [0; 1_024];
    stream.write_all(GREETING).await?;
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        heard.lock().expect("no panic").extend_from_slice(&buffer[..read]);
        stream.write_all(&buffer[..read]).await?;
    }
}

/// A connection that was greeted.
pub(crate) async fn greeted(address: SocketAddr) -> TcpStream {
    let mut stream = within(TcpStream::connect(address)).await.expect("it accepts");
    let mut greeting = [0; GREETING.len()];
    within(stream.read_exact(&mut greeting)).await.expect("a greeting");
    stream
}

/// Says `text`, and hears the same.
pub(crate) async fn echoes(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("it takes bytes");
    hears(stream, text).await;
}

/// The next bytes are `text`.
pub(crate) async fn hears(stream: &mut TcpStream, text: &str) {
    let mut answer = vec![0; text.len()];
    within(stream.read_exact(&mut answer)).await.expect("an answer");
    assert_eq!(answer, text.as_bytes());
}

/// Nothing more comes, and the connection is broken.
pub(crate) async fn is_reset(stream: &mut TcpStream) {
    let end = within(stream.read(&mut [0; 64])).await.map_err(|error| error.kind());
    assert_eq!(end, Err(std::io::ErrorKind::ConnectionReset));
}
