//! What a run has found out.

use crate::distance::Distance;
use crate::drain::Drain;
use crate::fifo::Fifo;
use crate::growth::Growth;
use crate::idle::Idle;
use crate::latency::Latency;
use crate::mapping::Mapped;
use crate::producer::Producing;
use crate::relay::RelayFigures;
use crate::transactions::Transactions;

/// What was found out so far.
#[derive(Debug, Default)]
pub struct Findings {
    /// One for each site.
    pub drains: Vec<Drain>,
    /// By site and rate.
    pub latencies: Vec<Latency>,
    /// Of an idle consumer.
    pub idle: Option<Idle>,
    /// Of jobs with transactions.
    pub transactions: Option<Transactions>,
    /// Of the relay.
    pub relay: Option<RelayFigures>,
    /// Of tables of one's own.
    pub mapped: Option<Mapped>,
    /// Of groups.
    pub fifo: Option<Fifo>,
    /// Of those who send.
    pub producing: Option<Producing>,
    /// At the distances of a region.
    pub distance: Option<Distance>,
    /// On a large table.
    pub growth: Option<Growth>,
}
