//! The doctor finds what would break a promise, and leaves everything as it was.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{MessageSystemAttributeName as System, QueueAttributeName as Attribute};
use faultproxy::SqsProxy;
use faultproxy::sqs::{Fault, Operation, Rule};
use mysql_async::prelude::Queryable;
use proof::process::Process;
use proof::test_env::TestEnv;
use serde_json::Value;

use crate::support::in_test_env;

const FORTNIGHT: &str = "1209600";

/// Variables; the check that fails for them and one that is skipped.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

/// What the doctor said, and the exit code.
struct Visit {
    checks: Vec<Value>,
    code: Option<i32>,
}

impl Visit {
    async fn to(env: &TestEnv, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Self> {
        let (output, code) = run(env, &[&["doctor", "--json"], arguments].concat(), variables).await?;
        Ok(Self { checks: serde_json::from_str(&output)?, code })
    }

    /// Verdict, detail and remedy in one.
    fn said(&self, check: &str) -> String {
        let found = self.checks.iter().find(|found| found["check"] == check);
        found.map_or_else(
            || panic!("there is no check {check}"),
            |found| format!("{}: {} {}", found["verdict"], found["detail"], found["remedy"]),
        )
    }

    /// The checks that ended so.
    fn with(&self, verdict: &str) -> Vec<&str> {
        let ended = self.checks.iter().filter(|check| check["verdict"] == verdict);
        ended.filter_map(|check| check["check"].as_str()).collect()
    }
}

async fn run(env: &TestEnv, arguments: &[&str], variables: &[(&str, &str)]) -> Result<(String, Option<i32>)> {
    let mut doctor = Process::start_with(env, "consumer", arguments, variables)?;
    let code = doctor.ended(Duration::from_secs(40)).await?.code();
    let log = doctor.log()?;
    assert!(!log.contains("panicked"), "{log}");
    Ok((doctor.output()?, code))
}

async fn set(env: &TestEnv, url: &str, attribute: Attribute, value: &str) -> Result<()> {
    env.sqs.set_queue_attributes().queue_url(url).attributes(attribute, value).send().await?;
    Ok(())
}

/// As a deployment should be.
async fn well(env: &TestEnv) -> Result<()> {
    set(env, &env.dead_letter_url, Attribute::MessageRetentionPeriod, FORTNIGHT).await
}

#[tokio::test]
async fn where_all_is_well_the_doctor_says_so() -> Result<()> {
    in_test_env(async |env| {
        well(env).await?;
        let visit = Visit::to(env, &["--strict"], &[]).await?;
        assert_eq!(visit.code, Some(0), "{:?}", visit.checks);
        assert!(visit.with("warning").is_empty() && visit.with("failed").is_empty(), "{:?}", visit.checks);
        assert!(visit.with("skipped").is_empty(), "{:?}", visit.checks);
        assert!(
            visit.said("sqs:ReceiveMessage").contains("not refused"),
            "{}",
            visit.said("sqs:ReceiveMessage")
        );
        assert!(visit.said("sqs:DeleteMessage").contains("\"allowed\""));
        assert!(visit.said("sqs:SendMessage").contains("not refused"));
        let (lines, code) = run(env, &["doctor"], &[]).await?;
        assert!(code == Some(0) && lines.ends_with(" ok, 0 warnings, 0 failed, 0 skipped\n"), "{lines}");
        assert!(!lines.contains("app:app") && !lines.contains('\x1b'), "{lines}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_visit_receives_sends_and_stores_nothing() -> Result<()> {
    in_test_env(async |env| {
        env.send("hello", None).await?;
        let proxy = SqsProxy::start(&std::env::var("AWS_ENDPOINT_URL")?, 0)?;
        for _ in 0..3 {
            Visit::to(env, &[], &[("AWS_ENDPOINT_URL", &proxy.endpoint())]).await?;
        }
        let counts = proxy.handle().counts();
        assert_eq!(counts.requests_of(Operation::ReceiveMessage), 3, "the right was not asked for");
        assert_eq!((env.left().await?, env.count().await?), (1, 0));
        assert!(env.take_dead_letters().await?.is_empty());
        let ask = env.sqs.receive_message().queue_url(&env.queue_url).max_number_of_messages(10);
        let answer = ask.message_system_attribute_names(System::ApproximateReceiveCount).send().await?;
        let messages = answer.messages.unwrap_or_default();
        let message = messages.first().context("the message is gone or hidden")?;
        let received = message.attributes.as_ref().and_then(|all| all.get(&System::ApproximateReceiveCount));
        assert_eq!(received.map(String::as_str), Some("1"), "a visit spent a receive");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dead_letter_queue_that_would_lose_letters_is_found() -> Result<()> {
    in_test_env(async |env| {
        let visit = Visit::to(env, &[], &[]).await?;
        assert_eq!((visit.code, visit.with("warning")), (Some(0), vec!["dead-letter retention"]));
        assert_eq!(Visit::to(env, &["--strict"], &[]).await?.code, Some(1));

        set(env, &env.dead_letter_url, Attribute::MessageRetentionPeriod, "86400").await?;
        set(env, &env.dead_letter_url, Attribute::MaximumMessageSize, "1024").await?;
        let shut = r#"{"redrivePermission":"denyAll"}"#;
        set(env, &env.dead_letter_url, Attribute::RedriveAllowPolicy, shut).await?;
        let visit = Visit::to(env, &[], &[]).await?;
        let failed = ["dead-letter retention", "dead-letter size", "dead-letter sources"];
        assert_eq!((visit.code, visit.with("failed")), (Some(1), failed.to_vec()));

        set(env, &env.queue_url, Attribute::RedrivePolicy, "").await?;
        let visit = Visit::to(env, &[], &[]).await?;
        assert_eq!((visit.code, visit.with("failed")), (Some(1), vec!["dead-letter queue"]));
        assert!(visit.said("dead-letter queue").contains("redrive policy"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rights_that_are_missing_are_named_as_policies_name_them() -> Result<()> {
    in_test_env(async |env| {
        well(env).await?;
        let proxy = SqsProxy::start(&std::env::var("AWS_ENDPOINT_URL")?, 0)?;
        let endpoint = proxy.endpoint();
        let cases = [
            (Operation::ReceiveMessage, "sqs:ReceiveMessage"),
            (Operation::DeleteMessageBatch, "sqs:DeleteMessage"),
            (Operation::ChangeMessageVisibilityBatch, "sqs:ChangeMessageVisibility"),
            (Operation::SendMessageBatch, "sqs:SendMessage"),
            (Operation::GetQueueAttributes, "sqs:GetQueueAttributes"),
        ];
        for (operation, right) in cases {
            let rule = proxy.handle().add(Rule::on(operation, Fault::Denied));
            let visit = Visit::to(env, &[], &[("AWS_ENDPOINT_URL", &endpoint)]).await?;
            proxy.handle().remove(rule);
            assert_eq!((visit.code, visit.with("failed")), (Some(1), vec![right]));
            assert!(visit.said(right).contains(&format!("allow {right}")), "{}", visit.said(right));
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_table_or_right_that_is_missing_is_found() -> Result<()> {
    in_test_env(async |env| {
        well(env).await?;
        let mut database = env.connect().await?;
        let (schema, user) = (env.schema()?, format!("doctor_{:08x}", fastrand::u32(..)));
        database.query_drop(format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'narrow'")).await?;
        database.query_drop(format!("GRANT SELECT, INSERT ON {schema}.messages TO '{user}'@'%'")).await?;
        let narrow = env.database_url.replace("app:app@", &format!("{user}:narrow@"));
        let visit = Visit::to(env, &[], &[("DATABASE_URL", &narrow)]).await?;
        let right = "right to INSERT, UPDATE";
        assert_eq!((visit.code, visit.with("failed")), (Some(1), vec![right]));
        assert!(visit.said(right).contains("UPDATE command denied"), "{}", visit.said(right));
        database.query_drop(format!("GRANT UPDATE ON {schema}.messages TO '{user}'@'%'")).await?;
        let visit = Visit::to(env, &["--strict"], &[("DATABASE_URL", &narrow)]).await?;
        assert_eq!(
            (visit.code, visit.with("skipped")),
            (Some(0), vec!["migrations", "outbox"]),
            "{:?}",
            visit.checks
        );
        database.query_drop(format!("DROP USER '{user}'@'%'")).await?;

        database.query_drop("ALTER TABLE messages ENGINE = MyISAM, DROP PRIMARY KEY").await?;
        let visit = Visit::to(env, &[], &[]).await?;
        let table = visit.said("table");
        assert!(table.contains("MyISAM") && table.contains("twice"), "{table}");
        assert_eq!((visit.with("skipped"), env.count().await?), (vec![right], 0));

        database.query_drop("DROP TABLE messages, inbox, outbox, __diesel_schema_migrations").await?;
        let visit = Visit::to(env, &[], &[]).await?;
        assert_eq!((visit.code, visit.with("failed")), (Some(1), vec!["migrations", "table"]));
        assert!(visit.said("table").contains("consumer migrate"));
        let left: Option<String> = database.query_first("SHOW TABLES").await?;
        assert_eq!(left, None, "a visit made a table");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_cannot_be_reached_does_not_keep_the_rest_from_being_seen() -> Result<()> {
    in_test_env(async |env| {
        well(env).await?;
        let order =
            |visit: &Visit| visit.checks.iter().map(|check| check["check"].clone()).collect::<Vec<_>>();
        let all = order(&Visit::to(env, &[], &[]).await?);
        let no_queue = format!("{}-none", env.queue_url);
        let cases: [Case<'_>; 6] = [
            (&[("DATABASE_URL", "mysql://app:secret-password@127.0.0.1:1/hello")], "database", "table"),
            (&[("QUEUE_URL", &no_queue)], "queue", "sqs:ReceiveMessage"),
            (&[("QUEUE_URL", ""), ("QUEUE_NAME", "none")], "queue", "dead-letter queue"),
            (&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")], "queue", "SQS clock"),
            (
                &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", ""), ("AWS_CONFIG_FILE", "/none")],
                "region",
                "queue",
            ),
            (
                &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SHARED_CREDENTIALS_FILE", "/none")],
                "credentials",
                "endpoint",
            ),
        ];
        for (variables, failed, skipped) in cases {
            let visit = Visit::to(env, &[], variables).await?;
            assert_eq!((visit.code, visit.with("failed")), (Some(1), vec![failed]), "{variables:?}");
            assert!(visit.with("skipped").contains(&skipped), "{variables:?}: {:?}", visit.with("skipped"));
            let seen = if failed == "database" { "queue" } else { "database" };
            assert!(visit.with("ok").contains(&seen), "{variables:?}");
            assert_eq!(order(&visit), all, "{variables:?}");
            assert!(visit.checks.iter().all(|check| !check.to_string().contains("secret-password")));
        }
        let (_, code) = run(env, &["doctor"], &[("DATABASE_URL", "")]).await?;
        assert_eq!(code, Some(2));
        Ok(())
    })
    .await
}
