//! What is to be sent: greetings, or what is in a file.

use crate::cli::Order;
use crate::input::name::Naming;
use crate::input::place::PlaceError;
use crate::input::{Input, Wanted};
use crate::output::Total;
use crate::rejects::{Rejects, RejectsError};
use crate::report::Report;

/// What is to be sent, and where what was not confirmed is written down.
#[derive(Debug)]
pub struct Load {
    /// Sent instead of greetings.
    pub input: Option<Input>,
    /// Where what was not confirmed goes.
    pub rejects: Option<Rejects>,
}

/// A file that cannot be used: another one must be named first.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// To be sent.
    #[error(transparent)]
    Input(#[from] PlaceError),
    /// To be written.
    #[error(transparent)]
    Rejects(#[from] RejectsError),
}

impl Load {
    /// Opens the files of the order.
    ///
    /// # Errors
    /// Where one of them cannot be used.
    pub fn open(order: &Order) -> Result<Self, LoadError> {
        let rejects = order.rejects.as_deref().map(Rejects::at).transpose()?;
        let input = order.file.as_ref().map(|file| {
            Input::open(Wanted {
                path: &file.path,
                format: file.format,
                source: file.source.clone(),
                group: order.group.clone(),
                first: order.start,
                count: order.count,
            })
        });
        Ok(Self { input: input.transpose()?, rejects })
    }

    /// How much there is to do.
    pub fn total(&self, order: &Order) -> Total {
        match (&self.input, order.count) {
            (Some(input), _) => Total::Bytes(input.bytes()),
            (None, Some(count)) => Total::Messages(count),
            (None, None) => Total::Endless,
        }
    }

    /// How much there is to do, and under which names, in words.
    pub fn told(&self, order: &Order) -> String {
        match (self.input.as_ref().map(Input::naming), order.count) {
            (Some(Naming::Source(name)), _) => format!("lines named after the source {name}"),
            (Some(Naming::Anew), _) => "an input without a name: lines without a dedup_id that are sent \
                                        again are new messages; --source names it"
                .to_owned(),
            (None, Some(count)) => format!("{count} in all"),
            (None, None) => "until stopped".to_owned(),
        }
    }

    /// The report of a run that was stopped before it began.
    pub fn unsent(&self, order: &Order) -> Report {
        Report { resume_at: self.input.as_ref().map(|_| order.start), ..Report::default() }
    }
}
