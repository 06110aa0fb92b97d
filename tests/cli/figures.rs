//! Figures as they go into a paper: as wide as a column, with letters that can be read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use usvg::{Group, Node, Options, Tree};

use super::program::Place;
use super::smoke::smoke;

/// Every figure of the smallest budget at 3.3 inches and 8 points, as SVG and PDF; written
/// once for all tests.
fn figures() -> &'static [PathBuf] {
    static FIGURES: LazyLock<(Place, Vec<PathBuf>)> = LazyLock::new(written);
    &FIGURES.1
}

fn written() -> (Place, Vec<PathBuf>) {
    let place = smoke().copy_to_keep();
    let line = "report --budget smoke --quiet --threads 2 --figures svg,pdf \
                --figure-width 3.3in --font-size 8";
    place.run(line).with_code(0);
    let mut found = Vec::new();
    for report in fs::read_dir(place.path("out/reports")).unwrap() {
        let folder = report.unwrap().path().join("figures");
        found.extend(
            fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().path()),
        );
    }
    found.retain(|path| path.extension().unwrap() == "svg");
    assert!(found.len() > 20);
    (place, found)
}

/// Left, top, right, bottom in CSS pixels.
type Room = [f32; 4];

fn texts(group: &Group, found: &mut Vec<(String, Room)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => texts(group, found),
            Node::Text(text) => {
                let b = text.abs_bounding_box();
                let words = text.chunks().iter().map(|chunk| chunk.text()).collect();
                found.push((words, [b.left(), b.top(), b.right(), b.bottom()]));
            }
            _ => {}
        }
    }
}

fn tree(path: &Path) -> Tree {
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/figure/fonts");
    fonts.load_fonts_dir(folder);
    fonts.set_sans_serif_family("Roboto");
    Tree::from_str(&fs::read_to_string(path).unwrap(), &options).unwrap()
}

#[test]
fn in_a_column_of_a_paper_no_two_texts_meet_and_none_is_cut() {
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in figures() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let tree = tree(path);
        let (width, height) = (tree.size().width(), tree.size().height());
        assert!(
            (width - 3.3 * 96.0).abs() < 0.1,
            "{name} is {width} pixels wide"
        );
        let mut found = Vec::new();
        texts(tree.root(), &mut found);
        let mut tell = |what: String| wrong.entry(name.clone()).or_default().push(what);
        for (index, (words, a)) in found.iter().enumerate() {
            // Letters are boxes with empty room above and below; half a pixel is within it.
            if a[0] < -0.5 || a[1] < -2.0 || a[2] > width + 0.5 || a[3] > height + 2.0 {
                tell(format!("'{words}' is cut: {a:?} of {width} × {height}"));
            }
            for (others, b) in &found[..index] {
                let across = a[2].min(b[2]) - a[0].max(b[0]);
                let down = a[3].min(b[3]) - a[1].max(b[1]);
                if across > 0.5 && down > 3.0 {
                    tell(format!("'{words}' on '{others}': {across} × {down}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_font_has_every_letter_of_every_figure() {
    let font = include_bytes!("../../src/report/figure/fonts/Roboto-Regular.ttf");
    let face = usvg::fontdb::Source::Binary(std::sync::Arc::new(font.to_vec()));
    let mut fonts = usvg::fontdb::Database::new();
    let ids = fonts.load_font_source(face);
    for path in figures() {
        let svg = fs::read_to_string(path).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let words = document
            .descendants()
            .filter(|node| node.has_tag_name("text"));
        for letter in words.filter_map(|node| node.text()).flat_map(str::chars) {
            let known = fonts.with_face_data(ids[0], |data, index| {
                let face = ttf_parser::Face::parse(data, index).unwrap();
                face.glyph_index(letter).is_some()
            });
            assert!(
                known.unwrap() || letter.is_whitespace(),
                "{letter} in {}",
                path.display()
            );
        }
    }
}

/// The size of the page of a PDF, in points.
fn media_box(pdf: &[u8]) -> Vec<f64> {
    let text = String::from_utf8_lossy(pdf);
    let (_, rest) = text.split_once("/MediaBox").expect("a page");
    let inside = rest.split(['[', ']']).nth(1).expect("its box");
    inside
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect()
}

#[test]
fn a_pdf_is_as_wide_as_asked_and_has_its_font() {
    for path in figures() {
        let pdf = fs::read(path.with_extension("pdf")).unwrap();
        let size = media_box(&pdf);
        assert!((size[2] - size[0] - 3.3 * 72.0).abs() < 0.1, "{size:?}");
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.contains("/FontFile") && text.contains("Roboto"));
    }
}

#[test]
fn a_size_that_no_figure_can_have_is_refused() {
    let place = Place::new();
    for (size, named) in [
        ("--figure-width 3.3", "3.3in"),
        ("--figure-width 1in --font-size 12", "1"),
        ("--figure-width 3in --font-size 0", "font"),
    ] {
        let answer = place.run(&format!("norms --budget smoke --figures svg {size}"));
        let answer = answer.with_code(2);
        assert!(answer.stderr.contains(named), "{}", answer.stderr);
        assert!(!place.path("out").exists());
    }
}
