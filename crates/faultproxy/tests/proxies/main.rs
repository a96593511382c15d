//! Both proxies between real clients and real servers, all on loopback.

mod far;
mod sdk;
mod sqs_batches;
mod sqs_calls;
mod sqs_messages;
mod support;
mod tcp_modes;
mod tcp_orders;
