//! Order: of each group messages are sent as their writers serialised them, by however many relays.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use diesel::sql_types::Integer;
use diesel_async::RunQueryDsl;
use mysql::outbox::MysqlOutbox;
use mysql::{MySql, Tx};
use mysql_async::prelude::Queryable;
use outbound::Outgoing;
use outbound::port::{Entry, SendPort};
use outbound::relay::Relay;
use outbound::relay::port::Queues;
use proof::test_env::TestEnv;
use shared::error::{ErrorKind, ServiceError};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{database, waiting};
use crate::support::{eventually, in_test_env};

const GROUPS: usize = 12;
const EACH: usize = 40;
/// One that relays keep the order of.
const QUEUE: &str = "orders.fifo";

/// Remembers what was sent, in the order in which it was; calls take their time, and some fail.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn sent(&self) -> Vec<String> {
        self.0.lock().expect("nothing panics while holding it").clone()
    }
}

impl Queues for Recorder {
    type Port = Self;

    async fn open(&self, _: &str) -> Result<Self, ServiceError> {
        Ok(self.clone())
    }
}

impl SendPort for Recorder {
    fn url(&self) -> &'static str {
        "http://test/0/orders.fifo"
    }

    async fn send(&self, batch: &[Outgoing]) -> Result<Vec<Entry>, ServiceError> {
        sleep(Duration::from_micros(fastrand::u64(..5_000))).await;
        if fastrand::u32(..30) == 0 {
            return Err(ServiceError::of(ErrorKind::Unavailable, "SendMessageBatch", "no answer"));
        }
        let mut entries = Vec::new();
        for message in batch {
            let is_taken = fastrand::u32(..30) > 0;
            if is_taken {
                self.0.lock().expect("nothing panics while holding it").push(message.body.clone());
            }
            entries.push(if is_taken { Entry::Taken } else { Entry::Failed("as a test wants".into()) });
        }
        sleep(Duration::from_micros(fastrand::u64(..5_000))).await;
        Ok(entries)
    }
}

/// Publishes the next number of a group; the group's own row makes writers wait for each other.
async fn publish_next(mysql: &MySql, group: usize) -> Result<()> {
    let failed = |fail: engine::job::Fail| anyhow::anyhow!("{}", fail.error());
    let group = i32::try_from(group)?;
    let mut tx = Tx::begin_unmarked(mysql).await?;
    let count = diesel::sql_query("UPDATE numbers SET number = LAST_INSERT_ID(number + 1) WHERE id = ?");
    count.bind::<Integer, _>(group).execute(&mut *tx).await?;
    let number: i64 =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>("CAST(LAST_INSERT_ID() AS SIGNED)"))
            .get_result(&mut *tx)
            .await?;
    let name = format!("{group} {number}");
    let message = Outgoing { group: Some(format!("g-{group}")), ..Outgoing::new(name.clone(), name) };
    tx.publish_raw(QUEUE, message).await.map_err(failed)?;
    tx.commit().await.map(drop).map_err(failed)
}

/// All publishers at once, each for any group.
async fn publish_all(mysql: &MySql) -> Result<()> {
    let mut groups: Vec<_> = (0..GROUPS * EACH).map(|number| number % GROUPS).collect();
    fastrand::shuffle(&mut groups);
    let mut publishers = JoinSet::new();
    for part in groups.chunks(GROUPS * EACH / 6) {
        let (mysql, part) = (mysql.clone(), part.to_vec());
        publishers.spawn(async move {
            for group in part {
                publish_next(&mysql, group).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = publishers.join_next().await {
        ended??;
    }
    Ok(())
}

async fn start(env: &TestEnv, recorder: &Recorder, relays: &mut JoinSet<()>) -> Result<()> {
    let relay = Relay::new(MysqlOutbox::open(&env.database_url.parse()?).await?, recorder.clone());
    relays.spawn(async move {
        relay.run(CancellationToken::new()).await.expect("no part of it fails");
    });
    Ok(())
}

/// Of each group, the numbers in the order in which each was sent first.
fn first_sends(sent: &[String]) -> BTreeMap<&str, Vec<usize>> {
    let (mut seen, mut groups) = (HashSet::new(), BTreeMap::<_, Vec<_>>::new());
    for body in sent.iter().filter(|body| seen.insert(*body)) {
        let (group, number) = body.split_once(' ').expect("a group and a number");
        groups.entry(group).or_default().push(number.parse().expect("a number"));
    }
    groups
}

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_keep_the_order_of_each_group_while_some_are_killed() -> Result<()> {
    in_test_env(async |env| {
        let (mysql, recorder, mut relays) = (database(env).await?, Recorder::default(), JoinSet::new());
        let mut connection = env.connect().await?;
        connection.query_drop("CREATE TABLE numbers (id INT PRIMARY KEY, number INT NOT NULL)").await?;
        for group in 0..GROUPS {
            connection.query_drop(format!("INSERT INTO numbers VALUES ({group}, 0)")).await?;
        }
        for _ in 0..3 {
            start(env, &recorder, &mut relays).await?;
        }
        let killing = async {
            for _ in 0..5 {
                sleep(Duration::from_millis(300)).await;
                relays.abort_all();
                for _ in 0..3 {
                    start(env, &recorder, &mut relays).await?;
                }
            }
            anyhow::Ok(())
        };
        tokio::try_join!(publish_all(&mysql), killing)?;
        eventually("an empty outbox", async || Ok(waiting(env).await? == 0)).await?;
        relays.shutdown().await;
        let sent = recorder.sent();
        let groups = first_sends(&sent);
        assert_eq!(groups.len(), GROUPS);
        for (group, numbers) in groups {
            assert!(numbers.iter().copied().eq(1..=EACH), "group {group}: {numbers:?}");
        }
        Ok(())
    })
    .await
}
