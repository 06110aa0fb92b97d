use super::*;
use proptest::prelude::*;

const GREY: ImageShape = ImageShape {
    channels: 1,
    height: 6,
    width: 5,
};
const COLOUR: ImageShape = ImageShape {
    channels: 3,
    height: 6,
    width: 5,
};

/// Images whose pixels are all different, with labels 0..10 in turn.
fn numbered(n: usize, shape: ImageShape) -> Split {
    let total = n * shape.features();
    let pixels = (0..total).map(|i| i as f32 / total as f32).collect();
    let labels = (0..n).map(|i| (i % 10) as u32).collect();
    Split::new(pixels, labels, shape.features()).unwrap()
}

fn apply(treatment: &str, train: &Split, seed: u64) -> Treated {
    let shape = if train.features() == COLOUR.features() {
        COLOUR
    } else {
        GREY
    };
    let treatment: Treatment = treatment.parse().unwrap();
    treatment
        .apply(train, &numbered(40, shape), 10, shape, seed)
        .unwrap()
}

fn sorted(pixels: &[f32]) -> Vec<f32> {
    let mut pixels = pixels.to_vec();
    pixels.sort_by(f32::total_cmp);
    pixels
}

/// Within five standard deviations of a binomial fraction.
fn is_binomial(fraction: f64, p: f64, n: usize) -> bool {
    (fraction - p).abs() <= 5.0 * (p * (1.0 - p) / n as f64).sqrt()
}

const ALL: [&str; 6] = [
    "true-labels",
    "corrupted-labels:0.3",
    "random-labels",
    "shuffled-pixels",
    "random-pixels",
    "gaussian-pixels",
];

#[test]
fn the_realised_fractions_are_binomial_and_counted_right() {
    let n = 20_000;
    let shape = ImageShape {
        channels: 1,
        height: 1,
        width: 1,
    };
    let train = numbered(n, shape);
    for p in [0.0, 0.1, 0.3, 0.7, 1.0] {
        let treatment = Treatment::CorruptedLabels { probability: p };
        let treated = treatment.apply(&train, &train, 10, shape, 7).unwrap();
        let Corruption {
            replaced,
            differing,
        } = treated.corruption;
        assert!(is_binomial(replaced, p, n), "{replaced} of {p}");
        assert!(is_binomial(differing, 0.9 * p, n), "{differing} of {p}");
        let counted = train
            .labels()
            .iter()
            .zip(treated.train.labels())
            .filter(|(a, b)| a != b)
            .count();
        assert_eq!(differing, counted as f64 / n as f64);
    }
}

#[test]
fn random_labels_are_uniform_and_independent_of_the_true_ones() {
    let n = 20_000;
    let shape = ImageShape {
        channels: 1,
        height: 1,
        width: 1,
    };
    let train = numbered(n, shape);
    let treated = Treatment::RandomLabels
        .apply(&train, &train, 10, shape, 7)
        .unwrap();
    assert_eq!(treated.corruption.replaced, 1.0);
    for (truth, drawn) in (0..10).flat_map(|a| (0..10).map(move |b| (a, b))) {
        let pairs = train.labels().iter().zip(treated.train.labels());
        let count = pairs.filter(|&pair| pair == (&truth, &drawn)).count();
        assert!(
            is_binomial(count as f64 / n as f64, 0.01, n),
            "{truth} to {drawn}: {count}"
        );
    }
}

#[test]
fn labels_and_pixels_that_a_treatment_does_not_concern_are_kept() {
    for shape in [GREY, COLOUR] {
        let train = numbered(30, shape);
        let test = numbered(40, shape);
        for name in ALL {
            let treated = apply(name, &train, 1);
            assert_eq!(treated.test.labels(), test.labels(), "{name}");
            assert_eq!(treated.test == test, name != "shuffled-pixels", "{name}");
            let label_treatment = matches!(name, "corrupted-labels:0.3" | "random-labels");
            assert_eq!(
                treated.train.labels() == train.labels(),
                !label_treatment,
                "{name}"
            );
            let pixel_treatment = name.ends_with("pixels");
            assert_eq!(
                treated.train.pixels() == train.pixels(),
                !pixel_treatment,
                "{name}"
            );
            if !label_treatment {
                assert_eq!(
                    treated.corruption,
                    Corruption {
                        replaced: 0.0,
                        differing: 0.0
                    }
                );
            }
        }
    }
}

/// Where each pixel of the treated image came from, which must be the same in every channel.
fn order_of(original: &[f32], treated: &[f32], shape: ImageShape) -> Vec<usize> {
    let positions = shape.height * shape.width;
    let mut orders = (0..shape.channels).map(|c| {
        let channel = c * positions..(c + 1) * positions;
        let source = &original[channel.clone()];
        let find = |x: &f32| {
            source
                .iter()
                .position(|y| x == y)
                .expect("the pixel stays in its channel")
        };
        treated[channel].iter().map(find).collect::<Vec<_>>()
    });
    let first = orders.next().unwrap();
    assert!(orders.all(|order| order == first), "channels move together");
    first
}

#[test]
fn shuffled_pixels_are_one_bijection_for_all_images() {
    for shape in [GREY, COLOUR] {
        let (train, test) = (numbered(30, shape), numbered(40, shape));
        let treated = apply("shuffled-pixels", &train, 5);
        let first = order_of(train.image(0), treated.train.image(0), shape);
        let mut positions = first.clone();
        positions.sort_unstable();
        assert_eq!(positions, (0..30).collect::<Vec<_>>());
        for i in 0..30 {
            assert_eq!(
                order_of(train.image(i), treated.train.image(i), shape),
                first
            );
            assert_eq!(order_of(test.image(i), treated.test.image(i), shape), first);
        }
    }
}

