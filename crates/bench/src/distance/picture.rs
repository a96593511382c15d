//! Rates over the distance as lines, in SVG, for light and dark pages.

use std::fmt;

use super::drains::{AWAY, Drains, limit};
use super::far::Away;
use crate::picture::{STYLE, escaped};
use crate::stats::number;
use crate::subject::OURS;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 400.0;
/// The corners of the chart.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 570.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 330.0;
/// Between the labels of two lines, at least.
const LABEL: f64 = 18.0;
/// Lines across are so many messages a second apart.
const STEP: f64 = 5_000.0;

/// Beside the colours that all pictures have.
const LINES: &str = "
  polyline { fill: none; stroke-width: 2 }
  .ours-line { stroke: #0969da; stroke-width: 3 } .other-line { stroke: #8c959f }
  .limit { stroke: #0969da; stroke-width: 1.5; stroke-dasharray: 5 4 } .grid { stroke: #8c959f55 }
  @media (prefers-color-scheme: dark) {
    .ours-line, .limit { stroke: #4493f8 } .other-line { stroke: #768390 }
  }
";

/// `Display` is the file.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    lines: Vec<Line>,
    limit: Vec<(f64, f64)>,
    most: f64,
    caption: String,
}

/// One subject: milliseconds and messages a second.
#[derive(Clone, Debug)]
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

impl Picture {
    /// Of the medians.
    pub(super) fn new(drains: &Drains, machine: &str) -> Self {
        let mut lines = Vec::<Line>::new();
        for leg in AWAY.iter().flat_map(|away| drains.at(*away)) {
            let Some(rate) = leg.rate() else { continue };
            let point = (f64::from(leg.away.queue), rate);
            match lines.iter_mut().find(|line| line.name == leg.subject) {
                Some(line) => line.points.push(point),
                None => lines.push(Line { name: leg.subject.clone(), points: vec![point] }),
            }
        }
        let near = drains.ours(AWAY[0]).and_then(super::drains::Leg::rate).unwrap_or_default();
        let limits =
            (0..=AWAY[3].queue).map(|queue| (f64::from(queue), limit(Away { queue, database: 1 }, near)));
        let rates = lines.iter().flat_map(|line| line.points.iter().map(|(_, rate)| *rate));
        let most = (rates.fold(STEP, f64::max) / STEP).ceil() * STEP;
        Self { limit: limits.collect(), most, lines, caption: format!("Medians. {machine}") }
    }

    fn x(millis: f64) -> f64 {
        LEFT + millis / f64::from(AWAY[3].queue) * (RIGHT - LEFT)
    }

    fn y(&self, rate: f64) -> f64 {
        BOTTOM - rate / self.most * (BOTTOM - TOP)
    }

    fn axes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rate = 0.0;
        while rate <= self.most {
            let (y, text) = (self.y(rate), number(rate, 0));
            writeln!(f, r#"<line class="grid" x1="{LEFT}" y1="{y:.1}" x2="{RIGHT}" y2="{y:.1}"/>"#)?;
            let (x, y) = (LEFT - 8.0, y + 4.0);
            writeln!(f, r#"<text class="faint" x="{x}" y="{y:.1}" text-anchor="end">{text}</text>"#)?;
            rate += STEP;
        }
        for away in AWAY {
            let (x, y, millis) = (Self::x(f64::from(away.queue)), BOTTOM + 18.0, away.queue);
            writeln!(f, r#"<text class="faint" x="{x:.1}" y="{y}" text-anchor="middle">{millis}</text>"#)?;
        }
        let (x, y) = (f64::midpoint(LEFT, RIGHT), BOTTOM + 36.0);
        let text = "milliseconds to SQS and back; the database is 1 ms away (at 0: 0)";
        writeln!(f, r#"<text class="faint" x="{x}" y="{y}" text-anchor="middle">{text}</text>"#)
    }

    fn polyline(&self, f: &mut fmt::Formatter<'_>, class: &str, points: &[(f64, f64)]) -> fmt::Result {
        let at = |(millis, rate): &(f64, f64)| format!("{:.1},{:.1}", Self::x(*millis), self.y(*rate));
        let points: Vec<_> = points.iter().map(at).collect();
        writeln!(f, r#"<polyline class="{class}" points="{}"/>"#, points.join(" "))
    }

    /// At the end of each line, or as near to it as the others' labels let it be.
    fn labels(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |line: &Line| line.points.last().map_or(0.0, |(_, rate)| *rate);
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by(|one, other| end(one).total_cmp(&end(other)));
        let mut below = f64::INFINITY;
        for line in lines {
            let y = (self.y(end(line)) + 4.0).min(below - LABEL);
            below = y;
            let class = if line.name == OURS { "ours-text" } else { "" };
            let (x, name, rate) = (RIGHT + 10.0, escaped(&line.name), number(end(line), 0));
            writeln!(f, r#"<text class="{class}" x="{x}" y="{y:.1}">{name}, {rate}</text>"#)?;
        }
        Ok(())
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = format!(r#"viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}""#);
        writeln!(f, r#"<svg xmlns="http://www.w3.org/2000/svg" {view} role="img">"#)?;
        writeln!(f, "<title>How fast a queue is drained, over the distance of SQS</title>")?;
        writeln!(f, "<style>{STYLE}{LINES}</style>")?;
        let title = "Messages a second over the distance of SQS (dashed: our limit)";
        writeln!(f, r#"<text class="title" x="16" y="26">{title}</text>"#)?;
        self.axes(f)?;
        for line in &self.lines {
            self.polyline(f, if line.name == OURS { "ours-line" } else { "other-line" }, &line.points)?;
        }
        self.polyline(f, "limit", &self.limit)?;
        self.labels(f)?;
        let (y, caption) = (HEIGHT - 12.0, escaped(&self.caption));
        writeln!(f, r#"<text class="faint" x="16" y="{y}">{caption}</text>"#)?;
        writeln!(f, "</svg>")
    }
}

#[cfg(test)]
mod tests {
    use super::super::drains::Leg;
    use super::*;

    #[test]
    fn lines_go_from_distance_to_distance_and_labels_do_not_meet() {
        let leg = |subject: &str, away, rate| {
            let (cpu, others) = (vec![1.0], vec![0.5; 3]);
            Leg {
                subject: subject.to_owned(),
                away,
                messages: 10,
                rates: vec![rate],
                cpu,
                others,
                machine: 1.0,
            }
        };
        let legs = vec![
            leg(OURS, AWAY[0], 10_000.0),
            leg("a & b", AWAY[0], 5_000.0),
            leg(OURS, AWAY[3], 5_000.0),
            leg("a & b", AWAY[3], 5_000.0),
        ];
        let svg = Picture::new(&Drains { legs }, "machine").to_string();
        assert!(svg.contains(r#"points="70.0,48.0 570.0,189.0""#), "{svg}");
        assert!(svg.contains(r#"points="70.0,189.0 570.0,189.0""#), "{svg}");
        assert!(
            svg.contains(r#"y="193.0">ours, 5,000<"#) && svg.contains(r#"y="175.0">a &amp; b, 5,000<"#),
            "{svg}"
        );
    }
}
