//! The program from outside: what it prints, where, with which exit code, and
//! what it leaves on the disk.

mod bad_input;
mod browser;
mod certificates;
mod convolutional;
mod door;
mod exit_codes;
mod expressivity;
mod figures;
mod formats;
mod frozen;
mod help;
mod idx;
mod interpolants;
mod json;
mod layer_order;
mod measure;
mod program;
mod rademacher;
mod regularization;
mod representations;
mod runs;
mod smoke;
mod stability;
mod stored;
mod streams;
mod toy;
mod trial;
