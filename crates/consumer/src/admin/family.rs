//! Metrics of one name, in the types that the text format is written from.

use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

use crate::metrics::names::{Kind, Name};
use crate::metrics::{Snapshot, as_f64};

/// Gathers metrics, each under its name.
#[derive(Debug, Default)]
pub(super) struct Families(Vec<MetricFamily>);

impl Families {
    /// One value without labels.
    pub(super) fn value(&mut self, name: &Name, value: f64) {
        self.values(name, [([], value)]);
    }

    /// As [`value`](Self::value), of a number that is counted.
    pub(super) fn count(&mut self, name: &Name, count: u64) {
        self.value(name, as_f64(count));
    }

    /// Values with the name's labels, in its order.
    pub(super) fn values<'a, const N: usize>(
        &mut self,
        name: &Name,
        values: impl IntoIterator<Item = ([&'a str; N], f64)>,
    ) {
        let metrics = values.into_iter().map(|(labels, value)| metric(name, &labels, value));
        self.add(name, metrics.collect());
    }

    /// Histograms with the name's labels; the values are in `unit`s of what the name says.
    pub(super) fn histograms<'a, const N: usize>(
        &mut self,
        name: &Name,
        unit: f64,
        histograms: impl IntoIterator<Item = ([&'a str; N], Snapshot)>,
    ) {
        let metrics = histograms.into_iter().map(|(labels, snapshot)| {
            let mut metric = Metric::from_label(pairs(name, &labels));
            metric.set_histogram(histogram(&snapshot, unit));
            metric
        });
        self.add(name, metrics.collect());
    }

    /// A name that has no metrics is left out.
    fn add(&mut self, name: &Name, metrics: Vec<Metric>) {
        if metrics.is_empty() {
            return;
        }
        let mut family = MetricFamily::default();
        family.set_name(name.name.to_owned());
        family.set_help(name.help.to_owned());
        family.set_field_type(match name.kind {
            Kind::Counter => MetricType::COUNTER,
            Kind::Gauge => MetricType::GAUGE,
            Kind::Histogram => MetricType::HISTOGRAM,
        });
        family.set_metric(metrics);
        self.0.push(family);
    }

    /// All of them in the text format.
    pub(super) fn text(&self) -> prometheus::Result<String> {
        prometheus::TextEncoder::new().encode_to_string(&self.0)
    }
}

fn metric(name: &Name, labels: &[&str], value: f64) -> Metric {
    let mut metric = Metric::from_label(pairs(name, labels));
    if name.kind == Kind::Counter {
        let mut counter = Counter::default();
        counter.set_value(value);
        metric.set_counter(counter);
    } else {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        metric.set_gauge(gauge);
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
fn pairs(name: &Name, labels: &[&str]) -> Vec<LabelPair> {
    let pair = |(name, value): (&&str, &&str)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    };
    name.labels.iter().zip(labels).filter(|(_, value)| !value.is_empty()).map(pair).collect()
}
