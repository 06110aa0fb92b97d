//! Reports and the page from outside: files, schema, escaping, self-containedness, well-formed SVG.

mod example;
pub mod schema;

use std::collections::HashSet;
use std::fs;

use rethink::report::figure::{Axis, Curves, Point, Series};
use rethink::report::{FigureText, Layout, QuestionReport, ReportError, page};

const DAY: &str = "2026-11-23";
/// All that a report prints, in a hundred columns.
const FULL: Layout = Layout {
    width: 100,
    colour: false,
    full: true,
};
/// Version and commit of the example reports.
const PROGRAM: [&str; 2] = ["0.1.0", "a92543d"];
const HOSTILE: &str = "<script>alert(\"1\")</script> & 'x' </style></svg>]]>--><!-- \u{1b}[31m";

/// The example with a hostile string in every place that takes one.
fn hostile() -> QuestionReport {
    let mut report = example::randomization();
    let id = report.question.clone();
    let json = serde_json::to_value(&report).unwrap();
    let poisoned = poison(json);
    report = serde_json::from_value(poisoned).unwrap();
    report.question = id;
    for (index, table) in report.tables.iter_mut().enumerate() {
        table.id = format!("table-{index}");
    }
    let curves = Curves {
        x: Axis::linear(HOSTILE),
        y: Axis::linear(HOSTILE),
        series: vec![Series::new(
            HOSTILE,
            vec![Point::new(0.0, 1.0), Point::new(1.0, 2.0)],
        )],
        references: vec![],
    };
    let words = FigureText::new("hostile", HOSTILE, HOSTILE, HOSTILE);
    report.figures = vec![curves.draw(words).unwrap()];
    report
}

/// Every string replaced, except those that stand for a variant.
fn poison(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(_) => Value::String(HOSTILE.to_owned()),
        Value::Array(items) => items.into_iter().map(poison).collect(),
        Value::Object(fields) => {
            let keep = ["claim", "outcome", "direction", "align"];
            let fields = fields.into_iter().map(|(name, value)| {
                let value = if keep.contains(&name.as_str()) {
                    value
                } else {
                    poison(value)
                };
                (name, value)
            });
            Value::Object(fields.collect())
        }
        other => other,
    }
}

/// The claims of the page, each with its verdict and the evidence under it.
fn claims(html: &str) -> Vec<&str> {
    let (_, claims) = html.split_once("<ol class=\"claims\">").unwrap();
    let (claims, _) = claims.split_once("</ol>").unwrap();
    claims.split("<h3>").skip(1).collect()
}

#[test]
fn a_claim_has_one_verdict_and_under_it_the_evidence_from_other_questions() {
    let html = page::render(&example::all(), DAY);
    let claims = claims(&html);
    let verdicts = |claim: &str| claim.matches("class=\"outcome ").count();
    // C1 and C6 of the one report, C7 of the other; C3 has evidence and nothing else.
    let expected = [1, 0, 0, 0, 0, 1, 1];
    assert_eq!(
        claims.iter().map(|c| verdicts(c)).collect::<Vec<_>>(),
        expected
    );
    let evidence = |claim: &str| claim.matches("class=\"direction ").count();
    let expected = [0, 0, 1, 0, 0, 0, 1];
    assert_eq!(
        claims.iter().map(|c| evidence(c)).collect::<Vec<_>>(),
        expected
    );

    let (verdict, evidence) = claims[6]
        .split_once("Evidence from other questions")
        .unwrap();
    assert!(verdict.contains("partly supported") && verdict.contains("#implicit-bias-C7"));
    assert!(evidence.contains("speaks for it") && evidence.contains("4.1 times the updates"));
    assert!(evidence.contains("href=\"#randomization-C7\""));
    let (_, card) = html.split_once("id=\"randomization-C7\"").unwrap();
    for part in [
        "speaks for it",
        "rethink implicit-bias",
        "lies above 1",
        "4.1 [3.9, 4.4]",
    ] {
        assert!(card.contains(part), "{part}");
    }
}

