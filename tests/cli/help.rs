//! Help, manual pages and completions, which are made from the command line.

use std::fs;

use super::program::Place;

const SUBCOMMANDS: [&str; 16] = [
    "report",
    "randomization",
    "expressivity",
    "regularization",
    "norms",
    "interpolation",
    "rademacher",
    "certificates",
    "stability",
    "implicit-bias",
    "train",
    "measure",
    "explain",
    "data",
    "completions",
    "man",
];

#[test]
fn help_names_every_subcommand_and_exit_code() {
    let help = Place::new().run("--help").printed();
    for subcommand in SUBCOMMANDS {
        let listed = |line: &str| line.trim_start().starts_with(&format!("{subcommand} "));
        assert!(help.lines().any(listed), "{subcommand} in {help}");
    }
    for code in [0, 1, 2, 3, 130] {
        let told = |line: &str| line.trim_start().starts_with(&format!("{code}  "));
        assert!(help.lines().any(told), "exit code {code} in {help}");
    }
}

#[test]
fn the_help_of_a_question_says_which_claims_it_decides() {
    let place = Place::new();
    let says = |question: &str, what: &str| {
        let help = place.run(&format!("{question} --help")).printed();
        let words: Vec<&str> = help.split_whitespace().collect();
        assert!(words.join(" ").contains(what), "{what}: {help}");
    };
    says("randomization", "Claims of the review: decides C1, C6.");
    for question in ["norms", "interpolation", "rademacher"] {
        says(
            question,
            "evidence on C7, which `rethink implicit-bias` decides.",
        );
    }
    says("implicit-bias", "Claims of the review: decides C7.");
}

#[test]
fn every_subcommand_has_an_example_that_parses() {
    let place = Place::new();
    for subcommand in SUBCOMMANDS {
        let help = place.run(&format!("{subcommand} --help")).printed();
        let (_, examples) = help.split_once("Example").expect(subcommand);
        let examples = examples.replace("\\\n", " ");
        let mut tried = 0;
        for line in examples.lines() {
            let Some(arguments) = line.trim().strip_prefix("rethink ") else {
                continue;
            };
            // As a shell takes it: without the redirection and the quotes.
            let arguments = arguments.split(" > ").next().unwrap_or(arguments);
            let arguments = arguments.replace('\'', "");
            // With --help after it a line is parsed and not carried out; what
            // does not parse is refused first.
            let answer = place.run(&format!("{arguments} --help"));
            assert_eq!(answer.code, 0, "{arguments}: {}", answer.stderr);
            tried += 1;
        }
        assert!(tried > 0, "no example in {help}");
    }
}

#[test]
fn the_manual_names_every_subcommand_and_each_has_a_page() {
    let place = Place::new();
    let main = place.run("man").printed();
    place.run("man --to pages").with_code(0);
    let stored = fs::read_to_string(place.path("pages/rethink.1")).expect("the main page");
    assert!(main.contains(".SH SYNOPSIS") && stored.contains(".SH SYNOPSIS"));
    for subcommand in SUBCOMMANDS {
        assert!(
            main.contains(&format!("rethink\\-{}(1)", subcommand.replace('-', "\\-"))),
            "{subcommand}"
        );
        let page = place.path(&format!("pages/rethink-{subcommand}.1"));
        let page = fs::read_to_string(page).expect(subcommand);
        let of_a_question = SUBCOMMANDS[..10].contains(&subcommand);
        assert_eq!(page.contains("\\-\\-budget"), of_a_question, "{subcommand}");
    }
    for code in [0, 1, 2, 3, 130] {
        let line = |line: &str| line.trim_start().starts_with(&format!("{code}  "));
        assert!(main.lines().any(line), "exit code {code}");
    }
}

#[test]
fn completions_know_the_subcommands_for_every_shell() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = place.run(&format!("completions {shell}")).printed();
        for word in SUBCOMMANDS.iter().chain(&["budget", "architecture"]) {
            assert!(script.contains(word), "{word} for {shell}");
        }
    }
    // An option is offered where it is used, and nowhere else.
    let script = place.run("completions bash").printed();
    let options = |command: &str| {
        let start = format!("rethink__subcmd__{command})\n");
        let (_, rest) = script.split_once(&start).expect(command);
        rest.lines().next().expect("options").to_owned()
    };
    assert!(options("norms").contains("--seeds") && !options("train").contains("--seeds"));
}

#[test]
fn words_are_explained_and_unknown_ones_answered_with_the_closest() {
    let place = Place::new();
    let json = place.run("explain C7 block --format json").printed();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["schema"], "rethink/explain/1");
    assert_eq!(json["entries"][0]["name"], "C7");
    assert_eq!(json["entries"][1]["kind"], "term");
    let listed = place.run("explain").printed();
    let decided = [
        "decided by rethink implicit-bias",
        "evidence from rethink norms",
    ];
    let fields = json["entries"][0]["fields"].as_array().expect("fields");
    let place_of = |name| fields.iter().position(|field| field[0] == name);
    let [decided, evidence] = decided.map(|name| place_of(name).expect(name));
    assert!(decided < evidence, "who decides comes first");
    for name in ["C1", "block", "path-norm-l2", "gaussian", "mnist"] {
        assert!(listed.contains(name), "{name}");
    }
    place.run("explain blok").refuses(2, &["blok", "block"]);
}
