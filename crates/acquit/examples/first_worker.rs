//! The shortest worker: one queue, one job.

#![allow(clippy::print_stdout, reason = "an example may")]

use acquit::{Fail, Json, StartError, Worker};

#[derive(serde::Deserialize)]
struct Greeting {
    name: String,
}

async fn greet(Json(greeting): Json<Greeting>) -> Result<(), Fail> {
    println!("hello {}", greeting.name);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<std::process::ExitCode, StartError> {
    Ok(Worker::from_env()?.queue("greetings", greet).run().await)
}

#[cfg(test)]
mod tests {
    use acquit::testing::TestQueue;

    #[tokio::test(start_paused = true)]
    async fn what_is_no_greeting_is_a_dead_letter() {
        let queue = TestQueue::new((), super::greet);
        let drained = queue.send_raw("{").send_raw(r#"{"name":"Ada"}"#).drained().await;
        assert_eq!((drained.done, drained.dead_letters[0].reason.as_str()), (1, "malformed"));
    }
}
