//! Documents show the code that there is: options, examples, tests and files.

use std::path::{Path, PathBuf};

use clap::Command;
use consumer::cli;

use crate::{read, root};

/// The documents of the workspace, by their paths within it.
fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", "deploy"].map(|folder| root().join(folder)).into_iter();
    let crates = std::fs::read_dir(root().join("crates")).expect("the crates are there");
    let folders = folders.chain(crates.flatten().map(|folder| folder.path()));
    let files = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flat_map(Iterator::flatten);
    files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

/// The files that a document links to, without what is on other machines and without headings.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://"));
    files.filter_map(|target| target.split('#').next()).filter(|path| !path.is_empty()).collect()
}

/// Words between backquotes that are built as the names of tests are: at least three words.
fn names(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_name = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    quoted.filter(is_name).filter(|word| word.matches('_').count() >= 3).collect()
}

/// The sources below a folder, one after the other.
fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).expect("the folder is there").flatten();
    let texts = entries.map(|entry| match entry.path() {
        path if path.is_dir() && !path.ends_with("migrations") => sources(&path),
        path if path.extension().is_some_and(|end| end == "rs") => {
            std::fs::read_to_string(&path).expect("sources are text")
        }
        _ => String::new(),
    });
    texts.collect()
}

fn cells(line: &str) -> Vec<String> {
    line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn every_option_of_the_consumer_is_documented_with_variable_and_default() {
    let text = read("docs/options.md");
    let rows: Vec<_> = text.lines().map(cells).collect();
    let command: Command = cli::command();
    for option in command.get_arguments().filter(|option| option.get_env().is_some()) {
        let flag = format!("--{}", option.get_long().expect("every option has a long name"));
        let row = rows.iter().find(|row| row.get(1) == Some(&flag));
        let row = row.unwrap_or_else(|| panic!("{flag} is not documented"));
        assert_eq!(Some(row[2].as_str()), option.get_env().and_then(|name| name.to_str()), "{flag}");
        // Hidden is the default that has a meaning of its own instead of a value: the usual address.
        if !option.is_hide_default_value_set() {
            let default = option.get_default_values().first().and_then(|value| value.to_str());
            let shown = Some(row[3].as_str()).filter(|shown| !["", "off"].contains(shown));
            assert_eq!(shown, default, "{flag}");
        }
    }
}

#[test]
fn the_readme_shows_the_example_as_it_is_compiled() {
    let text = read("README.md");
    let (_, rest) = text.split_once("<!-- the example first-worker -->\n```rust\n").expect("it is marked");
    let (shown, _) = rest.split_once("```").expect("the block ends");
    assert!(shown.lines().count() > 10 && read("crates/acquit/examples/first_worker.rs").contains(shown));
}

#[test]
fn every_link_between_documents_leads_to_a_file() {
    let documents = documents();
    assert!(documents.len() > 15, "{documents:?}");
    for document in documents {
        let text = std::fs::read_to_string(&document).expect("documents are text");
        for link in links(&text) {
            let folder = document.parent().expect("a document is in a folder");
            assert!(folder.join(link).exists(), "{}: {link}", document.display());
        }
    }
}

#[test]
fn every_test_that_a_guarantee_names_is_there() {
    let sources = sources(&root().join("crates"));
    for document in ["README.md", "docs/guarantees.md"] {
        let text = read(document);
        let names = names(&text);
        assert!(names.len() > 5, "{names:?}");
        for name in names {
            assert!(sources.contains(&format!("fn {name}(")), "{document}: {name}");
        }
    }
}
