//! What more consumers on one queue come to, and what is then in the way.

use anyhow::Result;

use crate::filling::fill;
use crate::say::progress;
use crate::site::{Site, database_pid};
use crate::stats::number;
use crate::subject::Subject;
use crate::table::Table;
use crate::{gauge, window};

/// Consumers side by side.
const SIZES: [usize; 3] = [1, 2, 4];
/// A part of the machine, or of one processor, above which it is full.
const FULL: f64 = 0.9;

/// One size.
#[derive(Clone, Debug)]
pub struct Scale {
    site: &'static str,
    consumers: usize,
    rate: f64,
    shares: Shares,
}

/// Processors in use, on average.
#[derive(Clone, Copy, Debug)]
struct Shares {
    /// With whatever else runs on it.
    machine: f64,
    consumers: f64,
    emulator: Option<f64>,
    database: Option<f64>,
}

impl Scale {
    /// Drains so many messages with one consumer, then with more.
    pub async fn measure(site: &Site, messages: usize) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for consumers in SIZES {
            let scale = Self::once(site, consumers, messages).await?;
            progress(format_args!("{}: {consumers} consumers {:.0}/s", site.name, scale.rate));
            all.push(scale);
        }
        Ok(all)
    }

    async fn once(site: &Site, consumers: usize, messages: usize) -> Result<Self> {
        let bed = site.bed().await?;
        fill(&bed, &site.endpoint, messages).await?;
        let ours = Subject::ours()?;
        let start = |_| ours.start(&bed, &site.endpoint);
        let mut running = (0..consumers).map(start).collect::<Result<Vec<_>>>()?;
        let others: Vec<_> = [site.pid, database_pid()].into_iter().flatten().collect();
        let window = window::watch_all(&bed, &mut running, &others, messages).await?;
        for consumer in running {
            consumer.kill().await?;
        }
        bed.remove().await?;
        let mut shares = window.cpu.iter().map(|used| window.share(*used));
        let shares = Shares {
            machine: window.share(window.busy),
            consumers: shares.by_ref().take(consumers).sum(),
            emulator: site.pid.and_then(|_| shares.next()),
            database: database_pid().and_then(|_| shares.next()),
        };
        Ok(Self { site: site.name, consumers, rate: window.rate(), shares })
    }

    /// For people.
    pub fn table(all: &[Self]) -> Table {
        let site = all.first().map_or("", |scale| scale.site);
        let heading = format!("ours side by side, {site}");
        let mut table = Table::new([
            &heading,
            "messages/s",
            "CPUs: theirs",
            "emulator",
            "database",
            "machine",
            "what is full",
        ]);
        for scale in all {
            let share = |share: Option<f64>| share.map_or("?".to_owned(), |share| number(share, 2));
            let Shares { machine, consumers, emulator, database } = scale.shares;
            table.row([
                scale.consumers.to_string(),
                number(scale.rate, 0),
                share(Some(consumers)),
                share(emulator),
                share(database),
                share(Some(machine)),
                scale.shares.full(gauge::processors()).to_owned(),
            ]);
        }
        table
    }
}

impl Shares {
    fn full(&self, processors: f64) -> &'static str {
        // Either emulator runs on one thread.
        let emulator = self.emulator.is_some_and(|emulator| emulator >= FULL);
        match (emulator, self.machine >= FULL * processors) {
            (true, true) => "emulator, machine",
            (true, false) => "emulator",
            (false, true) => "machine",
            (false, false) => "nothing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_full_is_the_emulators_one_thread_or_the_machine() {
        let full = |machine, emulator| {
            let (emulator, database) = (Some(emulator), Some(0.2));
            Shares { machine, consumers: 0.5, emulator, database }.full(2.0)
        };
        assert_eq!(full(1.7, 0.95), "emulator");
        assert_eq!(full(1.9, 0.8), "machine");
        assert_eq!(full(1.9, 0.9), "emulator, machine");
        assert_eq!(full(0.8, 0.2), "nothing");
    }
}
