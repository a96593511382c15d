//! One connection with its upstream: each direction reads on while what it has read is on its way.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::way::Way;

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1_024;
/// Bytes of a direction that are on their way at once, at most: 400 MB/s at 20 ms there and back.
const WINDOW: usize = 4 << 20;

/// What connections have in common.
#[derive(Clone, Debug)]
pub(super) struct Carry {
    pub(super) upstream: SocketAddr,
    pub(super) set_up: u32,
    pub(super) way: Way,
}

impl Carry {
    /// Relays until both ends are done, or one fails.
    pub(super) async fn run(self, mut client: TcpStream) -> io::Result<()> {
        // Whoever connected believes at once that it is connected, and may already speak.
        for _ in 0..2 * self.set_up {
            self.way.travel().await;
        }
        let (from_client, to_client) = client.split();
        let (sent, arrives) = unbounded_channel();
        let room = Arc::new(Semaphore::new(WINDOW));
        let up = read(from_client, self.way.clone(), sent, room.clone());
        let rest = async {
            self.way.travel().await;
            let mut upstream = TcpStream::connect(self.upstream).await?;
            upstream.set_nodelay(true)?;
            let (from_upstream, to_upstream) = upstream.split();
            let (sent, arrives_back) = unbounded_channel();
            let room_back = Arc::new(Semaphore::new(WINDOW));
            let down = read(from_upstream, self.way.clone(), sent, room_back.clone());
            tokio::try_join!(
                write(to_upstream, arrives, room),
                down,
                write(to_client, arrives_back, room_back)
            )
        };
        tokio::try_join!(up, rest).map(drop)
    }
}

/// Reads until there is no more, which travels as well, as a chunk of nothing.
async fn read(
    mut from: ReadHalf<'_>,
    way: Way,
    sent: UnboundedSender<Vec<u8>>,
    room: Arc<Semaphore>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = from.read(&mut buffer).await?;
        let bytes = u32::try_from(read).expect("a chunk is small");
        room.acquire_many(bytes).await.expect("nobody closes the semaphore").forget();
        let (chunk, sent) = (buffer[..read].to_vec(), sent.clone());
        way.send(move || {
            sent.send(chunk).ok();
        });
        if read == 0 {
            return Ok(());
        }
    }
}

async fn write(
    mut to: WriteHalf<'_>,
    mut arrives: UnboundedReceiver<Vec<u8>>,
    room: Arc<Semaphore>,
) -> io::Result<()> {
    while let Some(chunk) = arrives.recv().await.filter(|chunk| !chunk.is_empty()) {
        to.write_all(&chunk).await?;
        room.add_permits(chunk.len());
    }
    to.shutdown().await
}
