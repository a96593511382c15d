//! What helps to write a mapping: a first one, a trial, and the doctor.

use anyhow::Result;

use super::{MAPPING, ORDERS, Scene, order, with_table};
use crate::support::{Ended, command_with, drained};

async fn run(scene: &Scene<'_>, arguments: &[&str]) -> Result<Ended> {
    command_with(scene.env, arguments, &[]).await
}

#[tokio::test]
async fn a_first_mapping_is_written_tried_and_used_as_it_is() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        let sample = scene.file.with_extension("json");
        std::fs::write(&sample, order(7).replace("\"customer\"", "\"source\": \"shop\", \"customer\""))?;
        let (sample, file) = (sample.to_string_lossy(), scene.file.to_string_lossy());
        let drafted = run(scene, &["mapping", "new", "orders", "--sample", &sample]).await?;
        assert_eq!(drafted.code, Some(0), "{}", drafted.log);
        scene.write(&drafted.output)?;
        let tried = run(scene, &["mapping", "try", &file, &sample]).await?;
        assert_eq!(tried.code, Some(0), "{}\n{}", tried.output, tried.log);
        for line in
            ["id         '7'", "customer   'c7'", "total      '7.5'", "placed_at  '2026-11-27 05:44:54.123'"]
        {
            assert!(tried.output.contains(line), "{line}\n{}", tried.output);
        }
        scene.send([std::fs::read_to_string(&*sample)?]).await?;
        let mut consumer = scene.consumer()?;
        drained(scene.env, &mut consumer).await?;
        assert_eq!(scene.count("orders WHERE id = 7 AND total = 7.5 AND paid").await?, 1);
        std::fs::write(&*sample, "{}")?;
        let tried = run(scene, &["mapping", "try", &file, &sample]).await?;
        std::fs::remove_file(&*sample)?;
        assert_eq!((tried.code, tried.output.contains("missing-field")), (Some(1), true), "{}", tried.output);
        let missing = run(scene, &["mapping", "new", "nowhere"]).await?;
        assert!(
            missing.code == Some(1) && missing.log.contains("there is no table \"nowhere\""),
            "{}",
            missing.log
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_doctor_says_what_a_start_would_with_the_line() -> Result<()> {
    with_table(ORDERS, MAPPING, async |scene| {
        let file = scene.file.to_string_lossy();
        let healthy = run(scene, &["doctor", "--mapping", &file]).await?;
        assert!(healthy.output.contains("fits its table"), "{}", healthy.output);
        scene.send([order(1)]).await?;
        let mut consumer = scene.consumer()?;
        drained(scene.env, &mut consumer).await?;
        let tried = run(scene, &["doctor", "--mapping", &file]).await?;
        assert!(tried.output.contains("a row was stored once more, and taken back"), "{}", tried.output);
        assert_eq!(scene.count("orders").await?, 1);
        scene.write(&MAPPING.replace("as = \"decimal\"", "as = \"text\""))?;
        let wrong = run(scene, &["doctor", "--mapping", &file]).await?;
        assert!(
            wrong.code == Some(1) && wrong.output.contains(".toml:6: column \"total\""),
            "{}",
            wrong.output
        );
        scene.write("tabel = 1")?;
        let wrong = run(scene, &["doctor", "--mapping", &file]).await?;
        assert!(wrong.code == Some(1) && wrong.output.contains(".toml:1: unknown field"), "{}", wrong.output);
        Ok(())
    })
    .await
}
