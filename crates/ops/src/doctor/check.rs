//! A check and its verdict: what was found, and what to do about it.

use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and will cost something one day.
    Warning,
    /// A consumer would not start, or would break a promise.
    Failed,
    /// What it is about could not be seen.
    Skipped,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What: always the same words in the same place.
    pub check: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found, in one line. Holds no secret.
    pub detail: String,
    /// What to do, where there is something to do.
    pub remedy: Option<String>,
}

/// A check that needs to be told its outcome.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckName(pub(super) &'static str);

impl CheckName {
    pub(super) fn ok(self, detail: impl AsRef<str>) -> Check {
        self.ended(Verdict::Ok, detail.as_ref(), None)
    }

    pub(super) fn warning(self, detail: impl AsRef<str>, remedy: impl Into<String>) -> Check {
        self.ended(Verdict::Warning, detail.as_ref(), Some(remedy.into()))
    }

    pub(super) fn failed(self, detail: impl AsRef<str>, remedy: impl Into<String>) -> Check {
        self.ended(Verdict::Failed, detail.as_ref(), Some(remedy.into()))
    }

    pub(super) fn skipped(self, why: impl AsRef<str>) -> Check {
        self.ended(Verdict::Skipped, why.as_ref(), None)
    }

    /// Skipped, as the server leaves the attribute out of its answer.
    pub(super) fn not_said(self) -> Check {
        self.skipped("the server does not say")
    }

    fn ended(self, verdict: Verdict, detail: &str, remedy: Option<String>) -> Check {
        // Servers' own words may hold anything.
        let detail = detail.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Check { check: self.0, verdict, detail, remedy }
    }
}

/// In the largest unit that says it exactly.
pub(super) fn bytes(bytes: u64) -> String {
    match bytes {
        _ if bytes > 0 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes > 0 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

/// All of them skipped.
pub(super) fn skipped(checks: &[CheckName], why: &str) -> Vec<Check> {
    checks.iter().map(|about| about.skipped(why)).collect()
}
