//! Ends, solutions, costs, and the order of the arms.

use rethink::report::number::significant;
use rethink::report::{Cell, Column, Table};
use rethink::statistics::{kendall_tau_b, mean};
use rethink::trial::{End, Outcome, Plan, Stratum};

use super::arms::{Runs, at_cost, primary, reference};
use crate::show::{cell_or_missing, geometric_mean};

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
    let mut table = Table::new(
        format!("solutions-{}", stratum.name),
        format!(
            "{}: solutions at a training cross-entropy of {} nats",
            stratum.name,
            primary(plan)
        ),
        vec![
            Column::text("arm"),
            Column::number("blocks"),
            Column::number("norm φ"),
            Column::number("φ / reference"),
            Column::number("test error").unit("%"),
            Column::number("− reference").unit("points"),
        ],
    );
    let reference = reference(arms);
    for runs in arms {
        let against = reference.filter(|one| one.arm.id != runs.arm.id);
        table.rows.push(vec![
            Cell::text(&runs.arm.id),
            Cell::count(runs.solutions().len()),
            norm(runs),
            cell_or_missing(against.and_then(|one| runs.norm_ratio(one)).as_ref()),
            cell_or_missing(runs.error().as_ref()),
            cell_or_missing(against.and_then(|one| runs.error_difference(one)).as_ref()),
        ]);
    }
    table.note = "φ: l2 path norm over the 10th percentile of the training margins. Exact for each solution; \
                  shown are estimates over blocks with 95 % t interval: geometric means of φ and of its ratio \
                  to the reference in the same block (intervals on logarithms), means of the test error and of \
                  its difference within blocks. Only blocks in which the run (and the reference) reached the \
                  cost with a positive percentile count. Arms with other labels, fewer examples or another \
                  network are set against the reference as well; their norms do not compare."
        .to_owned();
    table
}

/// A norm may span orders of magnitude: significant digits, not decimals.
fn norm(runs: &Runs) -> Cell {
    match runs.norm() {
        Some(norm) if norm.value >= 1e4 => {
            let shown = significant(norm.value, 3);
            let (low, high) = norm
                .interval
                .map_or((None, None), |i| (Some(i.low), Some(i.high)));
            let interval = low.zip(high).filter(|(low, high)| low < high);
            let interval = interval
                .map(|(low, high)| format!(" [{}, {}]", significant(low, 3), significant(high, 3)));
            Cell::Number {
                shown: shown + &interval.unwrap_or_default(),
                value: Some(norm.value),
                low,
                high,
            }
        }
        norm => cell_or_missing(norm.as_ref()),
    }
}

fn ends(stratum: &Stratum, plan: &Plan, arms: &[Runs]) -> Table {
    let mut table = Table::new(
        format!("ends-{}", stratum.name),
        format!(
            "{}: how the runs ended, and what they took to {} nats",
            stratum.name,
            primary(plan)
        ),
        vec![
            Column::text("arm"),
            Column::number("reached"),
            Column::number("at limit"),
            Column::number("diverged"),
            Column::number("no start"),
            Column::number("evaluations per image"),
            Column::number("updates"),
        ],
    );
    for runs in arms {
        let reached = || runs.by_block.values().filter(|one| one.end == End::Reached);
        let average = |of: &dyn Fn(&Outcome) -> f64| {
            let values: Vec<f64> = reached().map(|one| of(one)).collect();
            match values.iter().all(|&value| value == 0.0) {
                // Constructed, not searched for.
                true => None,
                false => geometric_mean(&values),
            }
        };
        let size = runs.arm.train_size as f64;
        let mut row = vec![Cell::text(&runs.arm.id)];
        let counted = [End::Reached, End::Limit, End::Diverged, End::NoStart];
        row.extend(counted.map(|end| Cell::count(runs.ended(end))));
        row.push(cell_or_missing(
            average(&|one| one.evaluations as f64 / size).as_ref(),
        ));
        row.push(cell_or_missing(average(&|one| one.updates as f64).as_ref()));
        table.rows.push(row);
    }
    table.note = format!(
        "Counts are exact. Evaluations: gradients or losses of single images until the cost was reached, divided \
         by the number of images, so that 1 is an epoch; pretraining and the run that an arm starts from are not \
         counted. Evaluations and updates: estimates, geometric means over the runs that reached the cost with \
         95 % t interval; censored runs are left out, so where there are any both are too small. Limit: {} \
         evaluations per image.",
        stratum.limit
    );
    table
}

