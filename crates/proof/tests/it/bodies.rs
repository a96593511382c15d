//! Bodies are stored as they were sent, byte for byte.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::support::{consumer, eventually, in_test_env};

#[tokio::test]
async fn bodies_survive_byte_identical() -> Result<()> {
    in_test_env(async |env| {
        let bodies = awkward();
        for body in &bodies {
            env.send(body, None).await?;
        }
        let mut consumer = consumer(env)?;
        eventually("all rows", async || Ok(env.count().await? >= bodies.len())).await?;
        assert_eq!(consumer.stop().await?, Some(0));
        let stored: BTreeSet<_> = env.rows().await?.into_iter().map(|row| row.message).collect();
        assert!(stored == bodies, "some bodies changed");
        assert_eq!(env.left().await?, 0);
        Ok(())
    })
    .await
}

/// SQS takes 1 MiB, and of the control characters tab, CR, LF and the C1 ones.
fn awkward() -> BTreeSet<String> {
    let mebibyte = 1 << 20;
    let mut bodies: BTreeSet<String> = [
        "x",
        " ",
        "trailing space ",
        "cr\rlf\nboth\r\n",
        "\u{85}\u{9b}31m\u{2028}",
        "quotes ' \" ` \\ \\' \\0 %s {} $1 ?",
        "'; DROP TABLE messages; --",
        "{\"a\": [1, {\"a\": null}], \"a\": 2",
        "\u{e000}\u{fffd}\u{10ffff}",
        "e\u{301} is not \u{e9}",
    ]
    .map(str::to_owned)
    .into();
    bodies.insert("x".repeat(mebibyte));
    bodies.insert("\u{1f980}".repeat(mebibyte / 4));
    bodies
}
