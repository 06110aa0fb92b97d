//! Checkpoints as PyTorch and NumPy write them; tests/golden/checkpoints/make.py made
//! the files and noted what PyTorch says of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rethink::checkpoint::{Checkpoint, CheckpointError, Format, read};
use rethink::measure::{BATCH_NORM_EPSILON, Interpretation, Layer, LayerKind, Reading, interpret};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    files: BTreeMap<String, Vec<Array>>,
    epsilon: f64,
    image: Image,
    first: First,
    outputs: Vec<f64>,
}

#[derive(Deserialize)]
struct Array {
    name: String,
    shape: Vec<usize>,
    sum: f64,
    values: Option<Vec<f32>>,
}

#[derive(Deserialize)]
struct First {
    before: Vec<f64>,
    after: Vec<f64>,
}

/// Channels, height, width and their values.
#[derive(Deserialize, Clone)]
struct Image {
    shape: [usize; 3],
    values: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/checkpoints/golden.json")).unwrap()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/checkpoints")
        .join(name)
}

fn load(name: &str) -> Checkpoint {
    read(&path(name)).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(name: &str) -> String {
    read(&path(name)).unwrap_err().to_string()
}

/// They share an offset, which is all that orders the arrays of such a file.
#[test]
fn empty_arrays_are_listed_in_the_same_order_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.safetensors");
    let empty = r#"{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}"#;
    let arrays: Vec<String> = ["d", "b", "a", "c"]
        .map(|name| format!("\"{name}\":{empty}"))
        .into();
    let weight = r#""w.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}"#;
    let header = format!("{{{},{weight}}}", arrays.join(","));
    let bytes = [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        &1.0_f32.to_le_bytes(),
    ];
    std::fs::write(&path, bytes.concat()).unwrap();
    for _ in 0..8 {
        let skipped = read(&path).unwrap().skipped;
        let names: Vec<&str> = skipped.iter().map(|array| array.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }
}

#[test]
fn every_array_has_the_shape_and_sum_that_torch_says() {
    for (file, expected) in golden().files {
        let checkpoint = load(&file);
        let format = match file.rsplit_once('.').unwrap().1 {
            "pt" => Format::Pytorch,
            "npz" => Format::Npz,
            _ => Format::Safetensors,
        };
        assert_eq!(checkpoint.format, format, "{file}");
        assert_eq!(checkpoint.arrays.len(), expected.len(), "{file}");
        for expected in expected {
            let named = |array: &&rethink::solution::Weight| array.name == expected.name;
            let array = checkpoint.arrays.iter().find(named).unwrap();
            assert_eq!(array.shape, expected.shape, "{file} {}", array.name);
            let sum: f64 = array.values.iter().copied().map(f64::from).sum();
            let scale: f64 = array
                .values
                .iter()
                .map(|value| f64::from(value.abs()))
                .sum();
            assert!(
                (sum - expected.sum).abs() <= 1e-14 * scale,
                "{file} {}: {sum} {}",
                array.name,
                expected.sum
            );
            if let Some(values) = expected.values {
                assert_eq!(array.values, values, "{file} {}", array.name);
            }
        }
    }
}

#[test]
fn arrays_keep_the_order_of_the_file() {
    let network = ["conv1", "bn1", "conv2", "bn2", "fc"];
    for file in ["net.pt", "net.npz", "nested.pt", "parameters.pt"] {
        let arrays = load(file).arrays;
        let mut modules: Vec<&str> = arrays
            .iter()
            .map(|a| a.name.split_once('.').unwrap().0)
            .collect();
        modules.dedup();
        assert_eq!(modules, network, "{file}");
    }
    let arrays = load("net.safetensors").arrays;
    assert_eq!(arrays[0].name, "bn1.weight");
    assert_eq!(arrays[1].name, "bn1.bias");
}

#[test]
fn what_is_no_weight_is_listed_with_its_reason() {
    let reasons = |file: &str| -> BTreeMap<String, String> {
        load(file)
            .skipped
            .into_iter()
            .map(|skipped| (skipped.name, skipped.reason))
            .collect()
    };
    for file in ["net.pt", "net.safetensors", "net.npz"] {
        let reasons = reasons(file);
        assert_eq!(reasons.len(), 2, "{file}: {reasons:?}");
        assert!(!reasons["bn1.num_batches_tracked"].is_empty(), "{file}");
    }
    let strided = reasons("strided.pt");
    assert!(strided["empty"].contains("empty: shape [0, 3]"));
    assert!(strided["counter"].contains("int64"));
    assert!(strided["float8"].contains("float8_e4m3fn"));
    let types = reasons("types.npz");
    assert_eq!(
        types.keys().map(String::as_str).collect::<Vec<_>>(),
        ["empty", "integers", "record", "text"]
    );
    let nested = reasons("nested.pt");
    assert_eq!(nested["optimizer"], "dict, not a tensor");
    assert_eq!(nested["epoch"], "int, not a tensor");
    assert_eq!(nested["device"], "torch.device, not a tensor");
}

#[test]
fn numpy_types_and_orders_give_the_same_numbers() {
    let arrays = load("types.npz").arrays;
    let values = |name: &str| &arrays.iter().find(|a| a.name == name).unwrap().values;
    let expected = load("net.npz");
    let expected = &expected
        .arrays
        .iter()
        .find(|a| a.name == "conv2.weight")
        .unwrap()
        .values;
    assert_eq!(values("fortran"), expected);
    assert_eq!(values("big"), expected);
    let third = |value: &f32| (f64::from(*value) / 3.0) as f32;
    assert_eq!(
        values("double"),
        &expected.iter().map(third).collect::<Vec<_>>()
    );
}

#[test]
fn a_pickle_is_not_executed() {
    let error = read(&path("malicious.pt")).unwrap_err();
    assert!(matches!(&error, CheckpointError::Global { name, .. } if name == "os.system"));
    assert!(!Path::new("called-by-a-pickle").exists());
    let whole_network = refused("module.pt");
    assert!(
        whole_network.contains("torch.nn.modules.linear.Linear"),
        "{whole_network}"
    );
    assert!(whole_network.contains("torch.save(model.state_dict(), path)"));
}

#[test]
fn other_formats_are_named_with_what_to_do() {
    let old = refused("legacy.pt");
    assert!(
        old.contains("from before 1.6") && old.contains("torch.load(path"),
        "{old}"
    );
    let script = refused("script.pt");
    assert!(
        script.contains("TorchScript") && script.contains("torch.jit.load"),
        "{script}"
    );
    let text = refused("make.py");
    assert!(text.contains("first bytes"), "{text}");
    let folder = refused("");
    assert!(folder.contains("cannot read"), "{folder}");
}

fn network(file: &str) -> Interpretation {
    let checkpoint = load(file);
    let reading = Reading {
        array_order: checkpoint.order,
        ..Reading::default()
    };
    interpret(checkpoint.arrays, &reading).unwrap()
}

#[test]
fn folded_layers_compute_what_torch_computes() {
    let golden = golden();
    assert_eq!(golden.epsilon, BATCH_NORM_EPSILON);
    for file in ["net.pt", "net.safetensors", "net.npz", "nested.pt"] {
        let network = network(file);
        assert_eq!(network.skipped, [], "{file}");
        let mut folded: Vec<_> = network
            .folded
            .iter()
            .map(|f| (&*f.norm, &*f.layer))
            .collect();
        folded.sort();
        assert_eq!(folded, [("bn1", "conv1"), ("bn2", "conv2")], "{file}");
        let layer = |name: &str| network.layers.iter().find(|l| l.name == name).unwrap();
        let first = convolve(layer("conv1"), &golden.image);
        assert_close(&first.values, &golden.first.before, 1e-13);
        assert_close(&first.values, &golden.first.after, 1e-13);
        let second = convolve(layer("conv2"), &relu(first));
        let last = multiply(layer("fc"), &means(&relu(second)));
        assert_close(&last, &golden.outputs, 1e-13);
    }
}

#[test]
fn another_epsilon_is_another_function() {
    let golden = golden();
    let checkpoint = load("net.pt");
    let reading = Reading {
        epsilon: 1e-3,
        array_order: checkpoint.order,
        ..Reading::default()
    };
    let keras = interpret(checkpoint.arrays, &reading).unwrap();
    let first = convolve(&keras.layers[0], &golden.image);
    let difference = largest_difference(&first.values, &golden.first.before);
    assert!(difference > 1e-3, "{difference}");
}

/// The convolution without padding, written out.
fn convolve(layer: &Layer, image: &Image) -> Image {
    assert_eq!(layer.kind, LayerKind::Convolution);
    let [channels, height, width] = image.shape;
    let [outputs, inputs, h, w] = layer.shape[..] else {
        panic!("{:?}", layer.shape)
    };
    assert_eq!(inputs, channels);
    let shape = [outputs, height - h + 1, width - w + 1];
    let mut values = Vec::new();
    for o in 0..outputs {
        for y in 0..shape[1] {
            for x in 0..shape[2] {
                let mut sum = layer.bias.as_ref().unwrap()[o];
                for c in 0..channels {
                    for i in 0..h {
                        for j in 0..w {
                            sum += layer.weight[(o, (c * h + i) * w + j)]
                                * image.values[(c * height + y + i) * width + x + j];
                        }
                    }
                }
                values.push(sum);
            }
        }
    }
    Image { shape, values }
}

fn relu(mut image: Image) -> Image {
    image
        .values
        .iter_mut()
        .for_each(|value| *value = value.max(0.0));
    image
}

fn means(image: &Image) -> Vec<f64> {
    let pixels = image.shape[1] * image.shape[2];
    image
        .values
        .chunks(pixels)
        .map(|channel| channel.iter().sum::<f64>() / pixels as f64)
        .collect()
}

fn multiply(layer: &Layer, x: &[f64]) -> Vec<f64> {
    let row = |i: usize| {
        (0..x.len())
            .map(|j| layer.weight[(i, j)] * x[j])
            .sum::<f64>()
    };
    (0..layer.outputs())
        .map(|i| row(i) + layer.bias.as_ref().unwrap()[i])
        .collect()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    let scale = expected.iter().fold(0.0_f64, |m, value| m.max(value.abs()));
    let difference = largest_difference(found, expected) / scale;
    assert!(difference < tolerance, "{difference:e}");
}
