//! Before messages are blamed, a row that was stored before is asked whether it would be stored now.

use anyhow::{Result, bail};
use engine::handler::Handler;
use engine::verdict::Witness;
use mysql::store::MysqlStore;
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use shared::message::DedupId;

use crate::support::in_test_env;

const JSON: &str = r#"{"n": 1}"#;

async fn open(env: &TestEnv) -> Result<MysqlStore> {
    Ok(MysqlStore::open(&env.database_url.parse()?, 2).await?)
}

async fn store_one(env: &TestEnv, message: &str) -> Result<()> {
    let id = DedupId::generate();
    let mut database = env.connect().await?;
    database
        .exec_drop("INSERT INTO messages (id, message) VALUES (?, ?)", (&id.as_bytes()[..], message))
        .await?;
    Ok(())
}

/// Why the witness was refused, which needs help.
fn refused(witness: &Witness) -> Result<&str> {
    match witness {
        Witness::Refused(away) if away.permanent => Ok(&away.error),
        other => bail!("{other:?}"),
    }
}

#[tokio::test]
async fn the_witness_is_taken_where_rows_like_it_are() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        database.query_drop("ALTER TABLE messages ADD CHECK (JSON_VALID(message))").await?;
        let store = open(env).await?;
        assert_eq!(store.witness().await, Witness::Absent);
        store_one(env, JSON).await?;
        assert_eq!(store.witness().await, Witness::Taken);
        // What others do to a table every day is nobody's fault.
        for harmless in [
            "ALTER TABLE messages ADD note VARCHAR(9) NULL, ADD tenant INT NOT NULL DEFAULT 0",
            "ALTER TABLE messages ADD KEY by_time (created_at), COMMENT = 'theirs'",
            "ALTER TABLE messages MODIFY message LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL",
            "ALTER TABLE messages PARTITION BY RANGE COLUMNS (id) (PARTITION rest VALUES LESS THAN (MAXVALUE))",
        ] {
            database.query_drop(harmless).await?;
            assert_eq!(store.witness().await, Witness::Taken, "{harmless}");
        }
        assert_eq!(env.count().await?, 1);
        Ok(())
    })
    .await
}

/// What others do to a table, how it is mended, and the error that a new row meets meanwhile.
const SPOILED: [(&str, &str, &str); 5] = [
    ("ALTER TABLE messages ADD tenant INT NOT NULL", "ALTER TABLE messages DROP tenant", "1364"),
    (
        "ALTER TABLE messages PARTITION BY RANGE COLUMNS (id) (PARTITION old VALUES LESS THAN (x'01000000000000000000000000000000'))",
        "ALTER TABLE messages REMOVE PARTITIONING",
        "1526",
    ),
    (
        "CREATE TRIGGER audit AFTER INSERT ON messages FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'secret'",
        "DROP TRIGGER audit",
        "1644",
    ),
    (
        "ALTER TABLE messages ADD tenant INT NOT NULL DEFAULT 7, ADD CONSTRAINT f FOREIGN KEY (tenant) REFERENCES tenants (id)",
        "ALTER TABLE messages DROP FOREIGN KEY f, DROP tenant",
        "1452",
    ),
    ("RENAME TABLE messages TO elsewhere", "RENAME TABLE elsewhere TO messages", "1146"),
];

#[tokio::test]
async fn the_witness_meets_whatever_a_new_row_meets() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        database.query_drop("CREATE TABLE tenants (id INT PRIMARY KEY)").await?;
        store_one(env, JSON).await?;
        let store = open(env).await?;
        for (spoil, mend, code) in SPOILED {
            // The old rows are to be gone from where the partition would not take them.
            if code == "1526" {
                database.query_drop("UPDATE messages SET id = x'00000000000000000000000000000001'").await?;
            }
            if code == "1452" {
                database.query_drop("SET foreign_key_checks = 0").await?;
            }
            database.query_drop(spoil).await?;
            let witness = store.witness().await;
            let why = refused(&witness)?;
            assert!(why.contains(code) && !why.contains("secret"), "{spoil}: {why}");
            database.query_drop(mend).await?;
            assert_eq!(store.witness().await, Witness::Taken, "{mend}");
        }
        assert_eq!(env.count().await?, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_table_that_became_stricter_is_named_until_it_is_mended_or_accepted() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        store_one(env, "fits").await?;
        let store = open(env).await?;
        database
            .query_drop("ALTER TABLE messages ADD CONSTRAINT short CHECK (CHAR_LENGTH(message) < 20)")
            .await?;
        let witness = store.witness().await;
        let why = refused(&witness)?;
        assert!(why.contains("short") && why.contains("/accept-rejects"), "{why}");
        store.accept().await;
        assert_eq!(store.witness().await, Witness::Taken);
        database
            .query_drop("ALTER TABLE messages MODIFY message VARCHAR(20) CHARACTER SET utf8mb4 NOT NULL")
            .await?;
        assert!(refused(&store.witness().await)?.contains("message is varchar(20)"));
        // One that is opened later holds it against the migrations.
        let later = open(env).await?;
        assert!(refused(&later.witness().await)?.contains("not mediumtext"));
        later.accept().await;
        assert_eq!(later.witness().await, Witness::Taken);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_unique_key_of_others_does_not_refuse_the_witness() -> Result<()> {
    in_test_env(async |env| {
        env.connect().await?.query_drop("ALTER TABLE messages ADD UNIQUE KEY once (message(99))").await?;
        store_one(env, JSON).await?;
        assert_eq!(open(env).await?.witness().await, Witness::Taken);
        assert_eq!(env.count().await?, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_view_of_another_table_will_do() -> Result<()> {
    in_test_env(async |env| {
        let mut database = env.connect().await?;
        database.query_drop("RENAME TABLE messages TO elsewhere").await?;
        database.query_drop("CREATE VIEW messages AS SELECT * FROM elsewhere").await?;
        let store = open(env).await?;
        assert_eq!(store.witness().await, Witness::Absent);
        store_one(env, JSON).await?;
        assert_eq!(store.witness().await, Witness::Taken);
        assert_eq!(env.count().await?, 1);
        Ok(())
    })
    .await
}
