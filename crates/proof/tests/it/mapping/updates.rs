//! Rows that are updated by their key, and never go back.

use anyhow::Result;
use shared::message::DedupId;

use super::with_table;
use crate::support::{drained, eventually};

const USERS: &str = "CREATE TABLE users (
    id INT NOT NULL PRIMARY KEY,
    email VARCHAR(60) NOT NULL UNIQUE,
    updated_at DATETIME(3) NOT NULL
) ENGINE = InnoDB";

const MAPPING: &str = r#"table = "users"
existing = "update"
if-newer = "/updated_at"

[columns]
id         = "/user/id"
email      = "/user/email"
updated_at = { from = "/updated_at", as = "time" }
"#;

fn user(id: usize, email: &str, second: usize) -> String {
    format!(
        r#"{{"user": {{"id": {id}, "email": "{email}"}}, "updated_at": "2026-11-27T05:{:02}:{:02}Z"}}"#,
        second / 60,
        second % 60
    )
}

const SHOW: &str = "SELECT id, email, CAST(updated_at AS CHAR) FROM users ORDER BY id";

#[tokio::test]
async fn a_user_never_goes_back_whatever_the_order_of_messages() -> Result<()> {
    with_table(USERS, MAPPING, async |scene| {
        // Each user has twenty versions, and the newest comes somewhere in between.
        let versions = (0..20).map(|turn| (turn * 7) % 20);
        let bodies =
            versions.flat_map(|version| (0..10).map(move |id| user(id, &format!("{id}@{version}"), version)));
        scene.send(bodies).await?;
        let mut consumer = scene.consumer()?;
        drained(scene.env, &mut consumer).await?;
        let rows: Vec<(usize, String, String)> = scene.rows(SHOW).await?;
        assert_eq!(rows.len(), 10);
        for (id, email, at) in rows {
            assert_eq!((email, &*at), (format!("{id}@19"), "2026-11-27 05:00:19.000"));
        }
        assert_eq!(scene.count("inbox").await?, 200);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_old_redelivery_does_not_update_again() -> Result<()> {
    let plain = MAPPING.replace("if-newer = \"/updated_at\"\n", "");
    with_table(USERS, &plain, async |scene| {
        let (first, mut consumer) = (DedupId::generate().to_string(), scene.consumer()?);
        scene.env.send(&user(1, "old", 1), Some(&first)).await?;
        eventually("the first", async || Ok(scene.count("inbox").await? == 1)).await?;
        scene.send([user(1, "new", 2)]).await?;
        eventually("the second", async || Ok(scene.count("inbox").await? == 2)).await?;
        scene.env.send(&user(1, "old", 1), Some(&first)).await?;
        drained(scene.env, &mut consumer).await?;
        let rows: Vec<(usize, String, String)> = scene.rows(SHOW).await?;
        assert_eq!(rows, [(1, "new".to_owned(), "2026-11-27 05:00:02.000".to_owned())]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_row_of_another_key_is_never_overwritten() -> Result<()> {
    with_table(USERS, MAPPING, async |scene| {
        let mut consumer = scene.consumer()?;
        scene.send([user(1, "a", 1), user(2, "b", 1)]).await?;
        eventually("two users", async || Ok(scene.count("users").await? == 2)).await?;
        // A third user with the address of the first: by that key the row would be the first one's.
        scene.send([user(3, "a", 9), user(4, "d", 9)]).await?;
        drained(scene.env, &mut consumer).await?;
        let rows: Vec<(usize, String, String)> = scene.rows(SHOW).await?;
        let emails: Vec<_> = rows.iter().map(|(id, email, _)| (*id, &**email)).collect();
        assert_eq!(emails, [(1, "a"), (2, "b"), (4, "d")]);
        assert_eq!(scene.reasons().await?, ["data-error"]);
        Ok(())
    })
    .await
}
