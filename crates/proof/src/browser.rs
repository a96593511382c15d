//! A Chromium without a window, told what to do over a pipe, in its own protocol.
//!
//! <https://chromedevtools.github.io/devtools-protocol/>

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// It reads orders from the third descriptor and answers to the fourth.
const START: &str = r#"exec "$0" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
    --user-data-dir="$1" --remote-debugging-pipe 3<&0 4>&1 0</dev/null 1>&2 2>/dev/null"#;
/// For an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one page open. Killed when dropped.
#[derive(Debug)]
pub struct Browser {
    _child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    sent: u64,
    page: Option<String>,
    /// What the page complained of: errors in its console, and exceptions.
    pub complaints: Vec<String>,
}

impl Browser {
    /// The browser of this machine, with an empty page; `None` where it has none.
    pub async fn start() -> Result<Option<Self>> {
        let Some(program) = find() else { return Ok(None) };
        let folder = std::env::temp_dir().join(format!("proof-browser-{:016x}", fastrand::u64(..)));
        let mut command = Command::new("bash");
        command.args(["-c", START]).arg(program).arg(&folder).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let orders = child.stdin.take().context("no pipe")?;
        let answers = BufReader::new(child.stdout.take().context("no pipe")?);
        let (page, complaints) = (None, Vec::new());
        let mut browser = Self { _child: child, orders, answers, folder, sent: 0, page, complaints };
        browser.open_page().await?;
        Ok(Some(browser))
    }

    async fn open_page(&mut self) -> Result<()> {
        let target = self.order("Target.createTarget", json!({ "url": "about:blank" })).await?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.order("Target.attachToTarget", attach).await?;
        self.page = Some(session["sessionId"].as_str().context("no session")?.to_owned());
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            self.order(domain, json!({})).await?;
        }
        Ok(())
    }

    /// Goes there.
    pub async fn go(&mut self, url: &str) -> Result<()> {
        self.order("Page.navigate", json!({ "url": url })).await.map(drop)
    }

    /// Makes the page so many pixels wide, in light or dark; nothing moves from one to the other.
    pub async fn resize(&mut self, width: u32, dark: bool) -> Result<()> {
        let scheme = if dark { "dark" } else { "light" };
        let features = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")];
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        self.order("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.order("Emulation.setDeviceMetricsOverride", metrics).await.map(drop)
    }

    /// The value of an expression in the page.
    pub async fn value(&mut self, expression: &str) -> Result<Value> {
        let order = json!({ "expression": expression, "returnByValue": true });
        let mut answer = self.order("Runtime.evaluate", order).await?;
        ensure!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression in the page is true.
    pub async fn until(&mut self, expression: &str) -> Result<()> {
        let began = Instant::now();
        while self.value(expression).await? != true {
            ensure!(began.elapsed() < PATIENCE, "waited in vain for {expression}");
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Presses and releases a key, by its name, and what it types.
    pub async fn press(&mut self, key: &str, text: &str) -> Result<()> {
        for kind in ["keyDown", "keyUp"] {
            let code = if key == "Tab" { 9 } else { 13 };
            let order = json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code });
            self.order("Input.dispatchKeyEvent", order).await?;
        }
        Ok(())
    }

    /// Writes the whole page into a file, as a picture.
    pub async fn picture(&mut self, file: &Path) -> Result<()> {
        let size = self.value("(({ scrollWidth: width, scrollHeight: height }) => ({ width, height }))(document.documentElement)").await?;
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let order = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let answer = self.order("Page.captureScreenshot", order).await?;
        let data = answer["data"].as_str().context("no picture")?;
        Ok(std::fs::write(file, BASE64_STANDARD.decode(data)?)?)
    }

    async fn order(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.sent += 1;
        let mut order = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(page) = &self.page {
            order["sessionId"] = json!(page);
        }
        let mut order = order.to_string().into_bytes();
        order.push(0);
        self.orders.write_all(&order).await?;
        timeout(PATIENCE, self.answer(method)).await.with_context(|| format!("no answer to {method}"))?
    }

    async fn answer(&mut self, method: &str) -> Result<Value> {
        loop {
            let mut line = Vec::new();
            self.answers.read_until(0, &mut line).await?;
            ensure!(line.pop() == Some(0), "the browser ended");
            let mut answer: Value = serde_json::from_slice(&line)?;
            match answer["method"].as_str() {
                Some("Runtime.exceptionThrown" | "Log.entryAdded") => {
                    self.complaints.push(answer["params"].to_string());
                }
                _ if answer["id"] == self.sent && answer.get("error").is_some() => {
                    bail!("{method}: {answer}")
                }
                _ if answer["id"] == self.sent => return Ok(answer["result"].take()),
                _ => {}
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let places = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}
