//! A picture of lines on two logarithmic axes, as SVG that needs nothing else.

use std::fmt::Write;

use crate::harness::figure::short;

/// One line of the picture.
pub struct Series {
    pub name: String,
    pub unit: &'static str,
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 40.0;
const COLOURS: [&str; 6] = ["#1b6ac9", "#c2410c", "#15803d", "#7c3aed", "#b91c1c", "#0e7490"];

/// A panel for each unit, beside each other.
pub fn draw(series: &[Series]) -> String {
    let mut units: Vec<&str> = series.iter().map(|line| line.unit).collect();
    units.dedup();
    units.sort_unstable();
    units.dedup();
    let width = units.len() as f64 * (WIDTH + LEFT + 20.0);
    let height = TOP + HEIGHT + 40.0 + 18.0 * series.len().div_ceil(2) as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (index, unit) in units.iter().enumerate() {
        let lines: Vec<&Series> = series.iter().filter(|line| line.unit == *unit).collect();
        let left = LEFT + index as f64 * (WIDTH + LEFT + 20.0);
        panel(&mut svg, left, unit, &lines);
    }
    svg.push_str("</svg>\n");
    svg
}

/// A logarithmic axis from a power of ten to a power of ten.
struct Axis {
    low: f64,
    high: f64,
    start: f64,
    length: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone, start: f64, length: f64) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
        let high = values.fold(0.0, f64::max).log10().ceil().max(low + 1.0);
        Self { low, high, start, length }
    }

    fn at(&self, value: f64) -> f64 {
        self.start + (value.log10() - self.low) / (self.high - self.low) * self.length
    }

    fn marks(&self) -> impl Iterator<Item = f64> {
        (self.low as i32..=self.high as i32).map(|power| 10f64.powi(power))
    }
}

fn panel(svg: &mut String, left: f64, unit: &str, lines: &[&Series]) {
    let points = || lines.iter().flat_map(|line| line.points.iter());
    let across = Axis::over(points().map(|point| point.0), left, WIDTH);
    let up = Axis::over(points().map(|point| point.1), TOP + HEIGHT, -HEIGHT);
    let (bottom, right) = (TOP + HEIGHT, left + WIDTH);
    let mut put = |text: String| {
        svg.push_str(&text);
        svg.push('\n');
    };
    put(format!("<text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{unit}</text>", TOP - 16.0));
    for mark in across.marks() {
        let x = across.at(mark);
        put(format!("<line x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{bottom}\" stroke=\"#ddd\"/>"));
        let shown = short(mark);
        put(format!("<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{shown}</text>", bottom + 16.0));
    }
    for mark in up.marks() {
        let y = up.at(mark);
        put(format!("<line x1=\"{left}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\" stroke=\"#ddd\"/>"));
        put(format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            left - 6.0,
            y + 4.0,
            short(mark)
        ));
    }
    for (index, line) in lines.iter().enumerate() {
        put(curve(line, &across, &up, COLOURS[index % COLOURS.len()]));
        let y = bottom + 40.0 + 18.0 * index as f64;
        put(legend(&line.name, left, y, COLOURS[index % COLOURS.len()]));
    }
}

fn curve(line: &Series, across: &Axis, up: &Axis, colour: &str) -> String {
    let mut text = String::new();
    let mut path = String::new();
    for (x, y) in line.points.iter().map(|(x, y)| (across.at(*x), up.at(*y))) {
        // Writing to a string does not fail.
        let _ = write!(path, "{x:.1},{y:.1} ");
        let _ = writeln!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
    }
    format!("{text}<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>")
}

fn legend(name: &str, left: f64, y: f64, colour: &str) -> String {
    format!(
        "<rect x=\"{left}\" y=\"{}\" width=\"14\" height=\"4\" fill=\"{colour}\"/><text x=\"{}\" y=\"{y}\">{name}</text>",
        y - 6.0,
        left + 22.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_is_drawn_in_the_panel_of_its_unit() {
        let line = |unit| Series { name: format!("in {unit}"), unit, points: vec![(1e4, 3.0), (1e6, 40.0)] };
        let svg = draw(&[line("ms"), line("rows/s"), line("ms")]);
        assert_eq!(svg.matches("<polyline").count(), 3);
        assert_eq!(svg.matches("font-weight").count(), 2);
    }
}
