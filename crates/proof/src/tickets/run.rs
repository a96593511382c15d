//! A whole run: the office opens, the crowd comes, things break, all that was accepted is awaited, and
//! everything is counted.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mysql_async::prelude::Queryable;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::breaker::Breaker;
use super::news::News;
use super::office::{Office, Options};
use super::reckoning::Reckoning;
use super::staff::Staff;
use crate::process::Process;

/// For the office to open.
const OPENING: Duration = Duration::from_mins(1);
/// Once nothing is broken any more, something moves within this time: what the dead held comes back after
/// 6 s, and what failed often after a while.
const STILL: Duration = Duration::from_mins(1);
/// Who is asked for the last questions is asked for so long.
const LAST: Duration = Duration::from_mins(1);

/// Runs as `options` say, until the crowd was heard or `enough` ends; `tell` is told what goes on.
///
/// # Errors
/// Where the office does not open, or what was accepted is not decided in the end.
pub async fn run(
    options: Options,
    enough: impl Future<Output = ()>,
    tell: impl Fn(&str),
) -> Result<Reckoning> {
    let mut office = Office::build(&options).await?;
    let mut staff = Staff::hire(&office, &options)?;
    open(&options, &mut staff, &office).await?;
    tell(&format!("the office is open: http://{}/", options.listen));
    let news = News::of(office.news.clone(), options.is_naive, options.pause.is_some())?;
    let mut breaker = Breaker::new(news, options.seed);
    let mut crowd = staff.another(&office.env, "tickets-load", &crowd(&options, &office))?;
    tokio::select! {
        ended = crowd.ended(Duration::MAX) => drop(ended?),
        () = enough => tell("enough: waiting for what was accepted"),
        ended = endure(&mut breaker, &mut office, &mut staff, &options, &tell) => ended?,
    }
    mend(&mut office, &mut staff).await?;
    breaker.news.ends()?;
    let heard = end(&mut crowd, &mut staff, &office).await?;
    tell(&heard);
    settle(&office, &mut staff).await?;
    let accepted = std::fs::read_to_string(&office.accepted)?;
    let reckoning = Reckoning::take(&mut office.connect().await?, &accepted).await?;
    staff.stop().await?;
    if options.pause.is_some() {
        tell(&breaker.news.counts());
    }
    office.remove().await?;
    Ok(reckoning)
}

/// Waits until the server answers.
async fn open(options: &Options, staff: &mut Staff, office: &Office) -> Result<()> {
    let opens = async {
        while TcpStream::connect(options.listen).await.is_err() {
            staff.revive(&office.env)?;
            sleep(Duration::from_millis(100)).await;
        }
        anyhow::Ok(())
    };
    timeout(OPENING, opens).await.with_context(|| format!("the office does not open: {}", staff.tails()))?
}

fn crowd(options: &Options, office: &Office) -> Vec<String> {
    let number = |value: u32| value.to_string();
    let arguments = [
        ("--office", options.listen.to_string()),
        ("--users", number(options.users)),
        ("--seats", number(options.seats)),
        ("--hot", number(options.hot)),
        ("--reservations", number(options.reservations)),
        ("--rate", number(options.rate)),
        ("--accepted", office.accepted.display().to_string()),
    ];
    arguments.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
}

/// Breaks things, or only replaces who dies.
async fn endure(
    breaker: &mut Breaker,
    office: &mut Office,
    staff: &mut Staff,
    options: &Options,
    tell: &impl Fn(&str),
) -> Result<()> {
    if let Some(pause) = options.pause {
        return breaker.rage(office, staff, pause, tell).await;
    }
    loop {
        sleep(Duration::from_millis(200)).await;
        staff.revive(&office.env)?;
    }
}

/// A fault may have been cut short.
async fn mend(office: &mut Office, staff: &mut Staff) -> Result<()> {
    office.way.handle().set_mode(faultproxy::tcp::Mode::Pass);
    office.sqs.handle().clear();
    staff.wake();
    if let Some(spare) = &mut office.spare {
        spare.revive().await?;
    }
    staff.revive(&office.env)
}

/// Asks the crowd to go, and waits until it has said what was accepted.
async fn end(crowd: &mut Process, staff: &mut Staff, office: &Office) -> Result<String> {
    let began = Instant::now();
    // It may have gone by itself.
    crowd.signal(nix::sys::signal::Signal::SIGTERM).ok();
    while crowd.has_ended()?.is_none() {
        ensure!(began.elapsed() < LAST, "the crowd does not go: {}", crowd.tail());
        staff.revive(&office.env)?;
        sleep(Duration::from_millis(100)).await;
    }
    Ok(crowd.output()?.trim().to_owned())
}

/// Waits until nothing is under way: neither in the queues nor in the outbox.
async fn settle(office: &Office, staff: &mut Staff) -> Result<()> {
    let (mut before, mut moved) = (Way::default(), Instant::now());
    loop {
        let way = Way::look(office).await?;
        if way.is_over() {
            return Ok(());
        }
        if way != before {
            (before, moved) = (way, Instant::now());
        }
        ensure!(moved.elapsed() < STILL, "nothing moves any more: {before:?}\n{}", staff.tails());
        staff.revive(&office.env)?;
        sleep(Duration::from_millis(200)).await;
    }
}

/// What is where, on the way from the first queue to the last table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Way {
    waiting: usize,
    unsent: u64,
    untold: usize,
    told: u64,
}

impl Way {
    async fn look(office: &Office) -> Result<Self> {
        let mut database = office.connect().await?;
        let counts = "SELECT (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM messages)";
        // What leaves one place may be at the next one already: so these are asked in the order of the way.
        let waiting = office.env.left().await?;
        let (unsent, told) = database.query_first(counts).await?.context("no counts")?;
        Ok(Self { waiting, unsent, untold: office.env.depth(&office.outcomes).await?, told })
    }

    fn is_over(&self) -> bool {
        (self.waiting, self.unsent, self.untold) == (0, 0, 0)
    }
}
