//! Distributions of several samples over one axis, row under row.

use super::axis::{Axis, Ends, Map, Scale};
use super::canvas::{Anchor, At, Canvas, Rect, Stroke};
use super::data::{Data, Drawn};
use super::drawing::Drawing;
use super::key::{FONT, Key, Look, Swatch};
use super::palette::Paint;
use super::{Figure, FigureText, label, value_axis};
use crate::report::ReportError;

/// One sample, such as the margins of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Written at the left of its row.
    pub label: String,
    /// The values; those not finite are left out.
    pub values: Vec<f64>,
}

/// Smoothed histograms of several samples, with their quantiles and a line at zero.
///
/// The smoothing is a Gaussian kernel with Silverman's bandwidth
/// 0.9 min(s, IQR / 1.34) n^(−1/5). Each row is scaled to its own height, so
/// that a narrow sample does not flatten a wide one: compare places and widths,
/// not heights. Below each curve a line spans the 10th to the 90th percentile,
/// with a marker at the median.
///
/// # Reference
/// Silverman 1986, *Density Estimation for Statistics and Data Analysis*, eq. 3.31.
#[derive(Debug, Clone, PartialEq)]
pub struct Densities {
    /// The axis of the values; linear.
    pub axis: Axis,
    /// The rows.
    pub samples: Vec<Sample>,
}

/// Points of a curve.
const GRID: usize = 240;

impl Densities {
    pub(super) fn data(&self) -> Data {
        let drawn = self.samples.iter().flat_map(|sample| {
            sample.values.iter().map(|&value| Drawn {
                series: &sample.label,
                x: Some(value),
                ..Drawn::default()
            })
        });
        Data::new().panel("", (&self.axis, None), drawn)
    }

    /// Draws a row for each sample.
    ///
    /// # Errors
    /// [`ReportError::NothingToDraw`] without a finite value,
    /// [`ReportError::InvalidRange`], [`ReportError::InvalidId`].
    pub fn draw(&self, text: FigureText) -> Result<Figure, ReportError> {
        Drawing::Densities(self.clone()).figure(text)
    }

    pub(super) fn canvas(&self, figure: &str, width: f64) -> Result<Canvas, ReportError> {
        const ROW: f64 = 62.0;
        let nothing = || ReportError::NothingToDraw {
            figure: figure.to_owned(),
        };
        let samples = self.samples.iter();
        let samples: Vec<Sorted> = samples.filter_map(|s| Sorted::new(&s.values)).collect();
        if samples.len() < self.samples.len() {
            return Err(nothing());
        }
        let ends = self.ends(&samples)?.ok_or_else(nothing)?;
        let names = self.samples.iter();
        let names: Vec<Vec<String>> = names
            .map(|s| label::wrap(&s.label, 0.28 * width, FONT))
            .collect();
        let key = Key::new(
            &[
                (
                    "density, each row to its own height".to_owned(),
                    Swatch::Shade(Paint::Muted),
                ),
                (
                    "median, 10th to 90th percentile".to_owned(),
                    Swatch::Interval(Look::solid(0)),
                ),
            ],
            width - 4.0,
        );
        let top = 6.0 + key.height();
        let area = Rect {
            left: 2.0 + label::widest(names.iter().flatten(), FONT) + 26.0,
            top,
            right: width - 26.0,
            bottom: top + ROW * samples.len() as f64 + 4.0,
        };
        let map = Map::new(Scale::Linear, ends, (area.left, area.right));
        let height = area.bottom + value_axis::height(&self.axis, width) + 8.0;
        let mut canvas = Canvas::new((width, height.round()));
        key.draw(&mut canvas, (2.0, 2.0));
        value_axis::draw(&mut canvas, &self.axis, ends, &map, area);
        for (index, (sample, name)) in samples.iter().zip(&names).enumerate() {
            let look = Look::solid(index);
            let base = top + ROW * (index as f64 + 1.0) - 12.0;
            let [low, median, high] = [0.1, 0.5, 0.9].map(|share| sample.quantile(share));
            let quantiles = Drawn {
                series: &self.samples[index].label,
                name: "median, 10th to 90th percentile",
                x: Some(median),
                x_interval: Some((low, high)),
                ..Drawn::default()
            };
            canvas.titled(quantiles.title(&self.axis, None), |canvas| {
                let curve = sample.curve(ends, &map, base, ROW - 18.0);
                canvas.polygon(&curve, look.paint(), 0.25);
                canvas.path(&curve, Stroke::solid(look.paint(), 1.7));
                let span = [low, high].map(|value| (map.clamped(value), base + 6.0));
                canvas.path(&span, Stroke::solid(look.paint(), 1.6));
                look.marker(canvas, (map.clamped(median), base + 6.0));
            });
            let middle = base - (ROW - 18.0) / 2.0;
            canvas.lines(name, (area.left - 14.0, middle), Anchor::End);
        }
        if ends.0 <= 0.0 && ends.1 >= 0.0 {
            let x = map.at(0.0);
            let zero = Stroke {
                paint: Paint::Ink,
                width: 1.1,
                dash: Some((5.0, 3.0)),
            };
            canvas.path(&[(x, top), (x, area.bottom)], zero);
        }
        Ok(canvas)
    }

