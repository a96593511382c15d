//! One bad row costs itself and nothing else.

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use proof::process::Process;

use crate::support::{consumer, drained, eventually, in_test_env};

#[tokio::test]
async fn one_bad_row_does_not_fail_its_batch() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        database.query_drop("ALTER TABLE messages ADD CHECK (message <> 'bad 50')").await?;
        for n in 0..100 {
            let body = if n == 50 { "bad 50".to_owned() } else { format!("good {n}") };
            env.send(&body, None).await?;
        }
        let mut consumer = consumer(env)?;
        drained(env, &mut consumer).await?;
        assert_eq!(env.count().await?, 99);
        let letters = env.take_dead_letters().await?;
        assert_eq!(letters.len(), 1);
        let attributes = letters[0].message_attributes.as_ref().context("no attributes")?;
        let text = |name| attributes.get(name).and_then(|value| value.string_value.as_deref());
        assert_eq!((text("dlq-reason"), text("dlq-attempts")), (Some("data-error"), Some("1")));
        assert!(text("dlq-error").is_some_and(|error| error.to_lowercase().contains("constraint")));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_batch_of_nothing_but_bad_rows_is_dead_lettered_and_work_goes_on() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        database.query_drop("ALTER TABLE messages ADD CHECK (message NOT LIKE 'bad%')").await?;
        // The witness: that it was stored shows that the others are at fault.
        env.send("good", None).await?;
        let mut consumer = consumer(env)?;
        eventually("the good row", async || Ok(env.count().await? == 1)).await?;
        for n in 0..30 {
            env.send(&format!("bad {n}"), None).await?;
        }
        eventually("an empty queue", async || Ok(env.left().await? == 0)).await?;
        env.send("good", None).await?;
        eventually("the next good row", async || Ok(env.count().await? == 2)).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        let letters = env.take_dead_letters().await?;
        let has_reason = |letter: &aws_sdk_sqs::types::Message| {
            letter.message_attributes.as_ref().is_some_and(|all| all.contains_key("dlq-reason"))
        };
        assert_eq!(letters.iter().filter(|letter| has_reason(letter)).count(), 30);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn nothing_is_stored_cut_short_even_where_the_server_would() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        let strict: Option<String> = database.query_first("SELECT @@GLOBAL.sql_mode").await?;
        let narrow = "ALTER TABLE messages MODIFY message VARCHAR(20) CHARACTER SET utf8mb4 NOT NULL";
        database.query_drop(narrow).await?;
        database.query_drop("SET GLOBAL sql_mode = ''").await?;
        env.send("fits", None).await?;
        env.send("longer than twenty characters", None).await?;
        let mut consumer = consumer(env)?;
        let held = async || Ok(consumer.log()?.contains("work needs help"));
        let held = eventually("a hold", held).await;
        database.exec_drop("SET GLOBAL sql_mode = ?", (strict,)).await?;
        held?;
        // The column is at fault, and not the message: that waits for the column to be mended.
        assert!(env.rows().await?.iter().all(|row| row.message == "fits"));
        assert!(env.take_dead_letters().await?.is_empty());
        database.query_drop("ALTER TABLE messages MODIFY message MEDIUMTEXT NOT NULL").await?;
        drained(env, &mut consumer).await?;
        assert_eq!((env.count().await?, env.take_dead_letters().await?.len()), (2, 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn without_a_free_connection_everything_is_held() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        let user = format!("narrow_{:08x}", fastrand::u32(..));
        database.query_drop(format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'narrow'")).await?;
        let grant = format!("GRANT SELECT, INSERT, UPDATE ON {}.* TO '{user}'@'%'", env.schema()?);
        database.query_drop(grant).await?;
        let url = env.database_url.replace("app:app@", &format!("{user}:narrow@"));
        let variables = [("DATABASE_URL", url.as_str())];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        eventually("a start", async || Ok(consumer.log()?.contains("consuming"))).await?;
        // One connection at a time, where four workers want one each.
        database.query_drop(format!("ALTER USER '{user}'@'%' WITH MAX_USER_CONNECTIONS 1")).await?;
        for n in 0..60 {
            env.send(&format!("hello {n}"), None).await?;
        }
        eventually("all rows", async || Ok(env.count().await? == 60)).await?;
        drained(env, &mut consumer).await?;
        assert!(env.take_dead_letters().await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_missing_table_or_right_holds_everything_and_dead_letters_nothing() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        let (schema, user) = (env.schema()?, format!("narrow_{:08x}", fastrand::u32(..)));
        database.query_drop(format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'narrow'")).await?;
        let grant = format!("GRANT SELECT, INSERT, UPDATE ON {schema}.messages TO '{user}'@'%'");
        database.query_drop(&grant).await?;
        let url = env.database_url.replace("app:app@", &format!("{user}:narrow@"));
        let variables = [("DATABASE_URL", url.as_str())];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        eventually("a start", async || Ok(consumer.log()?.contains("consuming"))).await?;
        let revoke = format!("REVOKE INSERT ON {schema}.messages FROM '{user}'@'%'");
        let cases = [
            ("RENAME TABLE messages TO elsewhere", "RENAME TABLE elsewhere TO messages", "1146"),
            (&*revoke, &*grant, "1142"),
        ];
        for (turn, (spoil, mend, code)) in cases.into_iter().enumerate() {
            database.query_drop(spoil).await?;
            for n in 0..20 {
                env.send(&format!("hello {n}"), None).await?;
            }
            let alarm = async || Ok(consumer.log()?.contains(&format!("error {code}")));
            eventually("the alarm", alarm).await?;
            database.query_drop(mend).await?;
            eventually("all rows", async || Ok(env.count().await? == 20 * (turn + 1))).await?;
        }
        assert_eq!(consumer.log()?.matches("needs help").count(), 2, "{}", consumer.tail());
        drained(env, &mut consumer).await?;
        assert!(env.take_dead_letters().await?.is_empty());
        database.query_drop(format!("DROP USER '{user}'@'%'")).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_are_in_utc_whatever_the_server_thinks() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        let zone: Option<String> = database.query_first("SELECT @@GLOBAL.time_zone").await?;
        database.query_drop("SET GLOBAL time_zone = '+05:30'").await?;
        env.send("hello", None).await?;
        let mut consumer = consumer(env)?;
        let stored = eventually("its row", async || Ok(env.count().await? == 1)).await;
        database.exec_drop("SET GLOBAL time_zone = ?", (zone,)).await?;
        stored?;
        assert_eq!(consumer.stop().await?, Some(0));
        let query = "SELECT ABS(TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(6))) < 60
                        AND ABS(TIMESTAMPDIFF(SECOND, sent_at, UTC_TIMESTAMP(6))) < 60 FROM messages";
        let recent: Option<bool> = database.query_first(query).await?;
        assert_eq!(recent, Some(true));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_the_server_says_of_a_row_is_in_its_dead_letter_and_in_no_log() -> Result<()> {
    in_test_env(async |env| {
        // Servers quote what is in a row, as this one does, with a code that means an outage.
        let trigger = "CREATE TRIGGER quoting BEFORE INSERT ON messages FOR EACH ROW BEGIN \
             IF NEW.message LIKE 'secret reject%' THEN \
                 SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = NEW.message; \
             ELSEIF NEW.message LIKE 'secret outage%' THEN \
                 SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1030, MESSAGE_TEXT = NEW.message; END IF; END";
        let mut database = env.connect().await?;
        database.query_drop(trigger).await?;
        env.send("good", None).await?;
        let variables = [("RUST_LOG", "debug")];
        let mut consumer = Process::start_with(env, "consumer", &["--wait-time", "1s"], &variables)?;
        eventually("the good row", async || Ok(env.count().await? == 1)).await?;
        env.send("secret reject", None).await?;
        eventually("an empty queue", async || Ok(env.left().await? == 0)).await?;
        env.send("secret outage", None).await?;
        eventually("the alarm", async || Ok(consumer.log()?.contains("error 1030"))).await?;
        database.query_drop("DROP TRIGGER quoting").await?;
        eventually("the other row", async || Ok(env.count().await? == 2)).await?;
        drained(env, &mut consumer).await?;
        let letters = env.take_dead_letters().await?;
        assert_eq!(letters.len(), 1);
        let attributes = letters[0].message_attributes.as_ref().context("no attributes")?;
        let error = attributes.get("dlq-error").and_then(|value| value.string_value.as_deref());
        assert_eq!(error, Some("secret reject"));
        assert!(!consumer.log()?.contains("secret"), "{}", consumer.log()?);
        Ok(())
    })
    .await
}
