//! Numbers and moments as people read them.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

/// A number with separators: `Count(1234)` reads "1,234".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.write_str(",")?;
            }
            write!(out, "{digit}")?;
        }
        Ok(())
    }
}

impl Count {
    /// The number and its noun: "1 user", "1,234 users".
    #[must_use]
    pub fn of(self, one: &str, many: &str) -> String {
        format!("{self} {}", if self.0 == 1 { one } else { many })
    }
}

/// A moment. Rendered in UTC; the script shows it in the viewer's zone with UTC in the title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When(pub DateTime<Utc>);

impl When {
    /// RFC 3339 with seconds, for `<time datetime>`.
    #[must_use]
    pub fn iso(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// Only the day: "21 December 2026".
    #[must_use]
    pub fn day(&self) -> String {
        self.0.format("%-d %B %Y").to_string()
    }
}

impl fmt::Display for When {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} UTC", self.0.format("%-d %b %Y, %H:%M"))
    }
}
