//! Many groups of a FIFO queue, drained in turns with a standard queue that holds the same.

use anyhow::Result;

use crate::filling::fill_groups;
use crate::say::progress;
use crate::site::Site;
use crate::stats::{Spread, count, number};
use crate::subject::Subject;
use crate::table::Table;
use crate::window;

const GROUPS: usize = 1_000;

/// Rates of both, round by round.
#[derive(Debug)]
pub struct Price {
    site: &'static str,
    messages: usize,
    fifo: Vec<f64>,
    standard: Vec<f64>,
}

impl Price {
    /// Has both take turns, each with a queue and a table of its own.
    pub async fn measure(site: &Site, rounds: usize, messages: usize) -> Result<Self> {
        let mut price = Self { site: site.name, messages, fifo: Vec::new(), standard: Vec::new() };
        // Emulators are slow at what they do for the first time.
        once(site, true, messages).await?;
        for round in 0..rounds {
            // Whichever comes first in one round comes last in the next.
            for is_fifo in [round % 2 == 0, round % 2 != 0] {
                let rate = once(site, is_fifo, messages).await?;
                if is_fifo { &mut price.fifo } else { &mut price.standard }.push(rate);
            }
        }
        Ok(price)
    }

    /// The FIFO queue's rate against the other's, round by round.
    pub fn ratio(&self) -> Option<f64> {
        let rounds = self.fifo.iter().zip(&self.standard);
        Some(Spread::of(rounds.map(|(fifo, standard)| fifo / standard))?.median)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let heading = format!("{GROUPS} groups, {}, median (min–max)", self.site);
        let mut table = Table::new([&heading, "messages", "messages/s", "× a standard queue"]);
        let ratio = self.ratio().map(|ratio| number(ratio, 2)).unwrap_or_default();
        for (name, rates, ratio) in
            [("FIFO queue", &self.fifo, ratio.as_str()), ("standard queue", &self.standard, "1.00")]
        {
            let rates = Spread::of(rates.iter().copied()).map(|spread| spread.text(0)).unwrap_or_default();
            table.row([name.to_owned(), number(count(self.messages), 0), rates, ratio.to_owned()]);
        }
        table
    }
}

/// One turn; returns messages a second.
async fn once(site: &Site, is_fifo: bool, messages: usize) -> Result<f64> {
    let bed = if is_fifo { site.fifo_bed().await? } else { site.bed().await? };
    fill_groups(&bed, GROUPS, messages).await?;
    let mut running = [Subject::ours()?.start(&bed, &site.endpoint)?];
    let window = window::watch_all(&bed, &mut running, &[], messages).await?;
    let [running] = running;
    running.kill().await?;
    let kind = if is_fifo { "FIFO" } else { "standard" };
    progress(format_args!("{}: {kind} queue {:.0}/s", site.name, window.rate()));
    bed.remove().await?;
    Ok(window.rate())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_of_order_is_taken_round_by_round() {
        let price = |fifo: &[f64], standard: &[f64]| Price {
            site: "here",
            messages: 10,
            fifo: fifo.to_vec(),
            standard: standard.to_vec(),
        };
        assert_eq!(price(&[80.0, 9.0, 8.0], &[100.0, 10.0, 10.0]).ratio(), Some(0.8));
        assert_eq!(price(&[], &[]).ratio(), None);
    }
}
