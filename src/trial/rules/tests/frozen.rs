//! Whether the hash over the sources covers what the rules compute with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::super::SOURCES;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Code without comments and without what tests alone use.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect()
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The names that follow a path: one, or those at the outer level of braces.
fn after(code: &str, path: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(path) {
        let longer = code[..at].chars().next_back();
        if longer.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + path.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.insert(word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, true);
        for (place, c) in list.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if c.is_whitespace() => {}
                _ if start => {
                    names.insert(word(&list[place..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    names
}

/// The file of every name that the statistics export, and of every module.
fn defining() -> BTreeMap<String, String> {
    let code = code(&text("src/statistics/mod.rs"));
    let mut files = BTreeMap::new();
    for statement in code.split(';') {
        let statement = statement.trim();
        if let Some(module) = statement.strip_prefix("mod ") {
            files.insert(module.to_owned(), module.to_owned());
        } else if let Some((_, path)) = statement.split_once("use ") {
            let (module, _) = path.split_once("::").expect("a path");
            for name in after(path, &format!("{module}::")) {
                // A function may be called as its file is.
                files.insert(name, module.to_owned());
            }
        }
    }
    files
}

/// The files of the rules, tests left out.
fn rules() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/trial/rules");
    let entries = fs::read_dir(folder).expect("the folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect();
    paths.sort();
    paths
}

/// The statistics that code uses, by file.
fn used(code: &str, defining: &BTreeMap<String, String>) -> BTreeSet<String> {
    let names = after(code, "statistics::");
    let file = |name: &String| {
        let file = defining.get(name);
        file.unwrap_or_else(|| panic!("the statistics export no {name}"))
    };
    names.iter().map(|name| file(name).clone()).collect()
}

#[test]
fn every_statistics_file_that_the_rules_use_is_listed() {
    let defining = defining();
    let mut open: BTreeSet<String> = BTreeSet::new();
    for path in rules() {
        let text = fs::read_to_string(path).expect("a file");
        let text = code(&text);
        assert!(!text.contains("statistics::*"), "name what is used");
        // `use crate::{a, statistics::b}` is found too; a room taken whole is not.
        assert!(!after(&text, "crate::").contains("statistics") || text.contains("statistics::"));
        open.extend(used(&text, &defining));
    }
    assert!(
        open.contains("t_test") && open.contains("multiplicity"),
        "{open:?}"
    );
    let mut all = BTreeSet::new();
    while let Some(file) = open.pop_first() {
        if !all.insert(file.clone()) {
            continue;
        }
        let code = code(&text(&format!("src/statistics/{file}.rs")));
        for name in after(&code, "super::") {
            let module = defining.get(&name).cloned();
            open.extend(module);
        }
    }
    let list = text("src/trial/rules/sources.txt");
    let listed: BTreeSet<&str> = list.lines().collect();
    let missing: Vec<String> = all
        .iter()
        .map(|file| format!("src/statistics/{file}.rs"))
        .filter(|file| !listed.contains(file.as_str()))
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "add them to sources.txt");
    let not_used: Vec<&&str> = listed
        .iter()
        .filter(|file| {
            let name = file.strip_prefix("src/statistics/");
            name.is_some_and(|name| !all.contains(name.trim_end_matches(".rs")))
        })
        .collect();
    assert_eq!(
        not_used,
        Vec::<&&str>::new(),
        "take them out of sources.txt"
    );
}

#[test]
fn the_names_after_a_path_are_found() {
    let code = "use crate::statistics::{Alternative, t_test};\nlet x = statistics::holm(&p);\n\
                use crate::{random::stream, statistics::{mean, tost}};";
    let names: Vec<String> = after(code, "statistics::").into_iter().collect();
    assert_eq!(names, ["Alternative", "holm", "mean", "t_test", "tost"]);
    assert_eq!(defining()["t_test"], "t_test");
    assert_eq!(defining()["Alternative"], "test_result");
    assert_eq!(defining()["bca_of"], "bca");
}

/// The hash is over these files, by a computation of its own.
#[test]
fn the_hash_is_that_of_the_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = text("src/trial/rules/sources.txt")
        .lines()
        .map(str::to_owned)
        .collect();
    names.extend(rules().iter().map(|path| {
        let inside = path.strip_prefix(root).expect("inside");
        inside.to_string_lossy().replace('\\', "/")
    }));
    names.sort();
    let mut all = Vec::new();
    for name in &names {
        let text = text(name).replace("\r\n", "\n");
        all.extend(format!("{name}\n{}\n{text}", text.len()).bytes());
    }
    assert_eq!(SOURCES, &crate::digest::sha256(&all)[..16]);
}
