//! One direction of a connection: reads, obeys the mode, writes.

use std::io;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;

use super::control::Orders;
use super::counts::Fault;
use super::link::Link;
use super::mode::{Mode, Side};
use super::trap::Scanner;

/// Bytes that are read at once.
const CHUNK: usize = 16 * 1_024;

/// Moves bytes to one side of a link.
pub(super) struct Pump<'a> {
    link: &'a Link,
    to: Side,
    orders: watch::Receiver<Orders>,
    scanner: Scanner,
}

impl<'a> Pump<'a> {
    pub(super) fn new(link: &'a Link, to: Side) -> Self {
        Self { link, to, orders: link.control.orders(), scanner: Scanner::default() }
    }

    /// Moves bytes until there are no more, and passes the end on.
    ///
    /// # Errors
    /// Where either end failed, or the connection is to be reset.
    pub(super) async fn run(&mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        let mut closed = self.orders.clone();
        let before = self.link.before.closed_to(self.to);
        loop {
            let read = tokio::select! {
                read = from.read(&mut buffer) => read,
                _ = closed.wait_for(|now| now.closed_to(self.to) > before) => break,
            };
            let read = match read {
                Ok(read @ 1..) => read,
                end => {
                    self.wait(0).await;
                    end?;
                    return to.shutdown().await;
                }
            };
            self.inspect(&buffer[..read])?;
            self.forward(&buffer[..read], &mut to).await?;
        }
        self.link.control.faults.add(Fault::HalfClose, 1);
        to.shutdown().await?;
        tokio::io::copy(&mut from, &mut tokio::io::sink()).await.map(|_| ())
    }

    /// Looks for a request that is to lose its answer, or for that answer.
    fn inspect(&mut self, chunk: &[u8]) -> io::Result<()> {
        let cut = &self.link.cut;
        match self.to {
            Side::Upstream if self.link.control.trap.springs(&mut self.scanner, chunk) => {
                cut.store(true, Ordering::Relaxed);
            }
            Side::Client if cut.load(Ordering::Relaxed) => {
                return Err(self.link.fail(Fault::CutAnswer));
            }
            _ => {}
        }
        Ok(())
    }

    async fn forward(&mut self, mut chunk: &[u8], to: &mut WriteHalf<'_>) -> io::Result<()> {
        while !chunk.is_empty() {
            let step = self.mode().step(chunk.len());
            self.wait(step).await;
            let carried = self.link.carried.load(Ordering::Relaxed);
            let allowed = usize::try_from(self.mode().allowance(carried)).unwrap_or(usize::MAX);
            let (piece, rest) = chunk.split_at(step.min(allowed));
            to.write_all(piece).await?;
            let carried = self.link.carried.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if self.mode().allowance(carried + piece.len() as u64) == 0 {
                return Err(self.link.fail(Fault::Reset));
            }
            chunk = rest;
        }
        Ok(())
    }

    /// Waits for as long as the mode asks of `bytes`; a new mode is obeyed at once.
    pub(super) async fn wait(&mut self, bytes: usize) {
        let mut counted = None;
        loop {
            let mode = self.orders.borrow_and_update().mode;
            let Some((fault, pause)) = mode.pause(bytes) else { return };
            if counted.replace(fault) != Some(fault) {
                self.link.control.faults.add(fault, 1);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => return,
                _ = self.orders.changed() => {}
            }
        }
    }

    fn mode(&self) -> Mode {
        self.orders.borrow().mode
    }
}
