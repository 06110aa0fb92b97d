//! The answer, and the rules that decide claims C2 and C3.

use rethink::published::Network;
use rethink::report::{Claim, Evidence, Outcome, Verdict};
use rethink::statistics::{StatisticsError, quantile};
use rethink::text::number::{fixed, significant, span};
use rethink::treatment::Treatment;

use super::{Findings, LABELINGS, Origin, QUANTITIES};
use crate::session::Session;
use crate::show::{at_most, few_seeds, list};

/// What "vastly" takes: parameters per training example.
const VASTLY: f64 = 10.0;
/// The review's example: most popular convolutional networks have more.
const REVIEW: f64 = 8e6;
/// Largest deviation of an output that counts as fitting exactly.
const EXACT: f64 = 1e-6;

impl Findings {
    fn convolutional(&self) -> Vec<&Network> {
        let networks = self.published.iter();
        networks.filter(|n| n.is_convolutional()).collect()
    }

    /// The largest deviation of Theorem 1's networks from their targets.
    fn deviation(&self) -> f64 {
        (self.theorem1.cells())
            .flat_map(|cell| self.theorem1.outputs(cell))
            .map(|f| f.deviation)
            .fold(0.0, f64::max)
    }
}

pub fn answer(findings: &Findings) -> String {
    let (name, number) = QUANTITIES[0];
    let random = Treatment::RandomLabels;
    let far = findings.ratio(random, number).map_or_else(
        || "of unknown size beside SGD's".to_owned(),
        |ratio| format!("{ratio} times that of SGD's network"),
    );
    format!(
        "Theorem 1's network fits random labels of up to {} images within {}, but with {} images \
         its {name} is {far}. {}",
        fixed(findings.settings.largest() as f64, 0),
        at_most(findings.deviation(), 1),
        fixed(findings.settings.train_size as f64, 0),
        memorizing(findings)
    )
}

/// What SGD needed, in a sentence.
fn memorizing(findings: &Findings) -> String {
    match findings.ladder.thresholds().last() {
        Some(t) => match t.fits {
            Some(cell) => format!(
                "SGD memorizes {} random labels with {} ({} parameters){}; Theorem 1 needs {}.",
                t.size,
                cell.architecture,
                fixed(cell.parameters as f64, 0),
                match findings.settings.widths.last() == Some(&cell.architecture) {
                    true => ", the widest tried",
                    false => " and every wider network tried",
                },
                fixed(
                    (t.size * (findings.classes + 1) + findings.features) as f64,
                    0
                )
            ),
            None => format!(
                "SGD memorized {} random labels with no network here.",
                t.size
            ),
        },
        None => String::new(),
    }
}

pub fn verdicts(findings: &Findings, session: &Session) -> Result<Vec<Verdict>, StatisticsError> {
    Ok(vec![
        parameters_outnumber(findings, session.dataset.train().len())?,
        can_memorize(findings),
    ])
}

/// From the parameters per training image of convolutional networks. The claim says
/// "typically", so that most networks decide and a single small one does not.
fn typically(ratios: &[f64]) -> Outcome {
    let count = |holds: &dyn Fn(f64) -> bool| ratios.iter().filter(|&&ratio| holds(ratio)).count();
    if 2 * count(&|ratio| ratio >= VASTLY) > ratios.len() {
        Outcome::Supported
    } else if 2 * count(&|ratio| ratio > 1.0) < ratios.len() {
        Outcome::Contradicted
    } else {
        Outcome::PartlySupported
    }
}

