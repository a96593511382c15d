//! The relay of a worker, if it has one: it sends what jobs have published.

#[cfg(feature = "mysql")]
pub(crate) use with_mysql::Relayed;
#[cfg(not(feature = "mysql"))]
pub(crate) use without_mysql::Relayed;

#[cfg(feature = "mysql")]
mod with_mysql {
    use std::sync::Arc;

    use engine::monitor::Startup;
    use mysql::outbox::MysqlOutbox;
    use outbound::relay::{Relay, RelayFailed};
    use sqs::client::Sqs;
    use sqs::relay::SqsQueues;
    use tokio::sync::OnceCell;
    use tokio::task::JoinHandle;
    use tokio_util::sync::{CancellationToken, DropGuard};

    use crate::parts::Parts;
    use crate::{StartError, start};

    /// It runs until it is ended: what jobs publish while they drain is sent, too.
    pub(crate) struct Relayed(Option<Running>);

    struct Running {
        task: JoinHandle<Result<(), RelayFailed>>,
        /// Stops it when dropped.
        stop: DropGuard,
    }

    impl Relayed {
        /// Waits for the database. A relay that fails cancels `failed`.
        pub(crate) async fn start(
            parts: &Parts,
            fail_fast: bool,
            startup: &Startup,
            sqs: Arc<OnceCell<Sqs>>,
            failed: CancellationToken,
        ) -> Result<Self, StartError> {
            let Some(mysql) = &parts.relay else { return Ok(Self(None)) };
            let open = || async { Ok::<MysqlOutbox, StartError>(mysql.outbox().await?) };
            let outbox = start::open(startup, fail_fast, ("outbox", "the table `outbox`"), open).await?;
            let sqs = sqs.get_or_try_init(Sqs::load).await?.clone();
            let relay = Relay::new(outbox, SqsQueues::new(sqs));
            parts.relayed.set(relay.stats()).ok();
            let stop = CancellationToken::new();
            let stopped = stop.clone();
            let task = tokio::spawn(async move {
                let _ended_early = failed.drop_guard();
                relay.run(stopped).await
            });
            tracing::info!("relaying what lies in the table `outbox`");
            Ok(Self(Some(Running { task, stop: stop.drop_guard() })))
        }

        /// Sends what is under way.
        pub(crate) async fn end(self) -> Result<(), StartError> {
            let Some(Running { task, stop }) = self.0 else { return Ok(()) };
            drop(stop);
            Ok(task.await.expect("it panics only in tasks of its own")?)
        }
    }
}

#[cfg(not(feature = "mysql"))]
mod without_mysql {
    use std::sync::Arc;

    use engine::monitor::Startup;
    use sqs::client::Sqs;
    use tokio::sync::OnceCell;
    use tokio_util::sync::CancellationToken;

    use crate::StartError;
    use crate::parts::Parts;

    /// None.
    pub(crate) struct Relayed;

    #[expect(clippy::unused_async, reason = "with the feature `mysql` they wait")]
    impl Relayed {
        pub(crate) async fn start(
            _: &Parts,
            _: bool,
            _: &Startup,
            _: Arc<OnceCell<Sqs>>,
            _: CancellationToken,
        ) -> Result<Self, StartError> {
            Ok(Self)
        }

        pub(crate) async fn end(self) -> Result<(), StartError> {
            Ok(())
        }
    }
}
