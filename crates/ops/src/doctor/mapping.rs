//! The mapping: whether its file makes sense, fits its table, and rows could be stored.

use mysql::mapping::{Examined, Flaw, MappingError};
use mysql::store::open::OpenError;

use super::check::{Check, CheckName, skipped};
use super::table::allowed;

const MAPPING: CheckName = CheckName("mapping");
const INBOX: CheckName = CheckName("inbox");
const ROWS: CheckName = CheckName("rows of the mapping");

/// A mapping, and what was found of it in the database.
pub(super) type Facts = (String, Result<Examined, OpenError>);

/// The mapping as planned; nothing where there is none.
pub(super) fn checks(mapping: Option<&Result<Facts, MappingError>>) -> Vec<Check> {
    match mapping {
        None => Vec::new(),
        Some(Err(error)) => {
            let mut checks = vec![MAPPING.failed(error.to_string(), "correct the file")];
            checks.extend(skipped(&[INBOX, ROWS], "the file makes no sense"));
            checks
        }
        Some(Ok((_, Err(error)))) => skipped(&[MAPPING, INBOX, ROWS], &error.to_string()),
        Some(Ok((file, Ok(examined)))) => vec![fits(file, examined), inbox(examined), rows(examined)],
    }
}

fn fits(file: &str, examined: &Examined) -> Check {
    let told = |flaws: &[Flaw]| MappingError { file: file.to_owned(), flaws: flaws.to_vec() }.to_string();
    if !examined.flaws.is_empty() {
        return MAPPING.failed(told(&examined.flaws), "correct these lines, or the table");
    }
    if !examined.warnings.is_empty() {
        return MAPPING.warning(told(&examined.warnings), "see docs/mapping.md, unless this is meant");
    }
    MAPPING.ok(format!("{file} fits its table"))
}

fn inbox(examined: &Examined) -> Check {
    match &examined.inbox {
        None => INBOX.ok("`inbox`, as it should be"),
        Some(wrong) => INBOX.failed(wrong, "run `consumer migrate`"),
    }
}

fn rows(examined: &Examined) -> Check {
    match &examined.insert {
        None if examined.flaws.is_empty() => ROWS.skipped("not tried: the table has no row to try it with"),
        None => ROWS.skipped("not tried: the mapping does not fit"),
        Some(tried) => allowed(ROWS, "a row was stored once more, and taken back", tried.as_ref().err()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Verdict::{Failed, Ok as Fine, Skipped, Warning};

    fn verdicts(examined: Examined) -> Vec<crate::doctor::check::Verdict> {
        let mapping = Ok(("m.toml".to_owned(), Ok(examined)));
        checks(Some(&mapping)).iter().map(|check| check.verdict).collect()
    }

    #[test]
    fn each_finding_names_its_line() {
        let flaw = || vec![Flaw { line: 7, what: "no such column: add it".into() }];
        let fine = Examined { flaws: Vec::new(), warnings: Vec::new(), inbox: None, insert: Some(Ok(())) };
        assert_eq!(verdicts(fine.clone()), [Fine, Fine, Fine]);
        assert_eq!(verdicts(Examined { warnings: flaw(), ..fine.clone() }), [Warning, Fine, Fine]);
        let wrong = Examined { flaws: flaw(), insert: None, inbox: Some("gone".into()), ..fine };
        assert_eq!(verdicts(wrong.clone()), [Failed, Failed, Skipped]);
        let check = fits("m.toml", &wrong);
        assert!(check.detail.starts_with("m.toml:7: no such column"), "{}", check.detail);
    }

    #[test]
    fn without_a_mapping_there_is_nothing_to_check_and_a_wrong_file_fails() {
        assert!(checks(None).is_empty());
        let error = MappingError { file: "m".into(), flaws: vec![Flaw { line: 1, what: "x".into() }] };
        assert_eq!(checks(Some(&Err(error)))[0].verdict, Failed);
    }
}
