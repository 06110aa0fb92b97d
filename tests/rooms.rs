//! Which room of the library and of the program uses which: the order is that of the
//! modules in lib.rs and in main.rs, whose groups stand from below.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The group of every room, counted from below.
fn groups(root: &Path) -> BTreeMap<String, usize> {
    let text = fs::read_to_string(root).expect("the root of a crate");
    let mut groups = BTreeMap::new();
    let mut group = 0;
    for line in text.lines() {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let name = line
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(';'));
        match name {
            Some(name) => {
                groups.insert(name.to_owned(), group);
            }
            None if line.is_empty() => group += 1,
            None => {}
        }
    }
    groups
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.extension().is_some_and(|extension| extension == "rs") => {
                found.push(path)
            }
            false => {}
        }
    }
}

/// The rooms that a file names: what follows `crate::`, in comments neither.
fn named(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect();
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut rooms = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let inside = code[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '_');
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            _ if inside => {}
            None => rooms.push(word(rest)),
            Some(list) => {
                // Each name at the outer level of the braces.
                let (mut depth, mut start) = (0, true);
                for (place, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if c.is_whitespace() => {}
                        _ if start => {
                            rooms.push(word(&list[place..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    rooms
}

fn wrong_arrows(folder: &str, root: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let groups = groups(&folder.join(root));
    assert!(groups.len() > 5, "{groups:?}");
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    files(&folder, &mut all);
    for file in all {
        let inside = file.strip_prefix(&folder).expect("it is inside");
        let first = inside.components().next().expect("a name").as_os_str();
        let room = first.to_string_lossy().trim_end_matches(".rs").to_owned();
        let Some(own) = groups.get(&room) else {
            continue; // the root itself
        };
        let text = fs::read_to_string(&file).expect("a file");
        for other in named(&text).into_iter().filter(|other| *other != room) {
            if groups.get(&other).is_some_and(|group| group >= own) {
                wrong.push(format!("{} uses {other}", inside.display()));
            }
        }
    }
    wrong
}

#[test]
fn no_room_of_the_library_uses_one_beside_or_above_it() {
    assert_eq!(wrong_arrows("src", "lib.rs"), Vec::<String>::new());
}

#[test]
fn no_room_of_the_program_uses_one_beside_or_above_it() {
    assert_eq!(wrong_arrows("analyses", "main.rs"), Vec::<String>::new());
}

#[test]
fn the_names_after_crate_are_found() {
    let code =
        "use crate::a::B;\n// crate::no\nuse crate::{c, d::{E, F}, g};\nrethink_crate::x; super::y";
    assert_eq!(named(code), ["a", "c", "d", "g"]);
}
