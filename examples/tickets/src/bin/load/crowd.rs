//! All users together: each asks until it is heard, and some ask once more with the same key.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use hyper::http::uri::InvalidUri;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::client::{Answer, Client};
use crate::plan::{Plan, Wish};

/// Of a hundred that were heard, so many ask again.
const REPEATS: u32 = 5;
/// Questions under way; more wait for an answer to one of these.
const AT_ONCE: usize = 500;

/// The crowd, and what it was told.
pub(crate) struct Crowd {
    client: Client,
    plan: Plan,
    tally: Arc<Mutex<Tally>>,
}

/// What it was told so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Names of reservations.
    accepted: Vec<String>,
    /// Asked again with the same key, and told the same name.
    repeated: usize,
    /// Told another name.
    strayed: usize,
    /// Told to come again, or told nothing.
    later: usize,
}

impl Crowd {
    pub(crate) fn at(office: &str, plan: Plan) -> Result<Self, InvalidUri> {
        Ok(Self { client: Client::of(office)?, plan, tally: Arc::default() })
    }

    /// Has all of it come, so many a second. Ends when everybody was heard.
    pub(crate) async fn come(&self, rate: u32) {
        let (room, mut asking) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
        let mut ticks = interval(Duration::from_secs(1) / rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rng = Rng::new();
        for place in 0..self.plan.reservations {
            ticks.tick().await;
            let Ok(room) = room.clone().acquire_owned().await else { break };
            let asked = ask(self.client.clone(), self.plan.wish(place, &mut rng), self.tally.clone());
            asking.spawn(async move {
                asked.await;
                drop(room);
            });
            while asking.try_join_next().is_some() {}
        }
        while asking.join_next().await.is_some() {}
    }

    /// The names of what was accepted, one a line.
    pub(crate) fn accepted(&self) -> String {
        held(&self.tally).accepted.join("\n")
    }

    pub(crate) fn tally(&self) -> Tally {
        held(&self.tally).clone()
    }
}

/// One user, until it is heard.
async fn ask(client: Client, wish: Wish, tally: Arc<Mutex<Tally>>) {
    let (mut rng, key) = (Rng::new(), format!("{:032x}", fastrand::u128(..)));
    let name = heard(&client, &wish, &key, &tally).await;
    held(&tally).accepted.push(name.clone());
    if rng.u32(..100) < REPEATS {
        sleep(Duration::from_millis(rng.u64(..3_000))).await;
        let again = heard(&client, &wish, &key, &tally).await;
        let mut tally = held(&tally);
        *(if again == name { &mut tally.repeated } else { &mut tally.strayed }) += 1;
    }
}

/// Asks until there is a name.
async fn heard(client: &Client, wish: &Wish, key: &str, tally: &Mutex<Tally>) -> String {
    loop {
        match client.ask(wish, key).await {
            Answer::Accepted(name) => return name,
            Answer::Later(after) => {
                held(tally).later += 1;
                sleep(after.mul_f64(0.5 + fastrand::f64())).await;
            }
        }
    }
}

fn held(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, repeated, strayed, later } = self;
        write!(
            f,
            "accepted {}, repeated {repeated}, of them under another name {strayed}, ",
            accepted.len()
        )?;
        write!(f, "asked again {later}")
    }
}
