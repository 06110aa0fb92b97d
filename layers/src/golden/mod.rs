//! What PyTorch computes for the layers, written by `golden.py`.

use crate::{Images, Shape};

/// One file: lines of a name and numbers.
pub struct Golden(pub &'static str);

impl Golden {
    /// The numbers of that name.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        let mut lines = self.0.lines().map(str::split_ascii_whitespace);
        let mut line = lines
            .find_map(|mut line| (line.next() == Some(name)).then_some(line))
            .unwrap_or_else(|| panic!("no numbers of name {name}"))
            .peekable();
        assert!(line.peek().is_some());
        line.map(|number| number.parse().unwrap()).collect()
    }

    /// The only number of that name, an integer.
    pub fn integer(&self, name: &str) -> usize {
        let numbers = self.numbers(name);
        assert!(numbers.len() == 1 && numbers[0].fract() == 0.0);
        numbers[0] as usize
    }

    /// Shape of one input.
    pub fn shape(&self) -> Shape {
        let shape = self.numbers("shape");
        let [_, channels, height, width] = shape[..] else {
            panic!("the shape has four numbers");
        };
        Shape {
            channels: channels as usize,
            height: height as usize,
            width: width as usize,
        }
    }

    /// The images of that name, of a shape.
    pub fn images(&self, name: &str, shape: Shape) -> Images<f64> {
        Images::of_planes(&self.numbers(name), shape)
    }
}

/// Asserts that all numbers are equal but for 1e-10 of the largest.
pub fn assert_golden(numbers: &[f64], golden: &[f64]) {
    assert_eq!(numbers.len(), golden.len());
    let top = golden.iter().fold(0.0_f64, |top, x| top.max(x.abs()));
    for (i, (x, y)) in numbers.iter().zip(golden).enumerate() {
        assert!((x - y).abs() <= 1e-10 * top, "number {i}: {x}, not {y}");
    }
}
