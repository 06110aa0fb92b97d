//! Ends, solutions, costs, and the order of the arms.

use rethink::report::{Cell, Table};
use rethink::statistics::{geometric_mean, kendall_tau_b, mean};
use rethink::text::number::{fixed, significant};
use rethink::trial::{End, Outcome, Plan, Stratum};

use super::arms::{Runs, at_cost, primary, reference};

pub fn tables(stratum: &Stratum, plan: &Plan, outcomes: &[Outcome]) -> Vec<Table> {
    let arms = at_cost(stratum, plan, outcomes, primary(plan));
    let mut tables = vec![
        solutions(stratum, plan, &arms),
        ends(stratum, plan, &arms),
        costs(stratum, plan, outcomes),
    ];
    let others = &plan.costs[..plan.costs.len().saturating_sub(1)];
    let others = others.iter().enumerate();
    tables.extend(others.map(|(index, &cost)| {
        let other = at_cost(stratum, plan, outcomes, cost);
        order(stratum, plan, (index, cost, &other), &arms)
    }));
    tables
}

fn solutions(stratum: &Stratum, plan: &Plan, arms: &[Runs]) -> Table {
    let title = format!(
        "{}: solutions at a training cross-entropy of {} nats",
        stratum.title(),
        primary(plan)
    );
    let reference = reference(arms);
    let against = |runs: &Runs| reference.filter(|one| one.arm.id != runs.arm.id);
    Table::of(format!("solutions-{}", stratum.name), title, arms)
        .text("arm", |runs| runs.arm.id.as_str())
        .number("blocks", |runs| runs.solutions().len())
        .number("norm φ", |runs| runs.norm())
        .number("φ / reference", |runs| runs.norm_ratio(against(runs)?))
        .number("test error", |runs| runs.error())
        .unit("%")
        .number("− reference", |runs| {
            runs.error_difference(against(runs)?)
        })
        .unit("points")
        .note(
            "φ: l2 path norm over the 10th percentile of the training margins. Over blocks with \
             95 % interval: geometric mean of φ and of its ratio to the reference in the same \
             block, mean of the test error and of its difference within blocks. Blocks count only \
             if the run (and the reference) reached the cost with a positive percentile. Norms of \
             arms with other labels, fewer examples or another network do not compare with the \
             reference.",
        )
}

fn ends(stratum: &Stratum, plan: &Plan, arms: &[Runs]) -> Table {
    let title = format!(
        "{}: how the runs ended, and what they took to {} nats",
        stratum.title(),
        primary(plan)
    );
    let average = |runs: &Runs, of: &dyn Fn(&Outcome) -> f64| {
        let reached = (runs.by_block.values()).filter(|one| one.end == End::Reached);
        let values: Vec<f64> = reached.map(|one| of(one)).collect();
        match values.iter().all(|&value| value == 0.0) {
            // Constructed, not searched for.
            true => None,
            false => geometric_mean(&values).ok(),
        }
    };
    let per_image = |runs: &Runs| {
        let size = runs.arm.train_size as f64;
        average(runs, &|one| one.evaluations as f64 / size)
    };
    Table::of(format!("ends-{}", stratum.name), title, arms)
        .text("arm", |runs| runs.arm.id.as_str())
        .number("reached", |runs| runs.ended(End::Reached))
        .number("at limit", |runs| runs.ended(End::Limit))
        .number("diverged", |runs| runs.ended(End::Diverged))
        .number("no start", |runs| runs.ended(End::NoStart))
        .number("evaluations per image", |runs| per_image(runs))
        .number("updates", |runs| average(runs, &|one| one.updates as f64))
        .note(format!(
        "Counts are exact. Evaluations: gradients or losses of single images until the cost was \
         reached, per image, so that 1 is an epoch; pretraining and the run that an arm starts \
         from are not counted. Evaluations and updates: geometric mean over the runs that reached \
         the cost, with 95 % interval; where runs are censored both are too small. Limit: {} \
         evaluations per image; searches have their own, in the plan.",
        stratum.limit
    ))
}

fn costs(stratum: &Stratum, plan: &Plan, outcomes: &[Outcome]) -> Table {
    let title = format!(
        "{}: costs reached beside the costs asked for",
        stratum.title()
    );
    let arms = stratum.arms.iter().enumerate();
    let mut table = Table::of(format!("costs-{}", stratum.name), title, arms)
        .text("arm", |(_, arm)| arm.id.as_str());
    for &cost in &plan.costs {
        let runs = at_cost(stratum, plan, outcomes, cost);
        let reached = |index: usize| -> Vec<f64> {
            let all = runs[index].by_block.values();
            all.filter_map(|one| Some(one.solution.as_ref()?.cost))
                .collect()
        };
        let shown = |cost: f64| Cell::significant(cost, 4);
        table = table
            .number(format!("asked {cost}: mean"), |&(index, _)| {
                mean(&reached(index)).ok().map(|mean| shown(mean.value))
            })
            .unit("nats")
            .number("smallest", |&(index, _)| {
                reached(index).into_iter().reduce(f64::min).map(shown)
            })
            .unit("nats");
    }
    table.note(
        "Training cross-entropy of the solutions of all blocks, exact. It is at most the cost asked \
         for; arms are matched if the means of a column agree.",
    )
}

