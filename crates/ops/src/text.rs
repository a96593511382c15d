//! Text of others made fit for a terminal and for eyes that did not ask for bodies.

use std::time::SystemTime;

/// Characters of a name that are worth a line.
const LONGEST: usize = 100;
/// Errors are kept up to this length: one that fills it may have been cut within a quotation.
const WHOLE: usize = 500;
const VALUE: [char; 2] = ['\'', '"'];

/// On one line, in printable characters, and not too long.
pub(crate) fn plain(text: &str) -> String {
    let mut plain: String = text.chars().take(LONGEST).flat_map(escape).collect();
    if text.chars().nth(LONGEST).is_some() {
        plain.push('…');
    }
    plain
}

/// On one line, in printable characters.
pub(crate) fn all(text: &str) -> String {
    text.chars().flat_map(escape).collect()
}

fn escape(c: char) -> impl Iterator<Item = char> {
    // Quotes and backslashes do no harm, and doubled ones are hard to read.
    let is_harmless = VALUE.contains(&c) || c == '\\';
    let escaped = (!is_harmless).then(|| c.escape_debug()).into_iter().flatten();
    is_harmless.then_some(c).into_iter().chain(escaped)
}

/// The error without what it quotes, which may be a body.
pub(crate) fn class(error: &str) -> String {
    let error = error.replace("\\'", "'").replace("\\\"", "\"");
    let whole = error.chars().count() < WHOLE;
    plain(&without_identifiers(&without_values(&error, whole)))
}

/// A value may itself hold quotes: from the first to the last.
fn without_values(error: &str, whole: bool) -> String {
    let Some(first) = error.find(VALUE) else { return error.to_owned() };
    let last = error.rfind(VALUE).filter(|last| *last > first && whole);
    let rest = last.map_or("", |last| &error[last + 1..]);
    format!("{}…{rest}", &error[..first])
}

/// What stands between two of them; one that is left alone takes the rest with it.
fn without_identifiers(error: &str) -> String {
    let outside: Vec<_> = error.split('`').step_by(2).collect();
    outside.join("…").replace("….…", "…")
}

/// How many letters.
pub(crate) fn letters(count: usize) -> String {
    if count == 1 { "1 letter".to_owned() } else { format!("{count} letters") }
}

/// In UTC, to the millisecond.
pub(crate) fn time(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}

/// As [`time`]; a dash where it is not known.
pub(crate) fn time_or_dash(at: Option<SystemTime>) -> String {
    at.map_or_else(|| "-".to_owned(), time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_quotes_is_left_out() {
        let cases = [
            (r"Data too long for column \'message\' at row 1", "Data too long for column … at row 1"),
            ("Duplicate entry 'it's secret' for key 'PRIMARY'", "Duplicate entry …"),
            ("CONSTRAINT `c` failed for `d`.`messages`", "CONSTRAINT … failed for …"),
            ("unknown field `secret", "unknown field "),
            ("lock wait timeout", "lock wait timeout"),
            ("bad value 'secret", "bad value …"),
        ];
        for (error, expected) in cases {
            assert_eq!(class(error), expected);
        }
        let cut = format!("bad value 'a' in '{}", "secret ".repeat(80));
        assert_eq!(class(&cut), "bad value …");
    }

    #[test]
    fn nobodys_words_steer_a_terminal_or_begin_a_line() {
        assert_eq!(plain("a\u{9b}31m\nb'\\"), "a\\u{9b}31m\\nb'\\");
        assert_eq!(plain(&"x".repeat(101)).chars().count(), 101);
    }
}
