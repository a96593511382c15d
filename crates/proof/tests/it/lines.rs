//! Messages from a file or a pipe: each line once, whatever happens to the sender.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use faultproxy::SqsProxy;
use faultproxy::sqs::{Fault, Operation, Rule, Which};
use nix::sys::signal::Signal;
use proof::process::Process;
use proof::test_env::TestEnv;
use shared::message::DedupId;

use crate::support::{LONGEST, consumer, drained, eventually, in_test_env};

/// A folder of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn of(env: &TestEnv) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("lines-{}", env.schema()?));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder.canonicalize()?))
    }

    fn path(&self, name: &str) -> Result<String> {
        Ok(self.0.join(name).to_str().context("an odd folder")?.to_owned())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<String> {
        fs::write(self.0.join(name), content)?;
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Runs the sender to its end, and returns its exit code.
async fn send(env: &TestEnv, arguments: &[&str]) -> Result<(Option<i32>, Process)> {
    let mut sender = Process::start(env, "sender", arguments)?;
    let code = sender.ended(LONGEST).await?.code();
    Ok((code, sender))
}

/// Has the consumer store what is on the queue. Returns all bodies that are stored, in order.
async fn stored(env: &TestEnv) -> Result<Vec<String>> {
    let mut consumer = consumer(env)?;
    drained(env, &mut consumer).await?;
    let mut bodies: Vec<_> = env.rows().await?.into_iter().map(|row| row.message).collect();
    bodies.sort();
    ensure!(env.take_dead_letters().await?.is_empty(), "something was given up");
    Ok(bodies)
}

fn sorted<T: AsRef<str>>(lines: &[T]) -> Vec<String> {
    let mut lines: Vec<_> = lines.iter().map(|line| line.as_ref().to_owned()).collect();
    lines.sort();
    lines
}

fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("order {number:06}")).collect()
}

