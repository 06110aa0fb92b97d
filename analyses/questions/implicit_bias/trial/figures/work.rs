//! Work to the cost on shells of one norm.

use rethink::report::ReportError;
use rethink::report::figure::{Axis, Curves, Figure, FigureText, Point, Series};
use rethink::trial::design::{Cell, Plan};

use super::super::Shown;
use super::setting;

pub fn figure(plan: &Plan, strata: &[Shown<'_>]) -> Result<Figure, ReportError> {
    let series = strata.iter().filter_map(|shown| {
        let points = shown.networks.iter().filter_map(|one| match one.cell {
            Cell::Shell { factor: 1.0 } => Some(Point::new(1.0, 1.0)),
            Cell::Shell { factor } => Some(Point::estimate(factor, &one.work_ratio?)),
            _ => None,
        });
        let points: Vec<Point> = points.collect();
        let label = match strata.len() {
            1 => "work".to_owned(),
            _ => shown.stratum.title(),
        };
        (points.len() > 1).then(|| Series::new(label, points))
    });
    let (x, y) = (
        Axis::log("Path norm / SGD's"),
        Axis::log("Work / work at SGD's norm"),
    );
    let curves = Curves::new(x, y, series.collect()).reference(1.0, "as at SGD's norm");
    curves.draw(FigureText::new(
        "work-and-norm",
        "Work to the training cost at a fixed norm",
        format!(
            "{}, 95 % intervals over the blocks that reached the cost at both norms. SGD from the \
             same start on the same labels, all weights and biases rescaled after every update so \
             that the path norm stays where it is set. Work: evaluations of single examples.",
            setting(plan)
        ),
        "Work to the cost against the norm at which a network is trained, both on logarithmic \
         axes.",
    ))
}
