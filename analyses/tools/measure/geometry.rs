//! Image sizes and geometries of convolutions, as they are typed.

use rethink::measure::Geometry;

/// Height and width, `28x28`; one number stands for both.
pub fn size(text: &str) -> Result<[usize; 2], String> {
    let (height, width) = text.split_once('x').unwrap_or((text, text));
    match (height.parse(), width.parse()) {
        (Ok(height), Ok(width)) => Ok([height, width]),
        _ => Err(format!(
            "'{text}' is no size: give HEIGHTxWIDTH, such as 28x28"
        )),
    }
}

/// `NAME:HxW:STRIDE:PADDING`.
pub fn named(text: &str) -> Result<(String, Geometry), String> {
    // The name of a layer may hold a colon.
    let mut parts = text.rsplitn(4, ':');
    let mut next = || parts.next().filter(|part| !part.is_empty());
    let (Some(padding), Some(stride), Some(image), Some(layer)) = (next(), next(), next(), next())
    else {
        return Err("give NAME:HxW:STRIDE:PADDING, such as conv1:32x32:1:1".to_owned());
    };
    let (image, stride, padding) = (size(image)?, size(stride)?, size(padding)?);
    if image.contains(&0) || stride.contains(&0) {
        return Err("an image and a stride have at least one pixel".to_owned());
    }
    let geometry = Geometry {
        image,
        stride,
        padding,
    };
    Ok((layer.to_owned(), geometry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_strides_and_names_are_read() {
        let (layer, geometry) = named("block:0:32x16:2:1x0").unwrap();
        assert_eq!(layer, "block:0");
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
            assert!(named(text).is_err(), "{text}");
        }
    }
}
