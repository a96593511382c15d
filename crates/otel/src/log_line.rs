//! Trace and span as fields of a log line that is written inside of one.

use std::fmt;

use opentelemetry::trace::{SpanId, TraceId};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

/// A format with these fields. Outside of a span it writes as the inner one does.
#[derive(Debug)]
pub struct Traced<F>(pub F);

impl<S, N, F> FormatEvent<S, N> for Traced<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let current = crate::provider::current(|span| (span.trace_id(), span.span_id()));
        let Some((trace, span)) = current else { return self.0.format_event(context, writer, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(&with(line.trim_end(), trace, span))
    }
}

fn with(line: &str, trace: TraceId, span: SpanId) -> String {
    match line.strip_suffix('}').filter(|_| line.starts_with('{')) {
        Some(object) => format!("{object},\"trace_id\":\"{trace}\",\"span_id\":\"{span}\"}}\n"),
        None => format!("{line} trace_id={trace} span_id={span}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_trace_and_span_in_its_own_way() {
        let (trace, span) = (TraceId::from(0xab), SpanId::from(0xcd));
        assert_eq!(
            with("{\"message\":\"m\"}", trace, span),
            "{\"message\":\"m\",\"trace_id\":\"000000000000000000000000000000ab\",\"span_id\":\"00000000000000cd\"}\n"
        );
        assert_eq!(
            with("INFO stored", trace, span),
            "INFO stored trace_id=000000000000000000000000000000ab span_id=00000000000000cd\n"
        );
    }
}
