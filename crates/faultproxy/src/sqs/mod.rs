//! A relay for SQS's JSON protocol, which can be made to fail call by call.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::listen::{Port, accept};
use crate::task::Task;

mod batch;
mod control;
mod counts;
mod envelope;
mod fault;
mod groups;
mod lost;
mod memory;
mod messages;
mod operation;
mod receipts;
mod receive;
mod refusal;
mod relay;
mod rule;
mod upstream;

use control::Control;
pub use control::SqsHandle;
pub use counts::Counts;
pub use fault::{Fault, Field, Which};
pub use operation::Operation;
use relay::Relay;
pub use rule::{Rule, RuleId};
use upstream::Upstream;

/// Listens on a port of 127.0.0.1 and relays HTTP/1.1 calls to its upstream. Whatever is no
/// call of SQS is relayed, too. Dropped, it closes the port and all connections.
#[derive(Debug)]
pub struct SqsProxy {
    address: SocketAddr,
    handle: SqsHandle,
    _port: Port,
    _task: Task,
}

impl SqsProxy {
    /// Starts to relay to `upstream`, `http://host:port`, without any rules. The seed decides
    /// which calls, messages and entries rules will pick.
    ///
    /// # Errors
    /// Where that is no such endpoint, or the system has no port or socket left.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(upstream: &str, seed: u64) -> io::Result<Self> {
        let control = Arc::new(Control::new(upstream::authority(upstream)?, seed));
        let port = Port::take()?;
        let relay = Relay { control: control.clone(), upstream: Upstream::new() };
        let task = Task::spawn(serve(port.listen()?, relay));
        Ok(Self { address: port.address(), handle: SqsHandle(control), _port: port, _task: task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Steers it, from anywhere.
    pub fn handle(&self) -> SqsHandle {
        self.handle.clone()
    }
}

async fn serve(listener: TcpListener, relay: Relay) {
    let mut links = JoinSet::new();
    loop {
        let client = accept(&listener).await;
        while links.try_join_next().is_some() {}
        links.spawn(link(client, relay.clone()));
    }
}

/// Answers a connection's calls, until one is to be lost or the client goes.
async fn link(client: TcpStream, relay: Relay) {
    let service = service_fn(|request| relay.clone().call(request));
    http1::Builder::new().serve_connection(TokioIo::new(client), service).await.ok();
}
