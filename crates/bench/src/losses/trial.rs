//! One subject under one fault: started again whenever it ends, as an orchestrator does.

use std::time::Duration;

use anyhow::{Result, ensure};
use aws_sdk_sqs::types::{Message, QueueAttributeName as Attribute};
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use tokio::time::{Instant, sleep};

use super::fault::Fault;
use super::toll::Found;
use super::traffic::{BAD, Sent, send};
use super::user::User;
use crate::running::Running;
use crate::site::Site;
use crate::subject::Subject;

/// Receives that the queue allows.
const RECEIVES: u32 = 3;
/// Of the queue, for those that go by it, and for ours, which has its own.
const VISIBILITY_SECS: &str = "6";
const VISIBILITY: (&str, &str) = ("VISIBILITY_TIMEOUT", "6s");
/// From the last send to an empty queue; what lies there then is left.
const LONGEST: Duration = Duration::from_mins(3);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);
const KILLS: usize = 3;

/// The subject, and what is its own.
#[derive(Debug)]
pub(super) struct Trial {
    subject: Subject,
    endpoint: String,
    bed: TestEnv,
    database_url: String,
    running: Option<Running>,
}

impl Trial {
    /// A queue and a table for `subject`, which is not started yet.
    pub(super) async fn lay(site: &Site, subject: &Subject, user: &User) -> Result<Self> {
        let bed = site.bed_with(RECEIVES).await?;
        let set = bed.sqs.set_queue_attributes().queue_url(&bed.queue_url);
        set.attributes(Attribute::VisibilityTimeout, VISIBILITY_SECS).send().await?;
        let check = format!("ALTER TABLE messages ADD CHECK (message NOT LIKE '{BAD}%')");
        bed.connect().await?.query_drop(check).await?;
        let database_url = user.admit(&bed).await?;
        let (subject, endpoint) = (subject.clone(), site.endpoint.clone());
        Ok(Self { subject, endpoint, bed, database_url, running: None })
    }

    /// Undergoes `fault` until the queue is empty.
    pub(super) async fn undergo(&mut self, fault: Fault, messages: &[Sent]) -> Result<()> {
        if let Some(pace) = fault.pace() {
            self.start()?;
            self.send(messages, pace).await?;
        } else {
            self.send(messages, Duration::ZERO).await?;
            self.start()?;
        }
        if fault == Fault::Killed {
            self.kill_on_the_way(messages.len()).await?;
        }
        self.drain().await
    }

    /// Ends the subject, and looks what is where.
    pub(super) async fn find(&mut self) -> Result<Found> {
        self.end().await?;
        // The queue first: what is received once too often goes to the dead-letter queue.
        let left = bodies(self.bed.take_left().await?);
        let letters = bodies(self.bed.take_dead_letters().await?);
        let rows = self.bed.rows().await?.into_iter().map(|row| row.message).collect();
        Ok(Found { rows, letters, left })
    }

    fn start(&mut self) -> Result<()> {
        let variables = [("DATABASE_URL", self.database_url.as_str()), VISIBILITY];
        self.running = Some(self.subject.start_with(&self.bed, &self.endpoint, &variables)?);
        Ok(())
    }

    fn is_running(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| running.check().is_ok())
    }

    /// Starts it again if it has ended.
    fn revive(&mut self) -> Result<()> {
        if self.is_running() { Ok(()) } else { self.start() }
    }

    async fn send(&mut self, messages: &[Sent], pace: Duration) -> Result<()> {
        for batch in messages.chunks(10) {
            send(&self.bed, batch).await?;
            self.revive()?;
            sleep(pace).await;
        }
        Ok(())
    }

    /// Each time that another quarter of the messages is stored.
    async fn kill_on_the_way(&mut self, messages: usize) -> Result<()> {
        for quarter in 1..=KILLS {
            let goal = messages / (KILLS + 1) * quarter;
            while self.bed.count().await? < goal {
                ensure!(self.bed.left().await? > 0, "all was done before it could be killed");
                self.revive()?;
                sleep(Duration::from_millis(2)).await;
            }
            self.end().await?;
            self.start()?;
        }
        Ok(())
    }

    /// Waits until the queue is empty, or nothing can be expected any more.
    async fn drain(&mut self) -> Result<()> {
        let began = Instant::now();
        while self.bed.left().await? > 0 && began.elapsed() < LONGEST {
            self.revive()?;
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        if self.is_running()
            && let Some(running) = self.running.take()
        {
            running.kill().await?;
        }
        Ok(())
    }
}

fn bodies(messages: Vec<Message>) -> Vec<String> {
    messages.into_iter().filter_map(|message| message.body).collect()
}
