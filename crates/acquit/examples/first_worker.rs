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
