//! What each subject loses where others break: five faults, all subjects side by side.

use std::sync::Arc;

use anyhow::Result;
use tokio::task::JoinSet;

use crate::say::progress;
use crate::site::{self, Site};
use crate::subject::{OURS, Subject};
use crate::table::Table;

mod fault;
mod outage;
mod toll;
mod traffic;
mod trial;
mod user;

pub use outage::restore;

use fault::{FAULTS, Fault};
use toll::Toll;
use traffic::Sent;
use trial::Trial;
use user::User;

/// A toll for each subject; `None` where a rival could not be tried.
type Tolls = Vec<Option<Toll>>;

/// What was seen.
#[derive(Clone, Debug)]
pub struct Losses {
    subjects: Vec<&'static str>,
    tolls: Vec<(Fault, Tolls)>,
}

impl Losses {
    /// Tries each fault on all subjects. Stops the stack's database for a minute, and makes it
    /// read-only for another.
    ///
    /// # Errors
    /// Where ours could not be tried.
    pub async fn measure(site: &Site, subjects: &[Subject]) -> Result<Self> {
        progress("losses: about 5 minutes; the database is stopped for one, and read-only for another");
        let user = User::create().await?;
        let mut tolls = Vec::new();
        for fault in FAULTS {
            progress(format_args!("losses: {}", fault.name()));
            match undergo(fault, site, subjects, &user).await {
                Ok(found) => tolls.push((fault, found)),
                Err(error) if fault.outage().is_some() => {
                    progress(format_args!("{} is left out: {error:#}", fault.name()));
                    restore().await?;
                }
                Err(error) => return Err(error),
            }
        }
        site::sweep().await?;
        Ok(Self { subjects: subjects.iter().map(|subject| subject.name).collect(), tolls })
    }

    /// For people.
    pub fn table(&self) -> Table {
        let headings = std::iter::once("lost / doubled / healthy dead-lettered").chain(self.subjects.clone());
        let mut table = Table::new(headings);
        for (fault, tolls) in &self.tolls {
            let cell = |toll: &Option<Toll>| toll.as_ref().map(Toll::to_string).unwrap_or_default();
            table.row(std::iter::once(fault.name().to_owned()).chain(tolls.iter().map(cell)));
        }
        table
    }
}

/// All subjects under one fault, which an outage is to all of them at once.
async fn undergo(fault: Fault, site: &Site, subjects: &[Subject], user: &User) -> Result<Tolls> {
    let messages: Arc<[_]> = fault.messages().into();
    let mut trials = JoinSet::new();
    for (turn, subject) in subjects.iter().enumerate() {
        let (mut trial, messages) = (Trial::lay(site, subject, user).await?, messages.clone());
        trials.spawn(async move { (turn, trial.undergo(fault, &messages).await.map(|()| trial)) });
    }
    if let Some(outage) = fault.outage() {
        outage.strike().await?;
    }
    let mut tolls = vec![None; subjects.len()];
    while let Some(ended) = trials.join_next().await {
        let (turn, trial) = ended?;
        tolls[turn] = count(subjects[turn].name, trial, &messages).await?;
    }
    Ok(tolls)
}

/// A rival may fail, and is left out; ours must not.
async fn count(subject: &str, trial: Result<Trial>, messages: &[Sent]) -> Result<Option<Toll>> {
    let found = match trial {
        Ok(mut trial) => trial.find().await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => {
            let toll = Toll::take(messages, &found);
            progress(format_args!("{subject}: {toll}"));
            Ok(Some(toll))
        }
        Err(error) if subject == OURS => Err(error),
        Err(error) => {
            progress(format_args!("{subject} is left out: {error:#}"));
            Ok(None)
        }
    }
}