#[test]
fn a_claim_whose_question_has_no_report_is_not_examined_and_lists_its_evidence() {
    let html = page::render(&[example::randomization()], DAY);
    let c7 = claims(&html)[6];
    assert!(c7.contains("Not examined") && c7.contains("rethink implicit-bias"));
    assert!(!c7.contains("class=\"outcome "));
    assert!(c7.contains("speaks for it") && c7.contains("#randomization-C7"));
}

/// A verdict on a claim that another question decides is no verdict, and is not stored.
#[test]
fn only_the_question_that_decides_a_claim_has_a_verdict_on_it() {
    let mut report = example::randomization();
    report.contributions.clear();
    report.verdicts.extend(example::implicit_bias().verdicts);
    assert!(claims(&page::render(&[report.clone()], DAY))[6].contains("Not examined"));
    let out = tempfile::tempdir().unwrap();
    let refused = report.write(out.path()).unwrap_err().to_string();
    assert!(
        refused.contains("C7, which `implicit-bias` decides"),
        "{refused}"
    );
}

#[test]
fn hostile_strings_stay_text() {
    let html = page::render(&[hostile()], HOSTILE);
    assert!(!html.contains("<script"), "a script element got through");
    assert_eq!(html.matches("</style>").count(), 1);
    assert_eq!(html.matches("<!--").count(), 0);
    assert_eq!(html.matches("</svg>").count(), 1);
    assert!(html.contains("&lt;script&gt;"));
    let svg = &hostile().figures[0].svg;
    roxmltree::Document::parse(svg).unwrap();
    let shown = hostile().text(None, FULL);
    assert!(!shown.contains('\u{1b}'), "an escape reached the terminal");
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let html = page::render(&example::all(), DAY);
    for needle in [
        "<script", "<link", "<img", "<iframe", "src=", "@import", "url(", "http:", "https:",
    ] {
        assert!(!html.contains(needle), "the page contains {needle}");
    }
    for link in html.split("href=\"").skip(1) {
        assert!(
            link.starts_with('#') || link.starts_with("reports/"),
            "a link leaves the page: {}",
            &link[..40]
        );
    }
}

/// Values of an attribute, in order.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn ids_are_unique_and_every_reference_has_its_target() {
    let html = page::render(&example::all(), DAY);
    let ids = attributes(&html, "id");
    let unique: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id occurs twice");
    let links = attributes(&html, "href")
        .into_iter()
        .filter_map(|link| link.strip_prefix('#'));
    let labels = attributes(&html, "aria-labelledby")
        .into_iter()
        .flat_map(str::split_whitespace);
    let targets: Vec<&str> = links.chain(labels).collect();
    assert!(targets.len() > 15);
    for target in targets {
        assert!(unique.contains(target), "nothing has the id {target}");
    }
}

