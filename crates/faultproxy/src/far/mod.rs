//! A relay that is a given way off: every byte travels for half of a round trip, and a new connection costs
//! round trips first. Nothing is slowed down otherwise: what travels at the same time arrives at the same time.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::gauge::Gauge;
use crate::listen::{Port, accept};
use crate::task::Task;

mod carry;
mod way;

use carry::Carry;
use way::Way;

/// How far off an upstream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// From a request to its answer.
    pub round_trip: Duration,
    /// Round trips before a new connection carries its first byte: one for TCP, one more for TLS 1.3, two
    /// more for TLS 1.2.
    pub set_up: u32,
    /// Connections that are open at once, at most; others wait to be accepted.
    pub connections: usize,
}

/// Listens on a port of 127.0.0.1, and relays each connection to an upstream as if that were far away.
/// Dropped, it closes the port and all connections.
#[derive(Debug)]
pub struct FarProxy {
    address: SocketAddr,
    connections: Gauge,
    _task: Task,
}

impl FarProxy {
    /// Starts to relay to `upstream`.
    ///
    /// # Errors
    /// Where the system has no port, socket or thread left.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(upstream: SocketAddr, distance: Distance) -> io::Result<Self> {
        let port = Port::take()?;
        let (address, listener) = (port.address(), port.listen()?);
        let connections = Gauge::default();
        let carry = Carry { upstream, set_up: distance.set_up, way: Way::new(distance.round_trip / 2)? };
        let task = Task::spawn(serve(port, listener, carry, distance.connections, connections.clone()));
        Ok(Self { address, connections, _task: task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that were open at once, at most.
    pub fn most_open(&self) -> usize {
        self.connections.read().most
    }
}

async fn serve(_port: Port, listener: TcpListener, carry: Carry, most: usize, open: Gauge) {
    let (mut links, room) = (JoinSet::new(), Arc::new(Semaphore::new(most)));
    loop {
        let place = room.clone().acquire_owned().await.expect("nobody closes the semaphore");
        let client = accept(&listener).await;
        while links.try_join_next().is_some() {}
        let (carry, inside) = (carry.clone(), open.enter());
        links.spawn(async move {
            // What one end suffers, the other sees as its end.
            carry.run(client).await.ok();
            drop((inside, place));
        });
    }
}
