//! Bad configuration is refused with one line that says what to do, and nothing happens.

use std::time::Duration;

use anyhow::{Context, Result};
use proof::process::Process;
use proof::test_env::TestEnv;
use tokio::time::timeout;

use crate::support::{consumer, drained, in_test_env};

/// Arguments and variables; exit code and what the line must say.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], i32, &'a str);

/// Set to nothing, as manifests leave an option out; which of them it is must not matter.
const EMPTY: [(&str, &str); 7] = [
    ("DATABASE_URL", ""),
    ("DATABASE_URL_FILE", ""),
    ("DATABASE_CA_FILE", ""),
    ("ADMIN_TOKEN_FILE", ""),
    ("LOG_FORMAT", ""),
    ("RECEIVERS", ""),
    ("WAIT_TIME", ""),
];

/// Runs it to its end, which must be an error of one line.
async fn refused(
    env: &TestEnv,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<(Option<i32>, String)> {
    let mut process = Process::start_with(env, "consumer", arguments, variables)?;
    let code = process.ended(Duration::from_secs(30)).await?.code();
    let log = process.log()?;
    assert!(!log.contains("panicked") && !log.contains("stack backtrace"), "{log}");
    assert_eq!(log.lines().filter(|line| line.contains("ERROR")).count(), 1, "{log}");
    Ok((code, log.lines().last().context("it said nothing")?.to_owned()))
}

async fn all_refused(env: &TestEnv, cases: &[Case<'_>]) -> Result<()> {
    for (arguments, variables, code, remedy) in cases {
        let (ended, line) = refused(env, arguments, variables).await?;
        assert!(ended == Some(*code) && line.contains(remedy), "{variables:?}: {ended:?} {line}");
        assert!(!line.contains("secret-password"), "{line}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named_with_its_remedy() -> Result<()> {
    in_test_env(async |env| {
        let wrong_password = env.database_url.replace("app:app@", "app:secret-password@");
        let no_database = format!("{}_none", env.database_url);
        let no_queue = format!("{}-none", env.queue_url);
        let nowhere = "http://127.0.0.1:1";
        let closed = "mysql://app:app@127.0.0.1:1/hello";
        let cases: [Case<'_>; 12] = [
            (&[], &[("DATABASE_URL", "")], 2, "DATABASE_URL"),
            (&[], &EMPTY, 2, "no database"),
            (&[], &[("DATABASE_URL", "postgres://h/d")], 2, "mysql://"),
            (&[], &[("DATABASE_URL", &wrong_password)], 1, "denies access"),
            (&[], &[("DATABASE_URL", &no_database)], 1, "create it"),
            (&["--fail-fast"], &[("DATABASE_URL", closed)], 1, "check that it runs"),
            (&["--database-url-file", "/none"], &[], 2, "DATABASE_URL_FILE"),
            (&[], &[("QUEUE_URL", &no_queue)], 1, "--queue-url"),
            (&["--queue-url", "h"], &[], 2, "URL \"h\" cannot be a queue's"),
            (&["--queue-name", "a b"], &[], 2, "name \"a b\" cannot be a queue's"),
            (&["--queue-name", "none"], &[], 1, "--queue-name"),
            (
                &[],
                &[("AWS_ENDPOINT_URL", nowhere), ("FAIL_FAST", "true")],
                1,
                "SQS is away: check the network",
            ),
        ];
        all_refused(env, &cases).await
    })
    .await
}

#[tokio::test]
async fn an_account_that_is_missing_is_told_from_one_that_does_not_answer() -> Result<()> {
    in_test_env(async |env| {
        let no_keys = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SHARED_CREDENTIALS_FILE", "/none")];
        // Roles come from a service, which may not be up yet.
        let silent = [no_keys[0], no_keys[1], ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1")];
        let no_region = [("AWS_REGION", ""), ("AWS_DEFAULT_REGION", ""), ("AWS_CONFIG_FILE", "/none")];
        let slip = [no_keys[0], no_keys[1], ("AWS_PROFILE", "prodd")];
        let cases: [Case<'_>; 4] = [
            (&[], &no_region, 1, "AWS_REGION"),
            (&[], &no_keys, 1, "AWS_ACCESS_KEY_ID"),
            (&[], &slip, 1, "profile \"prodd\""),
            (&["--fail-fast"], &silent, 1, "does not answer"),
        ];
        all_refused(env, &cases).await
    })
    .await
}

#[tokio::test]
async fn a_database_without_the_table_names_the_remedy() -> Result<()> {
    let tested = async {
        let env = TestEnv::new(10).await?;
        let (code, line) = refused(&env, &[], &[]).await?;
        assert!(code == Some(1) && line.contains("consumer migrate"), "{code:?} {line}");
        // Started again, as supervisors do, it finds what was mended meanwhile.
        Process::migrate(&env).await?;
        env.send("hello", None).await?;
        let mut consumer = consumer(&env)?;
        drained(&env, &mut consumer).await?;
        assert_eq!(env.count().await?, 1);
        env.remove().await
    };
    timeout(Duration::from_mins(1), tested).await?
}

#[tokio::test]
async fn consumers_that_migrate_at_once_all_come_up() -> Result<()> {
    let tested = async {
        let env = TestEnv::new(10).await?;
        tokio::try_join!(
            Process::migrate(&env),
            Process::migrate(&env),
            Process::migrate(&env),
            Process::migrate(&env)
        )?;
        assert_eq!(env.count().await?, 0);
        env.remove().await
    };
    timeout(Duration::from_secs(100), tested).await?
}
