//! Random schedules: they pass a job that is right, and find what a wrong one does.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use acquit_engine::job::{Body, Context, Fail, FromDelivery, Outcome};
use acquit_engine::testing::schedules;
use tokio::time::{Duration, sleep};

use crate::inbox::{Inbox, Once};

#[test]
fn a_job_with_an_inbox_does_each_message_once_whatever_happens() {
    async fn careful(_: Once) -> Result<(), Fail> {
        Ok(())
    }
    schedules(0..25, Inbox::default, careful, |number| number);
}

#[test]
fn a_job_without_an_inbox_is_held_to_at_least_once() {
    async fn careless(_: Body) -> Result<(), Fail> {
        sleep(Duration::from_millis(700)).await;
        Ok(())
    }
    schedules(0..25, || (), careless, |number| number);
}

#[test]
fn a_job_that_fails_panics_or_rejects_loses_nothing() {
    async fn moody(Body(body): Body) -> Result<(), Fail> {
        match body.parse::<u64>()? % 7 {
            5 => Err(Fail::reject("never", "as the test wanted")),
            6 => Err(Fail::retry("not-now", "as the test wanted").after(Duration::from_mins(1))),
            4 => panic!("as the test wanted"),
            _ => Ok(()),
        }
    }
    schedules(0..6, || (), moody, |number| number);
}

/// An inbox that forgets: it knows only the last few ids.
#[derive(Clone, Debug, Default)]
struct Forgetful(Arc<Mutex<Vec<String>>>);

struct Perhaps;

impl FromDelivery<Forgetful> for Perhaps {
    async fn from_delivery(context: &mut Context<'_>, inbox: &Forgetful) -> Result<Self, Outcome> {
        let (mut ids, id) = (inbox.0.lock().expect("no test panics here"), context.message().id.to_string());
        if ids.contains(&id) {
            return Err(Outcome::Duplicate);
        }
        ids.push(id);
        if ids.len() > 2 {
            ids.remove(0);
        }
        Ok(Self)
    }
}

#[test]
#[should_panic(expected = "done 2 times")]
fn a_job_with_an_inbox_that_forgets_is_found_out() {
    async fn forgetful(_: Perhaps) -> Result<(), Fail> {
        Ok(())
    }
    schedules(0..300, Forgetful::default, forgetful, |number| number);
}

/// Remembers a message before its work is done, and keeps that where the work fails.
#[derive(Clone, Debug, Default)]
struct Early(Arc<Mutex<HashSet<String>>>);

struct Begun;

impl FromDelivery<Early> for Begun {
    async fn from_delivery(context: &mut Context<'_>, early: &Early) -> Result<Self, Outcome> {
        let is_new = early.0.lock().expect("no test panics here").insert(context.message().id.to_string());
        if is_new { Ok(Self) } else { Err(Outcome::Duplicate) }
    }
}

#[test]
#[should_panic(expected = "said to be a duplicate, and never done")]
fn a_job_that_remembers_what_it_did_not_do_is_found_out() {
    async fn hasty(_: Begun, Body(body): Body) -> Result<(), Fail> {
        if body.ends_with('3') { Err(Fail::retry("busy", "429")) } else { Ok(()) }
    }
    schedules(0..50, Early::default, hasty, |number| number);
}

#[test]
#[should_panic(expected = "run 4 (repeat it with 4..5): ")]
fn a_run_that_fails_says_its_number() {
    async fn hasty(_: Begun, _: Body) -> Result<(), Fail> {
        Err(Fail::retry("busy", "429"))
    }
    schedules(4..9, Early::default, hasty, |number| number);
}
