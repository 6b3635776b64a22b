//! The text that Prometheus reads: its exposition format, version 0.0.4.

use std::fmt::Write;

/// What a family of series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts below bounds.
    Histogram,
    /// Quantiles.
    Summary,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }
}

/// The text while it is written.
#[derive(Clone, Debug, Default)]
pub struct Exposition {
    text: String,
}

/// A family of series, begun and open for samples.
#[derive(Debug)]
pub struct Family<'a> {
    name: &'a str,
    text: &'a mut String,
}

impl Exposition {
    /// Begins a family. The format wants each one once, with all its samples behind it.
    pub fn family<'a>(&'a mut self, name: &'a str, kind: Kind, help: &str) -> Family<'a> {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let kind = kind.word();
        // Writing to a string cannot fail, here and below.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        Family {
            name,
            text: &mut self.text,
        }
    }

    /// The whole text.
    pub fn into_text(self) -> String {
        self.text
    }
}

impl Family<'_> {
    /// One value.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: f64) {
        self.sample_of("", labels, value);
    }

    /// One value of a part such as `_sum`, `_count` and `_bucket`.
    pub fn sample_of(&mut self, part: &str, labels: &[(&str, &str)], value: f64) {
        let _ = write!(self.text, "{}{part}", self.name);
        for (at, (label, value)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{before}{label}=\"");
            for c in value.chars() {
                match c {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    c => self.text.push(c),
                }
            }
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {}", number(value));
    }
}

/// A number as the format has it, which is Go's way with what is none.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Exposition, Kind};

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let mut text = Exposition::default();
        let mut family = text.family("a_total", Kind::Counter, "One \\ two\nthree.");
        family.sample(&[("b", "x\"y\\z\n"), ("c", "")], 3.0);
        family.sample(&[], 0.0015);
        let mut family = text.family("d", Kind::Histogram, "");
        family.sample_of("_bucket", &[("le", "+Inf")], f64::INFINITY);
        family.sample_of("_sum", &[], f64::NAN);
        family.sample_of("_count", &[], 1e15);
        assert_eq!(
            text.into_text(),
            "# HELP a_total One \\\\ two\\nthree.\n# TYPE a_total counter\n\
             a_total{b=\"x\\\"y\\\\z\\n\",c=\"\"} 3\na_total 0.0015\n\
             # HELP d \n# TYPE d histogram\nd_bucket{le=\"+Inf\"} +Inf\nd_sum NaN\n\
             d_count 1000000000000000\n"
        );
    }
}
