//! The networks of one outcome on the training examples.

use std::cell::OnceCell;
use std::sync::Arc;

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, MatRef, Side};

use super::gram;
use super::logits::{LogitSystem, Preconditioner};
use super::norm::{Norm, Norms};
use super::vector;
use crate::dataset::Split;
use crate::network::graph::{Graph, Layout, Pass, set_rounded, soft_margin_slope, to_vector};
use crate::trial::design::Held;

/// The diagonal that is added to the Gram matrix of the margins, of the mean one.
const RIDGE: f64 = 1e-4;
/// Residual of a solve, in logits.
const TOLERANCE: f64 = 0.004;
/// The same, as a share of the largest logit asked for.
const SHARE: f64 = 0.005;

/// Where an outcome counts as held.
const MARGIN_HELD: f64 = 0.02;
const LOSS_HELD: f64 = 0.0008;
const LOGIT_HELD: f64 = 0.015;

/// Training examples, and X Xᵀ + 1 of their inputs, which every surface over them uses.
pub struct Examples {
    /// The examples.
    pub split: Split,
    gram: OnceCell<Mat<f32>>,
}

impl Examples {
    /// Of these images.
    pub fn new(split: Split) -> Self {
        let gram = OnceCell::new();
        Self { split, gram }
    }

    fn gram(&self) -> &Mat<f32> {
        self.gram.get_or_init(|| {
            let (pixels, features) = (self.split.pixels(), self.split.features());
            let rows = MatRef::from_row_major_slice(pixels, self.split.len(), features);
            gram::with_constant(rows)
        })
    }
}

/// How many parameters there are for what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Weights and biases.
    pub parameters: usize,
    /// Numbers that are held.
    pub constraints: usize,
}

impl Room {
    /// Of a network on so many examples.
    pub fn of(layout: &Layout, examples: usize, held: Held) -> Self {
        let shapes = Graph::<f32>::zeros(Arc::new(layout.clone()));
        let layers = shapes.layers().iter().filter_map(|layer| layer.shapes());
        let arrays = layers.flatten();
        Self {
            parameters: arrays.map(|shape| shape.iter().product::<usize>()).sum(),
            constraints: match held {
                Held::Margins => examples,
                Held::Logits => examples * layout.classes(),
            },
        }
    }

    /// Parameters for each number held below which networks are not moved: with 2.5 of them for
    /// every logit, a step through the kinks of ReLU misses more than it moves.
    pub fn least(held: Held) -> usize {
        match held {
            Held::Margins => 4,
            Held::Logits => 8,
        }
    }
}

/// The networks of one layout whose soft margins, or logits, on the training examples are those
/// of a given network.
///
/// Parameters are vectors in the order of
/// [`to_vector`](crate::network::graph::to_vector).
pub struct Surface<'a> {
    graph: Graph<f32>,
    train: &'a Split,
    /// X Xᵀ + 1 of the inputs.
    inputs: &'a Mat<f32>,
    held: Held,
    /// What is held, one number or one row an example.
    target: Vec<f32>,
    /// σ² of every layer with weights; none: 1.
    variances: Option<Vec<f64>>,
    /// The same, of every parameter.
    each_variance: Option<Vec<f64>>,
    norms: Norms,
    here: Option<Here>,
}

/// The point that a surface is looked at from.
struct Here {
    pass: Pass<f32>,
    /// What is missing of the target, u* − u.
    missing: Vec<f32>,
    /// The derivatives of the margins by the logits; empty where logits are held.
    slopes: Vec<Vec<f32>>,
    factor: OnceCell<Option<Llt<f64>>>,
    system: OnceCell<Option<(LogitSystem, Preconditioner)>>,
}

impl<'a> Surface<'a> {
    /// The surface through a network; none where its layers have no path norm, or where logits
    /// are held of a network that is no chain of dense layers.
    pub fn through(
        layout: &Arc<Layout>,
        parameters: &[f64],
        examples: &'a Examples,
        held: Held,
    ) -> Option<Self> {
        let norms = Norms::of(layout)?;
        if held == Held::Logits && !layout.is_dense() {
            return None;
        }
        let mut surface = Self {
            graph: Graph::zeros(layout.clone()),
            train: &examples.split,
            inputs: examples.gram(),
            held,
            target: Vec::new(),
            variances: None,
            each_variance: None,
            norms,
            here: None,
        };
        surface.target = surface.outcome(parameters).1;
        Some(surface)
    }

