//! Files that cannot be meant: each is refused in one line that names the line and the remedy.

use super::table::{findings, orders};
use crate::mapping::facts::Facts;
use crate::mapping::flaw::MappingError;

/// A file, the line that is wrong, and a word of the remedy.
type Wrong = (&'static str, usize, &'static str);

/// Wrong by themselves.
const FILES: [Wrong; 38] = [
    ("", 1, "add table = "),
    ("[columns]\nid = \"/id\"", 1, "add table = "),
    ("table = 7\n[columns]\nid = \"/id\"", 1, "expected a string"),
    ("table = \"orders", 1, "expected"),
    ("table = \"\"\n[columns]\nid = \"/id\"", 1, "write 1 to 64"),
    ("tabel = \"orders\"\n[columns]\nid = \"/id\"", 1, "expected one of `table`"),
    ("table = \"orders\"\ntable = \"orders\"\n[columns]\nid = \"/id\"", 2, "duplicate key"),
    ("table = \"orders\"", 1, "add [columns]"),
    ("table = \"orders\"\n[columns]", 1, "add [columns]"),
    ("table = \"orders\"\ncolumns = 7", 2, "write [columns]"),
    ("table = \"orders\"\n[columns]\nid = \"order/id\"", 3, "is no source: write body"),
    ("table = \"orders\"\n[columns]\nid = \"$.order.id\"", 3, "a pointer such as"),
    ("table = \"orders\"\n[columns]\nid = \"/order~id\"", 3, "written `~0`"),
    ("table = \"orders\"\n[columns]\nid = \"Body\"", 3, "is no source: write body"),
    ("table = \"orders\"\n[columns]\nid = \"attribute:\"", 3, "write attribute:NAME"),
    ("table = \"orders\"\n[columns]\n\nid = 7", 4, "{ value = … }"),
    ("table = \"orders\"\n[columns]\nid = [\"/id\"]", 3, "a source in quotes"),
    ("table = \"orders\"\n[columns]\nid = {}", 3, "write either from"),
    ("table = \"orders\"\n[columns]\nid = { from = \"/id\", value = 1 }", 3, "write either from"),
    ("table = \"orders\"\n[columns]\nid = { form = \"/id\" }", 3, "expected one of `from`"),
    ("table = \"orders\"\n[columns]\nid = { from = 7 }", 3, "expected a string"),
    ("table = \"orders\"\n[columns]\nid = { from = \"/id\", as = \"number\" }", 3, "expected one of `text`"),
    (
        "table = \"orders\"\n[columns]\nid = { from = \"/id\", missing = \"skip\" }",
        3,
        "expected one of `reject`",
    ),
    ("table = \"orders\"\n[columns]\nid = { value = 0.1 }", 3, "write 0.1 as"),
    ("table = \"orders\"\n[columns]\nid = { value = [] }", 3, "a text in quotes"),
    ("table = \"orders\"\n[columns]\nid = \"/id\"\nid = \"/no\"", 4, "duplicate key"),
    ("table = \"orders\"\n[columns]\nid = \"/id\"\nID = \"/no\"", 4, "remove one"),
    ("table = \"orders\"\n[columns]\nid = { from = \"/id\", as = \"binary\" }", 3, "from = \"dedup-id\""),
    ("table = \"orders\"\n[columns]\nid = { from = \"sent-at\", as = \"time\" }", 3, "remove `as`"),
    ("table = \"orders\"\n[columns]\nid = { from = \"body\", missing = \"null\" }", 3, "remove `missing`"),
    ("table = \"orders\"\n[columns]\nid = { value = 1, as = \"integer\" }", 3, "remove `as`"),
    ("table = \"orders\"\nexisting = \"replace\"\n[columns]\nid = \"/id\"", 2, "expected one of `duplicate`"),
    ("table = \"orders\"\nif-newer = \"/at\"\n[columns]\nid = \"/at\"", 2, "add existing = \"update\""),
    (
        "table = \"orders\"\nexisting = \"update\"\nif-newer = \"/at\"\n[columns]\nid = \"/id\"",
        3,
        "add one with from = \"/at\"",
    ),
    (
        "table = \"orders\"\nexisting = \"update\"\nif-newer = \"/at\"\n[columns]\nid = \"/id\"\n\
         placed_at = { from = \"/at\", missing = \"null\" }",
        6,
        "remove `missing`",
    ),
    ("table = \"orders\"\njob = \"\"\n[columns]\nid = \"/id\"", 2, "choose another"),
    (
        "table = \"orders\"\nfilter = { pointer = \"/type\" }\n[columns]\nid = \"/id\"",
        2,
        "the filter has no value",
    ),
    (
        "table = \"orders\"\nfilter = { pointer = \"type\", value = 1 }\n[columns]\nid = \"/id\"",
        2,
        "begins with `/`",
    ),
];

