//! A listening port on loopback that is not lost while nobody listens.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;
/// Before the next try after a shortage, such as one of file descriptors.
const PAUSE: Duration = Duration::from_millis(10);

/// The port: a second socket, which never listens, keeps others from getting it.
#[derive(Debug)]
pub(crate) struct Port {
    address: SocketAddr,
    _keeper: TcpSocket,
}

impl Port {
    /// Takes a free one of 127.0.0.1.
    ///
    /// # Errors
    /// Where the system has no socket or port left.
    pub(crate) fn take() -> io::Result<Self> {
        let keeper = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(Self { address: keeper.local_addr()?, _keeper: keeper })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens, until the listener is dropped: then connections are refused again.
    ///
    /// # Errors
    /// Where the system has no socket left.
    pub(crate) fn listen(&self) -> io::Result<TcpListener> {
        socket(self.address)?.listen(BACKLOG)
    }

    /// As [`listen`](Self::listen), once the system has a socket.
    pub(crate) async fn listen_soon(&self) -> TcpListener {
        loop {
            match self.listen() {
                Ok(listener) => return listener,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// The next connection; its small packets are not held back.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                stream.set_nodelay(true).ok();
                return stream;
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
