//! One family of metrics as Prometheus's library wants it.

use engine::histogram::{Snapshot, as_f64};
use engine::metrics::names::{Kind, Name};
use engine::monitor::{Family, Point, Value};
use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

/// The family, each of its metrics with the label `queue` where one is given.
pub(super) fn written(Family { name, points }: &Family, queue: Option<&str>) -> MetricFamily {
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
