//! What both directions of a connection know of it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use super::control::{Control, Orders};
use super::counts::Fault;
use crate::gauge::Inside;

/// What both directions of a connection know.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) control: Arc<Control>,
    /// The orders that were there before it.
    pub(super) before: Orders,
    /// Bytes so far, both directions together.
    pub(super) carried: AtomicU64,
    /// The next answer is to be swallowed.
    pub(super) cut: AtomicBool,
    _open: Inside,
}

impl Link {
    pub(super) fn new(control: Arc<Control>) -> Self {
        let (before, open) = (*control.orders().borrow(), control.connections.enter());
        Self { control, before, carried: AtomicU64::new(0), cut: AtomicBool::new(false), _open: open }
    }

    /// Counts the fault, as the error that it is to the connection.
    pub(super) fn fail(&self, fault: Fault) -> io::Error {
        self.control.faults.add(fault, 1);
        io::ErrorKind::ConnectionReset.into()
    }
}