    /// The same surface with steps measured by Σ: variances of the parameters of every layer with
    /// weights.
    pub fn weighted(mut self, variances: &[f64]) -> Self {
        let layers = self.graph.layers().iter();
        let sizes = layers.filter_map(|layer| layer.shapes());
        let each = variances.iter().zip(sizes).flat_map(|(&variance, shapes)| {
            let numbers = shapes.iter().map(|shape| shape.iter().product::<usize>());
            std::iter::repeat_n(variance, numbers.sum())
        });
        self.each_variance = Some(each.collect());
        self.variances = Some(variances.to_vec());
        self
    }

    /// √σ² of every parameter; 1 where the surface is not weighted.
    pub fn deviations(&self) -> Vec<f64> {
        match &self.each_variance {
            Some(variances) => variances.iter().map(|variance| variance.sqrt()).collect(),
            None => vec![1.0; self.norms.weights().len()],
        }
    }

    /// The share of |∇ ln P|² that holding the outcome leaves at parameters; 0 where it cannot be
    /// computed.
    pub fn left(&mut self, parameters: &[f64]) -> f64 {
        self.look_from(parameters);
        let gradient = self.norms.gradient(Norm::Path, parameters);
        let whole = vector::dot(&gradient, &gradient);
        let along = self.along(&gradient);
        along.map_or(0.0, |along| vector::dot(&along, &gradient) / whole)
    }

    /// The norms of networks of this layout.
    pub fn norms(&mut self) -> &mut Norms {
        &mut self.norms
    }

    /// What is held.
    pub fn held(&self) -> Held {
        self.held
    }

    fn outcome(&mut self, parameters: &[f64]) -> (Pass<f32>, Vec<f32>) {
        set_rounded(self.graph.layers_mut(), parameters);
        let examples = self.train.pixels().chunks_exact(self.train.features());
        let pass = self.graph.forward(examples);
        let found = match self.held {
            Held::Margins => self.graph.soft_margins(&pass, self.train.labels()),
            Held::Logits => pass.logits().to_rows(pass.examples()),
        };
        (pass, found)
    }

    /// Looks from other parameters; returns the largest distance from what is held, in logits.
    pub fn look_from(&mut self, parameters: &[f64]) -> f64 {
        let (pass, found) = self.outcome(parameters);
        let missing: Vec<f32> = (self.target.iter().zip(&found))
            .map(|(target, found)| target - found)
            .collect();
        let slopes = match self.held {
            Held::Margins => {
                let rows = pass.logits().to_rows(pass.examples());
                let rows = rows.chunks_exact(self.graph.layout().classes());
                let slope = |(row, &y): (&[f32], &u32)| soft_margin_slope(row, y as usize);
                rows.zip(self.train.labels()).map(slope).collect()
            }
            Held::Logits => Vec::new(),
        };
        let largest = vector::largest(missing.iter().map(|&x| f64::from(x)));
        self.here = Some(Here {
            pass,
            missing,
            slopes,
            factor: OnceCell::new(),
            system: OnceCell::new(),
        });
        largest
    }

    /// Whether the outcome at the point looked from is the one that is held.
    pub fn is_held(&self) -> bool {
        let Some(here) = &self.here else {
            return false;
        };
        let missing = || here.missing.iter().map(|&x| f64::from(x));
        match self.held {
            Held::Logits => vector::largest(missing()) <= LOGIT_HELD,
            Held::Margins => {
                let loss = |u: f64| (-u).exp().ln_1p();
                let targets = self.target.iter().map(|&u| f64::from(u));
                let changes = missing().zip(targets).map(|(r, u)| loss(u - r) - loss(u));
                vector::largest(missing()) <= MARGIN_HELD && vector::largest(changes) <= LOSS_HELD
            }
        }
    }

    /// J v.
    ///
    /// # Panics
    /// Before [`look_from`](Self::look_from), as all that follow.
    pub fn push(&self, v: &[f64]) -> Vec<f32> {
        let here = self.here();
        let mut direction = self.graph.zeros_like();
        set_rounded(&mut direction, v);
        match self.held {
            Held::Margins => {
                let labels = self.train.labels();
                self.graph
                    .directional_soft_margins(&here.pass, labels, &direction)
            }
            Held::Logits => {
                let values = self.graph.directional(&here.pass, &direction);
                values[values.len() - 1].to_rows(here.pass.examples())
            }
        }
    }

