//! An upstream that speaks SQS's JSON protocol: endless messages, and everything succeeds.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Every queue's URL.
pub(crate) const QUEUE: &str = "http://sqs.test/000000000000/q";

/// Listens until dropped.
pub(crate) struct Queue {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    _task: JoinSet<()>,
}

struct State {
    calls: Mutex<Vec<(String, Value)>>,
    received: Mutex<usize>,
    /// After so many, the first message comes again, with another receipt handle.
    messages: usize,
}

impl Queue {
    pub(crate) async fn start(messages: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(State { calls: Mutex::default(), received: Mutex::default(), messages });
        let mut task = JoinSet::new();
        task.spawn(serve(listener, Arc::clone(&state)));
        Self { address, state, _task: task }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bodies of the calls of this operation, the latest last.
    pub(crate) fn calls(&self, operation: &str) -> Vec<Value> {
        let calls = self.state.calls.lock().expect("no panic");
        calls.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&state)));
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix("AmazonSQS.")).unwrap_or("none").to_owned();
    let body = request.into_body().collect().await.expect("a whole request").to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    state.calls.lock().expect("no panic").push((operation.clone(), body.clone()));
    let answer = match operation.as_str() {
        "ReceiveMessage" => state.receive(&body),
        batch if batch.ends_with("Batch") => succeed(&body),
        _ => json!({}),
    };
    Ok(Response::new(Full::new(answer.to_string().into())))
}

impl State {
    fn receive(&self, body: &Value) -> Value {
        let most = body["MaxNumberOfMessages"].as_u64().unwrap_or(1);
        let mut received = self.received.lock().expect("no panic");
        let messages: Vec<_> = (0..most)
            .map(|_| {
                *received += 1;
                message(*received, (*received - 1) % self.messages + 1)
            })
            .collect();
        if messages.is_empty() { json!({}) } else { json!({ "Messages": messages }) }
    }
}

fn message(receipt: usize, id: usize) -> Value {
    let attributes = json!({ "SentTimestamp": "1700000000000", "ApproximateReceiveCount": "1" });
    json!({
        "MessageId": format!("m{id}"), "ReceiptHandle": format!("r{receipt}"), "Body": format!("body {id}"),
        "MD5OfBody": "0", "Attributes": attributes,
    })
}

fn succeed(body: &Value) -> Value {
    let entries = body["Entries"].as_array().cloned().unwrap_or_default();
    let successful: Vec<_> = entries.iter().map(|entry| json!({ "Id": entry["Id"] })).collect();
    json!({ "Successful": successful })
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// Calls an operation by hand.
///
/// # Errors
/// Where the connection was closed without an answer.
pub(crate) async fn ask(address: SocketAddr, operation: &str, body: &Value) -> Result<Answer, Error> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("http://{address}/"))
        .header("x-amz-target", format!("AmazonSQS.{operation}"))
        .body(Full::new(body.to_string().into()))
        .expect("a whole request");
    let (head, body) = client.request(request).await?.into_parts();
    let bytes = body.collect().await.expect("a whole answer").to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(Answer { status: head.status, headers: head.headers, body })
}
