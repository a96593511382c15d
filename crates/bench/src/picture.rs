//! The figures as bars, in SVG, for light and dark pages.

use std::fmt;

use crate::drain::{Drain, Line};
use crate::stats::{Spread, number};
use crate::subject::OURS;

const WIDTH: usize = 800;
/// Where bars start, and the longest that one is.
const LEFT: f64 = 230.0;
const LONGEST: f64 = 400.0;
/// From one bar to the next, and its height.
const STEP: usize = 30;
const THICK: usize = 18;
/// From the top of a chart to its first bar, and from its last to the next chart.
const HEAD: usize = 42;
const FOOT: usize = 16;

/// Colours by role; a page's own scheme chooses.
pub(crate) const STYLE: &str = "
  text { font: 14px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .faint { fill: #59636e; font-size: 12px }
  .ours { fill: #0969da } .other { fill: #afb8c1 }
  .ours-text { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .faint { fill: #9198a1 }
    .ours { fill: #4493f8 } .other { fill: #5a636e }
  }
";

/// Two charts, one above the other. `Display` is the file.
#[derive(Clone, Debug)]
pub struct Picture {
    charts: Vec<Chart>,
    caption: String,
}

#[derive(Clone, Debug)]
struct Chart {
    title: String,
    bars: Vec<Bar>,
}

#[derive(Clone, Debug)]
struct Bar {
    name: String,
    value: f64,
    label: String,
}

impl Picture {
    /// Rates and costs of all subjects.
    pub fn new(drain: &Drain, machine: &str) -> Self {
        let title = format!("Messages a second, from {} into the table (more is better)", drain.site);
        let rate = Chart::new(title, drain, |line| &line.rates, 0);
        let title = "Microseconds of processor time a message (less is better)".to_owned();
        let cost = Chart::new(title, drain, |line| &line.cpu, 1);
        Self { charts: vec![rate, cost], caption: format!("Medians. {machine}") }
    }
}

impl Chart {
    fn new(title: String, drain: &Drain, values: fn(&Line) -> &[f64], digits: usize) -> Self {
        let bar = |line: &Line| {
            let value = Spread::of(values(line).iter().copied())?.median;
            let ratio = drain.ratio(&line.subject, values).map(|ratio| 1.0 / ratio.median);
            let ratio = ratio.filter(|_| line.subject != OURS);
            let ratio = ratio.map(|ratio| format!(" ({ratio:.2} ×)")).unwrap_or_default();
            let label = format!("{}{ratio}", number(value, digits));
            Some(Bar { name: line.subject.clone(), value, label })
        };
        Self { title, bars: drain.lines.iter().filter_map(bar).collect() }
    }

    fn height(&self) -> usize {
        HEAD + self.bars.len() * STEP + FOOT
    }

    fn draw(&self, f: &mut fmt::Formatter<'_>, top: usize) -> fmt::Result {
        writeln!(f, r#"<text class="title" x="16" y="{}">{}</text>"#, top + 26, escaped(&self.title))?;
        let most = self.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        for (number, bar) in self.bars.iter().enumerate() {
            bar.draw(f, top + HEAD + number * STEP, (bar.value / most * LONGEST).max(1.0))?;
        }
        Ok(())
    }
}

impl Bar {
    fn draw(&self, f: &mut fmt::Formatter<'_>, top: usize, length: f64) -> fmt::Result {
        let ours = self.name == OURS;
        let (fill, text) = if ours { ("ours", "ours-text") } else { ("other", "") };
        let (base, end) = (top + THICK - 4, LEFT + length + 8.0);
        let (name, label) = (escaped(&self.name), escaped(&self.label));
        let right = LEFT - 10.0;
        writeln!(f, r#"<text class="{text}" x="{right}" y="{base}" text-anchor="end">{name}</text>"#)?;
        writeln!(
            f,
            r#"<rect class="{fill}" x="{LEFT}" y="{top}" width="{length:.1}" height="{THICK}" rx="2"/>"#
        )?;
        writeln!(f, r#"<text class="{text}" x="{end:.1}" y="{base}">{label}</text>"#)
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let height = self.charts.iter().map(Chart::height).sum::<usize>() + 2 * FOOT;
        let view = format!(r#"viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}""#);
        writeln!(f, r#"<svg xmlns="http://www.w3.org/2000/svg" {view} role="img">"#)?;
        writeln!(f, "<title>How fast a queue is drained, and at what cost</title>\n<style>{STYLE}</style>")?;
        let mut top = 0;
        for chart in &self.charts {
            chart.draw(f, top)?;
            top += chart.height();
        }
        writeln!(f, r#"<text class="faint" x="16" y="{}">{}</text>"#, top + FOOT, escaped(&self.caption))?;
        writeln!(f, "</svg>")
    }
}

/// As text in XML.
pub(crate) fn escaped(text: &str) -> String {
    let entity = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(subject: &str, rate: f64) -> Line {
        let (rates, cpu, peaks) = (vec![rate], vec![1.0], vec![1.0]);
        Line { subject: subject.to_owned(), messages: 10, rates, cpu, peaks, requests: None }
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escaped(r#"a<b> & "c""#), "a&lt;b&gt; &amp; &quot;c&quot;");
    }

    #[test]
    fn bars_are_as_long_as_their_values_and_others_are_compared_with_ours() {
        let lines = vec![line(OURS, 20_000.0), line("a & b", 5_000.0)];
        let drain = Drain { site: "here".to_owned(), lines };
        let svg = Picture::new(&drain, "machine").to_string();
        assert!(svg.contains(r#"width="400.0""#) && svg.contains(r#"width="100.0""#), "{svg}");
        assert!(svg.contains(">20,000<") && svg.contains(">5,000 (0.25 ×)<"), "{svg}");
        assert!(svg.contains("a &amp; b"), "{svg}");
    }
}
