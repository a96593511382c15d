//! A relay for bytes of any protocol, which can be made to fail.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::listen::{Port, accept};
use crate::task::Task;

mod carry;
mod control;
mod counts;
mod link;
mod mode;
mod packets;
mod pump;
mod trap;

use control::Control;
pub use control::TcpHandle;
pub use counts::{Counts, Fault};
use link::Link;
pub use mode::{Mode, Side};
pub use trap::Trigger;

/// Listens on a port of 127.0.0.1 and relays each connection to its upstream.
/// Dropped, it closes the port and all connections.
#[derive(Debug)]
pub struct TcpProxy {
    address: SocketAddr,
    handle: TcpHandle,
    _task: Task,
}

impl TcpProxy {
    /// Starts to relay to `upstream`, in [`Mode::Pass`].
    ///
    /// # Errors
    /// Where the system has no port or socket left.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(upstream: SocketAddr) -> io::Result<Self> {
        let port = Port::take()?;
        let (address, listener) = (port.address(), port.listen()?);
        let control = Arc::new(Control::new(upstream));
        let task = Task::spawn(serve(port, listener, control.clone()));
        Ok(Self { address, handle: TcpHandle(control), _task: task })
    }

    /// Where it listens; stays the same in every mode.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Steers it, from anywhere.
    pub fn handle(&self) -> TcpHandle {
        self.handle.clone()
    }
}

async fn serve(port: Port, mut listener: TcpListener, control: Arc<Control>) {
    let mut links = JoinSet::new();
    let mut orders = control.orders();
    let closed = "the proxy's own control outlives it";
    loop {
        tokio::select! {
            () = admit(&listener, &control, &mut links) => {}
            refuse = orders.wait_for(|now| now.mode == Mode::Refuse) => drop(refuse.expect(closed)),
        }
        drop(listener);
        orders.wait_for(|now| now.mode != Mode::Refuse).await.expect(closed);
        listener = port.listen_soon().await;
    }
}

async fn admit(listener: &TcpListener, control: &Arc<Control>, links: &mut JoinSet<()>) {
    loop {
        let client = accept(listener).await;
        while links.try_join_next().is_some() {}
        links.spawn(Link::new(control.clone()).run(client));
    }
}
