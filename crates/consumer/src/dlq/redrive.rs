//! `dlq redrive`: sends letters back to their queue. First sent, then deleted: one that is
//! interrupted between goes twice under one name, and is stored once.

use std::collections::HashSet;
use std::io::{self, Write};

use shared::message::DedupId;

use super::error::Error;
use super::filter::{Filter, NONE};
use super::letter::{Letter, Outgoing, Stays};
use super::say;
use super::scan::Scan;
use super::sending::{self, Pace};
use super::tally::Tally;
use crate::failpoint;
use crate::queue::{Letters, Sent};

/// What to redrive.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) filter: Filter,
    pub(super) limit: usize,
    pub(super) dry_run: bool,
    pub(super) rate: u32,
    /// Only what came from the queue at this URL; `None`: from anywhere.
    pub(super) source: Option<String>,
}

/// Moves what is ordered from a scan to a queue.
#[derive(Debug)]
pub(super) struct Redrive<'a, Q, O> {
    pub(super) order: &'a Order,
    pub(super) to: &'a Q,
    pub(super) out: O,
    pub(super) tally: Tally,
    /// Those that went, or would.
    pub(super) gone: HashSet<DedupId>,
}

impl<Q: Letters, O: Write> Redrive<'_, Q, O> {
    /// Until the scan ends or the limit is reached.
    ///
    /// # Errors
    /// Where SQS does not answer; what is counted until then is done.
    pub(super) async fn run<F: Letters>(&mut self, scan: &mut Scan<F>) -> Result<(), Error> {
        self.tally.listed = self.order.dry_run.then_some(0);
        let mut pace = Pace::new(self.order.rate);
        while self.tally.fitting < self.order.limit
            && let Some(letters) = scan.next().await?
        {
            let ready = self.choose(letters)?;
            for batch in sending::batches(ready, pace.burst(), |(_, outgoing)| outgoing.bytes()) {
                if !pace.wait(batch.len(), &scan.stop).await {
                    return Ok(());
                }
                scan.extend().await;
                self.go(batch, scan).await?;
            }
        }
        Ok(())
    }

    /// Those that are to go now; in a dry run they are listed, and none is.
    fn choose(&mut self, letters: Vec<Letter>) -> Result<Vec<(Letter, Outgoing)>, Error> {
        let mut ready = Vec::new();
        let room = self.order.limit - self.tally.fitting;
        for letter in letters.into_iter().filter(|letter| self.order.filter.fits(letter)).take(room) {
            self.tally.fitting += 1;
            match self.plan(&letter) {
                Ok(_) if self.order.dry_run => {
                    *self.tally.listed.get_or_insert(0) += 1;
                    list(&mut self.out, &letter)?;
                }
                Ok(outgoing) => ready.push((letter, outgoing)),
                Err(why) => *self.tally.stay.entry(why).or_default() += 1,
            }
        }
        Ok(ready)
    }

    fn plan(&mut self, letter: &Letter) -> Result<Outgoing, Stays> {
        if self.order.source.as_ref().is_some_and(|url| !letter.is_from(url)) {
            return Err(Stays::OtherSource);
        }
        let outgoing = letter.sent_back()?;
        if self.gone.insert(letter.message.id) { Ok(outgoing) } else { Err(Stays::CameBack) }
    }

    async fn go<F: Letters>(
        &mut self,
        batch: Vec<(Letter, Outgoing)>,
        scan: &mut Scan<F>,
    ) -> Result<(), Error> {
        let (letters, messages): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let answers = sending::send(self.to, &messages).await?;
        failpoint::reach("redrive-sent");
        let mut sent = Vec::new();
        for (letter, answer) in letters.into_iter().zip(answers) {
            match answer {
                Sent::Done => sent.push(letter.receipt),
                Sent::Refused(why) | Sent::Failed(why) => {
                    self.tally.refused += 1;
                    self.tally.refusal = why;
                }
            }
        }
        self.tally.sent += sent.len();
        self.tally.deleted += scan.delete(sent).await;
        Ok(())
    }
}

