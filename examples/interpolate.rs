//! Interpolates a dataset with a kernel and prints one line of results.
//!
//! `cargo run --release --example interpolate -- --dataset mnist --data-dir DIR
//! --kernel gaussian:5 --train-size 10000 [--labels random] [--solver cholesky]
//! [--precision f32] [--rank 4000] [--memory-gb 16] [--features gabor]
//! [--hold-out yes]`

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use rethink::dataset::{Dataset, Split};
use rethink::kernel::{
    AnyKernel, FeatureMap, Filters, Gabor, Options, Pixels, Plan, Precision, Problem,
    RandomConvolution, Solver, Targets,
};
use rethink::treatment::Treatment;

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let mut flags = HashMap::new();
    for pair in given.chunks(2) {
        let [name, value] = pair else {
            bail!("{} needs a value", pair[0]);
        };
        flags.insert(name.trim_start_matches("--").to_string(), value.clone());
    }
    let flag = |name: &str, default: &str| {
        flags
            .get(name)
            .map_or_else(|| default.to_string(), String::clone)
    };
    let data_dir = flags.get("data-dir").map(PathBuf::from);
    let dataset = Dataset::load(&flag("dataset", "mnist"), data_dir.as_deref())?;
    let n: usize = flag("train-size", "1000").parse()?;
    let train = dataset.train();
    if n > train.len() {
        bail!("--train-size {n} is more than the {} images", train.len());
    }
    // The first n in file order, which other programs can repeat without our
    // random numbers.
    let labels = match flag("labels", "true").as_str() {
        "true" => train.labels()[..n].to_vec(),
        text => {
            let treatment: Treatment = format!("{text}-labels").parse()?;
            let treated =
                treatment.apply(train, dataset.test(), dataset.classes(), dataset.shape(), 0)?;
            treated.train.labels()[..n].to_vec()
        }
    };
    let part = |range: std::ops::Range<usize>, labels: Vec<u8>| {
        let pixels =
            train.pixels()[range.start * train.features()..range.end * train.features()].to_vec();
        Split::new(pixels, labels, train.features())
    };
    // For tuning: the last 10,000 training images instead of the test set.
    let test = if flag("hold-out", "no") == "yes" {
        let from = train.len() - 10_000;
        part(from..train.len(), train.labels()[from..].to_vec())?
    } else {
        dataset.test().clone()
    };
    let test_labels = test.labels().to_vec();
    let train = part(0..n, labels.clone())?;
    let text = flag("features", "pixels");
    let names: Vec<&str> = text.split(':').collect();
    let mut numbers = names[1..].iter().map(|text| text.parse::<f64>());
    let mut number = |default: f64| numbers.next().unwrap_or(Ok(default));
    let shape = dataset.shape();
    let map: Box<dyn FeatureMap> = match names[0] {
        "pixels" => Box::new(Pixels { shape }),
        "gabor" => {
            let (step, orientations) = (number(4.0)? as usize, number(8.0)? as usize);
            let mut wavelengths: Vec<f64> = numbers.collect::<Result<_, _>>()?;
            if wavelengths.is_empty() {
                wavelengths = vec![4.0, 8.0];
            }
            Box::new(Gabor::new(shape, orientations, &wavelengths, step)?)
        }
        "random-convolution" => Box::new(RandomConvolution::new(
            &train,
            shape,
            number(400.0)? as usize,
            number(6.0)? as usize,
            number(0.25)? as f32,
            Filters::Patches,
            0,
        )?),
        other => bail!("--features {other}: give pixels, gabor or random-convolution"),
    };
    let mapping = Instant::now();
    let train = map.apply(&train, Options::default().threads)?;
    let test = map.apply(&test, Options::default().threads)?;
    eprintln!(
        "{}: {} features, {:.1} s, mean squared norm {:.3}",
        map.formula(),
        map.dimension(),
        mapping.elapsed().as_secs_f64(),
        train
            .values()
            .iter()
            .map(|&x| f64::from(x * x))
            .sum::<f64>()
            / train.len() as f64
    );
    let targets = Targets::one_hot(&labels, dataset.classes())?;
    let kernel: AnyKernel = flag("kernel", "gaussian:5").parse()?;
    let ridge: f64 = flag("ridge", "0").parse()?;
    let mut options = Options {
        solver: match flag("solver", "").as_str() {
            "" => None,
            "cholesky" => Some(Solver::Cholesky),
            "cg" => Some(Solver::ConjugateGradients),
            "streamed" => Some(Solver::StreamedConjugateGradients),
            other => bail!("--solver {other}: give cholesky, cg or streamed"),
        },
        precision: match flag("precision", "").as_str() {
            "" => None,
            "f32" => Some(Precision::F32),
            "f64" => Some(Precision::F64),
            other => bail!("--precision {other}: give f32 or f64"),
        },
        leave_one_out: flag("leave-one-out", "no") == "yes",
        tolerance: flag("tolerance", "1e-4").parse()?,
        ..Options::default()
    };
    if let Some(rank) = flags.get("rank") {
        options.rank = Some(rank.parse().context("--rank")?);
    }
    if let Some(limit) = flags.get("memory-gb") {
        options.memory_limit = Some((limit.parse::<f64>()? * 1e9) as u64);
    }
    let start = Instant::now();
    let problem = Problem::new(kernel.clone(), &train, &targets, ridge)?;
    let plan = Plan::new(problem.size(), &options)?;
    eprintln!(
        "{} in {}, rank {}, {:.2} GB planned: {}",
        plan.solver,
        plan.precision,
        plan.rank,
        plan.bytes as f64 / 1e9,
        plan.why
    );
    let f = problem.solve_as_planned(plan, &options, &mut |p| {
        if p.iteration % 10 == 0 {
            let left = p
                .seconds_left
                .map_or(String::new(), |s| format!(", {s:.0} s left"));
            eprintln!(
                "iteration {}: residual {:.2e}{left}",
                p.iteration, p.residual
            );
        }
    })?;
    let predicting = Instant::now();
    let test_error = f.error_rate(&test, &test_labels)?;
    let predict = predicting.elapsed().as_secs_f64();
    let whole = start.elapsed().as_secs_f64();
    let loo = f.inverse_diagonal.map_or(String::new(), |d| {
        format!(
            " loo={:.4} effective_dimension={:.1}",
            d.leave_one_out_error, d.effective_dimension
        )
    });
    println!(
        "kernel={kernel} n={n} train_error={:.4} test_error={:.4} norm={:.2} residual={:.2e} condition={:.2e} iterations={}{loo} gram={:.2} solve={:.2} (preconditioner {:.2}) verify={:.2} predict={predict:.2} total={whole:.2} peak_gb={:.2}",
        f.train_error,
        test_error,
        f.rkhs_norm,
        f.relative_residual,
        f.condition.value,
        f.iterations,
        f.seconds.gram,
        f.seconds.solve,
        f.seconds.precondition,
        f.seconds.verify,
        peak_bytes().unwrap_or(0.0) / 1e9,
    );
    Ok(())
}

/// Largest resident size of this process so far, where the system tells.
fn peak_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024.0)
}
