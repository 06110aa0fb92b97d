//! Labels: how wide they are, where they break, how they keep apart.

use unicode_width::UnicodeWidthChar;

/// Width of `text` in pixels at a font size, from Helvetica's widths and a tenth more.
///
/// plotters cannot measure text without a font, and a reader's font is unknown;
/// a generous estimate leaves a little air, a tight one cuts labels off.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let ems = text.chars().map(|c| match c {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' => 0.27,
        'f' | 't' | 'r' | 'I' | ' ' | '(' | ')' | '[' | ']' | '/' | '-' => 0.33,
        '⁰'..='⁹' | '¹' | '²' | '³' | '⁻' => 0.37,
        'm' | 'M' | 'W' | '%' | '@' | '—' => 0.92,
        'w' | '−' => 0.72,
        'A'..='Z' => 0.70,
        'a'..='z' | '0'..='9' => 0.556,
        _ if c.width() == Some(2) => 1.0,
        _ => 0.6,
    });
    1.1 * size * ems.sum::<f64>()
}

/// `text` broken at blanks into lines of at most `most` pixels; a longer word stays whole.
pub(super) fn wrap(text: &str, most: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Width of the widest line.
pub(super) fn widest<'a>(lines: impl IntoIterator<Item = &'a String>, size: f64) -> f64 {
    let widths = lines.into_iter().map(|line| width(line, size));
    widths.fold(0.0, f64::max)
}

/// Moves labels apart: the centres nearest to those wanted at which none overlap.
///
/// Minimizes the sum of squared moves under c_{i+1} − c_i ≥ (h_i + h_{i+1}) / 2
/// in the wanted order, then keeps within `top` and `bottom` (from the top if
/// all do not fit). With the heights subtracted this is isotonic regression,
/// solved by pooling adjacent violators.
pub(super) fn spread(wanted: &[f64], heights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]).then(a.cmp(&b)));
    let mut offsets = Vec::with_capacity(order.len());
    let mut offset = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        if rank > 0 {
            offset += (heights[order[rank - 1]] + heights[index]) / 2.0;
        }
        offsets.push(offset);
    }
    // Pools of neighbours that touch: (mean of what they want, how many).
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (&index, offset) in order.iter().zip(&offsets) {
        pools.push((wanted[index] - offset, 1));
        while let [.., (before, n), (after, m)] = pools[..] {
            if before <= after {
                break;
            }
            pools.truncate(pools.len() - 2);
            pools.push((
                (before * n as f64 + after * m as f64) / (n + m) as f64,
                n + m,
            ));
        }
    }
    let mut centres = vec![0.0; wanted.len()];
    if let (Some(&first), Some(&last)) = (order.first(), order.last()) {
        let lowest = top + heights[first] / 2.0;
        let highest = (bottom - heights[last] / 2.0 - offset).max(lowest);
        let free = pools
            .iter()
            .flat_map(|&(mean, n)| std::iter::repeat_n(mean, n));
        for ((&index, offset), place) in order.iter().zip(&offsets).zip(free) {
            centres[index] = place.clamp(lowest, highest) + offset;
        }
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_labels_at_one_place_move_equally() {
        assert_eq!(
            spread(&[50.0, 50.0], &[10.0, 10.0], 0.0, 100.0),
            [45.0, 55.0]
        );
        assert_eq!(
            spread(&[99.0, 98.0], &[10.0, 10.0], 0.0, 100.0),
            [95.0, 85.0]
        );
        assert_eq!(
            spread(&[20.0, 80.0], &[10.0, 10.0], 0.0, 100.0),
            [20.0, 80.0]
        );
    }

    #[test]
    fn wraps_between_words() {
        assert_eq!(wrap("one two", 1.0, 12.0), ["one", "two"]);
        assert_eq!(wrap("one two", 1e3, 12.0), ["one two"]);
    }

    proptest! {
        #[test]
        fn no_two_overlap_and_all_are_inside(
            wanted in proptest::collection::vec(-50.0_f64..150.0, 1..8),
            heights in proptest::collection::vec(5.0_f64..12.0, 8),
        ) {
            let heights = &heights[..wanted.len()];
            let centres = spread(&wanted, heights, 0.0, 100.0);
            let mut boxes: Vec<_> = centres.iter().zip(heights)
                .map(|(c, h)| (c - h / 2.0, c + h / 2.0)).collect();
            boxes.sort_by(|a, b| a.0.total_cmp(&b.0));
            prop_assert!(boxes.windows(2).all(|p| p[0].1 <= p[1].0 + 1e-9));
            prop_assert!(boxes[0].0 >= -1e-9 && boxes[boxes.len() - 1].1 <= 100.0 + 1e-9);
        }
    }
}
