//! The rules against what is known: by hand, by closed forms, by simulated worlds.

mod by_hand;
mod calibration;
mod edges;
mod frozen;
mod verdicts;
mod world;

use super::{Effort, Judgement, judge_with};
use crate::trial::design::{Outcome, Plan};

/// Few, for many studies.
const EFFORT: Effort = Effort { draws: 100 };

fn judged(plan: &Plan, outcomes: &[Outcome]) -> Judgement {
    judge_with(plan, outcomes, EFFORT).expect("a plan that can be judged")
}
