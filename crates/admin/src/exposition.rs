//! Metrics in Prometheus's text format.

use engine::histogram::{Snapshot, as_f64};
use engine::metrics::names::{Kind, Name};
use engine::monitor::{Family, Point, Value};
use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

/// All of them, as a page that is scraped.
pub(super) fn text(families: &[Family]) -> prometheus::Result<String> {
    let families: Vec<_> = families.iter().map(written).collect();
    prometheus::TextEncoder::new().encode_to_string(&families)
}

fn written(Family { name, points }: &Family) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.name.to_owned());
    family.set_help(name.help.to_owned());
    family.set_field_type(match name.kind {
        Kind::Counter => MetricType::COUNTER,
        Kind::Gauge => MetricType::GAUGE,
        Kind::Histogram => MetricType::HISTOGRAM,
    });
    family.set_metric(points.iter().map(|point| metric(name, point)).collect());
    family
}

fn metric(name: &Name, Point { labels, value }: &Point) -> Metric {
    let mut metric = Metric::from_label(pairs(name, labels));
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
fn pairs(name: &Name, labels: &[String]) -> Vec<LabelPair> {
    let pair = |(name, value): (&&str, &String)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value(value.clone());
        pair
    };
    name.labels.iter().zip(labels).filter(|(_, value)| !value.is_empty()).map(pair).collect()
}
