//! Guessing against what is known of it.

use super::*;
use crate::dataset::{Dataset, Preprocessing};

/// Trousers and boots, and so many of them to fit.
fn images(n: usize) -> (Split, Split) {
    let data = Dataset::load("fashion-mnist-10k", None).unwrap();
    let two = |split: &Split| two_classes(split, [1, 9]).unwrap();
    let standardize = |split| Preprocessing::PerImageStandardization.apply(split);
    let train = standardize(two(data.train()).subset(n, 1).unwrap());
    let test = standardize(two(data.test()).subset(60, 1).unwrap());
    (train, test)
}

const GUESSING: Guessing = Guessing {
    hidden: 6,
    guesses: 20_000,
    measured: 4,
};

#[test]
fn all_labelings_together_are_fitted_once_per_guess() {
    // 200 draws of fair coins for 3 images meet each of the 8 labelings.
    let (train, test) = images(3);
    let found = guess(&train, &test, &[1.0; 200], GUESSING, 1).unwrap();
    let mut seen = std::collections::BTreeMap::new();
    for labeling in &found {
        seen.insert((labeling.differing, labeling.accepted), labeling.accepted);
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
    let total: u64 = seen.values().sum();
    // Dead networks have outputs 0 and fit nothing.
    assert!((19_000..=20_000).contains(&total), "{total}");
}

#[test]
fn the_probability_is_that_of_whole_networks_drawn_as_such() {
    let (train, test) = images(3);
    let found = guess(&train, &test, &[0.0], GUESSING, 1).unwrap().remove(0);
    assert_eq!((found.differing, found.networks.len()), (0, 4));
    // All 784 weights of each unit drawn, without the shortcut.
    let mut rng = random::stream(9, "test guesses");
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let guesses = 2000;
    let fits = (0..guesses).filter(|_| {
        let mut f = [0.0; 3];
        for _ in 0..6 {
            let w: Vec<f64> = (0..784).map(|_| normal()).collect();
            let a = normal();
            for (i, f) in f.iter_mut().enumerate() {
                let x = train.image(i).iter().map(|&x| f64::from(x));
                let z: f64 = x.zip(&w).map(|(x, w)| x * w).sum();
                *f += a * z.max(0.0);
            }
        }
        let right = |(f, &label): (&f64, &u32)| (*f > 0.0) == (label == 1);
        f.iter().zip(train.labels()).all(right)
    });
    let p = found.probability.value;
    let share = fits.count() as f64 / f64::from(guesses);
    let error = (p * (1.0 - p) / f64::from(guesses)).sqrt();
    assert!((share - p).abs() < 4.0 * error, "{share} {p}");
}

#[test]
fn a_labeling_does_not_depend_on_the_others_asked() {
    let (train, test) = images(4);
    let both = guess(&train, &test, &[0.0, 1.0], GUESSING, 1).unwrap();
    let first = guess(&train, &test, &[0.0], GUESSING, 1).unwrap();
    assert_eq!(both[0], first[0]);
    for network in &first[0].networks {
        // Cauchy-Schwarz: the path norm is at most ‖W‖_F ‖a‖, and |f| at most that
        // times the radius.
        assert!(network.margin > 0.0 && network.margin <= 1.0);
        let radius = 28.0; // of a standardized image
        assert!(network.norm * network.margin * radius <= 1.0 + 1e-6);
        assert!((0.0..=1.0).contains(&network.test_error));
    }
}

#[test]
fn the_slope_is_the_mean_of_those_of_the_sets() {
    let labeling = |norm: f64, probability: f64, accepted| Guessed {
        corrupted: 0.0,
        differing: 0,
        accepted,
        probability: Estimate::exact(probability),
        networks: vec![Accepted {
            margin: 0.1,
            norm,
            test_error: 0.0,
        }],
    };
    let set = |power: f64| -> Vec<Guessed> {
        [1.0, 2.0, 5.0, 9.0]
            .map(|norm: f64| labeling(norm, norm.powf(power), if norm < 9.0 { 50 } else { 3 }))
            .into()
    };
    let (slope, left_out) = slope(&[set(-2.0), set(-4.0)]).unwrap();
    assert!((slope.value + 3.0).abs() < 1e-12 && left_out == 2);
}

#[test]
fn what_cannot_be_guessed_is_refused() {
    let (train, test) = images(17);
    let error = guess(&train, &test, &[0.0], GUESSING, 1).unwrap_err();
    assert!(error.to_string().contains("17 images"));
    let error = two_classes(&train, [0, 7]).unwrap_err().to_string();
    assert!(error.contains("no image has label 7"), "{error}");
}
