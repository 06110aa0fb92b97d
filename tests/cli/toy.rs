//! `rethink toy`: problems with a known outcome.

use serde_json::Value;

use super::program::Place;

fn json(place: &Place, line: &str) -> Value {
    let printed = place.run(&format!("toy {line} --format json"));
    serde_json::from_str(&printed.printed()).expect("JSON")
}

/// The names in the order of `--list`.
fn names(place: &Place) -> Vec<String> {
    let list = json(place, "--list");
    let problems = list["problems"].as_array().expect("problems");
    let id = |problem: &Value| problem["id"].as_str().expect("a name").to_owned();
    problems.iter().map(id).collect()
}

#[test]
fn a_world_is_told_in_every_format_and_leaves_its_figure() {
    let place = Place::new();
    let line = "toy reparametrization --check";
    let text = place.run(line).printed();
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    let figure = std::fs::read_to_string(place.path("out/toy/reparametrization.svg"));
    assert!(figure.expect("the figure").starts_with("<svg"));
    assert!(text.contains("out/toy/reparametrization.svg"));
    let all = json(&place, "reparametrization");
    assert_eq!(all["schema"], "rethink/toy/1");
    let problems = all["problems"].as_array().expect("problems");
    let checks = problems[0]["checks"].as_array().expect("checks");
    for check in checks {
        assert_eq!(check["agrees"], "yes", "{check}");
        assert!(check["ours"]["value"].is_number() && check["expected"].is_object());
    }
    let csv = place.run("toy reparametrization --format csv").printed();
    assert!(csv.starts_with("problem,quantity,ours"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + checks.len());
}

#[test]
fn the_worlds_are_listed_without_being_run() {
    let place = Place::new();
    let names = names(&place);
    assert_eq!(names.len(), 6);
    let listed = place.run("toy --list").printed();
    assert!(names.iter().all(|name| listed.contains(name)), "{listed}");
    assert!(!place.path("out").exists());
}

#[test]
fn a_name_that_is_none_is_refused_with_those_that_are() {
    let place = Place::new();
    let answer = place.run("toy flatland").with_code(2);
    assert_eq!(answer.stdout, "");
    assert!(answer.stderr.contains("'flatland'"));
    for name in names(&place).iter().map(String::as_str).chain(["all"]) {
        assert!(answer.stderr.contains(name), "{}", answer.stderr);
    }
    assert!(!place.path("out").exists());
}

#[test]
fn threads_change_nothing_and_the_seed_does() {
    let line = "diagonal-network";
    let checks = |more: &str| {
        json(&Place::new(), &format!("{line} {more}"))["problems"][0]["checks"].clone()
    };
    let one = checks("--threads 1");
    assert_eq!(one, checks("--threads 2"));
    assert_ne!(one, checks("--seed 2"));
}
