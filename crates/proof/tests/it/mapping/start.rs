//! A start with a mapping that cannot be meant: refused in one line, with the exit code that says why.

use anyhow::Result;

use super::{MAPPING, ORDERS, with_table};
use crate::support::LONGEST;

#[tokio::test]
async fn a_wrong_mapping_is_refused_in_one_line_with_line_and_remedy() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        let cases = [
            ("table =", "tabel =", 2, ".toml:1: unknown field `tabel`"),
            ("\"/order/id\"", "\"order/id\"", 2, ".toml:4: \"order/id\" is no source"),
            ("\"decimal\"", "\"money\"", 2, ".toml:6: unknown variant `money`"),
            ("\"orders\"", "\"ordrs\"", 1, ".toml:1: there is no table \"ordrs\""),
            (
                "customer ",
                "custommer ",
                1,
                "the table has no column \"custommer\": add it, or write one of id, customer",
            ),
            ("as = \"time\", ", "", 1, ".toml:7: column \"placed_at\" is datetime(3)"),
            (
                "raw       = \"body\"\n",
                "",
                1,
                "column \"raw\" is NOT NULL, has no default, and nothing fills it",
            ),
            (
                "\"/order/total\", as = \"decimal\", missing = \"null\"",
                "\"/order/id\", as = \"text\"",
                1,
                ".toml:6: column \"total\" is decimal(12,2)",
            ),
        ];
        for (from, to, code, told) in cases {
            scene.write(&MAPPING.replacen(from, to, 1))?;
            let mut consumer = scene.consumer()?;
            let ended = consumer.ended(LONGEST).await?;
            let log = consumer.log()?;
            assert_eq!((ended.code(), log.contains(told)), (Some(code), true), "{told}\n{log}");
            assert_eq!(log.lines().filter(|line| line.contains("ERROR")).count(), 1, "{log}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_file_that_is_not_there_or_an_inbox_that_is_missing_is_said() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        scene.run("DROP TABLE inbox").await?;
        let mut consumer = scene.consumer()?;
        assert_eq!(consumer.ended(LONGEST).await?.code(), Some(1));
        assert!(consumer.log()?.contains("run `consumer migrate`"), "{}", consumer.tail());
        std::fs::remove_file(&scene.file)?;
        let mut consumer = scene.consumer()?;
        assert_eq!(consumer.ended(LONGEST).await?.code(), Some(2));
        assert!(consumer.log()?.contains("cannot be read"), "{}", consumer.tail());
        scene.write(MAPPING)
    })
    .await
}
