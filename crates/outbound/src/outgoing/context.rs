//! The context that a message is created in, as it travels with it.

use super::Outgoing;

impl Outgoing {
    /// The message with the current span as attributes, where something is traced, it has none yet, and
    /// there is room.
    #[must_use]
    pub fn in_context(self) -> Self {
        #[cfg(feature = "otel")]
        let traced = with(self, otel::context::propagated());
        #[cfg(not(feature = "otel"))]
        let traced = self;
        traced
    }
}

/// The first of them counts: one that it has no room for leaves out those after it.
#[cfg(any(test, feature = "otel"))]
fn with(mut message: Outgoing, context: Vec<(&'static str, String)>) -> Outgoing {
    use shared::limits::{MAX_ATTRIBUTES, MAX_BYTES};
    use shared::message::{Attribute, is_carrier};

    if message.attributes.iter().any(|attribute| is_carrier(&attribute.name)) {
        return message;
    }
    for (name, value) in context {
        let attribute = Attribute::text(name, &value);
        let bytes = message.bytes() + attribute.bytes();
        if message.attributes.len() + 2 > MAX_ATTRIBUTES || bytes > MAX_BYTES {
            break;
        }
        message.attributes.push(attribute);
    }
    message
}

#[cfg(test)]
mod tests {
    use shared::limits::MAX_BYTES;
    use shared::message::{Attribute, TRACEPARENT, TRACESTATE};

    use super::*;

    fn names(message: Outgoing) -> Vec<String> {
        let context = vec![(TRACEPARENT, "00-1-2-01".to_owned()), (TRACESTATE, "a=1".to_owned())];
        let message = with(message, context);
        assert_eq!(message.check(false), Ok(()));
        message.attributes.into_iter().map(|attribute| attribute.name).collect()
    }

    #[test]
    fn a_message_takes_the_context_along_that_it_is_created_in() {
        assert_eq!(names(Outgoing::new("id", "b")), [TRACEPARENT, TRACESTATE]);
    }

    #[test]
    fn a_context_of_the_senders_own_stays() {
        let own = Outgoing { attributes: vec![Attribute::text(TRACEPARENT, "own")], ..Outgoing::new("id", "b") };
        assert_eq!(names(own), [TRACEPARENT]);
    }

    #[test]
    fn a_context_takes_only_room_that_is_there() {
        let many = (0..8).map(|number| Attribute::text(&format!("a-{number}"), "1")).collect();
        let full = Outgoing { attributes: many, ..Outgoing::new("id", "b") };
        assert_eq!(names(full).len(), 9);
        let large = Outgoing::new("id", "");
        let large = Outgoing { body: "x".repeat(MAX_BYTES - large.bytes() - 10), ..large };
        assert_eq!(names(large).len(), 0);
    }
}
