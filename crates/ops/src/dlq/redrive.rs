//! `dlq redrive`: sends letters back to their queue. First sent, then deleted: one that is
//! interrupted between goes twice under one name, and is stored once.

use std::collections::HashSet;
use std::io::Write;

use engine::failpoint;
use sqs::dead_letter::message::{DeadLetter, Key, SkipReason};
use sqs::dead_letter::outgoing::OutgoingMessage;
use sqs::dead_letter::port::{DeadLetterQueue, Sent};

use super::error::Error;
use super::filter::Filter;
use super::outcome::Tally;
use super::scan::Scan;
use super::send::{self, Pace};
use super::window::{Parcel, Window};
use crate::text;

/// What to redrive.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) filter: Filter,
    pub(super) limit: usize,
    pub(super) dry_run: bool,
    pub(super) rate: u32,
    /// Without its name what has no room for it.
    pub(super) new_identity: bool,
    /// Only what came from the queue at this URL; `None`: from anywhere.
    pub(super) source: Option<String>,
}

/// Moves what is ordered from a scan to a queue.
#[derive(Debug)]
pub(super) struct Redrive<'a, Q, O> {
    order: &'a Order,
    to: &'a Q,
    out: O,
    pub(super) tally: Tally,
    /// Those that went, or would.
    gone: HashSet<Key>,
}

impl<'a, Q: DeadLetterQueue, O: Write> Redrive<'a, Q, O> {
    /// To `to`; a dry run lists on `out`.
    pub(super) fn new(order: &'a Order, to: &'a Q, out: O) -> Self {
        let tally = Tally { listed: order.dry_run.then_some(0), ..Tally::default() };
        Self { order, to, out, tally, gone: HashSet::new() }
    }

    /// Until the scan ends or the limit is reached.
    ///
    /// # Errors
    /// Where SQS does not answer; what is counted until then is done.
    pub(super) async fn run<F: DeadLetterQueue>(&mut self, scan: &mut Scan<F>) -> Result<(), Error> {
        let mut pace = Pace::new(self.order.rate);
        loop {
            let parcels = self.window(scan).await?.into_parcels();
            if parcels.is_empty() {
                return Ok(());
            }
            if self.order.dry_run {
                scan.bar.aside(|| self.list(&parcels))?;
            } else if !self.go(parcels, &mut pace, scan).await? {
                return Ok(());
            }
        }
    }

    /// Takes in hand what is to go next.
    async fn window<F: DeadLetterQueue>(&mut self, scan: &mut Scan<F>) -> Result<Window, Error> {
        let mut window = Window::default();
        while window.has_room()
            && self.tally.fitting < self.order.limit
            && let Some(letters) = scan.next().await?
        {
            let room = self.order.limit - self.tally.fitting;
            for letter in letters.into_iter().filter(|letter| self.order.filter.fits(letter)).take(room) {
                self.tally.fitting += 1;
                self.plan(letter, &mut window, scan);
            }
        }
        Ok(window)
    }

    fn plan<F: DeadLetterQueue>(&mut self, letter: DeadLetter, window: &mut Window, scan: &Scan<F>) {
        let (key, name) = (letter.key(), text::plain(&letter.name()));
        let planned = if self.order.source.as_ref().is_some_and(|url| !letter.is_from(url)) {
            Err(SkipReason::OtherSource)
        } else if window.join(key, &letter) {
            self.tally.twins += 1;
            Ok(())
        } else if self.gone.contains(&key) {
            Err(SkipReason::CameBack)
        } else {
            window.add(key, letter, self.order.new_identity)
        };
        match planned {
            Ok(()) => {
                self.gone.insert(key);
            }
            Err(why) => {
                if why == SkipReason::NoRoom {
                    scan.bar.aside(|| tracing::warn!("{name} stays: {why}"));
                }
                *self.tally.stay.entry(why).or_default() += 1;
            }
        }
    }

