//! The rules against what is known: by hand, by closed forms, by simulated worlds.
