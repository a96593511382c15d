#![doc = include_str!("../README.md")]

#[cfg(feature = "cli")]
pub mod cli;

mod error;
mod log;
mod options;
mod parts;
mod producer;
mod queues;
mod relayed;
mod run;
mod shown;
mod start;
mod traced;
mod worker;

#[cfg(feature = "admin")]
pub use admin;
#[cfg(feature = "ops")]
pub use ops;

pub use engine::job::{Body, Committed, Fail, FromDelivery, Job, Json, Meta, State};
#[cfg(feature = "mysql")]
pub use mysql::tx::{MySql, Tx};

pub use outbound::{SendError, Wire};

pub use error::StartError;
pub use options::{Options, SettingError};
pub use producer::Producer;
pub use worker::Worker;

/// MySQL and MariaDB: the built-in store, its migrations, connections, and what their errors mean.
#[cfg(feature = "mysql")]
pub mod database {
    pub use mysql::connection::url::{DatabaseUrl, UrlError};
    pub use mysql::error::{Class, StoreError};
    pub use mysql::mapping::{MappedError, MappedTable, Mapping, MappingError};
    pub use mysql::migrate::migrate;
    pub use mysql::store::open::OpenError;
    pub use mysql::store::{BATCH_BYTES, MysqlStore};
    pub use mysql::tx::TxConnection;
}

/// Messages that are sent if and only if the transaction commits that published them.
#[cfg(feature = "mysql")]
pub mod outbox {
    pub use mysql::outbox::{MysqlOutbox, PublishError, publish, publish_raw, wake};
    pub use outbound::relay::{Relay, RelayCounts, RelayFailed, RelayStats, RelayStatus};
    pub use sqs::relay::SqsQueues;
}

/// Tests of jobs and of those who send: queues in virtual time, single calls, random schedules.
#[cfg(feature = "testing")]
pub mod testing {
    pub use engine::testing::*;
    pub use outbound::testing::{Call, Reply, TestPort};
}

/// What sends: messages as they go out, how much of everything, and the port to a queue.
pub mod sending {
    pub use outbound::port::{Entry, SendPort};
    pub use outbound::producer::{Notice, Settings};
    pub use outbound::{Flaw, Outgoing};
    pub use sqs::send_port::SqsSendPort;
}

/// The low layer: what jobs are built on, for handlers of whole batches and for adapters.
pub mod handler {
    pub use engine::batch::BatchLimits;
    pub use engine::delivery::Delivery;
    pub use engine::handler::{Handler, Sequence};
    pub use engine::job::{Context, JobHandler, Outcome};
    pub use engine::settings::{OnReject, Settings, range};
    pub use engine::verdict::{Rejection, Unavailable, Verdict, Witness};
    pub use shared::message::{Attribute, AttributeValue, DedupId, Message};
    pub use shared::queue::QueueRef;
}