/// The opening and closing tags of HTML without script or comments, checked as a stack.
#[test]
fn every_element_is_closed_in_order() {
    let html = page::render(&example::all(), DAY);
    let body = &html[html.find("<body").unwrap()..html.find("</html>").unwrap()];
    let mut open: Vec<&str> = Vec::new();
    for tag in body.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        let name = tag
            .trim_start_matches('/')
            .split([' ', '\n', '/'])
            .next()
            .unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn figures_are_whole_documents_inside_their_box() {
    for figure in example::all().iter().flat_map(|report| &report.figures) {
        let tree = roxmltree::Document::parse(&figure.svg).unwrap();
        let root = tree.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let number = |name| root.attribute(name).unwrap().parse::<f64>().unwrap();
        let (width, height) = (10.0 * number("width"), 10.0 * number("height"));
        let titles: Vec<_> = root.children().filter(|n| n.is_element()).take(2).collect();
        assert_eq!(titles[0].text(), Some(figure.title.as_str()));
        assert_eq!(titles[1].text(), Some(figure.alt.as_str()));
        let inside = |x: f64, y: f64| (0.0..=width).contains(&x) && (0.0..=height).contains(&y);
        let mut texts = 0;
        for node in tree.descendants() {
            if let Some(points) = node.attribute("points") {
                for point in points.split_whitespace() {
                    let (x, y) = point.split_once(',').unwrap();
                    assert!(
                        inside(x.parse().unwrap(), y.parse().unwrap()),
                        "{}: {point}",
                        figure.id
                    );
                }
            }
            if node.has_tag_name(("http://www.w3.org/2000/svg", "text")) {
                texts += 1;
                let at = |name| node.attribute(name).unwrap().parse::<f64>().unwrap();
                // Helvetica's digits are 0.556 em wide, its letters 0.5 on average: no label is cut off.
                let wide = 0.5 * at("font-size") * node.text().unwrap().chars().count() as f64;
                let (left, right) = match node.attribute("text-anchor").unwrap() {
                    "start" => (at("x"), at("x") + wide),
                    "end" => (at("x") - wide, at("x")),
                    _ => (at("x") - wide / 2.0, at("x") + wide / 2.0),
                };
                assert!(
                    inside(left, at("y")) && inside(right, at("y")),
                    "{}: {:?}",
                    figure.id,
                    node.text()
                );
            }
        }
        assert!(texts > 5, "{} has labels", figure.id);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (a, b) = (example::all(), example::all());
    assert_eq!(page::render(&a, DAY), page::render(&b, DAY));
    for (a, b) in a.iter().zip(&b) {
        assert_eq!(a.json().unwrap(), b.json().unwrap());
        assert!(
            a.figures
                .iter()
                .zip(&b.figures)
                .all(|(a, b)| a.svg == b.svg)
        );
    }
}

#[test]
fn a_stored_report_comes_back_whole_and_makes_the_same_page() {
    let out = tempfile::tempdir().unwrap();
    let reports = example::all();
    let mut order = Vec::new();
    for report in &reports {
        let folder = report.write(out.path()).unwrap();
        assert_eq!(&QuestionReport::load(&folder).unwrap(), report);
        let files: HashSet<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut expected = HashSet::from(["report.json".to_owned()]);
        expected.extend(
            report
                .tables
                .iter()
                .map(|table| format!("{}.csv", table.id)),
        );
        expected.extend(
            report
                .figures
                .iter()
                .flat_map(|figure| [figure.file(), figure.data_file()]),
        );
        assert_eq!(files, expected);
        order.push(report.question.as_str());
    }
    order.push("not-run");
    let page = page::write(out.path(), &order, DAY, PROGRAM).unwrap();
    assert!(page.left_out.is_empty(), "{:?}", page.left_out);
    assert_eq!(
        fs::read_to_string(page.path).unwrap(),
        page::render(&reports, DAY)
    );
}

/// What is damaged, changed or of another program is left out, and stops nothing.
#[test]
fn only_whole_reports_of_this_program_are_on_the_page() {
    let reports = example::all();
    let order: Vec<&str> = reports.iter().map(|r| r.question.as_str()).collect();
    let write = |out: &std::path::Path, program| {
        let page = page::write(out, &order, DAY, program).unwrap();
        (fs::read_to_string(page.path).unwrap(), page.left_out)
    };
    let folder = |out: &std::path::Path| {
        let folders = reports.iter().map(|report| report.write(out).unwrap());
        folders.collect::<Vec<_>>().remove(0)
    };
    let figure = format!("{}.svg", reports[0].figures[0].id);
    let script = |path: std::path::PathBuf| {
        let svg = fs::read_to_string(&path).unwrap();
        let svg = svg.replace("</svg>", "<script>alert(1)</script></svg>");
        fs::write(path, svg).unwrap();
    };
    let damages: [&dyn Fn(std::path::PathBuf); 4] = [
        &|folder| script(folder.join(&figure)),
        &|folder| fs::write(folder.join("report.json"), "").unwrap(),
        &|folder| {
            fs::remove_file(folder.join("report.json")).unwrap();
            fs::create_dir(folder.join("report.json")).unwrap();
        },
        &|folder| fs::remove_file(folder.join(&figure)).unwrap(),
    ];
    for damage in damages {
        let out = tempfile::tempdir().unwrap();
        damage(folder(out.path()));
        let (html, left_out) = write(out.path(), PROGRAM);
        assert_eq!(html, page::render(&reports[1..], DAY));
        assert_eq!(left_out.len(), 1);
        assert!(!html.contains("alert(1)"));
    }
    let out = tempfile::tempdir().unwrap();
    folder(out.path());
    let (html, left_out) = write(out.path(), ["another", PROGRAM[1]]);
    assert_eq!(html, page::render(&[], DAY));
    assert_eq!(left_out.len(), reports.len());
}

#[test]
fn reports_that_cannot_be_read_say_why() {
    let out = tempfile::tempdir().unwrap();
    let folder = example::randomization().write(out.path()).unwrap();
    let json = folder.join("report.json");
    let stored = fs::read_to_string(&json).unwrap();
    fs::write(
        &json,
        stored.replace("rethink/randomization/5", "rethink/randomization/6"),
    )
    .unwrap();
    let error = QuestionReport::load(&folder).unwrap_err();
    assert!(matches!(&error, ReportError::UnknownSchema { found, .. } if found.ends_with("/6")));
    fs::write(&json, &stored[..stored.len() / 2]).unwrap();
    let error = QuestionReport::load(&folder).unwrap_err();
    assert!(matches!(error, ReportError::Damaged { .. }));
    assert!(error.to_string().contains("report.json"), "{error}");
    let mut twice = example::randomization();
    twice.figures.push(twice.figures[0].clone());
    assert!(matches!(
        twice.write(out.path()),
        Err(ReportError::DuplicateId { .. })
    ));
    let mut outside = example::randomization();
    outside.tables[0].id = "../table".into();
    assert!(matches!(
        outside.write(out.path()),
        Err(ReportError::InvalidId { .. })
    ));
}

#[test]
fn json_keeps_its_schema() {
    for report in example::all() {
        let json = report.json().unwrap();
        let read: schema::Question = serde_json::from_str(&json).unwrap();
        assert_eq!(read.schema, format!("rethink/{}/5", read.question));
        assert!(!json.contains("<svg"));
        assert!(
            read.figures
                .iter()
                .all(|figure| figure.file.ends_with(".svg"))
        );
        let mut verdicts = read.verdicts.iter();
        assert!(verdicts.all(|verdict| verdict.claim.starts_with('C')));
        assert_eq!(read.contributions.len(), report.contributions.len());
    }
}

#[test]
fn csv_is_the_first_table() {
    let report = example::randomization();
    assert_eq!(report.csv(), report.tables[0].csv());
    assert_eq!(
        report.csv().lines().count(),
        report.tables[0].rows.len() + 1
    );
}

#[test]
fn a_terminal_sees_everything_in_a_hundred_columns() {
    let folder = std::path::Path::new("out/reports/randomization");
    let report = example::randomization();
    let plain = report.text(Some(folder), FULL);
    let wide = plain
        .lines()
        .find(|line| line.chars().count() > rethink::text::WIDTH);
    assert_eq!(wide, None);
    assert!(!plain.contains('\u{1b}'));
    for verdict in &report.verdicts {
        assert!(plain.contains(verdict.outcome.word()));
        let rule = verdict.rule.split_whitespace().last().unwrap();
        assert!(plain.contains(rule));
    }
    assert!(plain.contains("\nEvidence on C7  + speaks for it\n"));
    assert!(plain.contains("The verdict on C7 is that of `rethink implicit-bias`."));
    assert!(plain.contains("out/reports/randomization/test-error.svg"));
    let coloured = report.text(
        Some(folder),
        Layout {
            colour: true,
            ..FULL
        },
    );
    assert!(coloured.contains("\u{1b}[1;32m✓ supported\u{1b}[0m"));
}

/// `REPORT_EXAMPLE=DIR cargo test --test report_page example_page` writes the example to look at.
#[test]
fn example_page() {
    let Some(out) = std::env::var_os("REPORT_EXAMPLE").map(std::path::PathBuf::from) else {
        return;
    };
    let reports = example::all();
    for report in &reports {
        let folder = report.write(&out).unwrap();
        fs::write(
            folder.join("terminal.txt"),
            report.text(Some(&folder), FULL),
        )
        .unwrap();
    }
    let order: Vec<&str> = reports
        .iter()
        .map(|report| report.question.as_str())
        .collect();
    page::write(&out, &order, DAY, PROGRAM).unwrap();
}
