//! How the columns of a table share the width of a terminal, and where it goes on below.

/// Blanks between two columns.
pub const GAP: usize = 2;

/// Terminal cells that a column of words gets before the table goes on below.
const PROSE: usize = 20;

/// Terminal cells below which a word is broken rather than a number.
const WORD: usize = 12;

/// What a column needs, in terminal cells.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    /// For its longest cell on one line.
    whole: usize,
    /// So that no number and no word is broken.
    least: usize,
    /// So that no number is.
    tight: usize,
}

impl Needs {
    /// Of a column whose longest cell, longest word and longest number are so wide.
    pub fn new(whole: usize, word: usize, number: usize) -> Self {
        let prose = if number > 0 { 0 } else { PROSE };
        Self {
            whole,
            least: word.max(number).max(prose).min(whole),
            tight: word.min(WORD).max(number),
        }
    }
}

/// The columns of every block, each with its width, so that no line is wider than `width`.
///
/// The first `naming` columns head every block; fewer where they would leave no room for a
/// number.
pub fn blocks(needs: &[Needs], naming: usize, width: usize) -> Vec<Vec<(usize, usize)>> {
    let tight = |columns: &[Needs]| columns.iter().map(|c| c.tight + GAP).sum::<usize>();
    let fits = |&naming: &usize| {
        let (names, others) = needs.split_at(naming);
        let widest = others.iter().map(|c| c.tight).max().unwrap_or(0);
        tight(names) + widest <= width
    };
    let naming = (1..=naming.min(needs.len())).rev().find(fits).unwrap_or(1);
    let least = |shown: &[usize]| sum(shown.iter().map(|&c| needs[c].least));
    let mut blocks: Vec<Vec<usize>> = vec![(0..naming).collect()];
    for column in naming..needs.len() {
        let last = blocks.len() - 1;
        let longer = [&blocks[last][..], &[column]].concat();
        if blocks[last].len() > naming && least(&longer) > width {
            blocks.push((0..naming).chain([column]).collect());
        } else {
            blocks[last] = longer;
        }
    }
    (blocks.into_iter())
        .map(|shown| {
            let asked: Vec<Needs> = shown.iter().map(|&column| needs[column]).collect();
            shown.into_iter().zip(shares(&asked, width)).collect()
        })
        .collect()
}

fn sum(widths: impl ExactSizeIterator<Item = usize>) -> usize {
    let gaps = GAP * widths.len().saturating_sub(1);
    widths.sum::<usize>() + gaps
}

/// Widths of columns that fit: the widest give way first; words are broken where nothing
/// else helps, and numbers last.
fn shares(needs: &[Needs], width: usize) -> Vec<usize> {
    type Share = fn(&Needs, usize) -> usize;
    let ways: [Share; 3] = [
        |c, most| c.whole.min(c.least.max(most)),
        |c, most| c.least.min(c.tight.max(most)),
        |c, most| c.tight.min(most.max(1)),
    ];
    let caps = || (0..=width).rev();
    let mut shares = (ways.iter())
        .flat_map(|way| caps().map(move |most| needs.iter().map(|c| way(c, most)).collect()));
    let fits = |shares: &Vec<usize>| sum(shares.iter().copied()) <= width;
    let found = shares.find(fits);
    found.unwrap_or_else(|| vec![1; needs.len()])
}