/// The beginning of files that are right by themselves; their next line is the third.
const BEGIN: &str = "table = \"orders\"\n[columns]\nid = \"/id\"\nnumber = \"/number\"\n";

/// Wrong for the table. What is added is line 5.
const COLUMNS: [Wrong; 19] = [
    ("totl = \"/total\"", 5, "write one of id, number, total"),
    ("year = \"/year\"", 5, "remove this line"),
    ("place = \"/place\"", 5, "remove this line"),
    ("placed_at = \"/at\"", 5, "add as = \"time\""),
    ("placed_at = \"body\"", 5, "take a text column"),
    ("placed_at = { from = \"/at\", as = \"integer\" }", 5, "another `as`"),
    ("total = { from = \"/total\", as = \"time\" }", 5, "take DATETIME(6)"),
    ("total = \"sent-at\"", 5, "take DATETIME(3)"),
    ("total = { from = \"/total\", as = \"text\" }", 5, "remove as = \"text\""),
    ("score = { from = \"/score\", as = \"decimal\" }", 5, "take DECIMAL"),
    ("detail = \"/detail\"", 5, "add as = \"json\""),
    ("total = { from = \"/detail\", as = \"json\" }", 5, "take JSON"),
    ("note = { from = \"/paid\", as = \"boolean\" }\nref = \"dedup-id\"", 6, "add as = \"binary\""),
    ("total = \"dedup-id\"", 5, "take CHAR(36)"),
    ("note = { from = \"dedup-id\", as = \"binary\" }", 5, "take BINARY(16)"),
    ("raw = \"receive-count\"", 5, "take INT"),
    ("paid = { from = \"/paid\", missing = \"null\" }", 5, "let it be NULL"),
    ("total = { value = \"0.125\" }", 5, "more than the 2 digits"),
    ("paid = { value = \"yes\" }", 5, "is no number"),
];

fn refused(text: &str, facts: &Facts) -> String {
    match findings(text, facts) {
        Err(error) => error,
        Ok(findings) => {
            assert!(!findings.flaws.is_empty(), "taken: {text}");
            MappingError::new("m.toml", findings.flaws).to_string()
        }
    }
}

fn assert_refused(text: &str, facts: &Facts, line: usize, remedy: &str) {
    assert_eq!(misjudged(text, facts, (line, remedy)), None);
}

/// What is said of the file, if it is not what should be.
fn misjudged(text: &str, facts: &Facts, (line, remedy): (usize, &str)) -> Option<String> {
    let error = refused(text, facts);
    let is_right = error.starts_with(&format!("m.toml:{line}: ")) && error.contains(remedy);
    let is_one_line = !error.contains('\n') && error.matches("m.toml").count() == 1;
    (!is_right || !is_one_line).then(|| format!("{text}\n=> {error}\nand not {line}: {remedy}"))
}

