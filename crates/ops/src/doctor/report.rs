//! What the doctor says, for people or for machines, and the exit code that sums it up.

use std::fmt::{self, Display, Write as _};
use std::io::{self, IsTerminal, Write};

use runtime::exit;

use super::check::{Check, Verdict};

/// All checks, in the order in which they are always told.
#[derive(Debug)]
pub struct Report(pub(super) Vec<Check>);

impl Report {
    /// Prints it on standard output: lines with a summary, or, with `json`, one array.
    ///
    /// # Errors
    /// Where standard output cannot be written to.
    pub fn print(&self, json: bool) -> io::Result<()> {
        let mut output = io::stdout().lock();
        if json {
            return writeln!(output, "{}", serde_json::to_string_pretty(&self.0)?);
        }
        let colours = output.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        write!(output, "{}", Lines { checks: &self.0, colours })
    }

    /// 0 where nothing failed; with `strict`, a warning is a failure, too.
    pub fn exit_code(&self, strict: bool) -> u8 {
        let fails = |check: &Check| match check.verdict {
            Verdict::Failed => true,
            Verdict::Warning => strict,
            Verdict::Ok | Verdict::Skipped => false,
        };
        if self.0.iter().any(fails) { exit::FAILED } else { 0 }
    }
}

struct Lines<'a> {
    checks: &'a [Check],
    colours: bool,
}

impl Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.checks.iter().map(|check| check.check.len()).max().unwrap_or_default();
        for Check { check, verdict, detail, remedy } in self.checks {
            let (word, colour) = look(*verdict);
            writeln!(f, "{}  {check:width$}  {detail}", self.painted(word, colour))?;
            if let Some(remedy) = remedy {
                writeln!(f, "      {}", self.painted(remedy, colour))?;
            }
        }
        let count = |verdict| self.checks.iter().filter(|check| check.verdict == verdict).count();
        let counts = [Verdict::Ok, Verdict::Warning, Verdict::Failed, Verdict::Skipped].map(count);
        let [ok, warnings, failed, skipped] = counts;
        let plural = if warnings == 1 { "" } else { "s" };
        writeln!(f, "{ok} ok, {warnings} warning{plural}, {failed} failed, {skipped} skipped")
    }
}

impl Lines<'_> {
    fn painted(&self, text: &str, colour: &str) -> String {
        if !self.colours {
            return text.to_owned();
        }
        let mut painted = String::new();
        write!(painted, "\x1b[{colour}m{text}\x1b[0m").expect("a string takes whatever is written");
        painted
    }
}

/// The word for it, all of one width, and the terminal's colour.
fn look(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Ok => ("ok  ", "32"),
        Verdict::Warning => ("warn", "33"),
        Verdict::Failed => ("FAIL", "31"),
        Verdict::Skipped => ("skip", "2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::CheckName;

    const A: CheckName = CheckName("a");
    const LONGER: CheckName = CheckName("longer");

    #[test]
    fn lines_are_aligned_and_remedies_stand_below() {
        let checks =
            [A.ok("fine"), LONGER.failed("bad", "mend it"), A.warning("odd", "look"), A.skipped("unseen")];
        let text = Lines { checks: &checks, colours: false }.to_string();
        let expected = "ok    a       fine\nFAIL  longer  bad\n      mend it\n\
                        warn  a       odd\n      look\nskip  a       unseen\n\
                        1 ok, 1 warning, 1 failed, 1 skipped\n";
        assert_eq!(text, expected);
        let coloured = Lines { checks: &checks, colours: true }.to_string();
        assert!(coloured.starts_with("\x1b[32mok  \x1b[0m  a"), "{coloured}");
    }

    #[test]
    fn only_failures_fail_and_with_strict_warnings_do() {
        let code = |checks: Vec<Check>, strict| Report(checks).exit_code(strict);
        assert_eq!(code(vec![A.ok(""), A.skipped("")], true), 0);
        assert_eq!(code(vec![A.warning("", "")], false), 0);
        assert_eq!(code(vec![A.warning("", "")], true), 1);
        assert_eq!(code(vec![A.ok(""), A.failed("", "")], false), 1);
    }

    #[test]
    fn nobodys_words_begin_a_line_or_steer_a_terminal() {
        let check = A.ok("one\ntwo\x1b[2J");
        assert_eq!(check.detail, "one two [2J");
    }
}
