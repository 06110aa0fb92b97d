//! Concatenation of images along channels.

use crate::Element;
use crate::images::{CHANNELS, Images, Line, Shape};
use crate::threads;

/// Images with the channels of all parts, one part after the other.
///
/// The layer is linear: its derivative along a direction is this of the direction. It is fast
/// where parts begin with a block of channels: where the channels of those before are a multiple
/// of 16.
///
/// Shapes: parts of equal height, width and samples; `to` with the sum of their channels.
///
/// # Reference
///
/// G. Huang, Z. Liu, L. van der Maaten and K. Q. Weinberger, "Densely Connected Convolutional
/// Networks", CVPR 2017, section 3.
pub fn concatenate<T: Element>(parts: &[&Images<T>], to: &mut Images<T>) {
    let shapes = parts.iter().map(|part| part.shape());
    to.resize(parts.first().map_or(0, |part| part.samples()));
    let firsts = first_channels(shapes, to.shape());
    let pixels = to.shape().pixels();
    let samples = to.share();
    for (part, first) in parts.iter().zip(firsts) {
        assert_eq!(part.samples(), to.samples());
        let start = first / CHANNELS * pixels;
        threads::run(
            part.parts(samples).zip(to.parts_mut(samples)),
            |(part, to)| {
                for (from, to) in part.images().zip(to.images()) {
                    join(from.lines, &mut to.lines[start..], first % CHANNELS, pixels);
                }
            },
        );
    }
}

/// The channels of each part of concatenated images: the gradient by the inputs of
/// [`concatenate`] from that by its outputs.
///
/// Shapes: parts of equal height and width, and with the channels of `from` together.
pub fn split<T: Element>(from: &Images<T>, parts: &mut [&mut Images<T>]) {
    let shapes = parts.iter().map(|part| part.shape());
    let firsts = first_channels(shapes, from.shape());
    let pixels = from.shape().pixels();
    for (part, first) in parts.iter_mut().zip(firsts) {
        part.resize(from.samples());
        let start = first / CHANNELS * pixels;
        let used = part.shape().channels % CHANNELS;
        let samples = part.share();
        threads::run(
            from.parts(samples).zip(part.parts_mut(samples)),
            |(from, part)| {
                for (from, to) in from.images().zip(part.images()) {
                    take(&from.lines[start..], to.lines, first % CHANNELS, pixels);
                    if used > 0 {
                        let last = to.lines.len() - pixels;
                        for line in &mut to.lines[last..] {
                            line.0[used..].fill(T::default());
                        }
                    }
                }
            },
        );
    }
}

/// The first channel of each part.
fn first_channels(parts: impl Iterator<Item = Shape>, whole: Shape) -> Vec<usize> {
    let mut channels = 0;
    let mut firsts = Vec::new();
    for part in parts {
        assert_eq!((part.height, part.width), (whole.height, whole.width));
        firsts.push(channels);
        channels += part.channels;
    }
    assert_eq!(channels, whole.channels);
    firsts
}

/// Replaces the channels from `lane` on by those of a part; channels behind them become 0 as far
/// as the part's last block reaches.
fn join<T: Element>(from: &[Line<T>], to: &mut [Line<T>], lane: usize, pixels: usize) {
    if lane == 0 {
        to[..from.len()].copy_from_slice(from);
        return;
    }
    for (b, block) in from.chunks_exact(pixels).enumerate() {
        let (here, next) = to[b * pixels..].split_at_mut(pixels);
        for (line, here) in block.iter().zip(here) {
            here.0[lane..].copy_from_slice(&line.0[..CHANNELS - lane]);
        }
        // There is no next block where the channels end in this one.
        for (line, next) in block.iter().zip(next) {
            *next = Line::zero();
            next.0[..lane].copy_from_slice(&line.0[CHANNELS - lane..]);
        }
    }
}

/// Replaces a part by the channels from `lane` on; those that fill up its last block may be
/// channels of the next part.
fn take<T: Element>(from: &[Line<T>], to: &mut [Line<T>], lane: usize, pixels: usize) {
    if lane == 0 {
        to.copy_from_slice(&from[..to.len()]);
        return;
    }
    for (b, block) in to.chunks_exact_mut(pixels).enumerate() {
        let (here, next) = from[b * pixels..].split_at(pixels);
        for (line, here) in block.iter_mut().zip(here) {
            line.0[..CHANNELS - lane].copy_from_slice(&here.0[lane..]);
        }
        for (line, next) in block.iter_mut().zip(next) {
            line.0[CHANNELS - lane..].copy_from_slice(&next.0[..lane]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CHANNEL_COUNTS, assert_filled_up, dot, random, shape};

    /// Channels of parts, aligned with blocks and not.
    const PARTS: [&[usize]; 6] = [
        &[16, 32, 3],
        &[3, 13, 16],
        &[1, 3, 19],
        &[35, 19, 16, 1],
        &[5, 5, 5, 5],
        &CHANNEL_COUNTS,
    ];

    fn parts(channels: &[usize], seed: u64) -> Vec<Images<f64>> {
        let part =
            |(i, &channels): (usize, &usize)| random(2, shape(channels, 3, 5), seed + i as u64);
        channels.iter().enumerate().map(part).collect()
    }

    #[test]
    fn planes_lie_one_after_the_other_and_parts_come_back() {
        for channels in PARTS {
            let parts = parts(channels, 1);
            let whole = shape(channels.iter().sum(), 3, 5);
            // Numbers that all have to be replaced.
            let mut to = random(2, whole, 100);
            concatenate(&parts.iter().collect::<Vec<_>>(), &mut to);
            assert_filled_up(&to);
            let planes = |sample: usize| {
                let part = move |part: &Images<f64>| {
                    let numbers = part.shape().numbers();
                    part.to_planes()[sample * numbers..][..numbers].to_vec()
                };
                parts.iter().flat_map(part)
            };
            let expected: Vec<f64> = planes(0).chain(planes(1)).collect();
            assert_eq!(to.to_planes(), expected);

            let mut back = self::parts(channels, 200);
            split(&to, &mut back.iter_mut().collect::<Vec<_>>());
            assert_eq!(back, parts);
            back.iter().for_each(assert_filled_up);
        }
    }

    #[test]
    fn a_split_is_the_transpose() {
        for channels in PARTS {
            let (d, mut back) = (parts(channels, 1), parts(channels, 50));
            let g = random(2, shape(channels.iter().sum(), 3, 5), 100);
            let mut to = g.clone();
            concatenate(&d.iter().collect::<Vec<_>>(), &mut to);
            split(&g, &mut back.iter_mut().collect::<Vec<_>>());
            let both = d.iter().zip(&back);
            let one: f64 = both.map(|(d, g)| dot(&d.to_planes(), &g.to_planes())).sum();
            assert!((one - dot(&to.to_planes(), &g.to_planes())).abs() < 1e-10);
        }
    }
}