fn parameters_outnumber(findings: &Findings, train: usize) -> Result<Verdict, StatisticsError> {
    let networks = findings.convolutional();
    let ratios: Vec<f64> = networks.iter().map(|network| network.ratio()).collect();
    let median = significant(quantile(&ratios, 0.5)?, 2);
    let count = |holds: &dyn Fn(&Network) -> bool| networks.iter().filter(|n| holds(n)).count();
    let vastly = count(&|n| n.ratio() >= VASTLY);
    let review = count(&|n| n.parameters > REVIEW);
    let named = |holds: &dyn Fn(&Network) -> bool| -> String {
        let names = findings.published.iter().filter(|n| holds(n));
        let names = names.map(|n| format!("{} {}", n.name, significant(n.ratio(), 2)));
        names.collect::<Vec<_>>().join("; ")
    };
    let others = findings.published.iter().filter(|n| !n.is_convolutional());
    let fewer = list(others.filter(|n| n.ratio() <= 1.0).map(|n| &n.name));
    let total = networks.len();
    let line = |label: &str, value: String| Evidence::new(label, value, "exact, as published");
    let among = |count: usize| format!("{count} of {total}");
    let per_image = |parameters: usize| parameters as f64 / train as f64;
    let largest = findings.zoo.iter().map(|c| c.parameters).max().unwrap_or(0);
    let smallest = findings.zoo.iter().map(|c| c.parameters).min().unwrap_or(0);
    Ok(Verdict {
        claim: Claim::C2,
        outcome: typically(&ratios),
        finding: format!(
            "Of {total} convolutional networks on two lists, {vastly} have at least {VASTLY} \
             parameters per training image, and {review} have more than 8 million. The median is \
             {median} per image. Of language models, which are not counted, {fewer} have fewer \
             parameters than training words or tokens."
        ),
        rule: format!(
            "Counted over all convolutional networks that Zhang et al. 2017 train or compare with \
             in Tables 1 and 2, and all in the table of pre-trained networks of Keras \
             Applications. Supported: more than half have at least {VASTLY} parameters per \
             training image. Contradicted: fewer than half have more than one. Otherwise partly \
             supported."
        ),
        evidence: vec![
            line(
                "convolutional networks with p > n",
                among(count(&|n| n.ratio() > 1.0)),
            ),
            line(
                &format!("convolutional networks with p ≥ {VASTLY} n"),
                among(vastly),
            ),
            line("convolutional networks, median of p / n", median),
            line(
                "convolutional networks with more than 8 million parameters, the review's example",
                among(review),
            ),
            line(
                &format!("convolutional networks with p < {VASTLY} n, and their p / n"),
                named(&|n| n.is_convolutional() && n.ratio() < VASTLY),
            ),
            line(
                &format!("other networks with p < {VASTLY} n, and their p / n"),
                named(&|n| !n.is_convolutional() && n.ratio() < VASTLY),
            ),
            Evidence::new(
                format!("networks used here, on {} images", fixed(train as f64, 0)),
                format!(
                    "p / n of {}",
                    span(per_image(smallest), per_image(largest), |x| significant(
                        x, 2
                    ))
                ),
                "exact",
            ),
        ],
    })
}

fn can_memorize(findings: &Findings) -> Verdict {
    let deviation = findings.deviation();
    let represented = !findings.settings.sizes.is_empty() && deviation <= EXACT;
    let thresholds = findings.ladder.thresholds();
    let reached = thresholds.iter().filter(|t| t.fits.is_some()).count();
    let everywhere = !thresholds.is_empty() && reached == thresholds.len();
    let outcome = match (represented, everywhere) {
        (true, true) => Outcome::Supported,
        (true, false) => Outcome::PartlySupported,
        (false, _) => Outcome::Inconclusive,
    };
    let finding = match outcome {
        Outcome::Supported => format!(
            "Theorem 1's network reproduces every training label, so networks can represent them. \
             {}",
            memorizing(findings)
        ),
        _ => format!(
            "Theorem 1's network deviates from its targets by at most {}. SGD fitted random \
             labels at {reached} of {} sizes.",
            at_most(deviation, 1),
            thresholds.len()
        ),
    };
    let mut lines = vec![Evidence::new(
        "largest deviation of Theorem 1's networks, f64",
        significant(deviation, 2),
        "exact, the worst seed, size and output",
    )];
    lines.extend(thresholds.iter().map(|t| {
        let fits = t.fits.map(|rung| {
            let p = fixed(rung.parameters as f64, 0);
            format!("{} ({p} parameters)", rung.architecture)
        });
        Evidence::new(
            format!(
                "SGD, {} random labels: narrowest network from which on all seeds fit",
                t.size
            ),
            fits.unwrap_or_else(|| "no network here".to_owned()),
            "upper bound on the smallest network",
        )
    }));
    lines.extend(Evidence::estimates(QUANTITIES.map(|(name, number)| {
        let n = findings.settings.train_size;
        let label = format!("{name}, Theorem 1 / SGD, {n} random labels");
        (label, findings.ratio(Treatment::RandomLabels, number), "")
    })));
    Verdict {
        claim: Claim::C3,
        outcome,
        finding,
        rule: format!(
            "Supported: Theorem 1's network fits random labels at every size, and true and random \
             labels on {} images, within {} in f64; and at every size, from some width on, SGD \
             fits all random labels in every seed. Partly supported: only the first holds, which \
             is about what a network can represent. Otherwise inconclusive; a failure of SGD \
             cannot contradict the claim.",
            findings.settings.train_size,
            significant(EXACT, 1)
        ),
        evidence: lines,
    }
}

