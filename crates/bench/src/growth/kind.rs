//! A kind of table: empty, large, and while old rows are taken away, in turns.

use std::time::Duration;

use anyhow::Result;
use proof::test_env::TestEnv;
use tokio::time::sleep;

use super::days;
use super::line::Line;
use super::retention::Retention;
use super::stock::{self, Ids};
use crate::site::Site;
use crate::stats::{self, count};

/// For the server to write down what it was just filled with.
const SETTLE: Duration = Duration::from_secs(20);

/// How its ids are made, how it is split, and how old rows leave it.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) ids: Ids,
    pub(super) by_days: bool,
    pub(super) retention: Option<Retention>,
}

impl Kind {
    pub(super) async fn measure(
        &self,
        site: &Site,
        rows: usize,
        messages: usize,
        rounds: usize,
    ) -> Result<Vec<Line>> {
        let mut lines = self.lines(rows);
        let mut large = self.bed(site).await?;
        stock::fill(&large, self.ids, rows).await?;
        sleep(SETTLE).await;
        for _ in 0..rounds {
            let empty = self.bed(site).await?;
            lines[0].measure(site, &empty, self.ids, messages, None).await?;
            empty.remove().await?;
            let others = lines[1..].iter_mut().zip([None, self.retention]);
            for (line, retention) in others {
                site.renew_queue(&mut large).await?;
                line.measure(site, &large, self.ids, messages, retention).await?;
            }
        }
        large.remove().await?;
        Ok(lines)
    }

    fn lines(&self, rows: usize) -> Vec<Line> {
        let millions = format!("{} million rows", stats::number(count(rows) / 1e6, 1));
        let mut names = vec!["empty".to_owned(), millions];
        names.extend(self.retention.map(|retention| match retention {
            Retention::Delete => "while the oldest rows are deleted".to_owned(),
            Retention::Drop => "while a day is dropped each second".to_owned(),
        }));
        let line = |name| Line::new(format!("{}{name}", self.name));
        names.into_iter().map(line).collect()
    }

    async fn bed(&self, site: &Site) -> Result<TestEnv> {
        let bed = site.bed().await?;
        if self.by_days {
            days::split(&bed).await?;
        }
        Ok(bed)
    }
}
