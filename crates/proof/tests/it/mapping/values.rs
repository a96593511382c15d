//! Strange values: stored exactly, or refused with a reason.

use anyhow::Result;

use super::with_table;
use crate::support::{drained, eventually};

const THINGS: &str = "CREATE TABLE things (
    n INT NOT NULL PRIMARY KEY,
    big BIGINT UNSIGNED NULL,
    exact DECIMAL(40,20) NULL,
    near DOUBLE NULL,
    words TEXT CHARACTER SET utf8mb4 NULL,
    inner_value VARCHAR(20) CHARACTER SET utf8mb4 NULL,
    flag BIT(1) NULL,
    raw LONGTEXT CHARACTER SET utf8mb4 NULL
) ENGINE = InnoDB";

const MAPPING: &str = r#"table = "things"

[columns]
n           = "/n"
big         = { from = "/big", as = "integer", missing = "null" }
exact       = { from = "/exact", as = "decimal", missing = "null" }
near        = { from = "/near", missing = "null" }
words       = { from = "/words", missing = "null" }
inner_value = { from = "/a/b/c", missing = "null" }
flag        = { from = "/flag", as = "boolean", missing = "null" }
raw         = "body"
"#;

/// A member, a column, and what is in it, or the reason of the dead letter.
type Case = (&'static str, &'static str, Result<Option<&'static str>, &'static str>);

const CASES: [Case; 19] = [
    (r#""big": 9007199254740993"#, "big", Ok(Some("9007199254740993"))),
    (r#""big": 18446744073709551615"#, "big", Ok(Some("18446744073709551615"))),
    (r#""big": 18446744073709551616"#, "big", Err("data-error")),
    (r#""big": "1e3""#, "big", Ok(Some("1000"))),
    (r#""big": 0.5"#, "big", Err("data-error")),
    (r#""exact": 0.1"#, "exact", Ok(Some("0.10000000000000000000"))),
    (
        r#""exact": 12345678901234567890.12345678901234567890"#,
        "exact",
        Ok(Some("12345678901234567890.12345678901234567890")),
    ),
    (r#""exact": 0.123456789012345678901"#, "exact", Err("data-error")),
    (r#""exact": 1e-400"#, "exact", Err("data-error")),
    (r#""near": 0.1"#, "near", Ok(Some("0.1"))),
    (r#""near": 9007199254740993"#, "near", Err("data-error")),
    (
        "\"words\": \"\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \\u0000 \\ud83d\\ude00\"",
        "words",
        Ok(Some("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \0 \u{1f600}")),
    ),
    (r#""words": "\ud800""#, "words", Err("data-error")),
    (r#""a": {"b": {"c": null}}"#, "inner_value", Ok(None)),
    (r#""a": {"b": null}"#, "inner_value", Ok(None)),
    (r#""a": {"b": {"c": "found"}}"#, "inner_value", Ok(Some("found"))),
    (r#""a": {"b": {"c": 1}, "b": 2}"#, "inner_value", Err("malformed")),
    (r#""flag": true"#, "flag + 0", Ok(Some("1"))),
    (r#""flag": 2"#, "flag", Err("data-error")),
];

#[tokio::test]
async fn strange_values_are_stored_exactly_or_dead_lettered_with_a_reason() -> Result<()> {
    with_table(THINGS, MAPPING, async |scene| {
        let mut consumer = scene.consumer()?;
        // What works once is the messages' fault from then on.
        let whole =
            r#"{"n": 0, "big": 1, "exact": 1, "near": 1, "words": "", "a": {"b": {"c": ""}}, "flag": false}"#;
        scene.send([whole.to_owned()]).await?;
        eventually("a first row", async || Ok(scene.count("things").await? == 1)).await?;
        let bodies: Vec<_> = CASES
            .iter()
            .enumerate()
            .map(|(n, (member, ..))| format!("{{\"n\": {}, {member}}}", n + 1))
            .collect();
        scene.send(bodies.iter().cloned()).await?;
        let depth = 10_000;
        let deep = format!("{{\"n\": 99, \"deep\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        let deep_value = format!("{{\"n\": 98, \"words\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        scene.send([deep.clone(), deep_value]).await?;
        drained(scene.env, &mut consumer).await?;
        for (n, (member, column, expected)) in CASES.iter().enumerate() {
            let query = format!("SELECT CAST({column} AS CHAR) FROM things WHERE n = {}", n + 1);
            let found: Vec<Option<String>> = scene.rows(&query).await?;
            let expected = expected.ok().map(|value| value.map(str::to_owned));
            assert_eq!(found.first(), expected.as_ref(), "{member}");
        }
        let query = "SELECT raw FROM things WHERE n = 99";
        assert_eq!(scene.rows::<String>(query).await?, [deep], "passed over, it is stored as it is");
        let query = "SELECT LENGTH(words) FROM things WHERE n = 98";
        assert_eq!(scene.rows::<usize>(query).await?, [2 * depth], "an array is a text without `as`");
        let mut reasons: Vec<_> = CASES.iter().filter_map(|(.., expected)| expected.err()).collect();
        reasons.sort_unstable();
        assert_eq!(scene.reasons().await?, reasons);
        let rows = scene.rows::<String>("SELECT raw FROM things WHERE n BETWEEN 1 AND 50").await?;
        assert!(rows.iter().all(|raw| bodies.contains(raw)));
        Ok(())
    })
    .await
}
