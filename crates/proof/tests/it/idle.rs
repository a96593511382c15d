//! Nothing to do costs nothing.

use std::time::Duration;

use anyhow::Result;
use proof::process::Process;
use tokio::time::sleep;

use crate::support::{eventually, in_test_env};

#[tokio::test]
async fn an_idle_consumer_uses_hardly_any_processor_time() -> Result<()> {
    in_test_env(async |env| {
        let mut consumer = Process::start(env, "consumer", &["--wait-time", "2s"])?;
        eventually("a start", async || Ok(consumer.log()?.contains("consuming"))).await?;
        let before = consumer.cpu()?;
        sleep(Duration::from_secs(6)).await;
        // Processor time, not time: it does not depend on what else the machine does.
        let used = consumer.cpu()?.saturating_sub(before);
        assert!(used <= Duration::from_millis(120), "{used:?} in 6 s");
        assert_eq!(consumer.stop().await?, Some(0));
        Ok(())
    })
    .await
}
