//! What was called otherwise: an old spelling leads to the new one.

use clap::Arg;
use clap::error::{ContextKind, ContextValue};

use crate::commands::command;

/// Options that had another name: the subcommand, the old name, the new one.
const OPTIONS: [(&str, &str, &str); 4] = [
    ("train", "--n", "--train-size"),
    ("train", "--test-n", "--test-size"),
    ("stability", "--n", "--train-size"),
    ("implicit-bias", "--n", "--train-size"),
];

/// Tools whose options another subcommand had: that subcommand, the tool, and the option
/// that asked for it with what stands for it now.
const TOOLS: [(&str, &str, (&str, &str)); 6] = [
    (
        "interpolation",
        "interpolate",
        ("--kernel", "--kernel NAME"),
    ),
    ("rademacher", "complexity", ("--kernel", "--kernel NAME")),
    ("expressivity", "construct", ("--construct", "FILE")),
    ("implicit-bias", "toy", ("--world", "NAME")),
    ("implicit-bias", "toy", ("--list", "--list")),
    ("measure", "explain", ("--explain", "ID")),
];

/// What an unknown option is called now, if it was known.
pub fn renamed(error: &clap::Error, arguments: impl IntoIterator<Item = String>) -> Option<String> {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let given = given.split_whitespace().next()?.split('=').next()?;
    let arguments: Vec<String> = arguments.into_iter().collect();
    let typed = |command: &str| arguments.iter().any(|argument| argument == command);
    if let Some((_, old, new)) = OPTIONS.iter().find(|(c, old, _)| typed(c) && *old == given) {
        return Some(format!("{old} is now called {new}: give {new}"));
    }
    let all = command();
    let of_tool = |tool: &str| {
        let tool = all.find_subcommand(tool).into_iter();
        let mut long = tool.flat_map(|tool| tool.get_arguments().filter_map(Arg::get_long));
        long.any(|long| given.strip_prefix("--") == Some(long))
    };
    let mut known = TOOLS.iter().filter(|(question, ..)| typed(question));
    let (_, tool, (_, now)) = (known.clone().find(|(.., (old, _))| *old == given))
        .or_else(|| known.find(|(_, tool, _)| of_tool(tool)))?;
    Some(format!(
        "{given} belongs to a command of its own now: rethink {tool} {now}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> Option<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let error = command().try_get_matches_from(&words);
        renamed(&error.unwrap_err(), words)
    }

    #[test]
    fn an_old_name_leads_to_the_new_one_which_is_there() {
        let all = command();
        for (name, old, new) in OPTIONS {
            let told = told(&["rethink", name, old, "1"]).unwrap();
            assert!(told.contains(old) && told.contains(new), "{told}");
            let arguments = all.find_subcommand(name).unwrap().get_arguments();
            let mut long = arguments.filter_map(Arg::get_long);
            assert!(long.any(|long| format!("--{long}") == new), "{new}");
        }
        assert_eq!(told(&["rethink", "norms", "--n", "1"]), None);
    }

    #[test]
    fn an_option_of_a_tool_leads_from_its_question_to_it() {
        for (line, new) in [
            (
                "interpolation --kernel gaussian:5",
                "rethink interpolate --kernel",
            ),
            (
                "interpolation --train-size 50",
                "rethink interpolate --kernel",
            ),
            ("rademacher --kernel=linear", "rethink complexity --kernel"),
            ("rademacher --draws 9", "rethink complexity --kernel"),
            ("expressivity --construct f", "rethink construct FILE"),
            ("expressivity --depth 3", "rethink construct FILE"),
            ("implicit-bias --world all", "rethink toy NAME"),
            ("implicit-bias --list", "rethink toy --list"),
            ("measure --explain alpha", "rethink explain ID"),
        ] {
            let words: Vec<&str> = ["rethink"].into_iter().chain(line.split(' ')).collect();
            let told = told(&words).unwrap();
            assert!(told.contains(new), "{line}: {told}");
        }
        assert_eq!(told(&["rethink", "norms", "--kernel", "linear"]), None);
    }
}
