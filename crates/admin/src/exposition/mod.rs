//! Metrics in Prometheus's text format.

use engine::metrics::names::OF_PROCESS;
use engine::monitor::Family;
use prometheus::proto::MetricFamily;

mod family;

use family::written;

/// The text, or why there is none.
pub(super) type Written = prometheus::Result<String>;

/// All of them, as a page that is scraped.
pub(super) fn text(families: &[Family]) -> Written {
    let families: Vec<_> = families.iter().map(|family| written(family, None)).collect();
    encode(&families)
}

/// Those of several queues: each name once, and each of its metrics with the label `queue`. What
/// tells of the process is there once and without the label.
pub(super) fn labelled<'a>(queues: impl Iterator<Item = (&'a str, Vec<Family>)>) -> Written {
    let mut all: Vec<MetricFamily> = Vec::new();
    for (queue, families) in queues {
        for family in &families {
            let is_of_process = OF_PROCESS.iter().any(|name| name.name == family.name.name);
            let mut new = written(family, (!is_of_process).then_some(queue));
            match all.iter_mut().find(|known| known.name() == new.name()) {
                Some(_) if is_of_process => {}
                Some(known) => known.mut_metric().extend(new.take_metric()),
                None => all.push(new),
            }
        }
    }
    encode(&all)
}

/// Adds texts of the same format; each begins on a line of its own.
pub(super) fn joined(text: String, more: impl Iterator<Item = String>) -> String {
    more.fold(text, |mut text, more| {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text + &more
    })
}

fn encode(families: &[MetricFamily]) -> Written {
    prometheus::TextEncoder::new().encode_to_string(families)
}

#[cfg(test)]
mod tests {
    use engine::metrics::names::{BUILD_INFO, DEAD_LETTERED, Name, RECEIVED};
    use engine::monitor::{Point, Value};

    use super::*;

    fn family(name: Name, label: &str, value: f64) -> Family {
        let labels = if label.is_empty() { vec![] } else { vec![label.to_owned()] };
        Family { name, points: vec![Point { labels, value: Value::Number(value) }] }
    }

    /// The samples, without what is said about them.
    fn samples(text: &str) -> Vec<&str> {
        text.lines().filter(|line| !line.starts_with('#')).collect()
    }

    #[test]
    fn several_queues_have_each_name_once_and_the_process_once_without_a_label() {
        let families = |count| {
            vec![
                family(RECEIVED, "", count),
                family(DEAD_LETTERED, "malformed", count),
                family(BUILD_INFO, "1", 1.0),
            ]
        };
        let text = labelled([("orders", families(1.0)), ("mails", families(2.0))].into_iter()).unwrap();
        assert_eq!(
            samples(&text),
            [
                "consumer_received_total{queue=\"orders\"} 1",
                "consumer_received_total{queue=\"mails\"} 2",
                "consumer_dead_lettered_total{reason=\"malformed\",queue=\"orders\"} 1",
                "consumer_dead_lettered_total{reason=\"malformed\",queue=\"mails\"} 2",
                "consumer_build_info{version=\"1\"} 1",
            ]
        );
        assert_eq!(text.matches("# TYPE").count(), 3);
    }

    #[test]
    fn a_name_that_only_one_queue_has_is_there_for_that_queue() {
        let queues = [("a", vec![]), ("b", vec![family(RECEIVED, "", 1.0)])];
        let text = labelled(queues.into_iter()).unwrap();
        assert_eq!(samples(&text), ["consumer_received_total{queue=\"b\"} 1"]);
    }

    #[test]
    fn texts_that_are_added_begin_on_lines_of_their_own() {
        let more = ["b 2".to_owned(), "c 3\n".to_owned()];
        assert_eq!(joined("a 1\n".to_owned(), more.into_iter()), "a 1\nb 2\nc 3\n");
    }
}
