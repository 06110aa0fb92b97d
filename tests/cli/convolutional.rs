//! The convolutional network beside the fully connected one: what three questions say of it, and
//! what they do where it is not built for the images.

use serde_json::Value;

use super::idx;
use super::program::Place;
use super::smoke::smoke;

fn table<'r>(report: &'r Value, id: &str) -> Option<&'r Vec<Value>> {
    let tables = report["tables"].as_array().expect("tables");
    let table = tables.iter().find(|table| table["id"] == id)?;
    table["rows"].as_array()
}

fn number(cell: &Value) -> f64 {
    cell["number"]["value"].as_f64().expect("a number")
}

/// Geometric means within the same seeds: the ratio of a pair is that of their ratios to true
/// labels.
#[test]
fn the_order_of_the_treatments_is_that_of_their_steps() {
    let report = smoke().json("randomization");
    let steps = table(&report, "steps-of-images").expect("the steps");
    let relative = |name: &Value| {
        let row = steps.iter().find(|row| row[0]["text"] == *name);
        let row = row.expect("a treatment");
        [number(&row[2]), number(&row[3])]
    };
    let pairs = table(&report, "order-of-images").expect("the order");
    assert_eq!((steps.len(), pairs.len()), (5, 10));
    for pair in pairs {
        let [first, later] = [0, 1].map(|at| relative(&pair[at]["text"]));
        let (ours, published) = (number(&pair[2]), number(&pair[3]));
        assert!((ours - later[0] / first[0]).abs() < 1e-9, "{pair}");
        // In the paper's figure every later treatment takes longer.
        assert!((published - later[1] / first[1]).abs() < 1e-9 && published > 1.0);
        let ratio = &pair[2]["number"];
        let said = match (ratio["low"].as_f64(), ratio["high"].as_f64()) {
            (Some(low), _) if low > 1.0 => "holds",
            (_, Some(high)) if high < 1.0 => "reversed",
            _ => "not decided",
        };
        assert_eq!(pair[4]["text"], said, "{pair}");
    }
}

#[test]
fn norms_and_signs_of_the_convolutional_network_are_told() {
    let norms = smoke().json("norms");
    let ratios = table(&norms, "ratios-of-images").expect("the norms");
    assert!(
        ratios
            .iter()
            .all(|row| number(&row[1]) > 0.0 && number(&row[3]) > 0.0)
    );
    let operators = ratios.last().expect("a row");
    assert_eq!(operators[0]["text"], "Product of operator norms");
    let layers = table(&norms, "layers-of-images").expect("the layers");
    assert!(
        layers
            .iter()
            .any(|row| row[0]["text"] == "1 (filters 16×1×3×3)")
    );

    let capacity = smoke().json("rademacher");
    let rows = table(&capacity, "capacity").expect("the signs");
    let of_images = rows.iter().filter(|row| row[0]["text"] == "small-conv");
    assert_eq!(of_images.count(), 2);
}

#[test]
fn images_of_another_size_leave_it_out_and_the_answer_says_so() {
    let place = Place::new();
    idx::write(&place.path("small"), 8, 10, |class, image, place| {
        let noise = (image * 7919 + place * 104_729) % 61;
        let bar = if place / 7 == class { 190 } else { 0 };
        u8::try_from(noise + bar).expect("at most 250")
    });
    // A table, or the network in one.
    for (question, without) in [
        ("randomization", "steps-of-images"),
        ("norms", "ratios-of-images"),
        ("rademacher", "small-conv"),
    ] {
        let line = format!("{question} --budget smoke --dataset small --format json --quiet");
        let answer = place.run(&line).printed();
        let report: Value = serde_json::from_str(&answer).expect("JSON");
        assert!(!report["tables"].to_string().contains(without));
        let told = report["warnings"].as_array().expect("warnings");
        let told = told.iter().filter_map(Value::as_str);
        let told: Vec<&str> = told.filter(|line| line.contains("convolutional")).collect();
        assert_eq!(told.len(), 1, "{question}: {told:?}");
        assert!(
            told[0].contains("28x28") && told[0].contains("1x8x8"),
            "{told:?}"
        );
    }
}
