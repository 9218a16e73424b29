//! A figure and what is expected of it.

use std::fmt;

/// One printed line.
#[derive(Clone, Debug)]
pub struct Figure {
    /// As in the suite.
    pub name: String,
    /// The median of our rounds.
    pub ours: Amount,
    /// The median of the limit's rounds; absent where the bound is an absolute one.
    pub limit: Option<Amount>,
    /// What the bounds speak of.
    pub judged: f64,
    /// What may land at least, and what the design aims at.
    pub bounds: Option<Bounds>,
    /// User and system time of all our processes for one operation, microseconds.
    pub cpu: Option<f64>,
    /// Said behind the line.
    pub note: String,
}

/// A number with its unit.
#[derive(Clone, Copy, Debug)]
pub struct Amount(pub f64, pub &'static str);

/// Floor and target.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub floor: f64,
    pub target: f64,
    /// Whether less is better, as with seconds and bytes.
    pub less: bool,
}

impl Bounds {
    pub const fn at_least(floor: f64, target: f64) -> Self {
        Self { floor, target, less: false }
    }

    pub const fn at_most(floor: f64, target: f64) -> Self {
        Self { floor, target, less: true }
    }
}

impl Figure {
    /// Ours over the limit.
    pub fn ratio(name: &str, ours: Amount, limit: Amount, bounds: Bounds) -> Self {
        let judged = ours.0 / limit.0;
        Self::new(name, ours, Some(limit), judged, Some(bounds))
    }

    /// Judged as it is.
    pub fn absolute(name: &str, ours: Amount, bounds: Bounds) -> Self {
        Self::new(name, ours, None, ours.0, Some(bounds))
    }

    /// Shown and not judged.
    pub fn shown(name: &str, ours: Amount, limit: Option<Amount>) -> Self {
        let judged = limit.map_or(ours.0, |limit| ours.0 / limit.0);
        Self::new(name, ours, limit, judged, None)
    }

    fn new(name: &str, ours: Amount, limit: Option<Amount>, judged: f64, bounds: Option<Bounds>) -> Self {
        Self { name: name.to_owned(), ours, limit, judged, bounds, cpu: None, note: String::new() }
    }

    #[must_use]
    pub fn cpu(self, micros: f64) -> Self {
        Self { cpu: Some(micros), ..self }
    }

    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// Whether it may land.
    pub fn holds(&self) -> bool {
        self.bounds.is_none_or(|bounds| match bounds.less {
            true => self.judged <= bounds.floor,
            false => self.judged >= bounds.floor,
        })
    }

    /// The columns of its line: name, ours, limit, ratio, floor, target, CPU.
    pub fn columns(&self) -> [String; 7] {
        let ratio = self.limit.map_or_else(String::new, |_| short(self.judged));
        let bound = |pick: fn(Bounds) -> f64| self.bounds.map_or_else(String::new, |it| self.bound(it, pick));
        [
            self.name.clone(),
            self.ours.to_string(),
            self.limit.map_or_else(String::new, |limit| limit.to_string()),
            ratio,
            bound(|bounds| bounds.floor),
            bound(|bounds| bounds.target),
            self.cpu.map_or_else(String::new, |micros| format!("{} µs", short(micros))),
        ]
    }

    fn bound(&self, bounds: Bounds, pick: fn(Bounds) -> f64) -> String {
        let sign = if bounds.less { "≤" } else { "≥" };
        match self.limit {
            Some(_) => format!("{sign} {}", short(pick(bounds))),
            None => format!("{sign} {}", Amount(pick(bounds), self.ours.1)),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", short(self.0), self.1)
    }
}

/// Three digits that say something.
pub fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 1e6 => format!("{:.2} M", number / 1e6),
        size if size >= 1e5 => format!("{:.0} k", number / 1e3),
        size if size >= 1e4 => format!("{:.1} k", number / 1e3),
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 0.01 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_holds_on_the_right_side_of_its_floor() {
        let rate = |judged: f64| {
            let bounds = Bounds::at_least(0.5, 1.0);
            Figure::ratio("x", Amount(judged, "/s"), Amount(1.0, "/s"), bounds).holds()
        };
        let time =
            |seconds: f64| Figure::absolute("x", Amount(seconds, "s"), Bounds::at_most(1.0, 0.2)).holds();
        assert!(rate(0.5) && !rate(0.49) && time(1.0) && !time(1.01));
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0042, 0.51, 12.34, 345.6, 12_345.0, 123_456.0, 2_350_000.0].map(short);
        assert_eq!(shown, ["0.004", "0.51", "12.3", "346", "12.3 k", "123 k", "2.35 M"]);
    }
}
