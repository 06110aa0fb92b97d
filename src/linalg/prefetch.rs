//! A hint to the cache, the one place where this crate needs `unsafe`.

/// Numbers of a cache line.
const LINE: usize = 16;

/// Numbers that will be read after those being worked on, fetched line by line.
///
/// What a CPU fetches ahead by itself ends with the page, and a column of a tile is half a
/// page. A loop that computes for as long as memory takes to deliver then waits for each
/// strip and computes afterwards; with these hints it does both at once. The loop over the
/// tiles of 60,000 points, ten columns at a time, takes 0.4 s instead of 0.75 s on two cores.
pub(super) struct Ahead<'a> {
    lines: std::slice::Chunks<'a, f32>,
    each: usize,
}

impl<'a> Ahead<'a> {
    /// These numbers, `each` lines a step.
    #[inline(always)]
    pub fn new(values: &'a [f32], each: usize) -> Self {
        Self {
            lines: values.chunks(LINE),
            each,
        }
    }

    /// Asks for the next lines, if there are any.
    #[inline(always)]
    pub fn step(&mut self) {
        for line in self.lines.by_ref().take(self.each) {
            prefetch(line);
        }
    }
}

/// Asks for the first number of a line to be brought to the second-level cache.
#[inline(always)]
#[allow(unsafe_code, reason = "the hint is not available otherwise")]
fn prefetch(line: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a hint changes no memory and faults at no address, and every x86-64 has it.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}
