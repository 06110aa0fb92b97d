//! Figures as files for a paper.

use std::path::Path;

use super::{Figure, Paper};
use crate::report::ReportError;

/// A kind of file for a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SVG, its text in the fonts of whoever reads it.
    Svg,
    /// PDF of one page as large as the figure, with its font.
    #[cfg(feature = "figures")]
    Pdf,
    /// PNG of 600 pixels an inch.
    #[cfg(feature = "figures")]
    Png,
}

impl Format {
    /// Every kind that this build can write.
    pub const ALL: &[Self] = &[
        Self::Svg,
        #[cfg(feature = "figures")]
        Self::Pdf,
        #[cfg(feature = "figures")]
        Self::Png,
    ];

    /// The name at the end of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            #[cfg(feature = "figures")]
            Self::Pdf => "pdf",
            #[cfg(feature = "figures")]
            Self::Png => "png",
        }
    }
}

impl Figure {
    /// Writes `folder/<id>.<extension>` at the given size in each format; nothing of a figure
    /// that was read from a file.
    ///
    /// # Errors
    /// [`ReportError::Drawing`], and [`ReportError::Write`] with the path that failed.
    pub fn export(
        &self,
        folder: &Path,
        paper: Paper,
        formats: &[Format],
    ) -> Result<(), ReportError> {
        let Some(svg) = self.at(paper)? else {
            return Ok(());
        };
        for format in formats {
            let bytes = match format {
                Format::Svg => Ok(svg.clone().into_bytes()),
                #[cfg(feature = "figures")]
                Format::Pdf => print::pdf(&svg),
                #[cfg(feature = "figures")]
                Format::Png => print::png(&svg),
            };
            let bytes = bytes.map_err(|reason: String| ReportError::Drawing {
                figure: self.id.clone(),
                reason,
            })?;
            let path = folder.join(format!("{}.{}", self.id, format.extension()));
            ReportError::writing(&path, &bytes)?;
        }
        Ok(())
    }
}

/// SVG in other formats, its text in the font that is part of the program.
#[cfg(feature = "figures")]
mod print {
    use std::sync::{Arc, LazyLock};

    use resvg::tiny_skia::{Pixmap, Transform};
    use svg2pdf::usvg::fontdb::Database;
    use svg2pdf::usvg::{Options, Tree};
    use svg2pdf::{ConversionOptions, PageOptions};

    const FONTS: [&[u8]; 2] = [
        include_bytes!("fonts/Roboto-Regular.ttf"),
        include_bytes!("fonts/Roboto-Bold.ttf"),
    ];
    const FAMILY: &str = "Roboto";
    /// CSS pixels in an inch.
    const CSS: f32 = 96.0;
    /// What journals ask of drawings that are not vectors.
    const PIXELS: f32 = 600.0;

    fn tree(svg: &str) -> Result<Tree, String> {
        // The fonts are read once, not for every figure.
        static LOADED: LazyLock<Arc<Database>> = LazyLock::new(|| {
            let mut fonts = Database::new();
            for font in FONTS {
                fonts.load_font_data(font.to_vec());
            }
            fonts.set_sans_serif_family(FAMILY);
            Arc::new(fonts)
        });
        let options = Options {
            font_family: FAMILY.to_owned(),
            fontdb: Arc::clone(&LOADED),
            ..Options::default()
        };
        Tree::from_str(svg, &options).map_err(|error| error.to_string())
    }

    pub fn pdf(svg: &str) -> Result<Vec<u8>, String> {
        let page = PageOptions { dpi: CSS };
        svg2pdf::to_pdf(&tree(svg)?, ConversionOptions::default(), page)
            .map_err(|error| error.to_string())
    }

    pub fn png(svg: &str) -> Result<Vec<u8>, String> {
        let tree = tree(svg)?;
        let scale = PIXELS / CSS;
        let pixels = |css: f32| (css * scale).round() as u32;
        let size = tree.size();
        let (width, height) = (pixels(size.width()), pixels(size.height()));
        let mut map = Pixmap::new(width, height)
            .ok_or_else(|| format!("{width} × {height} pixels are no picture"))?;
        resvg::render(
            &tree,
            Transform::from_scale(scale, scale),
            &mut map.as_mut(),
        );
        let png = map.encode_png().map_err(|error| error.to_string())?;
        Ok(with_resolution(png))
    }

    /// The picture with the size of its pixels, so that it is as wide on paper as asked: the
    /// chunk `pHYs` of PNG (ISO 15948, 11.3.5.3) behind the header.
    fn with_resolution(mut png: Vec<u8>) -> Vec<u8> {
        const HEADER: usize = 8 + 25;
        let per_metre = (PIXELS / 0.0254).round() as u32;
        let mut chunk = b"pHYs".to_vec();
        chunk.extend([per_metre.to_be_bytes(), per_metre.to_be_bytes()].concat());
        chunk.push(1); // the unit is the metre
        let mut checksum = flate2::Crc::new();
        checksum.update(&chunk);
        let length = (chunk.len() as u32 - 4).to_be_bytes();
        let whole = [&length[..], &chunk, &checksum.sum().to_be_bytes()].concat();
        png.splice(HEADER..HEADER, whole);
        png
    }
}