fn list(out: &mut impl Write, letter: &Letter) -> io::Result<()> {
    let reason = letter.facts().reason;
    let reason = reason.as_deref().map_or_else(|| NONE.to_owned(), say::plain);
    writeln!(
        out,
        "would go: {}  {reason}  {}",
        say::plain(letter.name()),
        say::time_or_dash(letter.dead_since())
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::super::fake::FakeLetters;
    use super::*;

    const URL: &str = "http://h/0/q";

    fn order(limit: usize, dry_run: bool) -> Order {
        Order { filter: Filter::default(), limit, dry_run, rate: 100, source: Some(URL.to_owned()) }
    }

    /// Redrives from a queue to another. Returns the count, and what it listed.
    async fn redrive(from: &Arc<FakeLetters>, to: &FakeLetters, order: &Order) -> (Tally, String) {
        let mut scan = Scan::new(Arc::clone(from), 1_000, &CancellationToken::new());
        let mut out = Vec::new();
        let mut redrive = Redrive { order, to, out: &mut out, tally: Tally::default(), gone: HashSet::new() };
        redrive.run(&mut scan).await.ok();
        let tally = redrive.tally;
        scan.close().await;
        (tally, String::from_utf8(out).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn what_went_is_deleted_and_the_rest_given_back() {
        let from = Arc::new(FakeLetters::with(25, &[("dlq-source", URL)]));
        let to = FakeLetters::default();
        to.refuse("b3");
        let (tally, _) = redrive(&from, &to, &order(20, false)).await;
        assert_eq!((tally.sent, tally.deleted, tally.refused, tally.is_done()), (19, 19, 1, false));
        assert_eq!((to.sent().len(), from.left().len(), from.visible()), (19, 6, 6));
        assert!(from.left().contains(&"m3".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dry_run_lists_what_a_real_one_moves_and_moves_nothing() {
        let from = Arc::new(FakeLetters::with(25, &[("dlq-source", URL)]));
        let to = FakeLetters::default();
        let (tally, listed) = redrive(&from, &to, &order(20, true)).await;
        assert_eq!((tally.listed, listed.lines().count(), from.visible()), (Some(20), 20, 25));
        assert!(to.sent().is_empty());
        redrive(&from, &to, &order(20, false)).await;
        let went = to.sent();
        let expected: Vec<_> = listed.lines().map(|line| line.split_whitespace().nth(2).unwrap()).collect();
        assert_eq!(went.iter().map(|body| body.replace('b', "m")).collect::<Vec<_>>(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn one_message_goes_once_a_run() {
        let from = Arc::new(FakeLetters::with(3, &[("dedup-id", "order-1")]));
        let to = FakeLetters::default();
        let (_, listed) = redrive(&from, &to, &order(20, true)).await;
        let (tally, _) = redrive(&from, &to, &order(20, false)).await;
        assert_eq!((listed.lines().count(), tally.sent, tally.stay[&Stays::CameBack]), (1, 1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_from_elsewhere_stays() {
        let from = Arc::new(FakeLetters::with(3, &[("dlq-source", "http://h/0/other")]));
        let to = FakeLetters::default();
        let (tally, _) = redrive(&from, &to, &order(20, false)).await;
        assert_eq!((tally.stay[&Stays::OtherSource], to.sent().len(), from.visible()), (3, 0, 3));
        assert!(!tally.is_done() && tally.to_string().contains("--to-queue-url"));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_deleted_that_was_not_sent() {
        let from = Arc::new(FakeLetters::with(3, &[]));
        let to = FakeLetters::default();
        to.fail(1);
        let (tally, _) = redrive(&from, &to, &order(20, false)).await;
        assert_eq!((tally.sent, from.left().len(), from.visible()), (0, 3, 3));
    }
}