/// The arms in order of the norm at another cost, beside that at the primary one.
fn order(
    stratum: &Stratum,
    plan: &Plan,
    (index, cost, other): (usize, f64, &[Runs]),
    arms: &[Runs],
) -> Table {
    let at = [cost, primary(plan)];
    let both = other.iter().zip(arms).filter_map(|(other, primary)| {
        let norms = [other.norm()?, primary.norm()?];
        primary
            .kind()
            .compares()
            .then_some((&primary.arm.id, norms))
    });
    let mut both: Vec<_> = both.collect();
    both.sort_by(|a, b| a.1[1].value.total_cmp(&b.1[1].value));
    let values = [0, 1].map(|cost| {
        both.iter()
            .map(|row| row.1[cost].value)
            .collect::<Vec<f64>>()
    });
    let [first, second] = &values;
    let tau = kendall_tau_b(first, second).ok();
    let tau = tau.map_or("undefined".to_owned(), |tau| {
        format!(
            "{} over {} arms (p = {})",
            fixed(tau.statistic, 2),
            tau.samples,
            significant(tau.p_value, 2)
        )
    });
    let id = format!("order-{}-{}", index + 1, stratum.name);
    let (name, [one, two]) = (stratum.title(), at);
    let title = format!("{name}: order of the arms by norm at {one} and at {two} nats");
    let mut table = Table::of(id, title, both).text("arm", |(arm, _)| arm.as_str());
    for (place, cost) in at.into_iter().enumerate() {
        let smaller = |norm: f64| values[place].iter().filter(|&&value| value < norm).count();
        table = table
            .number(format!("φ at {cost} nats"), |(_, norms)| norms[place])
            .number("place", |(_, norms)| 1 + smaller(norms[place].value));
    }
    table.note(format!(
        "Geometric mean over blocks with 95 % interval; arms with the reference's data and network \
         that reached both costs. Kendall's tau of the two orders: {tau}. The conclusion should not \
         depend on the cost at which norms are compared: tau near 1."
    ))
}

#[cfg(test)]
mod tests {
    use super::super::synthetic;
    use super::*;

    fn made(change: impl Fn(&mut Outcome)) -> Vec<Table> {
        let plan = synthetic::plan(3);
        let mut outcomes = synthetic::outcomes(&plan);
        outcomes.iter_mut().for_each(change);
        let tables = tables(&plan.strata[0], &plan, &outcomes);
        assert!(tables.iter().all(|table| table.check().is_ok()));
        tables
    }

    fn cells<'a>(table: &'a Table, arm: &str) -> Vec<&'a str> {
        let row = table.rows.iter().find(|row| row[0].shown() == arm).unwrap();
        row.iter().map(Cell::shown).collect()
    }

    #[test]
    fn every_way_to_end_is_counted() {
        let tables = made(|one| {
            if one.arm == "search" {
                let ends = [End::Limit, End::Diverged, End::NoStart];
                (one.end, one.solution) = (ends[one.block as usize], None);
            }
        });
        assert_eq!(
            cells(&tables[1], "search"),
            ["search", "0", "1", "1", "1", "–", "–"]
        );
        assert_eq!(
            cells(&tables[0], "search"),
            ["search", "0", "–", "–", "–", "–"]
        );
        // Constructed, in no time.
        assert_eq!(
            cells(&tables[1], "theorem-1"),
            ["theorem-1", "3", "0", "0", "0", "–", "–"]
        );
    }

    #[test]
    fn norms_and_errors_are_set_against_the_reference() {
        let tables = made(|one| {
            if let Some(solution) = &mut one.solution {
                let block = one.block as f64;
                let huge = if one.arm == "theorem-1" { 1e7 } else { 1.0 };
                solution.norm = huge * (1.0 + block);
                // Eighths, so that differences are exact.
                let more = if one.arm == "gd" { 0.125 } else { 0.0 };
                solution.test_error = 0.125 * (1.0 + block) + more;
            }
        });
        let shown = cells(&tables[0], "gd");
        assert_eq!((shown[1], shown[3], shown[5]), ("3", "1", "12.5"));
        assert_eq!(cells(&tables[0], "sgd-32")[3..], ["–", "25 [0, 56]", "–"]);
        assert_eq!(cells(&tables[0], "theorem-1")[3], "1 × 10⁷");
    }

    #[test]
    fn reversed_orders_have_tau_minus_one() {
        let ranked = |one: &mut Outcome| {
            let place = one
                .arm
                .bytes()
                .fold(0.0, |sum, byte| 1.01 * sum + f64::from(byte));
            if let Some(solution) = &mut one.solution {
                solution.norm = if one.cost > 0.05 { 1.0 / place } else { place };
            }
        };
        let tables = made(ranked);
        let note = &tables[3].note;
        assert!(note.contains("−1.00 over 18 arms"), "{note}");
    }
}
