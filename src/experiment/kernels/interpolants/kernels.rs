//! Kernels by name, and bandwidths beside them.

use super::InterpolantsError;
use crate::kernel::{AnyKernel, KERNELS};

/// Every kernel, with every bandwidth where its name comes without one.
///
/// ```
/// use rethink::experiment::kernels::interpolants::kernels;
/// let found = kernels(&["gaussian", "laplacian"], &[5.0, 10.0])?;
/// assert_eq!(found.len(), 4);
/// assert_eq!(found[1].to_string(), "gaussian:10");
/// # Ok::<(), rethink::experiment::kernels::interpolants::InterpolantsError>(())
/// ```
///
/// # Errors
/// An unknown kernel, a bandwidth that is missing, or one that is given to a kernel that
/// takes none.
pub fn kernels(
    names: &[impl AsRef<str>],
    bandwidths: &[f64],
) -> Result<Vec<AnyKernel>, InterpolantsError> {
    let mut kernels = Vec::new();
    for text in names.iter().map(AsRef::as_ref) {
        let takes_bandwidth = (KERNELS.iter())
            .any(|entry| entry.name == text && entry.usage == format!("{text}:BANDWIDTH"));
        if takes_bandwidth && bandwidths.is_empty() {
            let kernel = text.to_owned();
            return Err(InterpolantsError::NoBandwidth { kernel });
        }
        if takes_bandwidth {
            for bandwidth in bandwidths {
                kernels.push(format!("{text}:{bandwidth}").parse()?);
            }
            continue;
        }
        // An unknown kernel is told before that it has no bandwidth.
        let kernel: AnyKernel = text.parse()?;
        if let Some(&given) = bandwidths.first() {
            let own = match kernel.parameters().first() {
                Some(&("bandwidth", own)) => Some(own),
                _ => None,
            };
            let kernel = kernel.name();
            return Err(InterpolantsError::Bandwidth { kernel, given, own });
        }
        kernels.push(kernel);
    }
    Ok(kernels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bandwidth_is_given_once() {
        let refused = |name: &str, bandwidths: &[f64]| {
            let error = kernels(&[name], bandwidths).unwrap_err();
            assert!(error.is_contradiction() || matches!(error, InterpolantsError::Kernel(_)));
            error.to_string()
        };
        assert!(refused("gaussian", &[]).contains("--kernel gaussian:5"));
        assert!(refused("laplacian:3", &[5.0]).contains("laplacian has bandwidth 3"));
        assert!(refused("ntk:3", &[5.0]).contains("ntk has no bandwidth"));
        assert!(refused("rbf", &[5.0]).contains("rbf"));
    }
}
