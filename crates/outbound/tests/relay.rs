//! A relay between a table in memory and queues in memory, in virtual time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquit_outbound::Outgoing;
use acquit_outbound::relay::port::{Depth, Except, Found, Lane, Outbox, OutboxError, Queues, Row};
use acquit_outbound::relay::{Relay, RelayStats};
use acquit_outbound::testing::{Reply, TestPort};
use shared::error::{ErrorKind, ServiceError};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, advance, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// A table whose rows are claimed by groups, as the real one's are.
#[derive(Clone, Default)]
struct Table(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    rows: BTreeMap<u64, Row>,
    held: HashSet<Lane>,
    looks: usize,
    /// Looks that are to fail.
    failing: usize,
    /// Deletes that are to fail.
    forgetting: usize,
}

/// Gives its lanes back when dropped.
struct Hold {
    table: Table,
    lanes: HashSet<Lane>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.table.state().held.retain(|lane| !self.lanes.contains(lane));
    }
}

impl Table {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    fn add(&self, queue: &str, group: Option<&str>, body: &str) {
        let mut state = self.state();
        let seq = state.rows.last_key_value().map_or(1, |(seq, _)| seq + 1);
        let group = group.map(str::to_owned);
        let message = Outgoing { group: group.clone(), ..Outgoing::new(format!("m-{seq}"), body) };
        state.rows.insert(seq, Row { seq, queue: queue.into(), group, message: Ok(message) });
        drop(state);
        self.0.bell.notify_waiters();
    }

    fn left(&self) -> usize {
        self.state().rows.len()
    }
}

impl Outbox for Table {
    type Hold = Hold;

    async fn claim(&self, except: &Except) -> Result<Found<Hold>, OutboxError> {
        let mut state = self.state();
        state.looks += 1;
        if state.failing > 0 {
            state.failing -= 1;
            return Err(OutboxError::passing("away"));
        }
        let is_free = |row: &&Row| {
            let lane = row.lane();
            !except.queues.contains(&row.queue)
                && !except.lanes.contains(&lane)
                && !state.held.contains(&lane)
        };
        let rows: Vec<_> = state.rows.values().filter(is_free).take(200).cloned().collect();
        if rows.is_empty() {
            return Ok(if state.held.is_empty() { Found::Nothing } else { Found::Held });
        }
        let lanes: HashSet<_> = rows.iter().map(Row::lane).collect();
        state.held.extend(lanes.iter().cloned());
        Ok(Found::Rows { rows, hold: Hold { table: self.clone(), lanes } })
    }

    async fn confirm(&self, hold: Hold, sent: &[u64]) -> Result<(), OutboxError> {
        let mut state = self.state();
        if state.forgetting > 0 {
            state.forgetting -= 1;
            drop(state);
            drop(hold);
            return Err(OutboxError::passing("gone"));
        }
        state.rows.retain(|seq, _| !sent.contains(seq));
        drop(state);
        drop(hold);
        Ok(())
    }

    async fn depth(&self) -> Result<Depth, OutboxError> {
        Ok(Depth { rows: self.left() as u64, oldest: Duration::ZERO })
    }

    fn published(&self) -> impl Future<Output = ()> + Send {
        self.0.bell.notified()
    }
}

/// Queues by name; those that are not there are missing.
#[derive(Clone, Default)]
struct Account(Arc<Mutex<HashMap<String, TestPort>>>);

impl Account {
    fn of(queues: &[&TestPort]) -> Self {
        let account = Self::default();
        for queue in queues {
            account.put(queue);
        }
        account
    }

    fn put(&self, queue: &TestPort) {
        use acquit_outbound::port::SendPort;
        let name = queue.url().rsplit('/').next().unwrap().to_owned();
        self.0.lock().unwrap().insert(name, queue.clone());
    }
}

impl Queues for Account {
    type Port = TestPort;

    async fn open(&self, queue: &str) -> Result<TestPort, ServiceError> {
        let known = self.0.lock().unwrap().get(queue).cloned();
        known.ok_or_else(|| ServiceError::of(ErrorKind::NoSuchQueue, "GetQueueUrl", "no such queue"))
    }
}

struct Running {
    stats: Arc<RelayStats>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn start(table: &Table, account: &Account) -> Running {
    let relay = Relay::new(table.clone(), account.clone());
    let (stats, stop) = (relay.stats(), CancellationToken::new());
    let stopped = stop.clone();
    let task = tokio::spawn(async move { relay.run(stopped).await.unwrap() });
    Running { stats, stop, task }
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        timeout(Duration::from_secs(30), self.task).await.expect("it ends in time").unwrap();
    }
}

fn bodies(queue: &TestPort) -> Vec<String> {
    queue.taken().into_iter().map(|message| message.body).collect()
}

