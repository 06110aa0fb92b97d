//! Randomness: one ChaCha stream per (seed, purpose).
//!
//! No stream is shared between two purposes or two runs, so a result never
//! depends on the order in which streams are drawn from, nor on the number of
//! threads.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The random stream of one seed for one purpose.
///
/// The key is SHA-256 of the seed (little endian) followed by the purpose, so
/// `(1, "labels")` and `(1, "pixels")` are independent streams.
///
/// ```
/// use rand::Rng;
/// let mut a = rethink::random::stream(1, "initial weights");
/// let mut b = rethink::random::stream(1, "initial weights");
/// let mut c = rethink::random::stream(1, "batch order");
/// let first = a.next_u64();
/// assert_eq!(first, b.next_u64());
/// assert_ne!(first, c.next_u64());
/// ```
pub fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(purpose.as_bytes());
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// A seed of its own for a part of what a seed determines: the first number of the stream
/// of that part.
///
/// Adding to a seed instead would make one user's second part another user's first.
///
/// ```
/// use rethink::random::seed_of;
/// assert_eq!(seed_of(1, "network 2"), seed_of(1, "network 2"));
/// assert_ne!(seed_of(1, "network 2"), seed_of(1, "network 3"));
/// ```
pub fn seed_of(seed: u64, part: &str) -> u64 {
    stream(seed, part).next_u64()
}
