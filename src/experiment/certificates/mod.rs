//! Limits of the risk, computed from a training sample alone: by a posterior over the weights,
//! and by examples that are held out.

mod held_out;
mod posterior;
mod trained;
#[cfg(test)]
mod validity;

pub use held_out::{HeldOutBound, HeldOutLimit};
pub use posterior::{
    Certified, HeldOutPrior, Network, PosteriorCertificate, PriorMean, risk_with_noise, share_drawn,
};
