//! ElasticMQ, a second emulator of SQS: one that keeps to AWS's documentation where FIFO queues are
//! concerned.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/elasticmq");
/// For it to be fetched and to start.
const PATIENCE: Duration = Duration::from_mins(5);
/// The script's exit code where it cannot be had.
const CANNOT: i32 = 69;

/// Ends with its standard input, and so when this is dropped or the process ends.
#[derive(Debug)]
pub struct ElasticMq {
    address: SocketAddr,
    child: Child,
}

impl ElasticMq {
    /// Starts it on a free port; `None` where it cannot be had, which is said on standard error.
    pub fn start() -> Result<Option<Self>> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(Path::new(SCRIPT));
        command.arg(address.port().to_string()).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut started = Self { address, child: command.spawn().context("cannot start scripts/elasticmq")? };
        let began = Instant::now();
        while !started.listens() {
            match started.child.try_wait()?.map(|status| status.code()) {
                Some(Some(CANNOT)) => return Ok(None),
                Some(code) => bail!("scripts/elasticmq ended with {code:?}"),
                None if began.elapsed() > PATIENCE => bail!("ElasticMQ does not start"),
                None => sleep(Duration::from_millis(50)),
            }
        }
        Ok(Some(started))
    }

    /// The one that all tests of a process share.
    pub fn shared() -> Result<Option<&'static Self>> {
        static SHARED: OnceLock<Result<Option<ElasticMq>>> = OnceLock::new();
        match SHARED.get_or_init(Self::start) {
            Ok(shared) => Ok(shared.as_ref()),
            Err(error) => bail!("{error:#}"),
        }
    }

    /// For `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    fn listens(&self) -> bool {
        TcpStream::connect(self.address).is_ok()
    }
}

impl Drop for ElasticMq {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _: io::Result<_> = self.child.wait();
    }
}
