//! What the arguments of a job are made from, for one call.

use std::fmt;
use std::pin::Pin;

use shared::message::Message;
use tokio_util::sync::CancellationToken;

use super::meta::Meta;
use super::outcome::Outcome;
use crate::delivery::Delivery;

type Overruled = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Overrule = Box<dyn FnOnce(Outcome) -> Overruled + Send>;

/// One call of a job: its message, and a say in how the call ends.
pub struct Context<'a> {
    message: &'a Message,
    /// `None` in a test of a job.
    delivery: Option<&'a Delivery>,
    attempt: u32,
    job: &'a str,
    overrules: Vec<Overrule>,
}

impl<'a> Context<'a> {
    /// A first call with a message that no queue handed out, for tests of jobs and of arguments. It is
    /// not the last receive, its lease is never lost, and nothing stops.
    pub fn of(message: &'a Message) -> Self {
        Self { message, delivery: None, attempt: 1, job: "", overrules: Vec::new() }
    }

    /// The call with this number of the job called `job` for a delivery.
    pub(super) fn new(job: &'a str, delivery: &'a Delivery, attempt: u32) -> Self {
        let (message, overrules) = (&delivery.message, Vec::new());
        Self { message, delivery: Some(delivery), attempt, job, overrules }
    }

    /// The message as the queue handed it out.
    pub fn message(&self) -> &'a Message {
        self.message
    }

    /// What the job is called; an empty text where it has no name.
    pub fn job(&self) -> &'a str {
        self.job
    }

    /// Names the job that is called, for tests of arguments.
    #[must_use]
    pub fn named(self, job: &'a str) -> Self {
        Self { job, ..self }
    }

    /// Which call of the job this is for this receive, from 1. It is above 1 after
    /// [`Outcome::Contended`].
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether SQS hands the message out no more after this receive.
    pub fn is_last_receive(&self) -> bool {
        self.delivery.is_some_and(|delivery| delivery.is_last_receive)
    }

    /// What a job may know of the message beside its body.
    pub fn meta(&self) -> Meta {
        Meta::new(self.message, self.is_last_receive(), self.lease_lost(), self.stopping())
    }

    /// Is cancelled when another consumer may have the message. The first call for a message makes the
    /// token; without one nothing is spent on it.
    pub fn lease_lost(&self) -> CancellationToken {
        self.delivery.map(|delivery| delivery.lease.lost()).unwrap_or_default()
    }

    /// Is cancelled when the worker begins to stop. What is under way may end within the grace.
    pub fn stopping(&self) -> CancellationToken {
        self.delivery.map(|delivery| delivery.lease.stopping()).unwrap_or_default()
    }

    /// Lets an argument have the last word on this call.
    ///
    /// `overrule` gets the outcome once the job has returned and its arguments are dropped, or once
    /// another argument has ended the call early, and returns the outcome that counts. The last one
    /// registered is asked first, and each sees what the one before it left.
    ///
    /// A transaction uses it to say that the database is unavailable whatever the job made of the
    /// error, that the call was contended, or that a job succeeded without a commit.
    ///
    /// # Cancel safety
    /// It is not called where the job panics or takes too long: then it is dropped, as the arguments
    /// are.
    pub fn overrule<F, Fut>(&mut self, overrule: F)
    where
        F: FnOnce(Outcome) -> Fut + Send + 'static,
        Fut: Future<Output = Outcome> + Send + 'static,
    {
        self.overrules.push(Box::new(move |outcome| Box::pin(overrule(outcome))));
    }

    /// Ends the call: has the outcome overruled. Public for tests of arguments.
    pub async fn conclude(self, mut outcome: Outcome) -> Outcome {
        for overrule in self.overrules.into_iter().rev() {
            outcome = overrule(outcome).await;
        }
        outcome
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Context");
        debug.field("message", self.message).field("attempt", &self.attempt);
        debug.field("overrules", &self.overrules.len()).finish_non_exhaustive()
    }
}
