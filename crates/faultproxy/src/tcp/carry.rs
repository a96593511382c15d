//! One connection with its counterpart upstream, until it ends.

use std::io;
use std::sync::atomic::Ordering;

use tokio::net::TcpStream;

use super::counts::Fault;
use super::link::Link;
use super::mode::{Mode, Side};
use super::pump::Pump;

impl Link {
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
}
