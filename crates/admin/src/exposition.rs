//! Metrics in Prometheus's text format.

use engine::histogram::{Snapshot, as_f64};
use engine::metrics::names::{Kind, Name, OF_PROCESS};
use engine::monitor::{Family, Point, Value};
use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

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

fn written(Family { name, points }: &Family, queue: Option<&str>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.name.to_owned());
    family.set_help(name.help.to_owned());
    family.set_field_type(match name.kind {
        Kind::Counter => MetricType::COUNTER,
        Kind::Gauge => MetricType::GAUGE,
        Kind::Histogram => MetricType::HISTOGRAM,
    });
    family.set_metric(points.iter().map(|point| metric(name, point, queue)).collect());
    family
}

fn metric(name: &Name, Point { labels, value }: &Point, queue: Option<&str>) -> Metric {
    let mut metric = Metric::from_label(pairs(name, labels, queue));
    match value {
        Value::Histogram { snapshot, unit } => metric.set_histogram(histogram(snapshot, *unit)),
        Value::Number(number) if name.kind == Kind::Counter => {
            let mut counter = Counter::default();
            counter.set_value(*number);
            metric.set_counter(counter);
        }
        Value::Number(number) => {
            let mut gauge = Gauge::default();
            gauge.set_value(*number);
            metric.set_gauge(gauge);
        }
    }
    metric
}

fn histogram(snapshot: &Snapshot, unit: f64) -> Histogram {
    let mut histogram = Histogram::default();
    histogram.set_sample_count(snapshot.count());
    histogram.set_sample_sum(as_f64(snapshot.sum()) / unit);
    let bucket = |(bound, count)| {
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(as_f64(bound) / unit);
        bucket.set_cumulative_count(count);
        bucket
    };
    histogram.set_bucket(snapshot.cumulative().map(bucket).collect());
    histogram
}

/// An empty value is as good as none.
fn pairs(name: &Name, labels: &[String], queue: Option<&str>) -> Vec<LabelPair> {
    let own = name.labels.iter().copied().zip(labels.iter().map(String::as_str));
    let queue = queue.map(|queue| ("queue", queue));
    let said = own.filter(|(_, value)| !value.is_empty()).chain(queue);
    said.map(|(name, value)| pair(name, value)).collect()
}

fn pair(name: &str, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}

#[cfg(test)]
mod tests {
    use engine::metrics::names::{BUILD_INFO, DEAD_LETTERED, RECEIVED};

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
