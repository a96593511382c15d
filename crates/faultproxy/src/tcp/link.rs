//! One connection with its counterpart upstream.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::net::TcpStream;

use super::control::{Control, Orders};
use super::counts::Fault;
use super::mode::{Mode, Side};
use super::pump::Pump;
use crate::gauge::Inside;

/// What both directions of a connection know.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) control: Arc<Control>,
    /// The orders that were there before it.
    pub(super) before: Orders,
    /// Bytes so far, both directions together.
    pub(super) carried: AtomicU64,
    /// The next answer is to be swallowed.
    pub(super) cut: AtomicBool,
    _open: Inside,
}

impl Link {
    pub(super) fn new(control: Arc<Control>) -> Self {
        let (before, open) = (*control.orders().borrow(), control.connections.enter());
        Self { control, before, carried: AtomicU64::new(0), cut: AtomicBool::new(false), _open: open }
    }

    /// Relays until both ends are done, or one fails, or an order says so.
    pub(super) async fn run(self, mut client: TcpStream) {
        let mut upstream = None;
        let carried = tokio::select! {
            fault = self.ordered_to_end() => Err(self.fail(fault)),
            carried = self.carry(&mut client, &mut upstream) => carried,
        };
        if carried.is_err() {
            // What one end suffers, the other gets to see: a reset is no end of file.
            for stream in std::iter::once(&client).chain(&upstream) {
                stream.set_zero_linger().ok();
            }
        }
    }

    async fn carry(&self, client: &mut TcpStream, upstream: &mut Option<TcpStream>) -> io::Result<()> {
        let (mut up, mut down) = (Pump::new(self, Side::Upstream), Pump::new(self, Side::Client));
        up.wait(0).await;
        let upstream = upstream.insert(TcpStream::connect(self.control.upstream()).await?);
        upstream.set_nodelay(true)?;
        let (from_client, to_client) = client.split();
        let (from_upstream, to_upstream) = upstream.split();
        tokio::try_join!(up.run(from_client, to_upstream), down.run(from_upstream, to_client))?;
        Ok(())
    }

    async fn ordered_to_end(&self) -> Fault {
        let mut orders = self.control.orders();
        let end = orders.wait_for(|now| {
            let spent = now.mode.allowance(self.carried.load(Ordering::Relaxed)) == 0;
            spent || now.mode == Mode::Refuse || now.resets > self.before.resets
        });
        let end = end.await.expect("the link holds the control");
        if end.mode == Mode::Refuse { Fault::Refuse } else { Fault::Reset }
    }

    /// Counts the fault, as the error that it is to the connection.
    pub(super) fn fail(&self, fault: Fault) -> io::Error {
        self.control.faults.add(fault, 1);
        io::ErrorKind::ConnectionReset.into()
    }
}
