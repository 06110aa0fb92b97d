//! Names of single marks: beside them, or away from a crowd and joined by a line.

use std::f64::consts::TAU;

use super::canvas::{Anchor, At, Canvas, Rect, Stroke};
use super::frame::clip;
use super::key::{LINE, MUTED, RADIUS};
use super::names::sides;
use super::palette::Paint;
use super::{key, label};

/// A name and the mark that it belongs to.
pub(super) struct Tag {
    pub name: String,
    pub at: At,
}

/// What is drawn already.
#[derive(Clone, Default)]
pub(super) struct Taken {
    /// Lines and intervals: no name covers them.
    pub lines: Vec<(At, At)>,
    /// Centres of marks: neither names nor lines to names cover them.
    pub marks: Vec<At>,
    /// Outlines of names and lines to them: neither names nor such lines meet them.
    named: Vec<(At, At)>,
}

/// A place of a name, and the end of the line to it.
struct Place {
    words: Rect,
    end: At,
    /// Whether a line joins it to its mark.
    joined: bool,
    /// Its distance, more if it covers something.
    cost: f64,
}

/// Distances of a name from its mark, pixels.
const DISTANCES: [f64; 12] = [
    8.0, 12.0, 18.0, 26.0, 36.0, 48.0, 64.0, 84.0, 110.0, 145.0, 190.0, 250.0,
];
/// Up to this distance a name needs no line.
const BESIDE: f64 = 12.0;
/// Marks nearer than this are a crowd, pixels.
const CROWD: f64 = 60.0;
/// Room between two names in a line.
const APART: f64 = 4.0;
/// Directions that are tried.
const DIRECTIONS: usize = 24;
/// A name that is not written costs more than any that is.
const UNNAMED: f64 = 1e5;

/// Writes every name at the nearest place in `area` where it covers nothing.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, tags: &[Tag], taken: &Taken) {
    for (tag, place) in tags.iter().zip(places(area, tags, taken)) {
        // A name without room is under the pointer and in the data.
        let Some(place) = place else { continue };
        if place.joined {
            let line = Stroke::solid(Paint::Muted, 0.7);
            canvas.path(&[start(tag.at, place.end), place.end], line);
        }
        let words = place.words;
        let left = (words.left, (words.top + words.bottom) / 2.0);
        canvas.text(&tag.name, left, Anchor::Start, SMALL);
    }
}

const SMALL: super::canvas::TextLook = super::canvas::TextLook {
    size: key::FONT - 1.5,
    ..MUTED
};

/// The best places that some orders of placing one name after the other lead to.
fn places(area: Rect, tags: &[Tag], taken: &Taken) -> Vec<Option<Place>> {
    let neighbours = |tag: &Tag| {
        tags.iter()
            .filter(|one| gap(one.at, tag.at) < CROWD)
            .count() as f64
    };
    let keys: [&dyn Fn(&Tag) -> f64; 6] = [
        &|tag| neighbours(tag),
        &|tag| -neighbours(tag),
        &|tag| tag.at.0,
        &|tag| -tag.at.0,
        &|tag| tag.at.1,
        &|tag| -tag.at.1,
    ];
    let in_order = |key: &dyn Fn(&Tag) -> f64| {
        let mut order: Vec<usize> = (0..tags.len()).collect();
        order.sort_by(|&a, &b| key(&tags[a]).total_cmp(&key(&tags[b])));
        let mut taken = taken.clone();
        let mut found: Vec<(usize, Option<Place>)> = (order.into_iter())
            .map(|index| (index, taken.place(area, &tags[index])))
            .collect();
        found.sort_by_key(|(index, _)| *index);
        let cost = |place: &Option<Place>| place.as_ref().map_or(UNNAMED, |place| place.cost);
        let cost: f64 = found.iter().map(|(_, place)| cost(place)).sum();
        (cost, found)
    };
    let best = keys
        .into_iter()
        .map(in_order)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, found) = best.unwrap_or_default();
    found.into_iter().map(|(_, place)| place).collect()
}

/// Places within the area, the nearest first; to the right, then to the left, where it is all the same.
fn candidates(area: Rect, tag: &Tag) -> impl Iterator<Item = Place> {
    // A long line to a name is hard to follow in a small plot.
    let farthest = (0.4 * area.width()).max(BESIDE);
    DISTANCES
        .into_iter()
        .filter(move |&distance| distance <= farthest)
        .flat_map(move |distance| (0..DIRECTIONS).map(move |turn| beside(tag, turn, distance)))
        .filter(move |Place { words, .. }| {
            let within = words.left >= area.left + 2.0 && words.right <= area.right - 2.0;
            within && words.top >= area.top && words.bottom <= area.bottom - 2.0
        })
}

fn beside(tag: &Tag, turn: usize, distance: f64) -> Place {
    // 0, half a turn, then ever further from the horizontal.
    let (pair, side) = (turn / 2, turn % 2);
    let step = pair.div_ceil(2) as f64 * if pair % 2 == 0 { 1.0 } else { -1.0 };
    let angle = TAU * (step / DIRECTIONS as f64 + 0.5 * side as f64);
    let end = (
        tag.at.0 + distance * angle.cos(),
        tag.at.1 - distance * angle.sin(),
    );
    let (wide, high) = (label::width(&tag.name, SMALL.size), LINE - 2.0);
    // The side of the words that faces the mark.
    let share = |cosine: f64| 0.5 - (1.6 * cosine).clamp(-0.5, 0.5);
    let (left, top) = (
        end.0 - wide * share(angle.cos()) + 2.0 * angle.cos().signum(),
        end.1 - high * share(-angle.sin()),
    );
    Place {
        words: Rect {
            left,
            top,
            right: left + wide,
            bottom: top + high,
        },
        end,
        joined: false,
        cost: distance,
    }
}

