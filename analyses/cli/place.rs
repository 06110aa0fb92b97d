//! Paths as something published may show them.

use std::path::Path;

use rethink::dataset::catalogue;

/// A path that is relative, as it is; of another, its last part: the rest says where on
/// this machine it is, which is the business of provenance files.
pub fn shown(path: &Path) -> String {
    let last = path.file_name().filter(|_| path.is_absolute());
    let shown = last.map_or(path.as_os_str(), |last| last);
    shown.to_string_lossy().into_owned()
}

/// The same of a dataset as it was asked for.
pub fn dataset(asked: &str) -> String {
    let shown = shown(Path::new(asked));
    match shown != asked && catalogue::find(&shown).is_some() {
        true => format!("./{shown}"), // which is not the one of the catalogue
        false => shown,
    }
}

/// What was typed, as a shell takes it and as something published may show it.
pub fn typed() -> String {
    command(dataset)
}

/// The same with the folders of this machine: part of where a result comes from.
pub fn typed_in_full() -> String {
    command(str::to_owned)
}

fn command(shown: impl Fn(&str) -> String) -> String {
    let words = std::env::args_os().skip(1).map(|word| {
        let word = shown(&word.to_string_lossy());
        match word.contains(char::is_whitespace) {
            true => format!("'{word}'"),
            false => word,
        }
    });
    let words: Vec<String> = std::iter::once("rethink".to_owned()).chain(words).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_of_this_machine_are_left_out() {
        for (asked, expected) in [
            ("mnist", "mnist"),
            ("data/x.npz", "data/x.npz"),
            ("/home/anna/x.npz", "x.npz"),
            ("/home/anna/mnist", "./mnist"),
            ("/", "/"),
        ] {
            assert_eq!(dataset(asked), expected);
        }
    }
}
