//! Bodies and secrets stay out of the log unless asked for, and then they are escaped.

use anyhow::Result;
use proof::process::Process;

use crate::support::{eventually, in_test_env};

const BODY: &str = "very private\n2026-01-01T00:00:00Z ERROR forged \u{9b}31m";

#[tokio::test]
async fn no_log_level_shows_bodies_or_secrets() -> Result<()> {
    in_test_env(async |env| {
        env.send(BODY, None).await?;
        let variables = [("RUST_LOG", "trace"), ("AWS_SECRET_ACCESS_KEY", "very-secret-key")];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        eventually("its row", async || Ok(env.count().await? == 1)).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        let log = consumer.log()?;
        for secret in ["very private", "very-secret-key", "app:app"] {
            assert!(!log.contains(secret), "{secret} is in the log");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_body_that_is_shown_is_escaped() -> Result<()> {
    in_test_env(async |env| {
        env.send(BODY, None).await?;
        for format in ["text", "json"] {
            let arguments = ["--wait-time", "1s", "--show-bodies", "--log-format", format];
            let mut consumer = Process::start(env, "consumer", &arguments)?;
            eventually("the row", async || Ok(env.left().await? == 0)).await?;
            assert_eq!(consumer.stop().await?, Some(0));
            let log = consumer.log()?;
            assert!(log.contains("very private") && log.contains("\\n"), "{log}");
            assert!(
                !log.contains('\u{9b}') && !log.lines().any(|line| line.starts_with("2026-01-01")),
                "{log}"
            );
            env.send(BODY, Some("another")).await?;
        }
        Ok(())
    })
    .await
}
