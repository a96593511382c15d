//! What the two queues are called.

/// Reservations on their way to a worker: a name or a URL.
pub fn reservations() -> String {
    variable("RESERVATIONS_QUEUE", "reservations")
}

/// Outcomes on their way to whoever wants to know, such as a consumer that stores them.
pub fn outcomes() -> String {
    variable("OUTCOMES_QUEUE", "ticket-outcomes")
}

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
}
