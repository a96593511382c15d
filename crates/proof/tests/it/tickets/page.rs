//! The office's page, in a real browser: it fills, it shows in red what is sold twice, and says what is
//! being broken.

use std::path::Path;

use anyhow::Result;
use faultproxy::tcp::Mode;
use mysql_async::prelude::Queryable;
use nix::sys::signal::Signal;
use proof::browser::Browser;
use proof::test_env::TestEnv;

use super::place::{Place, decide};
use crate::page::{WIDTHS, fits, says};
use crate::support::in_test_env;

const NEWS: &str = r#"{"way":"right","now":"worker 2: kill -9","past":[
    {"at":1790000000000,"what":"worker 2: kill -9"},{"at":1789999990000,"what":"the database: frozen"}],
    "counts":{"kill -9":1,"database frozen":1}}"#;

/// Each of these seats is sold to somebody.
async fn sell(env: &TestEnv, seats: std::ops::RangeInclusive<u32>) -> Result<()> {
    let rows: Vec<_> = seats.map(|seat| format!("('r-{seat}', 1, {seat}, TRUE)")).collect();
    let rows =
        format!("INSERT INTO reservations (reservation, user, seat, is_sold) VALUES {}", rows.join(","));
    Ok(env.connect().await?.query_drop(rows).await?)
}

fn shows(id: &str, text: &str) -> String {
    format!("document.getElementById('{id}').textContent === '{text}'")
}

/// Seats of the hall that look so.
fn seats(kind: &str, number: usize) -> String {
    format!("document.querySelectorAll('#hall .{kind}').length === {number}")
}

/// For people: `target/tmp/tickets-….png`.
async fn pictures(browser: &mut Browser, what: &str) -> Result<()> {
    for width in WIDTHS {
        for dark in [false, true] {
            browser.resize(width, dark).await?;
            let name = format!("tickets-{what}-{width}-{}.png", if dark { "dark" } else { "light" });
            browser.picture(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_hall_fills_live_and_a_seat_that_is_sold_twice_is_red_on_any_screen() -> Result<()> {
    in_test_env(async |env| {
        let Some(mut browser) = Browser::start().await? else { return Ok(()) };
        let place = Place::on(env).await?;
        let office = place.address().await?;
        browser.go(&format!("http://{}/", office.0)).await?;
        browser.until(&says("On sale")).await?;
        sell(env, 1..=120).await?;
        decide(env, "late", 1, false).await?;
        browser.until(&shows("sold", "120")).await?;
        browser.until(&seats("sold", 120)).await?;
        browser.until(&shows("rejected", "1")).await?;
        std::fs::write(&place.news, NEWS)?;
        browser.until(&shows("now", "worker 2: kill -9")).await?;
        fits(&mut browser).await?;
        pictures(&mut browser, "right").await?;

        decide(env, "second", 5, true).await?;
        browser.until(&says("1 seat sold twice")).await?;
        browser.until(&seats("twice", 1)).await?;
        fits(&mut browser).await?;
        pictures(&mut browser, "twice").await?;
        assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);

        place.database.handle().set_mode(Mode::Refuse);
        browser.until(&says("Database away")).await?;
        fits(&mut browser).await?;
        place.database.handle().set_mode(Mode::Pass);
        browser.until(&says("1 seat sold twice")).await?;
        place.server.signal(Signal::SIGKILL)?;
        browser.until(&says("No answer")).await?;
        fits(&mut browser).await
    })
    .await
}
