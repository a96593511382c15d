//! What the handle says and the connections obey.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::counts::{Counts, Fault};
use super::mode::{Mode, Side};
use super::trap::{Trap, Trigger};
use crate::gauge::Gauge;
use crate::tally::Tally;

/// Steers a [`TcpProxy`](super::TcpProxy). Without effect once that is dropped.
#[derive(Clone, Debug)]
pub struct TcpHandle(pub(super) Arc<Control>);

/// Shared by the handle, the listener and the connections.
#[derive(Debug)]
pub(super) struct Control {
    upstream: Mutex<SocketAddr>,
    orders: watch::Sender<Orders>,
    pub(super) trap: Trap,
    pub(super) faults: Tally<Fault>,
    pub(super) connections: Gauge,
}

/// The mode, and how often each thing was ordered that happens once: a connection has to obey
/// the orders that came after its beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Orders {
    pub(super) mode: Mode,
    pub(super) resets: u64,
    pub(super) closed_to_client: u64,
    pub(super) closed_to_upstream: u64,
}

impl Control {
    pub(super) fn new(upstream: SocketAddr) -> Self {
        let orders = Orders { mode: Mode::Pass, resets: 0, closed_to_client: 0, closed_to_upstream: 0 };
        Self {
            upstream: Mutex::new(upstream),
            orders: watch::Sender::new(orders),
            trap: Trap::default(),
            faults: Tally::default(),
            connections: Gauge::default(),
        }
    }

    pub(super) fn upstream(&self) -> SocketAddr {
        *self.upstream.lock().expect("nobody panics while holding the address")
    }

    fn turn_to(&self, upstream: SocketAddr) {
        *self.upstream.lock().expect("nobody panics while holding the address") = upstream;
    }

    pub(super) fn orders(&self) -> watch::Receiver<Orders> {
        self.orders.subscribe()
    }
}

impl Orders {
    /// How often closing the direction towards `side` was ordered.
    pub(super) fn closed_to(&self, side: Side) -> u64 {
        match side {
            Side::Client => self.closed_to_client,
            Side::Upstream => self.closed_to_upstream,
        }
    }
}

impl TcpHandle {
    /// Changes the mode.
    pub fn set_mode(&self, mode: Mode) {
        self.0.orders.send_modify(|orders| orders.mode = mode);
    }

    /// The mode of the moment.
    pub fn mode(&self) -> Mode {
        self.0.orders.borrow().mode
    }

    /// Connections from now on go to this address; existing ones stay where they are.
    pub fn set_upstream(&self, upstream: SocketAddr) {
        self.0.turn_to(upstream);
    }

    /// Resets the existing connections, at both ends.
    pub fn reset(&self) {
        self.0.orders.send_modify(|orders| orders.resets += 1);
    }

    /// Ends the direction towards `side` on the existing connections: it reads to the end, and
    /// may still send. What the other side sends after that is thrown away.
    pub fn half_close(&self, side: Side) {
        self.0.orders.send_modify(|orders| match side {
            Side::Client => orders.closed_to_client += 1,
            Side::Upstream => orders.closed_to_upstream += 1,
        });
    }

    /// The next `times` requests that `trigger` finds, on whatever connections, lose their
    /// answer: they are relayed, and when the upstream's answer comes it is swallowed and the
    /// connection reset. So the upstream has done what it was asked, and the client does not
    /// know. Replaces what was set before; 0 ends it.
    pub fn cut_answers(&self, trigger: Trigger, times: u32) {
        self.0.trap.arm(trigger, times);
    }

    /// As [`cut_answers`](Self::cut_answers), once, for a request with these bytes.
    pub fn cut_answer_after(&self, pattern: &[u8]) {
        self.cut_answers(Trigger::Pattern(pattern.to_vec()), 1);
    }

    /// The counters of the moment.
    pub fn counts(&self) -> Counts {
        let connections = self.0.connections.read();
        Counts {
            connections: connections.total,
            open: connections.now,
            most_open: connections.most,
            faults: self.0.faults.counts(),
        }
    }
}