#[tokio::test]
async fn a_file_arrives_byte_for_byte_and_equal_lines_are_two_messages() -> Result<()> {
    in_test_env(async |env| {
        let folder = Folder::of(env)?;
        let content = "a\tb \r\n\n  \u{1f980} \"q\" \\ \rc\nsame\nsame\nthe end";
        let file = folder.file("orders.txt", content)?;
        let (code, sender) = send(env, &["--lines", &file]).await?;
        assert_eq!(code, Some(0), "{}", sender.tail());
        let numbers: BTreeSet<_> = sender.confirmed()?.into_iter().collect();
        assert_eq!(numbers, BTreeSet::from([1, 3, 4, 5, 6]));
        let lines = ["a\tb ", "  \u{1f980} \"q\" \\ \rc", "same", "same", "the end"];
        assert_eq!(stored(env).await?, sorted(&lines));
        assert!(!sender.log()?.contains("the end"), "a body is nobody's to read");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_file_that_is_sent_again_after_a_kill_is_stored_once_and_another_file_is_not_taken_for_it()
-> Result<()> {
    in_test_env(async |env| {
        const COUNT: usize = 3_000;
        let (folder, lines) = (Folder::of(env)?, numbered(COUNT));
        let file = folder.file("orders.txt", lines.join("\n"))?;
        let mut killed = Process::start(env, "sender", &["--lines", &file, "--rate", "1000"])?;
        eventually("a part of the file", async || Ok(killed.confirmed()?.len() > COUNT / 3)).await?;
        killed.signal(Signal::SIGKILL)?;
        killed.ended(LONGEST).await?;
        let part = killed.confirmed()?.len();
        assert!(part < COUNT, "it was killed too late");
        let (code, sender) = send(env, &["--lines", &file]).await?;
        assert_eq!((code, sender.confirmed()?.len()), (Some(0), COUNT), "{}", sender.tail());
        assert!(env.left().await? >= COUNT + part, "nothing was sent twice");
        assert_eq!(stored(env).await?, lines);
        let other = folder.file("other.txt", &lines[0])?;
        assert_eq!(send(env, &["--lines", &other]).await?.0, Some(0));
        assert_eq!(stored(env).await?.len(), COUNT + 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_run_that_was_stopped_says_from_which_line_to_go_on() -> Result<()> {
    in_test_env(async |env| {
        const COUNT: usize = 2_000;
        let (folder, lines) = (Folder::of(env)?, numbered(COUNT));
        let file = folder.file("orders.txt", lines.join("\n"))?;
        let mut stopped = Process::start(env, "sender", &["--lines", &file, "--rate", "500"])?;
        eventually("a part of the file", async || Ok(stopped.confirmed()?.len() > COUNT / 4)).await?;
        assert_eq!(stopped.stop().await?, Some(1), "{}", stopped.tail());
        let log = stopped.log()?;
        let start = log.rsplit_once("go on with --start ").context("it does not say where")?.1.trim();
        let (code, rest) = send(env, &["--lines", &file, "--start", start]).await?;
        assert_eq!(code, Some(0), "{}", rest.tail());
        let mut numbers = [stopped.confirmed()?, rest.confirmed()?].concat();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=COUNT as u64).collect::<Vec<_>>(), "each line by one of the two");
        assert_eq!(stored(env).await?, lines);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_not_confirmed_comes_back_under_the_same_names() -> Result<()> {
    in_test_env(async |env| {
        let folder = Folder::of(env)?;
        let (file, rejects) = (folder.file("orders.txt", numbered(20).join("\n"))?, folder.path("rejects")?);
        let proxy = SqsProxy::start(&std::env::var("AWS_ENDPOINT_URL")?, 0)?;
        let code = || "InvalidMessageContents".to_owned();
        let refuse = Fault::FailEntries { which: Which::First(2), code: code(), sender_fault: true };
        proxy.handle().add(Rule::on(Operation::SendMessageBatch, refuse).times(1));
        let arguments = ["--lines", &file, "--rejects", &rejects, "--rate", "500"];
        let endpoint = proxy.endpoint();
        let mut sender = Process::start_with(env, "sender", &arguments, &[("AWS_ENDPOINT_URL", &endpoint)])?;
        assert_eq!(sender.ended(LONGEST).await?.code(), Some(1), "{}", sender.tail());
        let written = fs::read_to_string(&rejects)?;
        assert!(!written.is_empty() && written.contains("InvalidMessageContents"), "{written}");
        assert_eq!(written.lines().count() + sender.confirmed()?.len(), 20);
        let (code, again) = send(env, &["--jsonl", &rejects]).await?;
        assert_eq!(code, Some(0), "{}", again.tail());
        assert_eq!(send(env, &["--lines", &file]).await?.0, Some(0), "under the same names");
        assert_eq!(stored(env).await?, numbered(20));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn lines_that_are_no_messages_cost_only_themselves_and_are_kept() -> Result<()> {
    in_test_env(async |env| {
        let (folder, own) = (Folder::of(env)?, r#"{"body":"named","dedup_id":"order-1"}"#);
        let long = format!(r#"{{"body":"{}"}}"#, "x".repeat(9 << 20));
        let bad = ["secret", r#"{"body":"secret","attributes":{"a b":"1"}}"#, &long];
        let mut content = [&[own], &bad[..], &[r#"{"body":"unnamed","attributes":{"kind":"x"}}"#]]
            .concat()
            .join("\n")
            .into_bytes();
        content.extend(b"\nsecret \xff\n");
        let (file, rejects) = (folder.file("orders.jsonl", content)?, folder.path("rejects")?);
        let (code, sender) = send(env, &["--jsonl", &file, "--rejects", &rejects]).await?;
        assert_eq!(code, Some(1), "{}", sender.tail());
        assert!(!sender.log()?.contains("secret"), "{}", sender.log()?);
        let numbers: BTreeSet<_> = sender.confirmed()?.into_iter().collect();
        assert_eq!(numbers, BTreeSet::from([1, 5]));
        let written = fs::read_to_string(&rejects)?;
        let place = format!(r#""line":4,"offset":{}}}"#, own.len() + bad[0].len() + bad[1].len() + 3);
        for part in
            [r#""line":2,"offset":38,"text":"secret"}"#, r#""line":3,"dedup_id":""#, &place, r#""base64":"#]
        {
            assert!(written.contains(part), "{part} is not in {written}");
        }
        assert_eq!(written.lines().count(), 4);
        let (code, over) = send(env, &["--jsonl", &file, "--rejects", &rejects]).await?;
        assert!(code == Some(2) && over.log()?.contains("REJECTS_FILE"), "{}", over.tail());
        assert_eq!(fs::read_to_string(&rejects)?, written, "it was written over");
        assert_eq!(stored(env).await?, ["named", "unnamed"]);
        let ids: BTreeSet<_> = env.rows().await?.into_iter().map(|row| row.id).collect();
        assert!(ids.contains(DedupId::of("order-1").as_bytes()));
        Ok(())
    })
    .await
}

/// Starts the sender on a pipe into which `content` was written.
async fn pipe(env: &TestEnv, content: &str, options: &[&str]) -> Result<Process> {
    let (read, mut write) = std::io::pipe()?;
    let mut sender = Process::start_fed(env, "sender", &[&["--lines", "-"], options].concat(), read)?;
    write.write_all(content.as_bytes())?;
    // The last line has an end, so it is sent although the pipe stays open.
    let lines = content.lines().count();
    eventually("the lines of an open pipe", async || Ok(sender.confirmed()?.len() == lines)).await?;
    drop(write);
    assert_eq!(sender.ended(LONGEST).await?.code(), Some(0), "{}", sender.tail());
    Ok(sender)
}

#[tokio::test]
async fn a_pipe_can_be_sent_again_where_it_has_a_name() -> Result<()> {
    in_test_env(async |env| {
        for _ in 0..2 {
            pipe(env, "a\nb\n", &["--source", "day-1"]).await?;
        }
        assert_eq!(stored(env).await?, ["a", "b"]);
        pipe(env, "a\n", &["--source", "day-2"]).await?;
        let nameless = pipe(env, "a\n", &[]).await?;
        assert!(nameless.log()?.contains("--source"), "{}", nameless.log()?);
        assert_eq!(stored(env).await?, ["a", "a", "a", "b"]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_file_under_its_given_name_is_the_same_source_as_a_pipe_of_that_name() -> Result<()> {
    in_test_env(async |env| {
        let folder = Folder::of(env)?;
        let file = folder.file("orders.txt", "a\nb\n")?;
        assert_eq!(send(env, &["--lines", &file, "--source", "day-1"]).await?.0, Some(0));
        let read = File::open(Path::new(&file))?;
        let mut again = Process::start_fed(env, "sender", &["--lines", "-", "--source", "day-1"], read)?;
        assert!(again.ended(LONGEST).await?.success(), "{}", again.tail());
        assert_eq!(stored(env).await?, ["a", "b"]);
        Ok(())
    })
    .await
}
