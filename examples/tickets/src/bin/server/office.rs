//! What the server needs: a way to the queue, the database for questions, and its own secret. It remembers
//! nothing: another server beside it, or after it, answers alike.

use std::error::Error;
use std::path::PathBuf;

use acquit::Producer;
use aws_config::BehaviorVersion;
use tickets::database::Database;
use tickets::queues;
use tickets::reservation::Reservation;

use crate::receipt::Receipts;

/// A clone shares all of it.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    pub(crate) reservations: Producer<Reservation>,
    pub(crate) database: Database,
    pub(crate) receipts: Receipts,
    /// To ask how many wait.
    pub(crate) sqs: aws_sdk_sqs::Client,
    /// Where somebody writes what happens to the office, if somebody does.
    pub(crate) news: Option<PathBuf>,
}

impl Office {
    /// As the environment says.
    pub(crate) async fn open() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            reservations: Producer::open(&queues::reservations()).await?,
            database: Database::from_env()?,
            receipts: Receipts::from_env()?,
            sqs: aws_sdk_sqs::Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await),
            news: std::env::var_os("NEWS_FILE").map(PathBuf::from),
        })
    }
}
