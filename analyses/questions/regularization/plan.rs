//! Which networks are trained with which regularizers.

use rethink::experiment::regularization::Regularizer::{
    self, Dropout, EarlyStopping as Early, None, WeightDecay,
};
use rethink::network::Zoo;

use super::args::Args;
use crate::cli::Budget;
use crate::questions::convolutional::built_for;
use crate::session::Session;
use crate::show::list;

/// A network, the regularizers it is trained with, and the learning rates that are tried.
#[derive(Debug, Clone)]
pub struct Plan {
    pub network: Zoo,
    pub regularizers: Vec<Regularizer>,
    pub rates: &'static [f64],
}

/// As in the paper: of Table 1 the Inception without batch normalization has no crops, of Tables 1
/// and 4 dense networks have weight decay alone. Dropout is added where the paper has none.
const DENSE: &[Regularizer] = &[None, WeightDecay, Dropout, Early];
const PLAIN: &[Regularizer] = &[None, WeightDecay];

/// What a network is trained with unless other regularizers are asked for.
fn regularizers(network: Zoo) -> &'static [Regularizer] {
    match network {
        Zoo::SmallConvBn | Zoo::AlexNet | Zoo::InceptionBn => &Regularizer::ALL,
        Zoo::Linear | Zoo::AllConv | Zoo::SmallConv | Zoo::Inception => PLAIN,
        _ => DENSE,
    }
}

/// The learning rates that a pilot tries: the paper's, or those at which small sets are fitted in
/// few updates.
fn rates(network: Zoo, budget: Budget) -> &'static [f64] {
    match (budget, network) {
        (Budget::Paper, Zoo::Inception | Zoo::InceptionBn) => &[0.1],
        (Budget::Paper, _) => &[0.01],
        (Budget::Smoke, _) => &[0.05],
        (Budget::Quick, Zoo::AlexNet | Zoo::Inception) => &[0.01, 0.02],
        (Budget::Quick, Zoo::SmallConv) => &[0.02, 0.05],
        (Budget::Quick, Zoo::SmallConvBn | Zoo::InceptionBn) => &[0.05, 0.1],
        (Budget::Quick, _) => &[0.02, 0.05, 0.1],
    }
}

/// The networks of a budget, in the order in which one is changed into the next.
fn networks(budget: Budget) -> &'static [Zoo] {
    use Zoo::{
        AlexNet, Inception, InceptionBn, Mlp1x64, Mlp1x512, Mlp3x512, SmallConv, SmallConvBn,
    };
    match budget {
        Budget::Smoke => &[Mlp1x64, SmallConv, SmallConvBn],
        Budget::Quick => &[Mlp1x512, SmallConv, SmallConvBn],
        Budget::Paper => &[Mlp1x512, Mlp3x512, AlexNet, Inception, InceptionBn],
    }
}

/// The networks that are trained, and those that the data leave out.
///
/// # Errors
/// Data that none of the networks is built for, or no regularizer to compare.
pub fn plans(session: &Session, args: &Args) -> anyhow::Result<(Vec<Plan>, Vec<Zoo>)> {
    let budget = session.options.budget;
    let of_budget = networks(budget);
    let asked = if args.networks.is_empty() {
        of_budget
    } else {
        &args.networks
    };
    let (built, left_out): (Vec<Zoo>, Vec<Zoo>) = distinct(asked)
        .into_iter()
        .partition(|&network| built_for(session, network).is_ok());
    if built.is_empty() {
        anyhow::bail!(
            "{} cannot be trained on images of {}; give images of 28x28 with one or three \
             channels (--dataset), or other networks (--networks)",
            list(&left_out),
            session.dataset.shape()
        );
    }
    let plan = |network| Plan {
        network,
        regularizers: match args.regularizers.is_empty() {
            true => regularizers(network).to_vec(),
            false => distinct(&[&[None][..], &args.regularizers].concat()),
        },
        rates: rates(network, budget),
    };
    let plans: Vec<Plan> = built.into_iter().map(plan).collect();
    if plans.iter().all(|plan| plan.regularizers == [None]) {
        anyhow::bail!("no regularizer is left to compare with none; give another (--regularizers)");
    }
    Ok((plans, left_out))
}

/// The first of each.
pub fn distinct<T: Copy + PartialEq>(all: &[T]) -> Vec<T> {
    let mut distinct = Vec::new();
    for &one in all {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
}