#[test]
fn random_pixels_are_another_bijection_for_each_image() {
    for shape in [GREY, COLOUR] {
        let train = numbered(30, shape);
        let treated = apply("random-pixels", &train, 5).train;
        let mut orders: Vec<_> = (0..30)
            .map(|i| order_of(train.image(i), treated.image(i), shape))
            .collect();
        for i in 0..30 {
            assert_eq!(sorted(treated.image(i)), sorted(train.image(i)));
        }
        orders.sort();
        orders.dedup();
        assert_eq!(orders.len(), 30);
    }
}

#[test]
fn gaussian_pixels_have_the_moments_of_the_images_and_a_gaussian_shape() {
    let train = numbered(2000, GREY);
    let drawn = apply("gaussian-pixels", &train, 5).train;
    let n = drawn.pixels().len() as f64;
    // Pixels are uniform on [0, 1): mean 1/2, variance 1/12. Bounds are five standard errors.
    let moment = |k: i32| {
        drawn
            .pixels()
            .iter()
            .map(|&x| (f64::from(x) - 0.5).powi(k))
            .sum::<f64>()
            / n
    };
    let variance = 1.0 / 12.0;
    assert!(moment(1).abs() < 5.0 * (variance / n).sqrt());
    assert!((moment(2) - variance).abs() < 5.0 * variance * (2.0 / n).sqrt());
    // Fourth moment 3 (a uniform would have 1.8), variance of the estimate 96 / n.
    assert!((moment(4) / variance.powi(2) - 3.0).abs() < 5.0 * (96.0 / n).sqrt());
    assert_ne!(drawn.image(0), drawn.image(1));
}

#[test]
fn a_seed_reproduces_and_another_differs() {
    let train = numbered(30, COLOUR);
    for name in &ALL[1..] {
        assert_eq!(apply(name, &train, 3), apply(name, &train, 3));
        assert_ne!(
            apply(name, &train, 3).train,
            apply(name, &train, 4).train,
            "{name}"
        );
    }
}

#[test]
fn the_first_images_are_treated_alike_in_a_larger_set() {
    let large = numbered(50, GREY);
    let small = Split::new(
        large.pixels()[..20 * 30].to_vec(),
        large.labels()[..20].to_vec(),
        30,
    )
    .unwrap();
    // Gaussian pixels are left out: their mean and variance are those of the set.
    for name in &ALL[..5] {
        let (small, large) = (apply(name, &small, 9).train, apply(name, &large, 9).train);
        assert_eq!(small.labels(), &large.labels()[..20], "{name}");
        assert_eq!(small.pixels(), &large.pixels()[..20 * 30], "{name}");
    }
}

proptest! {
    #[test]
    fn a_larger_probability_replaces_the_same_labels_and_more(seed: u64, p in 0.0..1.0, q in 0.0..1.0) {
        let (small, large) = if p < q { (p, q) } else { (q, p) };
        let train = numbered(200, GREY);
        let [few, more] = [small, large].map(|p| apply(&format!("corrupted-labels:{p}"), &train, seed));
        for i in 0..200 {
            let changed = few.train.labels()[i] != train.labels()[i];
            prop_assert!(!changed || more.train.labels()[i] == few.train.labels()[i]);
        }
        prop_assert!(few.corruption.replaced <= more.corruption.replaced);
        prop_assert!(few.corruption.differing <= more.corruption.differing);
    }

    #[test]
    fn a_treatment_reads_what_it_writes(p in 0.0..=1.0) {
        let corrupted = Treatment::CorruptedLabels { probability: p };
        prop_assert_eq!(corrupted.to_string().parse::<Treatment>().unwrap(), corrupted);
        let json = serde_json::to_string(&corrupted).unwrap();
        prop_assert_eq!(serde_json::from_str::<Treatment>(&json).unwrap(), corrupted);
    }
}

#[test]
fn names_are_read_and_written() {
    for name in ALL {
        assert_eq!(name.parse::<Treatment>().unwrap().to_string(), name);
    }
    let json = serde_json::to_string(&Treatment::CorruptedLabels { probability: 0.5 }).unwrap();
    assert_eq!(json, r#"{"kind":"corrupted-labels","probability":0.5}"#);
    assert_eq!(
        serde_json::to_string(&Treatment::TrueLabels).unwrap(),
        r#"{"kind":"true-labels"}"#
    );
}

#[test]
fn bad_values_are_refused_by_name() {
    for (given, part) in [
        ("corrupted-labels:1.5", "1.5"),
        ("corrupted-labels:-0.1", "-0.1"),
        ("corrupted-labels:NaN", "NaN"),
        ("corrupted-labels:many", "`many`"),
        ("corrupted-labels", "corrupted-labels:P"),
        ("shuffled", "`shuffled`"),
    ] {
        let message = given.parse::<Treatment>().unwrap_err().to_string();
        assert!(
            message.contains(part) && !message.contains('\n'),
            "{message}"
        );
    }
    let train = numbered(3, GREY);
    let message = |treatment: Treatment, classes, shape| {
        treatment
            .apply(&train, &train, classes, shape, 0)
            .unwrap_err()
            .to_string()
    };
    let too_much = Treatment::CorruptedLabels {
        probability: f64::INFINITY,
    };
    assert!(message(too_much, 10, GREY).contains("inf"));
    assert!(message(Treatment::RandomLabels, 0, GREY).contains("0 classes"));
    assert!(message(Treatment::TrueLabels, 10, COLOUR).contains("3x6x5"));
}
