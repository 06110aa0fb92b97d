//! Every experiment, by the kind of its results.

use std::marker::PhantomData;

use serde_json::Value;

use super::{
    Experiment, ExperimentError, Guesses, Laboratory, certificates, expressivity, kernels, linear,
    measures, rademacher, run, stability, trial,
};
use crate::store::{Computed, Kind};

/// An experiment whose spec is given as JSON.
pub trait Listed: Sync {
    /// The kind of its results.
    fn kind(&self) -> Kind;

    /// Computes what a spec comes to, whether its result is stored or not; the numbers of the
    /// output are those that a file of it would hold, also in single precision.
    ///
    /// # Errors
    /// JSON that is no spec of this experiment, or what the experiment returns.
    fn compute(
        &self,
        spec: &Value,
        laboratory: &Laboratory<'_>,
    ) -> Result<Computed<Value>, ExperimentError>;
}

/// Every experiment. A new one is a file and a line here.
///
/// ```
/// use rethink::experiment::list;
/// assert!(list().iter().any(|experiment| experiment.kind().name == "dose-response"));
/// ```
pub fn list() -> &'static [&'static dyn Listed] {
    &[
        &Of::<run::RunSpec>(PhantomData),
        &Of::<run::MeasuredRun>(PhantomData),
        &Of::<linear::DoseResponse>(PhantomData),
        &Of::<linear::DoubleDescent>(PhantomData),
        &Of::<linear::MethodLimits>(PhantomData),
        &Of::<linear::theorem::SpanTheorem>(PhantomData),
        &Of::<linear::hitting_times::HittingTimes>(PhantomData),
        &Of::<kernels::BadInterpolants>(PhantomData),
        &Of::<kernels::LabelledInterpolants>(PhantomData),
        &Of::<expressivity::Theorem1Network>(PhantomData),
        &Of::<expressivity::DeepNetworks>(PhantomData),
        &Of::<measures::MeasuresOfRun>(PhantomData),
        &Of::<stability::Memorization>(PhantomData),
        &Of::<stability::Replacements>(PhantomData),
        &Of::<stability::OtherSeeds>(PhantomData),
        &Of::<stability::Removals>(PhantomData),
        &Of::<rademacher::classes::NormBall>(PhantomData),
        &Of::<rademacher::classes::LocalKernelBall>(PhantomData),
        &Of::<rademacher::kernels::SignKernel>(PhantomData),
        &Of::<rademacher::networks::SignNetwork>(PhantomData),
        &Of::<kernels::OnRepresentation>(PhantomData),
        &Of::<kernels::RidgePath>(PhantomData),
        &Of::<certificates::PosteriorCertificate>(PhantomData),
        &Of::<certificates::HeldOutBound>(PhantomData),
        &Of::<Guesses>(PhantomData),
        &Of::<trial::RatePilot>(PhantomData),
        &Of::<trial::ShellPilot>(PhantomData),
        &Of::<crate::trial::collection::Job>(PhantomData),
    ]
}

/// The experiment whose specs are of a type.
struct Of<E>(PhantomData<fn() -> E>);

impl<E: Experiment> Listed for Of<E> {
    fn kind(&self) -> Kind {
        E::KIND
    }

    fn compute(
        &self,
        spec: &Value,
        laboratory: &Laboratory<'_>,
    ) -> Result<Computed<Value>, ExperimentError> {
        let wrong = |source| ExperimentError::Spec {
            kind: E::KIND.name,
            source,
        };
        let spec: E = serde_json::from_value(spec.clone()).map_err(wrong)?;
        let computed = laboratory.compute(&spec)?;
        let output = serde_json::to_string(&computed.output).expect("an output is plain data");
        Ok(Computed {
            output: serde_json::from_str(&output).expect("it was JSON when it was written"),
            files: computed.files,
            used: computed.used,
            earlier: computed.earlier,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_experiments_have_results_of_one_kind() {
        let kinds: BTreeSet<&str> = list().iter().map(|one| one.kind().name).collect();
        assert_eq!(kinds.len(), list().len());
    }

    /// A pin's file begins with the name of the kind.
    #[test]
    fn every_experiment_is_pinned() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/experiment/pins");
        let pins: Vec<String> = std::fs::read_dir(folder)
            .expect("the pins")
            .map(|entry| {
                entry
                    .expect("a pin")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        for experiment in list() {
            let kind = experiment.kind().name;
            assert!(pins.iter().any(|pin| pin.starts_with(kind)), "{kind}");
        }
    }
}