pub fn warnings(findings: &Findings) -> Vec<String> {
    let mut warnings = Vec::new();
    for t in findings.ladder.thresholds() {
        if t.fits.is_none() {
            warnings.push(format!(
                "At n = {} the widest network tried failed in a seed within its updates, so the \
                 threshold lies above it.",
                t.size
            ));
        }
    }
    for (labels, name) in LABELINGS {
        let trained = || findings.compared.outputs(&(labels, Origin::Sgd));
        let missed = trained().filter(|run| run.norms.train_error > 0.0).count();
        if missed > 0 {
            warnings.push(format!(
                "{missed} of {} runs of SGD with {name} labels did not fit every image, so their \
                 norms over the margin are not comparable.",
                trained().count()
            ));
        }
    }
    warnings.extend(few_seeds(&findings.settings.seeds));
    warnings
}

pub fn method(findings: &Findings, session: &Session) -> Vec<String> {
    let settings = &findings.settings;
    vec![
        format!(
            "Images of {}, drawn anew for each of {} seeds, each standardized to mean 0 and \
             deviation 1; {} test images. Theorem 1's network projects the images on the one of \
             16 Gaussian directions whose closest two projections are farthest apart. Its biases \
             are the projections, its output weights the changes of slope of the broken line \
             through the one-hot targets. Nothing is trained.",
            session.dataset.name(),
            settings.seeds.len(),
            settings.test_size
        ),
        format!(
            "SGD on the same images: {} with momentum 0.9 on batches of 128, constant learning \
             rate 0.05, to a mean cross-entropy of 0.01. Memorizing: batches of 32, constant \
             learning rate 0.005 (of 0.02, 0.005 and 0.002 the best on pilot seeds 901 and 902), \
             until no training image is misclassified or about {} updates have passed. No weight \
             decay, dropout or augmentation.",
            settings.compared, settings.steps
        ),
        "Theorem 1 says that one network exists for each sample. That its norm is far from what \
         SGD finds is measured here, for this construction; the smallest norm that fits is not \
         known."
            .to_owned(),
    ]
}

pub fn published() -> Vec<String> {
    vec![
        "Zhang et al. 2017, arXiv 1611.03530, Theorem 1: a two-layer ReLU network with 2n + d \
         weights represents any function on a sample of size n in d dimensions; Corollary 1: depth \
         k, width O(n/k), O(n + d) weights. The paper says that Lemma 1 bounds the weights through \
         the smallest eigenvalue of a triangular matrix; that matrix is not normal, so its \
         eigenvalues do not bound its inverse, and the weights are reported here instead."
            .to_owned(),
        "Table 1 of the paper, CIFAR-10, n = 50,000, random labels: Inception, MLP 3x512 and \
         Inception without batch norm reach 100 % training accuracy, AlexNet 99.82 %, MLP 1x512 \
         99.34 %."
            .to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_networks_decide_and_a_small_one_does_not() {
        assert_eq!(typically(&[0.5, 10.0, 30.0]), Outcome::Supported);
        assert_eq!(typically(&[0.5, 10.0]), Outcome::PartlySupported);
        assert_eq!(typically(&[0.5, 1.0, 2.0, 3.0]), Outcome::PartlySupported);
        assert_eq!(typically(&[0.5, 1.0, 20.0]), Outcome::Contradicted);
    }
}
