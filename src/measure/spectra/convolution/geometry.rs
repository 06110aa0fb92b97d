//! Where a convolution is applied, and how that is written.

use serde::{Deserialize, Serialize};

/// Where a convolution without dilation and groups is applied; height first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Geometry {
    /// Size of the images it is applied to, in pixels.
    pub image: [usize; 2],
    /// Pixels between two windows.
    pub stride: [usize; 2],
    /// Zeros added at each side, in pixels.
    pub padding: [usize; 2],
}

/// A geometry that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GeometryError {
    /// No height and width.
    #[error("'{text}' is no size: give HEIGHTxWIDTH, such as 28x28")]
    Size {
        /// What was given.
        text: String,
    },
    /// A part is missing.
    #[error("give NAME:HxW:STRIDE:PADDING, such as conv1:32x32:1:1")]
    Form {
        /// What was given.
        text: String,
    },
    /// An image or a stride of length 0.
    #[error("an image and a stride have at least one pixel")]
    Empty,
}

impl Geometry {
    /// Height and width in pixels, as in `28x28`; one number stands for both.
    ///
    /// # Errors
    /// Text that is no size.
    pub fn size(text: &str) -> Result<[usize; 2], GeometryError> {
        let (height, width) = text.split_once('x').unwrap_or((text, text));
        match (height.parse(), width.parse()) {
            (Ok(height), Ok(width)) => Ok([height, width]),
            _ => Err(GeometryError::Size {
                text: text.to_owned(),
            }),
        }
    }

    /// The name of a layer with its geometry, as in `conv1:32x32:1:1`: image size, stride
    /// and padding, each as [`size`](Self::size) reads it.
    ///
    /// ```
    /// use rethink::measure::Geometry;
    /// let (layer, geometry) = Geometry::named("conv1:32x32:2:3")?;
    /// assert_eq!((layer.as_str(), geometry.stride), ("conv1", [2, 2]));
    /// # Ok::<(), rethink::measure::GeometryError>(())
    /// ```
    ///
    /// # Errors
    /// A part that is missing or no size, or an image or a stride without a pixel.
    pub fn named(text: &str) -> Result<(String, Self), GeometryError> {
        // The name of a layer may hold a colon.
        let parts: Vec<&str> = text
            .rsplitn(4, ':')
            .filter(|part| !part.is_empty())
            .collect();
        let [padding, stride, image, layer] = parts[..] else {
            return Err(GeometryError::Form {
                text: text.to_owned(),
            });
        };
        let geometry = Self {
            image: Self::size(image)?,
            stride: Self::size(stride)?,
            padding: Self::size(padding)?,
        };
        if geometry.image.contains(&0) || geometry.stride.contains(&0) {
            return Err(GeometryError::Empty);
        }
        Ok((layer.to_owned(), geometry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_strides_and_names_are_read() {
        let (layer, geometry) = Geometry::named("block:0:32x16:2:1x0").unwrap();
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
            assert!(Geometry::named(text).is_err(), "{text}");
        }
    }
}
