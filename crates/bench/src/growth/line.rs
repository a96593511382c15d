//! One table over all rounds: how fast a queue is drained into it, and what others notice.

use anyhow::Result;
use proof::test_env::TestEnv;

use super::probe::Probe;
use super::retention::Retention;
use super::stock::Ids;
use crate::filling::{fill, fill_unnamed};
use crate::say::progress;
use crate::site::Site;
use crate::stats::{self, Spread};
use crate::subject::Subject;
use crate::window;

/// One table, over all rounds.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    name: String,
    rates: Vec<f64>,
    /// The longest that a single insert of another client took, in milliseconds.
    longest: f64,
    /// Waits for rows that others had locked.
    waits: u64,
    /// Rows that were taken away in a second.
    deleted: Option<f64>,
}

impl Line {
    pub(super) fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Round by round.
    pub(super) fn ratio(&self, to: &Self) -> Option<Spread> {
        Spread::of(self.rates.iter().zip(&to.rates).map(|(rate, other)| rate / other))
    }

    pub(super) fn cells(&self, empty: &Self) -> [String; 6] {
        let rates = Spread::of(self.rates.iter().copied());
        [
            self.name.clone(),
            rates.map(|rates| rates.text(0)).unwrap_or_default(),
            self.ratio(empty).map(|it| format!("{:.2} ×", it.median)).unwrap_or_default(),
            stats::number(self.longest, 0),
            self.waits.to_string(),
            self.deleted.map(|deleted| stats::number(deleted, 0)).unwrap_or_default(),
        ]
    }

    pub(super) async fn measure(
        &mut self,
        site: &Site,
        bed: &TestEnv,
        ids: Ids,
        messages: usize,
        retention: Option<Retention>,
    ) -> Result<()> {
        match ids {
            Ids::Ordered => fill(bed, &site.endpoint, messages).await?,
            Ids::Random => fill_unnamed(bed, messages).await?,
        }
        let retention = match retention {
            Some(retention) => Some(retention.start(bed).await?),
            None => None,
        };
        let probe = Probe::start(bed, ids).await?;
        let mut running = [Subject::ours()?.start(bed, &site.endpoint)?];
        let window = window::watch(bed, &mut running, &[], messages).await?;
        let [running] = running;
        running.kill().await?;
        let probed = probe.stop(bed).await?;
        if let Some(retention) = retention {
            self.deleted = Some(retention.stop().await?);
        }
        progress(format_args!("{}: {:.0}/s", self.name, window.rate()));
        self.rates.push(window.rate());
        self.longest = self.longest.max(probed.longest);
        self.waits += probed.waits;
        Ok(())
    }
}
