//! SQS and database at the distances of a region, for real: rate, latency, requests and memory, beside rivals.

mod drains;
mod far;
mod picture;
mod record;
mod trickle;

use anyhow::Result;

use drains::AWAY;
pub use drains::Drains;
pub use far::Away;
use far::Far;
pub use record::Distances;
use trickle::Trickled;

use crate::memory::Memory;
use crate::rivals::Rivals;
use crate::say::progress;
use crate::site::Site;
use crate::subject::Subject;
use crate::table::Table;

/// Where the latency, the memory and the rivals are looked at.
const REGION: Away = AWAY[2];

/// What was seen.
#[derive(Debug)]
pub struct Distance {
    /// Of full queues.
    pub drains: Drains,
    trickles: Vec<Trickled>,
    memory: Memory,
}

impl Distance {
    /// Drains in rounds, then sends one by one for so many seconds, then large bodies.
    pub async fn measure(site: &Site, rivals: &Rivals, rounds: usize, seconds: usize) -> Result<Self> {
        let ours = Subject::ours()?;
        let go = rivals.go_workers().await;
        let all = [vec![ours.clone()], go.clone(), rivals.tuned().into_iter().map(Subject::slow).collect()];
        let drains = Drains::measure(site, &all.concat(), rounds).await?;
        let mut trickles = Vec::new();
        for subject in [ours].iter().chain(go.iter().filter(|go| go.is_slow())) {
            trickles.push(Trickled::measure(site, subject, REGION, seconds).await?);
        }
        let far = Far::start(&site.endpoint, REGION).await?;
        progress(format_args!("{} ms away: large bodies", REGION.text()));
        let memory = Memory::of(site, far.bed(site).await?, &far.endpoint()).await?;
        Ok(Self { drains, trickles, memory })
    }

    /// Ours against the fastest rival, where SQS is 20 ms away.
    pub fn against_rivals(&self) -> Option<f64> {
        self.drains.against_rivals(REGION)
    }

    /// The least of ours against what the way allows, over all distances.
    pub fn against_limit(&self) -> Option<f64> {
        AWAY[1..].iter().filter_map(|away| self.drains.against_limit(*away)).min_by(f64::total_cmp)
    }

    /// Half of the messages that come one by one take no longer, in milliseconds.
    pub fn p50(&self) -> Option<f64> {
        self.trickles.first().map(Trickled::p50)
    }

    /// Requests for 1,000 of them.
    pub fn requests(&self) -> Option<f64> {
        self.trickles.first().map(|trickled| trickled.requests)
    }

    /// Of large bodies, in MiB.
    pub fn peak(&self) -> f64 {
        self.memory.peak()
    }

    /// For people.
    pub fn tables(&self) -> [Table; 3] {
        [self.drains.table(), Trickled::table(&self.trickles, REGION), self.memory.table()]
    }
}
