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

/// What was typed, as a shell takes it.
pub fn typed() -> String {
    let quoted = |arg: std::ffi::OsString| {
        let arg = dataset(&arg.to_string_lossy());
        match arg.contains(char::is_whitespace) {
            true => format!("'{arg}'"),
            false => arg,
        }
    };
    let args = std::env::args_os().skip(1).map(quoted);
    std::iter::once("rethink".to_owned())
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
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