    fn list(&mut self, parcels: &[Parcel]) -> Result<(), Error> {
        for Parcel { about, receipts, .. } in parcels {
            let times =
                if receipts.len() > 1 { format!("  ({} letters)", receipts.len()) } else { String::new() };
            writeln!(self.out, "would go: {about}{times}")?;
        }
        *self.tally.listed.get_or_insert(0) += parcels.len();
        Ok(())
    }

    /// Sends at a pace. Returns false if a signal came, or what is behind would break the order.
    async fn go<F: DeadLetterQueue>(
        &mut self,
        parcels: Vec<Parcel>,
        pace: &mut Pace,
        scan: &mut Scan<F>,
    ) -> Result<bool, Error> {
        for batch in send::batches(parcels, pace.burst(), |parcel| parcel.outgoing.bytes()) {
            if !pace.wait(batch.len(), &scan.stop).await {
                return Ok(false);
            }
            scan.extend().await;
            let goes_on = self.send(batch, scan).await?;
            scan.bar.say(format!(", {} went", self.tally.sent));
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Sends and deletes. Returns false where a FIFO queue did not take one that it may take later: what
    /// is behind it in its group waits for the next run as well.
    async fn send<F: DeadLetterQueue>(
        &mut self,
        batch: Vec<Parcel>,
        scan: &mut Scan<F>,
    ) -> Result<bool, Error> {
        let (messages, rest): (Vec<OutgoingMessage>, Vec<_>) =
            batch.into_iter().map(|parcel| (parcel.outgoing, (parcel.name, parcel.receipts))).unzip();
        let answers = send::send(self.to, &messages).await?;
        let has_gap = answers.iter().any(|answer| matches!(answer, Sent::Failed(_)));
        failpoint::reach("redrive-sent");
        let mut sent = Vec::new();
        for ((name, receipts), answer) in rest.into_iter().zip(answers) {
            match answer {
                Sent::Done => {
                    self.tally.sent += 1;
                    sent.extend(receipts);
                }
                Sent::Refused(why) | Sent::Failed(why) => {
                    let why = text::plain(&why);
                    scan.bar.aside(|| tracing::warn!("{name} stays: SQS did not take it: {why}"));
                    self.tally.refused += receipts.len();
                }
            }
        }
        self.tally.left += sent.len();
        self.tally.left -= scan.delete(sent).await;
        Ok(!(has_gap && self.to.is_fifo()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::dlq::fake::FakeLetters;
    use sqs::dead_letter::testing::{full_letter, letter};

    const URL: &str = "http://h/0/q";
    const NAMED: [(&str, &str); 1] = [("dedup-id", "order-1")];

    fn order(limit: usize, dry_run: bool) -> Order {
        let (filter, source) = (Filter::default(), Some(URL.to_owned()));
        Order { filter, limit, dry_run, rate: 100, new_identity: false, source }
    }

    /// Redrives from a queue to another. Returns the count, and what it listed.
    async fn redrive(from: &Arc<FakeLetters>, to: &FakeLetters, order: &Order) -> (Tally, String) {
        let mut scan = Scan::new(Arc::clone(from), 1_000, &CancellationToken::new());
        let mut out = Vec::new();
        let mut redrive = Redrive::new(order, to, &mut out);
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
        assert_eq!((tally.sent, tally.left, tally.refused, tally.is_done()), (19, 0, 1, false));
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
    async fn a_message_that_is_here_twice_goes_once_and_both_letters_go_away() {
        let from = Arc::new(FakeLetters::of((0..3).map(|n| letter(&format!("m{n}"), "b", &NAMED))));
        let to = FakeLetters::default();
        let (_, listed) = redrive(&from, &to, &order(20, true)).await;
        assert!(listed.lines().count() == 1 && listed.contains("(3 letters)"), "{listed}");
        let (tally, _) = redrive(&from, &to, &order(20, false)).await;
        assert_eq!((tally.sent, tally.twins, tally.is_done()), (1, 2, true));
        assert_eq!((to.sent().len(), from.left().len()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn another_body_under_the_same_name_goes_too() {
        let from = Arc::new(FakeLetters::with(3, &NAMED));
        let to = FakeLetters::default();
        let (tally, _) = redrive(&from, &to, &order(20, false)).await;
        assert_eq!((tally.sent, to.sent().len(), from.left().len()), (3, 3, 0));
    }

    /// It is a new letter, and the only one that its message has left.
    #[tokio::test(start_paused = true)]
    async fn what_went_and_came_back_stays() {
        let from = Arc::new(FakeLetters::of([letter("m0", "b", &NAMED)]));
        let (to, order) = (FakeLetters::default(), order(20, false));
        let mut scan = Scan::new(Arc::clone(&from), 1_000, &CancellationToken::new());
        let mut redrive = Redrive::new(&order, &to, Vec::new());
        redrive.run(&mut scan).await.unwrap();
        from.put(letter("m1", "b", &NAMED));
        scan.look_again();
        redrive.run(&mut scan).await.unwrap();
        let tally = redrive.tally;
        scan.close().await;
        assert_eq!((tally.sent, tally.stay[&SkipReason::CameBack], from.left().len()), (1, 1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn one_letter_without_room_for_its_name_stays_and_all_others_go() {
        let large = letter("m0", &"x".repeat(shared::limits::MAX_BYTES), &[]);
        let from = Arc::new(FakeLetters::of([large, full_letter("m1", "b"), letter("m2", "b", &[])]));
        let to = FakeLetters::default();
        let (tally, _) = redrive(&from, &to, &order(20, false)).await;
        assert_eq!((tally.sent, tally.stay[&SkipReason::NoRoom], from.left()), (2, 1, vec!["m0".to_owned()]));
        let order = Order { new_identity: true, ..order(20, false) };
        let (tally, _) = redrive(&from, &to, &order).await;
        assert_eq!((tally.sent, tally.is_done(), from.left().len()), (1, true, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_from_elsewhere_stays() {
        let from = Arc::new(FakeLetters::with(3, &[("dlq-source", "http://h/0/other")]));
        let to = FakeLetters::default();
        let (tally, _) = redrive(&from, &to, &order(20, false)).await;
        assert_eq!((tally.stay[&SkipReason::OtherSource], to.sent().len(), from.visible()), (3, 0, 3));
        assert!(!tally.is_done() && tally.to_string().contains("--to-queue-url"));
    }

    /// Letters of one group, and one of another behind them, on a FIFO queue.
    fn letters_of_a_group(count: usize) -> Arc<FakeLetters> {
        let of = |n: usize, group: &str| {
            let mut letter = letter(&format!("m{n}"), &format!("b{n}"), &[]);
            letter.message.group = Some(group.to_owned());
            letter
        };
        let letters = (0..count).map(|n| of(n, "a")).chain([of(count, "b")]);
        let from = FakeLetters::of(letters);
        from.keep_order();
        Arc::new(from)
    }

    #[tokio::test(start_paused = true)]
    async fn all_letters_of_a_group_go_in_their_order() {
        let (from, to) = (letters_of_a_group(25), FakeLetters::default());
        to.keep_order();
        let (tally, _) = redrive(&from, &to, &order(100, false)).await;
        let of_a: Vec<_> = to.sent().into_iter().filter(|body| body != "b25").collect();
        assert_eq!(of_a, (0..25).map(|n| format!("b{n}")).collect::<Vec<_>>());
        assert_eq!((tally.sent, tally.is_done(), from.left().len()), (26, true, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn behind_one_that_a_fifo_queue_did_not_take_no_more_go() {
        for (is_fifo, went) in [(true, 9), (false, 10)] {
            let (from, to) = (letters_of_a_group(25), FakeLetters::default());
            if is_fifo {
                to.keep_order();
            }
            to.fail_body("b9");
            let (tally, _) = redrive(&from, &to, &order(100, false)).await;
            assert_eq!((tally.sent, tally.refused), (went, 1));
            assert_eq!(from.visible(), 26 - went, "all others are given back");
        }
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