async fn empty(table: &Table) {
    let emptying = async {
        while table.left() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_mins(5), emptying).await.expect("rows stay");
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_sent_ten_a_call_and_deleted() {
    let (table, queue) = (Table::default(), TestPort::new("orders"));
    for number in 0..100 {
        table.add("orders", None, &number.to_string());
    }
    let relay = start(&table, &Account::of(&[&queue]));
    empty(&table).await;
    assert_eq!((queue.taken().len(), queue.calls().len()), (100, 10));
    assert_eq!(relay.stats.counts().relayed, 100);
    relay.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_published_in_this_process_is_sent_at_once() {
    let (table, queue) = (Table::default(), TestPort::new("orders"));
    let relay = start(&table, &Account::of(&[&queue]));
    sleep(Duration::from_mins(1)).await;
    let published = Instant::now();
    table.add("orders", None, "b");
    empty(&table).await;
    assert!(published.elapsed() <= Duration::from_millis(1), "{:?}", published.elapsed());
    relay.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_relay_looks_less_than_twice_a_second() {
    let table = Table::default();
    let relay = start(&table, &Account::default());
    sleep(Duration::from_mins(1)).await;
    let looks = table.state().looks;
    sleep(Duration::from_mins(1)).await;
    let looks = table.state().looks - looks;
    assert!((60..=114).contains(&looks), "{looks}, and six more for the depth");
    relay.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_keeps_its_order_on_a_fifo_queue_whatever_fails() {
    let replies = [
        Reply::Fails(0),
        Reply::Takes,
        Reply::Faults(ErrorKind::Unavailable),
        Reply::Omits(0),
        Reply::LosesAnswer,
        Reply::Fails(1),
    ];
    let queue = TestPort::new("orders.fifo").replying(replies).taking(Duration::from_millis(7));
    let table = Table::default();
    for number in 0..40 {
        table.add("orders.fifo", Some(if number % 2 == 0 { "even" } else { "odd" }), &number.to_string());
    }
    let relays = [start(&table, &Account::of(&[&queue])), start(&table, &Account::of(&[&queue]))];
    empty(&table).await;
    let mut seen = HashSet::new();
    let sent: Vec<u32> = bodies(&queue)
        .into_iter()
        .filter(|body| seen.insert(body.clone()))
        .map(|body| body.parse().unwrap())
        .collect();
    for parity in 0..2 {
        let group: Vec<_> = sent.iter().copied().filter(|number| number % 2 == parity).collect();
        assert!(group.len() == 20 && group.is_sorted(), "{group:?}");
    }
    assert!(queue.calls().iter().all(|call| {
        let groups: Vec<_> = call.sent.iter().map(|message| &message.group).collect();
        groups.iter().collect::<HashSet<_>>().len() == groups.len()
    }));
    for relay in relays {
        relay.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_missing_holds_its_own_rows_and_no_others() {
    let (table, orders, late) = (Table::default(), TestPort::new("orders"), TestPort::new("late"));
    for number in 0..10 {
        table.add("late", None, &number.to_string());
        table.add("orders", None, &number.to_string());
    }
    let account = Account::of(&[&orders]);
    let relay = start(&table, &account);
    sleep(Duration::from_secs(1)).await;
    assert_eq!((orders.taken().len(), table.left()), (10, 10));
    assert_eq!(relay.stats.counts().queues_paused, 1);
    account.put(&late);
    empty(&table).await;
    assert_eq!((late.taken().len(), relay.stats.counts().queues_paused), (10, 0));
    relay.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_refused_stays_with_its_group_and_is_counted_until_it_is_gone() {
    let (table, queue) = (Table::default(), TestPort::new("orders"));
    for (group, body) in [("a", "\u{1}"), ("b", "1"), ("a", "2"), ("b", "3")] {
        table.add("orders", Some(group), body);
    }
    let relay = start(&table, &Account::of(&[&queue]));
    sleep(Duration::from_mins(3)).await;
    assert_eq!((bodies(&queue), relay.stats.counts().refused), (vec!["1".to_owned(), "3".to_owned()], 1));
    table.state().rows.remove(&1);
    empty(&table).await;
    sleep(Duration::from_mins(1)).await;
    assert_eq!(relay.stats.counts().refused, 0);
    relay.end().await;
}

#[tokio::test(start_paused = true)]
async fn rows_that_cannot_be_deleted_are_not_sent_again_and_again() {
    let (table, queue) = (Table::default(), TestPort::new("orders"));
    table.state().forgetting = usize::MAX;
    table.add("orders", None, "b");
    let relay = start(&table, &Account::of(&[&queue]));
    sleep(Duration::from_mins(10)).await;
    let sent = queue.taken().len();
    assert!((5..40).contains(&sent), "{sent}");
    assert!(queue.taken().iter().all(|message| message.dedup_id == "m-1"));
    table.state().forgetting = 0;
    empty(&table).await;
    relay.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_is_waited_for_and_shown() {
    let (table, queue) = (Table::default(), TestPort::new("orders"));
    table.state().failing = 20;
    table.add("orders", None, "b");
    let relay = start(&table, &Account::of(&[&queue]));
    advance(Duration::from_millis(1)).await;
    sleep(Duration::from_millis(50)).await;
    assert_eq!(relay.stats.trouble().as_deref(), Some("away"));
    empty(&table).await;
    assert_eq!(relay.stats.trouble(), None);
    relay.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_never_answered_ends_and_its_rows_go_out_again_under_the_same_name() {
    let queue = TestPort::new("orders").replying([Reply::Hangs, Reply::LosesAnswer]);
    let table = Table::default();
    table.add("orders", Some("g"), "b");
    let (began, relay) = (Instant::now(), start(&table, &Account::of(&[&queue])));
    empty(&table).await;
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(queue.taken().len() == 2 && queue.taken().iter().all(|message| message.dedup_id == "m-1"));
    relay.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_is_stopped_ends_what_is_under_way() {
    let (table, queue) = (Table::default(), TestPort::new("orders").taking(Duration::from_secs(5)));
    table.add("orders", None, "b");
    let relay = start(&table, &Account::of(&[&queue]));
    sleep(Duration::from_secs(1)).await;
    relay.end().await;
    assert_eq!((table.left(), queue.taken().len()), (0, 1));
}
