//! Drains at several distances, in turns, beside rivals.

use acquit::handler::Settings;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::far::{Away, Far};
use crate::filling::fill;
use crate::gauge;
use crate::say::progress;
use crate::site::{Site, database_pid};
use crate::stats::{Spread, count, number};
use crate::subject::{OURS, Subject};
use crate::table::Table;
use crate::window::{self, Window};

/// A relay that adds nothing stands before both at first, so that it costs all distances the same.
pub(super) const AWAY: [Away; 4] = [
    Away { queue: 0, database: 0 },
    Away { queue: 10, database: 1 },
    Away { queue: 20, database: 1 },
    Away { queue: 80, database: 1 },
];
/// Messages for those that are not slow.
const MESSAGES: usize = 50_000;
/// Messages that a poll brings.
const POLL: usize = 10;

/// One subject at one distance, round by round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Leg {
    /// The name that tables have for it.
    pub subject: String,
    /// How far off everything is.
    pub away: Away,
    /// How many messages it drained each time.
    pub messages: usize,
    /// Messages a second.
    pub rates: Vec<f64>,
    /// Microseconds of its processor time for a message.
    pub cpu: Vec<f64>,
    /// Processors in use by the emulator, the relays and the database, of the last round.
    pub others: Vec<f64>,
    /// The whole machine's, of the last round.
    pub machine: f64,
}

/// All subjects at all distances.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drains {
    /// By distance, then by subject, ours first.
    pub legs: Vec<Leg>,
}

impl Drains {
    /// Has every subject drain a queue of its own at every distance in each round.
    pub async fn measure(site: &Site, subjects: &[Subject], rounds: usize) -> Result<Self> {
        let leg = |away: Away, subject: &Subject| Leg {
            subject: subject.name.to_owned(),
            away,
            messages: subject.messages(MESSAGES),
            rates: Vec::new(),
            cpu: Vec::new(),
            others: Vec::new(),
            machine: 0.0,
        };
        let legs = AWAY.iter().flat_map(|away| subjects.iter().map(move |subject| leg(*away, subject)));
        let mut drains = Self { legs: legs.collect() };
        for round in 0..rounds {
            for (distance, legs) in drains.legs.chunks_mut(subjects.len()).enumerate() {
                let far = Far::start(&site.endpoint, AWAY[distance]).await?;
                for turn in 0..subjects.len() {
                    // Whoever comes first in one round comes last in the next.
                    let turn = (turn + round) % subjects.len();
                    if legs[turn].rates.len() == round {
                        once(site, &far, &subjects[turn], &mut legs[turn]).await?;
                    }
                }
            }
        }
        Ok(drains)
    }

    /// The legs of one distance.
    pub fn at(&self, away: Away) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(move |leg| leg.away == away && !leg.rates.is_empty())
    }

    /// That of ours.
    pub fn ours(&self, away: Away) -> Option<&Leg> {
        self.at(away).find(|leg| leg.subject == OURS)
    }

    /// Ours against the fastest other, round by round.
    pub fn against_rivals(&self, away: Away) -> Option<f64> {
        let (ours, others) = (self.ours(away)?, self.at(away).filter(|leg| leg.subject != OURS));
        others.filter_map(|leg| ours.ratio(leg)).min_by(f64::total_cmp)
    }

    /// Ours against what the way allows, or the machine.
    pub fn against_limit(&self, away: Away) -> Option<f64> {
        let (ours, near) = (self.ours(away)?, self.ours(AWAY[0])?);
        let of = |(rate, near): (&f64, &f64)| rate / limit(away, *near);
        Some(Spread::of(ours.rates.iter().zip(&near.rates).map(of))?.median)
    }

    /// For people.
    pub fn table(&self) -> Table {
        let mut table = Table::new([
            "SQS/database away, ms; median (min–max)",
            "subject",
            "messages",
            "messages/s",
            "ours is × as fast",
            "CPU µs a message",
            "CPUs: emulator",
            "relays",
            "database",
            "machine",
        ]);
        for leg in self.legs.iter().filter(|leg| !leg.rates.is_empty()) {
            let spread = |values: &[f64], digits| {
                Spread::of(values.iter().copied()).map(|spread| spread.text(digits)).unwrap_or_default()
            };
            let ratio = self.ours(leg.away).and_then(|ours| ours.ratio(leg));
            let mut others = leg.others.iter().map(|share| number(*share, 2));
            let mut other = || others.next().unwrap_or_default();
            table.row([
                leg.away.text(),
                leg.subject.clone(),
                number(count(leg.messages), 0),
                spread(&leg.rates, 0),
                ratio.map(|ratio| number(ratio, 2)).unwrap_or_default(),
                spread(&leg.cpu, 1),
                other(),
                other(),
                other(),
                number(leg.machine, 2),
            ]);
        }
        table
    }
}

