//! Where convolutions are applied, which no checkpoint holds.

use std::collections::BTreeMap;

use super::SubjectError;
use crate::measure::{Geometry, Layer, LayerKind};

/// The geometry of the convolutions: as named, and of the others the image size, height
/// first, with stride 1 and the padding that keeps it; none if nothing is known.
///
/// # Errors
/// A name that is no convolution's.
pub fn geometries(
    image: Option<[usize; 2]>,
    named: &[(String, Geometry)],
    layers: &[Layer],
) -> Result<Option<BTreeMap<String, Geometry>>, SubjectError> {
    let convolution = |layer: &&Layer| layer.kind == LayerKind::Convolution;
    let mut geometries = BTreeMap::new();
    if let Some(image) = image {
        for layer in layers.iter().filter(convolution) {
            let half = |axis: usize| layer.shape.get(axis).map_or(0, |&length| length / 2);
            let geometry = Geometry {
                image,
                stride: [1, 1],
                padding: [half(2), half(3)],
            };
            geometries.insert(layer.name.clone(), geometry);
        }
    }
    for (layer, geometry) in named {
        let mut convolutions = layers.iter().filter(convolution);
        if !convolutions.any(|known| known.name == *layer) {
            return Err(SubjectError::NoConvolution {
                layer: layer.clone(),
            });
        }
        geometries.insert(layer.clone(), *geometry);
    }
    Ok((!geometries.is_empty()).then_some(geometries))
}

#[cfg(test)]
mod tests {
    use faer::Mat;

    use super::*;

    #[test]
    fn padding_keeps_the_size_and_only_convolutions_can_be_named() {
        let convolution = |name: &str| Layer {
            kind: LayerKind::Convolution,
            shape: vec![2, 1, 5, 3],
            ..Layer::linear(name, Mat::zeros(2, 15), None)
        };
        let dense = Layer::linear("fc", Mat::zeros(2, 2), None);
        let layers = [convolution("a"), convolution("b"), dense];
        let own = Geometry {
            image: [8, 8],
            stride: [2, 2],
            padding: [0, 0],
        };
        let named = |name: &str| [(name.to_owned(), own)];
        let found = geometries(Some([28, 28]), &named("b"), &layers).unwrap();
        let found = found.expect("two convolutions");
        assert_eq!((found.len(), found["b"]), (2, own));
        assert_eq!((found["a"].stride, found["a"].padding), ([1, 1], [2, 1]));
        assert!(geometries(None, &[], &layers).unwrap().is_none());
        let error = geometries(None, &named("fc"), &layers).unwrap_err();
        assert!(matches!(error, SubjectError::NoConvolution { layer } if layer == "fc"));
    }
}
