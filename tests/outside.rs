//! The library and the program from outside, in one executable: linking, not testing, is
//! what a further one would cost.
//!
//! This file is not called main.rs: beside one of that name proptest keeps the failures it
//! found in a folder that git ignores.

mod checkpoint {
    mod damage;
    mod formats;
}
mod cli;
mod dataset;
mod golden {
    mod bounds;
    mod kernel;
    mod measures;
    mod sharpness;
    mod spectra;
    mod statistics;
    mod trial_statistics;
}
mod installed;
mod kernel {
    mod interpolant;
    mod mnist;
    mod singular;
}
mod report_page;
mod resume;
mod rooms;
mod zip;
