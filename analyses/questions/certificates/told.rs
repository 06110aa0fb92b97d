//! The method, warnings, and what others publish.

use crate::session::Session;

use rethink::certificate::Objective;

use super::findings::Findings;
use super::method::{Method, SIGMA_OF_TRAINED};
use super::settings::MEMORIZED;
use super::specs::of_sgd;

pub fn warnings(findings: &Findings) -> Vec<String> {
    let [repeated, in_both] = findings.duplicates;
    let one = |count, what: &str| {
        (count > 0).then(|| {
            format!(
                "{count} {what}: images are not independent draws from one law, which every limit \
                 of the error here assumes."
            )
        })
    };
    let seeds = findings.settings.seeds.len();
    let few = (seeds < 3).then(|| {
        format!(
            "Seeds: {seeds}. How much a certificate varies between seeds takes three; use --seeds."
        )
    });
    let guessing: Vec<String> = findings.stayed_at_guessing().collect();
    let guessing = (!guessing.is_empty()).then(|| {
        format!(
            "Training stayed at guessing, so that these certificates say nothing of what the network \
             could learn: {}.",
            guessing.join("; ")
        )
    });
    [
        few,
        guessing,
        one(repeated, "training images are equal to an earlier one"),
        one(in_both, "test images are training images too"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub fn method(findings: &Findings, session: &Session) -> Vec<String> {
    let settings = &findings.settings;
    let Method {
        beta,
        sigma,
        priors,
        passes,
        ..
    } = settings.method;
    let objective = match settings.method.objective {
        Objective::CrossEntropy => format!("cross-entropy + {beta} KL / n"),
        Objective::Quadratic => {
            format!("the quadratic bound of cross-entropy over ln 10⁵ and {beta} KL")
        }
        Objective::InvertedKl => {
            format!("the kl bound of cross-entropy over ln 10⁵ and {beta} KL")
        }
    };
    let units: Vec<String> = settings.hidden.iter().map(usize::to_string).collect();
    let layers = match settings.hidden.len() {
        1 => "One hidden layer",
        _ => "Hidden layers",
    };
    let epochs = |images| of_sgd(images).stopping.max_epochs;
    vec![
        format!(
            "{layers} of {} units on {}, {} training images with pixels in [0, 1]. Prior: independent \
             Gaussians of standard deviation {sigma} around random numbers, w₀ ~ N(0, 1/inputs), biases \
             0. In the first layer these are numbers of cosines over the image, times 3 / (1 + (k² + \
             l²) / 36) for k and l half periods, so that weights vary smoothly. Posterior: independent \
             Gaussians along the principal axes of the images' cosines, trained from the prior on \
             {objective} by Adam (rates 0.01 for means, 0.03 for ln σ, falling to 0), weights drawn \
             for every example. The prior is the same along any axes, so that the choice of these \
             costs nothing. Errors are counted in {passes} passes, weights drawn for every example.",
            units.join(", "),
            session.dataset.name(),
            settings.train,
        ),
        format!(
            "K = {priors}, and every certificate pays ln K. Standard deviations, smoothness, widths, \
             filters and starts were chosen by certificates on MNIST, one after the other: K is meant to \
             count more than were tried, and no list was fixed beforehand. On other images nothing was \
             chosen."
        ),
        format!(
            "Windows of convolutions are sums of cosines too, times 2 / (1 + (k² + l²) / 4); their \
             weights are drawn once a batch with signs of their own for every image (flipout), \
             deviations begin at a quarter of the prior's, and errors are counted with weights drawn for \
             every example. Split: standard deviation {SIGMA_OF_TRAINED} around a network of SGD. \
             Held-out and SGD: momentum 0.9, batches of 128, first rate 0.05, falling to a tenth; SGD \
             stops at a cross-entropy of 0.01 nats or after {} epochs ({} on few images)."
            , epochs(settings.train), epochs(MEMORIZED.min(settings.train))
        ),
        "Assumed: images with their labels are independent draws from one law, and the generator of \
         the weights is as good as independent random numbers. Certified: the predictor that draws \
         its weights for every example, on images of that law, with labels drawn as those of the \
         training images. Not certified: the mean weights, the ensemble, the network that SGD \
         finds. The inverse of kl and the divergence are computed in double precision, the inverse \
         rounded up."
            .to_owned(),
        "On noisy labels a limit R' of the error implies (R' − p (1 − 1/classes)) / (1 − p) on true \
         labels."
            .to_owned(),
        "Maurer 2004 (arXiv cs/0411099), Theorem 5; Langford and Caruana 2002; Kingma, Salimans \
         and Welling 2015 (arXiv 1506.02557) and Wen et al. 2018 (arXiv 1803.04386) for the draws; \
         Clopper and Pearson 1934."
            .to_owned(),
    ]
}

pub fn published() -> Vec<String> {
    vec![
        "Garcia-Perez, Parrado-Hernandez and Shawe-Taylor 2026 (arXiv 2510.07935), MNIST, all \
         60,000 images, three layers of 600, priors at random weights, the same total probability: \
         0.342. With --dataset mnist ours is of a smaller network."
            .to_owned(),
    ]
}
