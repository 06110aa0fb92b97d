//! The tables on representations and bad interpolants: what must hold between
//! their numbers whatever the images are.

use serde_json::Value;

use super::smoke::smoke;

/// One table of the report.
struct Table(Value);

impl Table {
    fn of(report: &Value, id: &str) -> Self {
        let tables = report["tables"].as_array().expect("tables");
        let table = tables.iter().find(|table| table["id"] == id);
        Self(table.unwrap_or_else(|| panic!("no table {id}")).clone())
    }

    fn rows(&self) -> &[Value] {
        self.0["rows"].as_array().expect("rows")
    }

    /// The first row that begins with these texts.
    fn row(&self, texts: &[&str]) -> usize {
        let begins = |row: &Value| (texts.iter().enumerate()).all(|(k, t)| row[k]["text"] == *t);
        let found = self.rows().iter().position(begins);
        found.unwrap_or_else(|| panic!("no row {texts:?}"))
    }

    fn number(&self, row: usize, column: &str) -> f64 {
        let columns = self.0["columns"].as_array().expect("columns");
        let place = columns.iter().position(|c| c["name"] == column);
        let cell = &self.rows()[row][place.unwrap_or_else(|| panic!("no column {column}"))];
        let value = cell["number"]["value"].as_f64();
        value.unwrap_or_else(|| panic!("no number in {cell}"))
    }
}

fn close(a: f64, b: f64) {
    assert!((a / b - 1.0).abs() < 1e-9, "{a} and {b}");
}

#[test]
fn representations_and_bad_interpolants_agree_with_each_other() {
    let report = smoke().json("interpolation");

    let fits = Table::of(&report, "representations");
    let sweep = Table::of(&report, "representation-bandwidths");
    let pixels = fits.row(&["pixels", "none"]);
    assert_eq!((fits.rows().len(), sweep.rows().len()), (6, 12));
    for name in ["pixels", "Gabor wavelets", "random convolution"] {
        let row = fits.row(&[name, "none"]);
        // Without ridge every training image gets its label.
        assert_eq!(fits.number(row, "train error"), 0.0, "{name}");
        let same = (sweep.row(&[name])..sweep.rows().len())
            .find(|&row| sweep.number(row, "bandwidth / median distance") == 0.5)
            .expect("the compared bandwidth");
        for column in ["test error", "RKHS norm"] {
            let (a, b) = (fits.number(row, column), sweep.number(same, column));
            assert_eq!(a, b, "{name}, {column}");
        }
        // The norm falls as the ridge grows: the row below has a ridge.
        assert!(fits.number(row + 1, "RKHS norm") < fits.number(row, "RKHS norm"));
        if name != "pixels" {
            // The ratio of geometric means is the geometric mean of the ratios.
            let ratio = fits.number(row, "RKHS norm") / fits.number(pixels, "RKHS norm");
            close(fits.number(row, "norm / pixels"), ratio);
        }
    }

    let bad = Table::of(&report, "bad-interpolants");
    let smallest = bad.row(&["smallest norm"]);
    // The same functions as in the other tables, solved with other columns.
    for column in ["test error", "RKHS norm"] {
        close(bad.number(smallest, column), fits.number(pixels, column));
    }
    for (name, same_labels) in [
        ("random centres", true),
        ("random labels forced on the test images", true),
        ("true labels forced on the test images", true),
        ("smallest norm, random training labels", false),
    ] {
        let row = bad.row(&[name]);
        assert_eq!(bad.number(row, "train error"), 0.0, "{name}");
        assert!(bad.number(row, "deviation on training images") < 1e-6);
        if same_labels {
            // No interpolant of the same labels has less than the smallest norm.
            assert!(bad.number(row, "norm / smallest") > 1.0, "{name}");
        }
    }
    let forced = |labels: &str| {
        let row = bad.row(&[&format!("{labels} labels forced on the test images")]);
        bad.number(row, "test error")
    };
    assert_eq!(forced("true"), 0.0);
    // Of 600 random labels of ten classes 90 % are wrong, with a standard
    // deviation of 1.2 points; five of them.
    assert!((forced("random") - 90.0).abs() < 6.2);

    let order = Table::of(&report, "what-norms-order");
    for row in 0..order.rows().len() {
        let tau = order.number(row, "Kendall's tau");
        assert!((-1.0..=1.0).contains(&tau), "{tau}");
    }
}