impl Leg {
    /// The median of the rates.
    pub fn rate(&self) -> Option<f64> {
        Some(Spread::of(self.rates.iter().copied())?.median)
    }

    /// This against another, round by round.
    fn ratio(&self, other: &Self) -> Option<f64> {
        Some(Spread::of(self.rates.iter().zip(&other.rates).map(|(rate, other)| rate / other))?.median)
    }
}

/// What ours cannot exceed by default: full polls that follow each other, messages on loan from their receive
/// to their delete, and what it reaches nearby.
pub(super) fn limit(away: Away, near: f64) -> f64 {
    let [queue, database] = [away.queue, away.database].map(|millis| f64::from(millis) / 1e3);
    let Settings { receivers, max_in_flight, .. } = Settings::default();
    let [polled, on_loan] = [POLL * receivers, max_in_flight].map(count);
    near.min(polled / queue).min(on_loan / (2.0 * queue + database))
}

/// One turn. A rival may fail, and is left without rates; ours must not.
async fn once(site: &Site, far: &Far, subject: &Subject, leg: &mut Leg) -> Result<()> {
    let bed = far.bed(site).await?;
    fill(&bed, &site.endpoint, leg.messages).await?;
    let mut running = [subject.start(&bed, &far.endpoint())?];
    let others: Vec<_> = [site.pid, Some(far.pid), database_pid()].into_iter().flatten().collect();
    let watched = window::watch_all(&bed, &mut running, &others, leg.messages).await;
    let [running] = running;
    running.kill().await?;
    match watched {
        Ok(window) => leg.add(&window),
        Err(error) if subject.name == OURS => bail!(error),
        Err(error) => {
            leg.rates.clear();
            progress(format_args!("{} is left out: {error:#}", subject.name));
        }
    }
    bed.remove().await
}

impl Leg {
    fn add(&mut self, window: &Window) {
        let (rate, cpu) = (window.rate(), window.cpu_a_message(1));
        self.rates.push(rate);
        self.cpu.push(cpu);
        self.others = window.cpu[1..].iter().map(|used| window.share(*used)).collect();
        self.machine = window.share(window.busy);
        let (subject, machine) = (&self.subject, self.machine / gauge::processors());
        progress(format_args!(
            "{} ms away: {subject} {rate:.0}/s, {cpu:.1} µs, machine {:.0} % busy",
            self.away.text(),
            machine * 100.0
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(subject: &str, away: Away, rates: [f64; 2]) -> Leg {
        let (rates, cpu, others) = (rates.to_vec(), vec![1.0; 2], vec![0.5; 3]);
        Leg { subject: subject.to_owned(), away, messages: 10, rates, cpu, others, machine: 1.0 }
    }

    #[test]
    fn the_limit_is_polls_or_what_is_on_loan_or_the_machine() {
        assert!((limit(AWAY[2], 1e9) - 32_000.0).abs() < 1e-6);
        assert!((limit(Away { queue: 1, database: 200 }, 1e9) - 2_000.0 / 0.202).abs() < 1e-6);
        assert!((limit(AWAY[0], 20_000.0) - 20_000.0).abs() < 1e-6);
    }

    #[test]
    fn ours_is_compared_with_the_fastest_other_and_with_what_it_reaches_nearby() {
        let legs = vec![
            leg(OURS, AWAY[0], [100.0, 200.0]),
            leg(OURS, AWAY[2], [90.0, 180.0]),
            leg("slow", AWAY[2], [10.0, 10.0]),
            leg("fast", AWAY[2], [45.0, 90.0]),
        ];
        let drains = Drains { legs };
        assert_eq!(drains.against_rivals(AWAY[2]), Some(2.0));
        assert_eq!(drains.against_limit(AWAY[2]), Some(0.9));
        assert_eq!(drains.against_rivals(AWAY[3]), None);
    }
}
