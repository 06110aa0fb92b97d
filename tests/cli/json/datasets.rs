//! Lists of datasets.

use serde::Deserialize;

use crate::cli::program::Place;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Datasets<T> {
    schema: String,
    datasets: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    train: usize,
    test: usize,
    shape: String,
    classes: usize,
    bytes: u64,
    location: String,
    licence: String,
    description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verified {
    name: String,
    file: String,
    state: String,
    path: Option<String>,
}

#[test]
fn datasets() {
    let place = Place::new();
    let json = place.run("data list --format json").printed();
    let list: Datasets<Listed> = serde_json::from_str(&json).expect("the schema");
    assert_eq!(list.schema, "rethink/data-list/1");
    let names: Vec<&str> = list.datasets.iter().map(|set| &set.name[..]).collect();
    let known = ["fashion-mnist-10k", "fashion-mnist", "mnist", "cifar10"];
    assert_eq!(names, known);
    for set in &list.datasets {
        assert!(set.train > set.test && set.classes == 10 && set.bytes > 0);
        assert!(!set.licence.is_empty() && !set.description.is_empty());
        assert!(["1x28x28", "3x28x28"].contains(&&set.shape[..]));
    }
    assert_eq!(list.datasets[0].location, "embedded");

    let json = place
        .run("data verify fashion-mnist-10k --format json")
        .printed();
    let verified: Datasets<Verified> = serde_json::from_str(&json).expect("the schema");
    assert_eq!(verified.schema, "rethink/data-verify/1");
    assert_eq!(verified.datasets.len(), 4);
    for file in &verified.datasets {
        assert_eq!((&file.name[..], &file.state[..]), (known[0], "intact"));
        assert!(file.path.is_none() && file.file.ends_with("-ubyte"));
    }
}
