//! What the server says: taken once the queue has it, waiting until it is decided, the same after a kill.

use anyhow::{Context, Result};
use faultproxy::sqs::{Fault, Operation, Rule};
use faultproxy::tcp::Mode;
use nix::sys::signal::Signal;
use proof::test_env::TestEnv;
use serde_json::Value;

use super::place::{Place, decide};
use crate::http::{Admin, Answer};
use crate::support::in_test_env;

const JSON: (&str, &str) = ("Content-Type", "application/json");

async fn ask(office: Admin, key: &str) -> Result<Answer> {
    let headers = [JSON, ("Idempotency-Key", key)];
    office.ask("POST", "/reservations", &headers, r#"{"user":1,"seat":7}"#).await
}

fn name(answer: &Answer) -> Result<String> {
    let body: Value = serde_json::from_str(&answer.body)?;
    Ok(body["reservation"].as_str().context("no name")?.to_owned())
}

async fn state(office: Admin, name: &str) -> Result<(u16, String)> {
    let answer = office.get(&format!("/reservations/{name}")).await?;
    let body: Value = serde_json::from_str(&answer.body)?;
    Ok((answer.status, body["state"].as_str().unwrap_or_default().to_owned()))
}

async fn is_waiting(env: &TestEnv, number: usize) -> Result<()> {
    assert_eq!(env.left().await?, number);
    Ok(())
}

#[tokio::test]
async fn a_reservation_waits_until_it_is_decided_also_after_the_server_was_killed() -> Result<()> {
    in_test_env(async |env| {
        let mut place = Place::on(env).await?;
        let office = place.address().await?;
        let taken = ask(office, "key").await?;
        assert_eq!(taken.status, 202, "{}", taken.body);
        let name = name(&taken)?;
        assert!(taken.head.contains(&format!("location: /reservations/{name}")), "{}", taken.head);
        is_waiting(env, 1).await?;

        place.server.signal(Signal::SIGKILL)?;
        place.replace(env)?;
        let office = place.address().await?;
        assert_eq!(state(office, &name).await?, (200, "waiting".into()));
        let forged = name.replace('0', "1");
        assert_eq!(state(office, &format!("{forged}0")).await?.0, 404);
        decide(env, &name, 7, true).await?;
        assert_eq!(state(office, &name).await?, (200, "sold".into()));
        place.server.stop().await.map(|code| assert_eq!(code, Some(0)))
    })
    .await
}

#[tokio::test]
async fn the_same_key_is_the_same_reservation() -> Result<()> {
    in_test_env(async |env| {
        let place = Place::on(env).await?;
        let office = place.address().await?;
        let (first, again, other) =
            (ask(office, "one").await?, ask(office, "one").await?, ask(office, "two").await?);
        assert_eq!(name(&first)?, name(&again)?);
        assert_ne!(name(&first)?, name(&other)?);
        assert_eq!(ask(office, &"x".repeat(200)).await?.status, 400);
        is_waiting(env, 3).await
    })
    .await
}

#[tokio::test]
async fn what_the_queue_did_not_confirm_is_not_taken() -> Result<()> {
    in_test_env(async |env| {
        let place = Place::on(env).await?;
        let office = place.address().await?;
        place.sqs.handle().add(Rule::on(Operation::SendMessageBatch, Fault::Status(503)));
        let refused = ask(office, "key").await?;
        assert_eq!(refused.status, 503, "{}", refused.body);
        assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
        assert!(!refused.body.contains("reservation\":"), "{}", refused.body);
        place.sqs.handle().clear();
        assert_eq!(ask(office, "key").await?.status, 202);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn reservations_are_taken_while_the_database_is_away() -> Result<()> {
    in_test_env(async |env| {
        let place = Place::on(env).await?;
        let office = place.address().await?;
        place.database.handle().set_mode(Mode::BlackHole);
        let taken = ask(office, "key").await?;
        assert_eq!(taken.status, 202, "{}", taken.body);
        let name = name(&taken)?;
        assert_eq!(state(office, &name).await?.0, 503);
        place.database.handle().set_mode(Mode::Pass);
        assert_eq!(state(office, &name).await?, (200, "waiting".into()));
        Ok(())
    })
    .await
}
