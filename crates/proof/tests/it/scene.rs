//! A consumer whose servers can be taken away.

use anyhow::{Context, Result};
use faultproxy::sqs::Operation;
use faultproxy::{SqsProxy, TcpProxy};
use proof::process::Process;
use proof::test_env::TestEnv;

use crate::support::eventually;

/// Both proxies, and a consumer behind them.
pub(crate) struct Scene {
    pub(crate) sqs: SqsProxy,
    pub(crate) database: TcpProxy,
    pub(crate) consumer: Process,
}

impl Scene {
    /// `arguments` are the consumer's.
    pub(crate) fn on(env: &TestEnv, arguments: &[&str]) -> Result<Self> {
        Self::after(env, arguments, |_, _| ())
    }

    /// As [`on`](Self::on), with a consumer that starts after `prepare`.
    pub(crate) fn after(
        env: &TestEnv,
        arguments: &[&str],
        prepare: impl FnOnce(&SqsProxy, &TcpProxy),
    ) -> Result<Self> {
        let sqs = SqsProxy::start(&std::env::var("AWS_ENDPOINT_URL")?, 0)?;
        let upstream = env.database_url.rsplit_once('@').context("no user")?.1;
        let upstream = upstream.split_once('/').context("no database")?.0;
        let database = TcpProxy::start(upstream.parse()?)?;
        prepare(&sqs, &database);
        let url = env.database_url.replace(upstream, &database.address().to_string());
        let variables = [("AWS_ENDPOINT_URL", sqs.endpoint()), ("DATABASE_URL", url)];
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let consumer = Process::start_with(env, "consumer", arguments, &variables)?;
        Ok(Self { sqs, database, consumer })
    }

    /// Receives so far.
    pub(crate) fn receives(&self) -> u64 {
        self.sqs.handle().counts().requests_of(Operation::ReceiveMessage)
    }

    /// Waits until the consumer has logged this.
    pub(crate) async fn has_logged(&self, text: &str) -> Result<()> {
        eventually(text, async || Ok(self.consumer.log()?.contains(text))).await
    }
}
