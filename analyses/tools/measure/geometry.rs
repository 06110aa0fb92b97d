//! Where convolutions are applied, which no checkpoint holds.

use std::collections::BTreeMap;
use std::str::FromStr;

use rethink::measure::{Geometry, Layer, LayerKind};

use crate::cli::exit::UsageError;

/// Height and width, `28x28`; one number stands for both.
#[derive(Debug, Clone, Copy)]
pub struct Size([usize; 2]);

/// `NAME:HxW:STRIDE:PADDING`.
#[derive(Debug, Clone)]
pub struct Named {
    layer: String,
    geometry: Geometry,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (height, width) = text.split_once('x').unwrap_or((text, text));
        match (height.parse(), width.parse()) {
            (Ok(height), Ok(width)) => Ok(Self([height, width])),
            _ => Err(format!(
                "'{text}' is no size: give HEIGHTxWIDTH, such as 28x28"
            )),
        }
    }
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The name of a layer may hold a colon.
        let mut parts = text.rsplitn(4, ':');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let (Some(padding), Some(stride), Some(image), Some(layer)) =
            (next(), next(), next(), next())
        else {
            return Err("give NAME:HxW:STRIDE:PADDING, such as conv1:32x32:1:1".to_owned());
        };
        let size = |text: &str| text.parse().map(|Size(size)| size);
        let (image, stride, padding) = (size(image)?, size(stride)?, size(padding)?);
        if image.contains(&0) || stride.contains(&0) {
            return Err("an image and a stride have at least one pixel".to_owned());
        }
        Ok(Self {
            layer: layer.to_owned(),
            geometry: Geometry {
                image,
                stride,
                padding,
            },
        })
    }
}

/// The geometry of the convolutions: as named, and of the others the image size
/// with stride 1 and the padding that keeps it; none if nothing is known.
pub fn of(
    image: Option<Size>,
    named: &[Named],
    layers: &[Layer],
) -> Result<Option<BTreeMap<String, Geometry>>, UsageError> {
    let convolution = |layer: &&Layer| layer.kind == LayerKind::Convolution;
    let mut geometries = BTreeMap::new();
    if let Some(Size(image)) = image {
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
    for Named { layer, geometry } in named {
        let mut convolutions = layers.iter().filter(convolution);
        if !convolutions.any(|known| known.name == *layer) {
            return Err(UsageError(format!(
                "--convolution names the layer '{layer}', which is no convolution of the file"
            )));
        }
        geometries.insert(layer.clone(), *geometry);
    }
    Ok((!geometries.is_empty()).then_some(geometries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_strides_and_names_are_read() {
        let named: Named = "block:0:32x16:2:1x0".parse().unwrap();
        assert_eq!(named.layer, "block:0");
        let geometry = named.geometry;
        assert_eq!((geometry.image, geometry.stride), ([32, 16], [2, 2]));
        assert_eq!(geometry.padding, [1, 0]);
        for text in [
            "conv1",
            "conv1:3x3:1",
            ":3x3:1:1",
            "c:3x:1:1",
            "c:0x3:1:1",
            "c:3x3:0:1",
        ] {
            assert!(text.parse::<Named>().is_err(), "{text}");
        }
    }
}
