//! What large bodies take.

use anyhow::Result;
use proof::test_env::TestEnv;

use crate::filling::fill_large;
use crate::say::progress;
use crate::site::Site;
use crate::stats::{count, number};
use crate::subject::Subject;
use crate::table::Table;
use crate::window;

/// A gibibyte in all.
const MESSAGES: usize = 1_000;

/// What was seen.
#[derive(Clone, Debug)]
pub struct Memory {
    site: &'static str,
    messages: usize,
    peak: f64,
    rate: f64,
}

impl Memory {
    /// Drains messages of 1 MiB with the consumer's defaults.
    pub async fn measure(site: &Site) -> Result<Self> {
        progress(format_args!("{}: {MESSAGES} messages of 1 MiB", site.name));
        Self::of(site, site.bed().await?, &site.endpoint).await
    }

    /// As [`measure`](Self::measure), on a bed of the site's that `endpoint` leads to.
    pub(crate) async fn of(site: &Site, bed: TestEnv, endpoint: &str) -> Result<Self> {
        let messages = fill_large(&bed, MESSAGES).await?;
        if messages < MESSAGES {
            progress(format_args!("{} took {messages} of them", site.name));
        }
        let mut running = [Subject::ours()?.start(&bed, endpoint)?];
        let window = window::watch_all(&bed, &mut running, &[], messages).await?;
        let [running] = running;
        let peak = running.peak()?;
        running.kill().await?;
        bed.remove().await?;
        Ok(Self { site: site.name, messages, peak, rate: window.rate() })
    }

    /// The most memory that was resident, in MiB.
    pub fn peak(&self) -> f64 {
        self.peak
    }

    /// For people.
    pub fn table(&self) -> Table {
        let heading = format!("bodies of 1 MiB, {}", self.site);
        let mut table = Table::new([&heading, "messages", "messages/s", "peak MiB"]);
        let (messages, rate) = (number(count(self.messages), 0), number(self.rate, 0));
        table.row(["ours".to_owned(), messages, rate, number(self.peak, 0)]);
        table
    }
}
