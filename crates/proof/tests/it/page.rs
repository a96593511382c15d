//! The page, in a real browser: it is live, it tells what is wrong, and fits on any screen.

use std::io::Write;

use anyhow::Result;
use faultproxy::tcp::Mode;
use mysql_async::prelude::Queryable;
use nix::sys::signal::Signal;
use proof::browser::Browser;

use crate::http::Admin;
use crate::scene::Scene;
use crate::support::{greet, in_test_env};

/// A phone, a tablet, a desk.
pub(crate) const WIDTHS: [u32; 3] = [360, 768, 1_280];

/// What the page says at its top.
pub(crate) fn says(state: &str) -> String {
    format!("document.getElementById('state')?.textContent === '{state}'")
}

/// Nothing sticks out, in light and dark; text differs from its ground as much as reading needs.
pub(crate) async fn fits(browser: &mut Browser) -> Result<()> {
    const OVERFLOW: &str = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    const CONTRAST: &str = "(() => {
        const light = (colour) => {
            const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
            const [r, g, b] = parts.map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
        };
        const ground = light(getComputedStyle(document.body).backgroundColor);
        const texts = [...document.querySelectorAll('h1, h2, p, dt, dd, li, a, output')];
        const ratios = texts.map((text) => light(getComputedStyle(text).color) / ground);
        return Math.min(...ratios.map((ratio) => Math.max(ratio, 1 / ratio)));
    })()";
    for width in WIDTHS {
        for dark in [false, true] {
            browser.resize(width, dark).await?;
            assert_eq!(browser.value(OVERFLOW).await?, 0, "{width}, dark: {dark}");
            let contrast = browser.value(CONTRAST).await?.as_f64().unwrap_or_default();
            assert!(contrast >= 4.5, "{contrast} at {width}, dark: {dark}");
        }
    }
    Ok(())
}

/// By the keyboard alone: to the button, to the dialog's second button, and yes.
async fn switch(browser: &mut Browser) -> Result<()> {
    browser.value("document.getElementById('switch').focus()").await?;
    browser.press("Enter", "\r").await?;
    browser.until("document.getElementById('confirm').open").await?;
    browser.press("Tab", "").await?;
    browser.press("Enter", "\r").await?;
    browser.until("!document.getElementById('confirm').open").await
}

#[tokio::test]
async fn the_page_says_what_a_start_waits_for_and_asks_before_rejects_are_accepted() -> Result<()> {
    in_test_env(async |env| {
        let Some(mut browser) = Browser::start().await? else { return Ok(()) };
        let refuse = "ALTER TABLE messages ADD CONSTRAINT none CHECK (message = 'fit')";
        env.connect().await?.query_drop(refuse).await?;
        let arguments = ["--wait-time", "1s", "--reject-limit", "3"];
        let scene = Scene::after(env, &arguments, |_, database| database.handle().set_mode(Mode::Refuse))?;
        let admin = Admin::starting(&scene.consumer).await?;
        browser.go(&format!("http://{}/", admin.0)).await?;
        browser.until(&says("Starting")).await?;
        browser.until("document.getElementById('detail').textContent.includes('the database at')").await?;
        fits(&mut browser).await?;
        scene.database.handle().set_mode(Mode::Pass);
        browser.until(&says("All is well")).await?;
        assert_eq!(browser.value("document.getElementById('accept').hidden").await?, true);
        greet(env, 10).await?;
        browser.until("!document.getElementById('accept').hidden").await?;
        fits(&mut browser).await?;
        browser.value("document.getElementById('accept').click()").await?;
        browser.value("document.getElementById('yes').click()").await?;
        browser.until(&says("Work goes on")).await?;
        browser.until("document.getElementById('accept').hidden").await
    })
    .await
}

#[tokio::test]
async fn the_page_shows_live_how_things_are_on_any_screen() -> Result<()> {
    in_test_env(async |env| {
        let Some(mut browser) = Browser::start().await? else {
            writeln!(std::io::stderr(), "left out: no Chromium was found to look at the page with")?;
            return Ok(());
        };
        let scene = Scene::on(env, &["--wait-time", "1s"])?;
        let admin = Admin::of(&scene.consumer).await?;
        browser.go(&format!("http://{}/", admin.0)).await?;
        browser.until(&says("All is well")).await?;
        greet(env, 1_234).await?;
        browser.until("document.getElementById('all-stored').textContent === '1,234'").await?;
        browser.until("document.querySelector('#stored-line path[d*=L]') !== null").await?;
        fits(&mut browser).await?;

        switch(&mut browser).await?;
        browser.until(&says("Paused")).await?;
        assert_eq!(admin.status().await?["paused"], true);
        switch(&mut browser).await?;
        browser.until(&says("All is well")).await?;

        scene.database.handle().set_mode(Mode::Refuse);
        browser.until(&says("Database away")).await?;
        fits(&mut browser).await?;
        scene.database.handle().set_mode(Mode::Pass);
        browser.until(&says("All is well")).await?;
        assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);

        scene.consumer.signal(Signal::SIGKILL)?;
        browser.until(&says("No answer")).await?;
        browser.until("document.getElementById('switch').disabled").await
    })
    .await
}