fn costs(stratum: &Stratum, plan: &Plan, outcomes: &[Outcome]) -> Table {
    let mut columns = vec![Column::text("arm")];
    for cost in &plan.costs {
        columns.push(Column::number(format!("asked {cost}: mean")).unit("nats"));
        columns.push(Column::number("smallest").unit("nats"));
    }
    let mut table = Table::new(
        format!("costs-{}", stratum.name),
        format!("{}: costs reached beside the costs asked for", stratum.name),
        columns,
    );
    let by_cost: Vec<_> = (plan.costs.iter())
        .map(|&cost| at_cost(stratum, plan, outcomes, cost))
        .collect();
    for (index, arm) in stratum.arms.iter().enumerate() {
        let mut row = vec![Cell::text(&arm.id)];
        for arms in &by_cost {
            let solutions = arms[index].by_block.values();
            let reached = solutions.filter_map(|one| Some(one.solution.as_ref()?.cost));
            let reached: Vec<f64> = reached.collect();
            let mean = mean(&reached).ok().map(|mean| mean.value);
            let smallest = reached.into_iter().reduce(f64::min);
            for cost in [mean, smallest] {
                row.push(cost.map_or_else(Cell::missing, |cost| Cell::significant(cost, 4)));
            }
        }
        table.rows.push(row);
    }
    table.note = "Training cross-entropy of the solutions of all blocks, exact. It is at most the cost asked for; \
                  arms are matched if the means of a column agree."
        .to_owned();
    table
}

/// The arms in order of the norm at another cost, beside that at the primary one.
fn order(
    stratum: &Stratum,
    plan: &Plan,
    (index, cost, other): (usize, f64, &[Runs]),
    arms: &[Runs],
) -> Table {
    let at = [cost, primary(plan)];
    let mut columns = vec![Column::text("arm")];
    for cost in at {
        columns.push(Column::number(format!("φ at {cost} nats")));
        columns.push(Column::number("place"));
    }
    let mut table = Table::new(
        format!("order-{}-{}", index + 1, stratum.name),
        format!(
            "{}: order of the arms by norm at {} and at {} nats",
            stratum.name, at[0], at[1]
        ),
        columns,
    );
    let both = other.iter().zip(arms).filter_map(|(other, primary)| {
        let norms = [other.norm()?.value, primary.norm()?.value];
        primary.kind().compares().then_some((primary, other, norms))
    });
    let mut both: Vec<_> = both.collect();
    both.sort_by(|a, b| a.2[1].total_cmp(&b.2[1]));
    let values = |cost: usize| {
        both.iter()
            .map(|(_, _, norms)| norms[cost])
            .collect::<Vec<f64>>()
    };
    let (first, second) = (values(0), values(1));
    let place =
        |values: &[f64], value: f64| Cell::count(1 + values.iter().filter(|&&v| v < value).count());
    for (primary, other, norms) in &both {
        table.rows.push(vec![
            Cell::text(&primary.arm.id),
            norm(other),
            place(&first, norms[0]),
            norm(primary),
            place(&second, norms[1]),
        ]);
    }
    let tau = kendall_tau_b(&first, &second).ok();
    let tau = tau.map_or("undefined".to_owned(), |tau| {
        format!(
            "{} over {} arms (p = {})",
            rethink::report::number::fixed(tau.statistic, 2),
            tau.samples,
            significant(tau.p_value, 2)
        )
    });
    table.note = format!(
        "Geometric means over blocks with 95 % t interval, estimates; arms with the reference's data and network \
         that reached both costs. Kendall's tau of the two orders: {tau}. The conclusion should not depend on the \
         cost at which norms are compared: tau near 1."
    );
    table
}