fn assert_all(cases: impl Iterator<Item = (String, usize, &'static str)>) {
    let facts = orders();
    let wrong = cases.filter_map(|(text, line, remedy)| misjudged(&text, &facts, (line, remedy)));
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_file_that_makes_no_sense_is_refused_with_its_line_and_a_remedy() {
    assert_all(FILES.into_iter().map(|(text, line, remedy)| (text.to_owned(), line, remedy)));
}

#[test]
fn a_file_that_does_not_fit_its_table_is_refused_with_its_line_and_a_remedy() {
    assert_all(COLUMNS.into_iter().map(|(column, line, remedy)| (format!("{BEGIN}{column}"), line, remedy)));
}

#[test]
fn a_table_that_cannot_keep_the_promises_is_refused() {
    let (none, mut view, mut engine) = (Facts::default(), orders(), orders());
    view.kind = Some("VIEW".into());
    engine.engine = Some("MyISAM".into());
    for (facts, remedy) in [(none, "create it"), (view, "behind it"), (engine, "ENGINE = InnoDB")] {
        assert_refused(BEGIN, &facts, 1, remedy);
    }
    assert_refused("table = \"orders\"\n[columns]\nid = \"/id\"", &orders(), 3, "nothing fills it");
    let mut strict = orders();
    strict.columns[2].nullable = "NO".into();
    let default = format!("{BEGIN}total = {{ from = \"/total\", missing = \"default\" }}");
    assert_refused(&default, &strict, 5, "has no default");
}

#[test]
fn an_update_needs_to_know_its_row() {
    let update = |rest: &str| format!("table = \"orders\"\nexisting = \"update\"\n{rest}");
    let mut keyless = orders();
    keyless.keys.clear();
    let columns = "[columns]\nid = \"/id\"\nnumber = \"/number\"";
    assert_refused(&update(columns), &keyless, 2, "needs a unique key");
    let mut unsure = orders();
    unsure.keys.remove(0);
    unsure.keys.swap(0, 1);
    assert_refused(&update(&format!("{columns}\nserial = \"/serial\"")), &unsure, 2, "several unique keys");
    let newer = |column: &str| update(&format!("if-newer = \"/at\"\n{columns}\n{column}"));
    assert_refused(&newer("note = \"/at\""), &orders(), 3, "name another pointer");
    assert!(
        findings(&newer("placed_at = { from = \"/at\", as = \"time\" }"), &orders())
            .unwrap()
            .flaws
            .is_empty()
    );
    assert!(
        findings(&update(&format!("{columns}\nserial = \"/serial\"")), &orders()).unwrap().flaws.is_empty()
    );
    let own = update("if-newer = \"/id\"\n[columns]\nid = \"/id\"\nnumber = \"/number\"");
    assert_refused(&own, &orders(), 3, "part of the key");
}

#[test]
fn there_are_more_than_fifty_ways_to_be_wrong() {
    assert!(FILES.len() + COLUMNS.len() + 10 > 50);
}

#[test]
fn what_only_may_go_wrong_is_warned_of() {
    let mut facts = orders();
    facts.triggers.push("audit".into());
    let findings = findings(&format!("{BEGIN}note = \"body\"\nraw = \"/raw\""), &facts).unwrap();
    assert!(findings.flaws.is_empty(), "{findings:?}");
    let warned: Vec<_> = findings.warnings.iter().map(|warning| (warning.line, &*warning.what)).collect();
    assert!(warned[0].0 == 1 && warned[0].1.contains("audit"), "{warned:?}");
    assert!(warned[1].0 == 5 && warned[1].1.contains("MEDIUMTEXT"), "{warned:?}");
    assert_eq!(warned.len(), 2);
}

#[test]
fn a_column_whose_default_is_an_expression_may_be_filled() {
    let text = format!("{BEGIN}stored = {{ from = \"/at\", as = \"time\", missing = \"default\" }}");
    assert!(findings(&text, &orders()).unwrap().flaws.is_empty());
}