    /// Σ Jᵀ c.
    pub fn pull(&self, c: &[f32]) -> Vec<f64> {
        let here = self.here();
        let mut gradient = self.graph.zeros_like();
        match self.held {
            Held::Margins => {
                let labels = self.train.labels();
                let sum = &mut gradient;
                self.graph
                    .add_soft_margin_gradient(&here.pass, labels, c, sum);
            }
            Held::Logits => {
                let mut outputs = here.pass.logits().clone();
                outputs.fill(c.chunks_exact(self.graph.layout().classes()));
                self.graph.add_gradient(&here.pass, outputs, &mut gradient);
            }
        }
        let pulled = to_vector(&gradient);
        let pulled = pulled.into_iter().map(f64::from);
        match &self.each_variance {
            Some(variances) => pulled.zip(variances).map(|(x, v)| x * v).collect(),
            None => pulled.collect(),
        }
    }

    /// (J Σ Jᵀ)⁻¹ b; none where it cannot be computed.
    pub fn solve(&self, b: &[f32]) -> Option<Vec<f32>> {
        match self.held {
            Held::Margins => self.solve_margins(b),
            Held::Logits => self.solve_logits(b),
        }
    }

    fn solve_margins(&self, b: &[f32]) -> Option<Vec<f32>> {
        let here = self.here();
        let factor = here.factor.get_or_init(|| {
            crate::linalg::decompose_on_one_thread();
            let variances = self.variances.as_deref();
            let pass = &here.pass;
            let mut gram =
                gram::of_margins(&self.graph, pass, self.inputs, &here.slopes, variances);
            let n = gram.nrows();
            let mean = (0..n).map(|i| gram[(i, i)]).sum::<f64>() / n as f64;
            (0..n).for_each(|i| gram[(i, i)] += RIDGE * mean);
            gram.llt(Side::Lower).ok()
        });
        let b = Mat::from_fn(b.len(), 1, |i, _| f64::from(b[i]));
        let c = factor.as_ref()?.solve(&b);
        Some(c.col(0).iter().map(|&x| x as f32).collect())
    }

    fn solve_logits(&self, b: &[f32]) -> Option<Vec<f32>> {
        let here = self.here();
        let made = here.system.get_or_init(|| {
            let system = LogitSystem::at(&self.graph, &here.pass, self.variances.as_deref());
            let preconditioner = Preconditioner::new(&system, self.inputs)?;
            Some((system, preconditioner))
        });
        let (system, preconditioner) = made.as_ref()?;
        let (n, classes) = (here.pass.examples(), self.graph.layout().classes());
        let b = Mat::from_fn(n, classes, |i, k| b[i * classes + k]);
        let tolerance = TOLERANCE.max(SHARE * f64::from(b.norm_max()));
        let c = preconditioner.solve(system, self.inputs, &b, tolerance);
        let each = (0..n).flat_map(|i| (0..classes).map(move |k| (i, k)));
        Some(each.map(|place| c[place]).collect())
    }

    /// The part of a direction that leaves the outcome as it is, to first order.
    pub fn along(&self, v: &[f64]) -> Option<Vec<f64>> {
        // Scaled so that the tolerance of the solve, in logits, is that of a step.
        let pushed = self.push(v);
        let size = vector::largest(pushed.iter().map(|&x| f64::from(x)));
        if size == 0.0 {
            return Some(v.to_vec());
        }
        let scaled: Vec<f32> = pushed
            .iter()
            .map(|&x| (f64::from(x) / size) as f32)
            .collect();
        let c = self.solve(&scaled)?;
        let mut along = v.to_vec();
        vector::add(&mut along, -size, &self.pull(&c));
        Some(along)
    }

    /// The shortest step that brings the outcome to what is held, to first order; `share` of it.
    pub fn correction(&self, share: f64) -> Option<Vec<f64>> {
        let missing = self.missing(share);
        let c = self.solve(&missing)?;
        Some(self.pull(&c))
    }

    /// A step along a direction, the correction of what is missing included.
    pub fn step(&self, v: &[f64]) -> Option<Vec<f64>> {
        let missing = self.missing(1.0);
        let b: Vec<f32> = (self.push(v).iter().zip(&missing))
            .map(|(along, missing)| along - missing)
            .collect();
        let c = self.solve(&b)?;
        let mut step = v.to_vec();
        vector::add(&mut step, -1.0, &self.pull(&c));
        Some(step)
    }

    fn missing(&self, share: f64) -> Vec<f32> {
        let missing = self.here().missing.iter();
        missing.map(|&x| (share * f64::from(x)) as f32).collect()
    }

    fn here(&self) -> &Here {
        self.here.as_ref().expect("a point was looked from")
    }
}