    /// Ends of the axis. Zero is the decision boundary and always in sight; tails fade
    /// within three bandwidths.
    fn ends(&self, samples: &[Sorted]) -> Result<Option<Ends>, ReportError> {
        let edges = samples.iter().flat_map(|s| {
            let tail = 3.0 * s.bandwidth();
            [s.quantile(0.0) - tail, s.quantile(1.0) + tail]
        });
        let range = self.axis.range.or(edges_of(edges.chain([0.0])));
        let axis = Axis {
            range,
            scale: Scale::Linear,
            label: self.axis.label.clone(),
        };
        axis.ends([], 0.0)
    }
}

fn edges_of(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    match low < high {
        true => Some((low, high)),
        false => (low == high).then_some((low - 1.0, high + 1.0)),
    }
}

/// Finite values in ascending order; at least one.
struct Sorted(Vec<f64>);

impl Sorted {
    fn new(values: &[f64]) -> Option<Self> {
        let mut values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        (!values.is_empty()).then_some(Self(values))
    }

    /// Linear interpolation between order statistics (Hyndman and Fan 1996, type 7).
    fn quantile(&self, share: f64) -> f64 {
        let place = share * (self.0.len() - 1) as f64;
        let (below, above) = (
            self.0[place.floor() as usize],
            self.0[place.ceil() as usize],
        );
        below + place.fract() * (above - below)
    }

    fn bandwidth(&self) -> f64 {
        let n = self.0.len() as f64;
        let mean = self.0.iter().sum::<f64>() / n;
        let squares: f64 = self.0.iter().map(|v| (v - mean).powi(2)).sum();
        let deviation = (squares / (n - 1.0).max(1.0)).sqrt();
        let quartiles = (self.quantile(0.75) - self.quantile(0.25)) / 1.34;
        let spread = if quartiles > 0.0 {
            deviation.min(quartiles)
        } else {
            deviation
        };
        let bandwidth = 0.9 * spread * n.powf(-0.2);
        // One value, or all the same: a narrow peak is all there is to show.
        if bandwidth > 0.0 {
            bandwidth
        } else {
            0.01 * self.0[0].abs().max(1.0)
        }
    }

    /// Kernel density at `x`, up to a constant factor.
    fn density(&self, x: f64, bandwidth: f64) -> f64 {
        let reach = 5.0 * bandwidth;
        let from = self.0.partition_point(|&v| v < x - reach);
        let to = self.0.partition_point(|&v| v <= x + reach);
        self.0[from..to]
            .iter()
            .map(|v| (-0.5 * ((x - v) / bandwidth).powi(2)).exp())
            .sum()
    }

    /// The outline of the density over `base`, from end to end, `height` at its peak.
    fn curve(&self, ends: (f64, f64), map: &Map, base: f64, height: f64) -> Vec<At> {
        let bandwidth = self.bandwidth();
        let low = (self.0[0] - 4.0 * bandwidth).max(ends.0);
        let high = (self.0[self.0.len() - 1] + 4.0 * bandwidth).min(ends.1);
        let xs = (0..=GRID).map(|i| low + (high - low) * i as f64 / GRID as f64);
        let densities: Vec<(f64, f64)> = xs.map(|x| (x, self.density(x, bandwidth))).collect();
        let peak = densities
            .iter()
            .map(|d| d.1)
            .fold(f64::MIN_POSITIVE, f64::max);
        let place = |(x, density): (f64, f64)| (map.at(x), base - height * density / peak);
        densities.into_iter().map(place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_between_order_statistics() {
        // By hand: places 0.3, 1.5 and 2.7 among 1, 2, 4, 8.
        let sorted = Sorted::new(&[8.0, 1.0, 4.0, 2.0, f64::NAN]).unwrap();
        for (share, expected) in [(0.1, 1.3), (0.5, 3.0), (0.9, 6.8)] {
            assert!((sorted.quantile(share) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_density_integrates_to_one() {
        let sorted = Sorted::new(&[-1.0, 0.0, 0.5, 2.0, 2.2]).unwrap();
        let h = sorted.bandwidth();
        let step = 0.001;
        let sum: f64 = (-8000..10000)
            .map(|i| sorted.density(f64::from(i) * step, h))
            .sum();
        let mass = sum * step / (5.0 * h * (2.0 * std::f64::consts::PI).sqrt());
        assert!((mass - 1.0).abs() < 1e-4, "{mass}");
    }

    #[test]
    fn an_empty_sample_is_an_error() {
        let densities = Densities {
            axis: Axis::linear("margin"),
            samples: vec![Sample {
                label: "none".into(),
                values: vec![f64::NAN],
            }],
        };
        let text = FigureText::new("d", "", "", "");
        assert!(matches!(
            densities.draw(text),
            Err(ReportError::NothingToDraw { .. })
        ));
    }
}
