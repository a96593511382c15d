//! What the environment may hold: nothing, nonsense, and too few files. Nothing makes a program panic.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use anyhow::Result;
use proof::process::{Process, folder_of};
use proof::test_env::TestEnv;
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::{Ended, command_with, drained, in_test_env};

/// Each program and command that calls SQS.
const CALLERS: [(&str, &[&str]); 5] = [
    ("sender", &["--count", "1"]),
    ("consumer", &["--fail-fast", "--admin-addr", "off"]),
    ("consumer", &["doctor"]),
    ("consumer", &["dlq", "ls"]),
    ("consumer", &["trace", "order-1"]),
];

/// Set to nothing, as manifests leave a variable out: the SDK takes each of them for an answer.
const EMPTY: [&str; 12] = [
    "AWS_ENDPOINT_URL_SQS",
    "AWS_REGION",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_MAX_ATTEMPTS",
    "AWS_RETRY_MODE",
    "AWS_USE_FIPS_ENDPOINT",
];

async fn run(env: &TestEnv, caller: (&str, &[&str]), variables: &[(&str, &str)]) -> Result<Ended> {
    let (program, arguments) = caller;
    let mut process = Process::start_with(env, program, arguments, variables)?;
    let code = process.ended(Duration::from_mins(1)).await?.code();
    let ended = Ended { code, output: process.output()?, log: process.log()? };
    assert!(!ended.log.contains("panicked"), "{caller:?} {variables:?}: {}", ended.log);
    Ok(ended)
}

/// Runs a program with something about its environment that only a shell or bytes can say.
async fn output(command: &mut Command) -> Result<(Option<i32>, String)> {
    let output = timeout(Duration::from_secs(30), command.kill_on_drop(true).output()).await??;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    Ok((output.status.code(), text))
}

#[tokio::test]
async fn a_variable_that_is_set_to_nothing_counts_as_unset() -> Result<()> {
    in_test_env(async |env| {
        let endpoint = std::env::var("AWS_ENDPOINT_URL")?;
        let variables: Vec<_> = EMPTY.into_iter().map(|name| (name, "")).collect();
        for caller in CALLERS.into_iter().filter(|caller| !caller.1.contains(&"--fail-fast")) {
            let ended = run(env, caller, &variables).await?;
            assert!(ended.code != Some(2) && !ended.log.contains("ERROR"), "{caller:?}: {}", ended.log);
            // The general one is empty, the one for SQS is not.
            let swapped = [("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_SQS", &endpoint)];
            assert_ne!(run(env, caller, &swapped).await?.code, Some(2), "{caller:?}");
        }
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        drained(env, &mut consumer).await?;
        assert_eq!(env.count().await?, 2);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_endpoint_without_a_scheme_is_refused_in_one_line_that_shows_no_request() -> Result<()> {
    in_test_env(async |env| {
        for endpoint in ["127.0.0.1:4566", "localhost", "ftp://127.0.0.1", "http://"] {
            for caller in CALLERS.into_iter().filter(|caller| caller.1 != ["doctor"]) {
                let ended = run(env, caller, &[("AWS_ENDPOINT_URL", endpoint)]).await?;
                let log = &ended.log;
                assert!(ended.code == Some(2) && log.contains("AWS_ENDPOINT_URL"), "{caller:?}: {log}");
                assert!(log.lines().count() == 1 && !log.contains("Body"), "{caller:?}: {log}");
            }
        }
        let doctor = command_with(env, &["doctor"], &[("AWS_ENDPOINT_URL", "127.0.0.1:4566")]).await?;
        assert!(doctor.code == Some(1) && doctor.output.contains("AWS_ENDPOINT_URL"), "{}", doctor.output);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn retries_that_the_sdk_would_panic_of_are_not_its_to_read() -> Result<()> {
    in_test_env(async |env| {
        env.send("hello", None).await?;
        let variables = [("AWS_MAX_ATTEMPTS", "many"), ("AWS_RETRY_MODE", "hope")];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        drained(env, &mut consumer).await
    })
    .await
}

#[tokio::test]
async fn a_host_without_certificates_is_told_so() -> Result<()> {
    in_test_env(async |env| {
        for caller in CALLERS.into_iter().filter(|caller| caller.1 != ["doctor"]) {
            let ended = run(env, caller, &[("SSL_CERT_FILE", "/none"), ("SSL_CERT_DIR", "/none")]).await?;
            assert!(ended.code == Some(1) && ended.log.contains("ca-certificates"), "{}", ended.log);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_variable_that_is_no_text_is_named() -> Result<()> {
    for (program, variable) in [
        ("consumer", "RECEIVERS"),
        ("consumer", "DATABASE_URL"),
        ("consumer", "AWS_REGION"),
        ("sender", "COUNT"),
        ("sender", "AWS_PROFILE"),
    ] {
        let mut command = Command::new(folder_of(program)?.join(program));
        let (code, text) = output(command.env(variable, OsStr::from_bytes(b"caf\xe9"))).await?;
        assert!(code == Some(2) && text.contains(variable), "{variable}: {code:?} {text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_log_level_that_is_none_is_told_and_silences_nothing() -> Result<()> {
    in_test_env(async |env| {
        for level in ["garbage", "x=y=z", "consumer=loud"] {
            let log = log_of_a_run(env, level).await?;
            assert!(log.contains("RUST_LOG") && log.contains(level) && log.contains("consuming"), "{log}");
        }
        assert_eq!(log_of_a_run(env, "off").await?, "");
        Ok(())
    })
    .await
}

/// What a consumer that is given a message logs at this level.
async fn log_of_a_run(env: &TestEnv, level: &str) -> Result<String> {
    env.send("hello", None).await?;
    let variables = [("RUST_LOG", level)];
    let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
    drained(env, &mut consumer).await?;
    consumer.log()
}

#[tokio::test]
async fn too_few_files_to_start_with_are_told_in_one_line() -> Result<()> {
    in_test_env(async |env| {
        for (program, files) in [("consumer", 8), ("sender", 8), ("consumer", 6), ("sender", 4)] {
            let path = folder_of(program)?.join(program);
            let line = format!("ulimit -n {files}; exec '{}' \"$@\"", path.display());
            let mut command = Command::new("sh");
            command.args(["-c", &line, program, "--queue-url", &env.queue_url]);
            let (code, text) = output(command.env("DATABASE_URL", &env.database_url)).await?;
            assert!(code == Some(1) && text.contains("ulimit"), "{program}: {code:?} {text}");
            assert_eq!(text.lines().count(), 1, "{text}");
        }
        Ok(())
    })
    .await
}
