//! Trials whose runs are in the repository: judged again they come out as they were frozen, and
//! the README says what they say.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::Place;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A copy of a published trial, in a folder of its own.
fn copied(trial: &Path) -> Place {
    let place = Place::new();
    fs::create_dir(place.path("trial")).expect("a folder");
    for file in ["plan.json", "runs.jsonl", "table.json"] {
        let to = place.path("trial").join(file);
        fs::copy(trial.join(file), to).expect("a file of the trial");
    }
    place
}

/// Numbers with an interval: `1.21 [1.18, 1.25]`.
fn estimates(text: &str) -> Vec<&str> {
    let part = |c: char| c.is_ascii_digit() || ".−+".contains(c);
    let found = text.match_indices(" [").filter_map(|(at, _)| {
        let number = text[..at].trim_end_matches(part).len();
        let end = at + text[at..].find(']')? + 1;
        let inside = &text[at + 2..end - 1];
        let numbers = inside.chars().all(|c| part(c) || ", ".contains(c));
        (number < at && numbers).then(|| &text[number..end])
    });
    found.collect()
}

#[test]
fn the_readme_says_what_its_trial_says() {
    let readme = fs::read_to_string(repository().join("README.md")).expect("the README");
    let (_, section) = readme.split_once("## The trial\n").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    let (_, named) = section.split_once("--from ").expect("the command");
    let named = named.split(['`', '\n']).next().expect("a folder");
    let place = copied(&repository().join(named));
    // It goes on only if every row comes out as in the table.
    place
        .run("implicit-bias --from trial --figures svg")
        .printed();
    let table = fs::read_to_string(place.path("trial/table.json")).expect("the table");
    // Where a line ends says nothing.
    let section: Vec<&str> = section.split_whitespace().collect();
    let section = section.join(" ");
    let numbers = estimates(&section);
    assert!(numbers.len() >= 5, "{numbers:?}");
    for number in numbers {
        assert!(table.contains(number), "the trial does not say {number}");
    }
    let drawn = place.path("out/reports/implicit-bias/figures/norm-moved.svg");
    let shown = repository().join("docs/src/figures/norm-moved.svg");
    let text = |path: &PathBuf| fs::read_to_string(path).expect("a figure");
    assert!(
        text(&drawn) == text(&shown),
        "docs/src/figures/norm-moved.svg is another figure than that of {named}"
    );
}

#[test]
fn every_trial_in_the_repository_comes_out_as_it_was_frozen() {
    let folders = fs::read_dir(repository().join("data/trials")).expect("trials");
    let mut trials = 0;
    for folder in folders {
        let folder = folder.expect("a folder").path();
        copied(&folder).run("implicit-bias --from trial").printed();
        trials += 1;
    }
    assert!(trials > 0);
}
