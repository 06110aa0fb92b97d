//! `rethink certificates`: what must hold between its numbers whatever the images are, and what it
//! refuses.

use super::program::Place;
use super::smoke::{rows, smoke, value};

fn kl(q: f64, p: f64) -> f64 {
    let term = |a: f64, b: f64| if a > 0.0 { a * (a / b).ln() } else { 0.0 };
    term(q, p) + term(1.0 - q, 1.0 - p)
}

/// Both lines of the formula, computed here from the counts that the table of terms prints.
#[test]
fn every_certificate_follows_from_the_terms_that_are_printed() {
    let report = smoke().json("certificates");
    let terms = rows(&report, "terms");
    assert!(terms.len() >= 10, "{}", terms.len());
    for row in terms {
        let number = |place: usize| value(&row[place]);
        let (n, errors, draws) = (number(4), number(5), number(6));
        let (gibbs, divergence, ln_k, risk) = (number(7), number(8), number(9), number(10));
        assert!(gibbs >= errors / draws && risk >= gibbs, "{row:?}");
        if gibbs < 1.0 - 1e-9 {
            let price = (1.0_f64 / 0.01).ln() / draws;
            assert!((kl(errors / draws, gibbs) - price).abs() < 1e-9, "{row:?}");
        }
        if risk < 1.0 - 1e-9 {
            let price = (divergence + ln_k + (2.0 * n.sqrt() / 0.025).ln()) / n;
            assert!((kl(gibbs, risk) - price).abs() < 1e-6 * price, "{row:?}");
        }
    }
}

/// Few images, on which no certificate may say anything of random labels.
#[test]
fn no_limit_lies_below_the_error_that_it_limits() {
    let report = smoke().json("certificates");
    for row in rows(&report, "certificates") {
        assert!(value(&row[1]) >= value(&row[4]), "{row:?}");
    }
    let random = rows(&report, "certificates").pop().expect("a row");
    assert_eq!(random[0]["text"].as_str(), Some("random"), "{random:?}");
    assert!(value(&random[1]) >= 0.9 && (value(&random[4]) - 0.9).abs() < 1e-12);
    // The network of SGD itself is not what its certificate is of.
    let ways = rows(&report, "ways");
    let certified = ways.iter().filter(|row| row[1]["text"] != "SGD");
    assert_eq!(certified.clone().count(), 8);
    for row in certified {
        assert!(value(&row[4]) >= value(&row[6]), "{row:?}");
    }
}

/// Other numbers than the budget's are those of the answer, and are in the line that repeats it.
#[test]
fn options_reach_the_certificates() {
    let place = Place::new();
    let line = "certificates --budget smoke --objective inverted-kl --sigma 0.1 --priors 7 \
                --passes 2 --held-out 60 --delta 0.01 --delta-draws 0.02";
    let answer = place
        .run(&format!("{line} --format json --quiet"))
        .with_code(0);
    let report: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
    for row in rows(&report, "terms") {
        let [n, draws, ln_k] = [4, 6, 9].map(|place| value(&row[place]));
        assert_eq!(draws, 2.0 * n);
        assert!((ln_k - 7_f64.ln()).abs() < 1e-12);
    }
    let first = &rows(&report, "terms")[0];
    assert_eq!(value(&first[2]), 1.0, "β of a bound");
    let command = report["provenance"]["command"].as_str().expect("a command");
    for option in line.split(" --").skip(2) {
        assert!(command.contains(option), "{command}: {option}");
    }
}

#[test]
fn what_cannot_be_certified_is_refused_before_work() {
    let place = Place::new();
    for (line, words) in [
        ("--architecture small-conv", ["small-conv", "mlp-100"]),
        ("--train-size 10001", ["10001", "10000"]),
        ("--train-size 99", ["99", "100"]),
        ("--train-size -5", ["-5", "100"]),
        ("--sigma 0", ["0", "above 0"]),
        ("--passes 0", ["0", "from 1"]),
        ("--priors 0", ["0", "from 1"]),
        ("--objective hinge", ["hinge", "cross-entropy"]),
        ("--delta 1", ["1", "between 0 and 1"]),
        ("--delta 0.6 --delta-draws 0.4", ["0.6", "below 1"]),
        ("--held-out 300", ["300", "1 to 299"]),
        ("--prior-images 300", ["300", "1 to 299"]),
    ] {
        place
            .run(&format!("certificates --budget smoke {line}"))
            .refuses(2, &words);
    }
}
