//! Whether and how to trace: OpenTelemetry's variables, as far as its SDK does not read them.
//!
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>

use std::time::Duration;

const PROTOCOL: &str = "http/protobuf";

/// There is somewhere to send spans to, and nothing that switches them off.
pub(super) fn are_wanted() -> bool {
    wanted(value)
}

fn wanted(value: impl Fn(&str) -> Option<String>) -> bool {
    let endpoint =
        value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| value("OTEL_EXPORTER_OTLP_ENDPOINT"));
    let disabled = value("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let elsewhere = value("OTEL_TRACES_EXPORTER").is_some_and(|text| text.trim() != "otlp");
    endpoint.is_some() && !disabled && !elsewhere
}

/// Refuses the protocols that are not spoken here.
pub(super) fn check() -> Result<(), String> {
    let protocol = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    match protocol.into_iter().find_map(|name| Some((name, value(name)?))) {
        Some((name, protocol)) if protocol != PROTOCOL => {
            Err(format!("{name} is {protocol:?}, only {PROTOCOL} is spoken, by default on port 4318"))
        }
        _ => Ok(()),
    }
}

/// For one export.
pub(super) fn timeout() -> Duration {
    let timeout = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    let millis = timeout.into_iter().find_map(value).and_then(|text| text.trim().parse().ok());
    millis.map_or(Duration::from_secs(10), Duration::from_millis)
}

/// Whether the environment names the service.
pub(super) fn has_service_name() -> bool {
    let attributes = value("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    value("OTEL_SERVICE_NAME").is_some()
        || attributes.split(',').any(|pair| pair.trim_start().starts_with("service.name="))
}

/// An empty variable is the same as none.
fn value(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted_with(variables: &[(&str, &str)]) -> bool {
        let found = |name: &str| variables.iter().find(|(known, _)| *known == name);
        wanted(|name| found(name).map(|(_, text)| (*text).to_owned()))
    }

    #[test]
    fn without_an_endpoint_nothing_is_traced() {
        assert!(!wanted_with(&[]));
        assert!(!wanted_with(&[("OTEL_SERVICE_NAME", "s"), ("OTEL_TRACES_EXPORTER", "otlp")]));
        assert!(wanted_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4318")]));
        assert!(wanted_with(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://h:4318/v1/traces")]));
    }

    #[test]
    fn what_switches_it_off_wins() {
        for off in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert!(!wanted_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4318"), off]), "{off:?}");
        }
    }
}