impl Place {
    fn dear(self, more: f64) -> Self {
        Self {
            cost: self.cost + more,
            ..self
        }
    }
}

impl Taken {
    /// The nearest place at which a name may stand, which it then takes.
    fn place(&mut self, area: Rect, tag: &Tag) -> Option<Place> {
        let find = |good: &dyn Fn(&Place) -> bool| candidates(area, tag).find(good);
        let free = |place: &Place| self.unmarked(place) && self.unnamed(place);
        // In a plot without room a line to a name may cross others.
        let found = find(&|place| free(place) && self.apart(tag, place));
        let mut place = found.or_else(|| Some(find(&free)?.dear(1e3)))?;
        place.joined = place.cost > BESIDE || self.doubtful(tag, &place);
        self.named.extend(sides(Rect {
            left: place.words.left - APART,
            right: place.words.right + APART,
            ..place.words
        }));
        if place.joined {
            self.named.push((start(tag.at, place.end), place.end));
        }
        Some(place)
    }

    /// Whether the name covers neither lines nor marks.
    fn unmarked(&self, place: &Place) -> bool {
        let free = |&(from, to): &(At, At)| clip(from, to, place.words).is_none();
        let uncovered = |&mark: &At| !place.words.overlaps(&square(mark, RADIUS + 1.5));
        self.lines.iter().all(free) && self.marks.iter().all(uncovered)
    }

    fn unnamed(&self, place: &Place) -> bool {
        let free = |&(from, to): &(At, At)| clip(from, to, place.words).is_none();
        self.named.iter().all(free)
    }

    /// Whether the line to the name crosses no other such line and no mark, and
    /// a name without a line is nearest to its own mark.
    fn apart(&self, tag: &Tag, place: &Place) -> bool {
        let line = (start(tag.at, place.end), place.end);
        let crosses = |&named: &(At, At)| cross(line, named);
        let meets =
            |&mark: &At| mark != tag.at && clip(line.0, line.1, square(mark, RADIUS)).is_some();
        let doubtful = place.cost <= BESIDE && self.doubtful(tag, place);
        !doubtful && !self.named.iter().any(crosses) && !self.marks.iter().any(meets)
    }

    /// Whether the name is about as near to another mark as to its own.
    fn doubtful(&self, tag: &Tag, place: &Place) -> bool {
        let own = distance(tag.at, place.words);
        let near = |&mark: &At| mark != tag.at && distance(mark, place.words) < own + 5.0;
        self.marks.iter().any(near)
    }
}

/// Distance of a point from a rectangle.
fn distance((x, y): At, r: Rect) -> f64 {
    let beyond = |low: f64, high: f64, v: f64| (low - v).max(v - high).max(0.0);
    beyond(r.left, r.right, x).hypot(beyond(r.top, r.bottom, y))
}

/// The room of a mark.
fn square((x, y): At, half: f64) -> Rect {
    Rect {
        left: x - half,
        top: y - half,
        right: x + half,
        bottom: y + half,
    }
}

fn gap(a: At, b: At) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// Where the line to a name leaves its mark.
fn start(mark: At, end: At) -> At {
    let share = ((RADIUS + 1.0) / gap(mark, end).max(1e-9)).min(1.0);
    (
        mark.0 + share * (end.0 - mark.0),
        mark.1 + share * (end.1 - mark.1),
    )
}

/// Whether two segments cross.
fn cross((a, b): (At, At), (c, d): (At, At)) -> bool {
    let side = |p: At, q: At, r: At| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AREA: Rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 800.0,
        bottom: 400.0,
    };

    proptest! {
        #[test]
        fn names_of_a_crowd_keep_apart_and_inside(
            crowd in prop::collection::vec((350.0_f64..450.0, 180.0_f64..240.0), 1..24),
        ) {
            let tags: Vec<Tag> = crowd
                .iter()
                .map(|&at| Tag { name: "corrupted-0.25".into(), at })
                .collect();
            let taken = Taken { marks: crowd.clone(), ..Taken::default() };
            let words: Vec<Rect> = places(AREA, &tags, &taken).into_iter().flatten().map(|p| p.words).collect();
            for (index, a) in words.iter().enumerate() {
                prop_assert!(a.left >= 0.0 && a.right <= 800.0 && a.top >= 0.0 && a.bottom <= 400.0);
                for b in &words[..index] {
                    prop_assert!(!a.overlaps(b), "{a:?} {b:?}");
                }
                for &(x, y) in &crowd {
                    prop_assert!(x < a.left || x > a.right || y < a.top || y > a.bottom);
                }
            }
        }
    }

    #[test]
    fn a_single_name_stands_at_the_right_of_its_mark() {
        let tags = [Tag {
            name: "gd".into(),
            at: (100.0, 100.0),
        }];
        let place = places(AREA, &tags, &Taken::default()).remove(0).unwrap();
        assert!(place.words.left > 104.0 && place.words.left < 112.0);
        assert!((place.words.top + place.words.bottom - 200.0).abs() < 1e-9);
    }
}
