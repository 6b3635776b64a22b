//! Families of series that several threads write to: one value for each set of labels.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::text::{Exposition, Kind, number};

/// Name, labels and values of a family.
#[derive(Debug)]
struct Table<const N: usize, V> {
    name: &'static str,
    help: &'static str,
    labels: [&'static str; N],
    values: Mutex<BTreeMap<[String; N], V>>,
}

impl<const N: usize, V: Default> Table<N, V> {
    fn new(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        Self {
            name,
            help,
            labels,
            values: Mutex::default(),
        }
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<[String; N], V>> {
        // Numbers are whole after each statement; a panic elsewhere spoils none of them.
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, labels: [&str; N], change: impl FnOnce(&mut V)) {
        change(self.values().entry(labels.map(str::to_owned)).or_default());
    }

    fn retain(&self, keep: impl Fn(&[String; N]) -> bool) {
        self.values().retain(|labels, _| keep(labels));
    }

    fn with<'a>(&self, values: &'a [String; N]) -> Vec<(&'static str, &'a str)> {
        let values = values.iter().map(String::as_str);
        self.labels.iter().copied().zip(values).collect()
    }
}

/// Counters.
#[derive(Debug)]
pub struct Counters<const N: usize>(Table<N, f64>);

impl<const N: usize> Counters<N> {
    /// A family without series: each begins with its first count.
    pub fn new(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        Self(Table::new(name, help, labels))
    }

    /// Counts more of it.
    pub fn add(&self, labels: [&str; N], more: f64) {
        self.0.change(labels, |value| *value += more);
    }

    /// Forgets the series that a test is not true of.
    pub fn retain(&self, keep: impl Fn(&[String; N]) -> bool) {
        self.0.retain(keep);
    }

    /// Writes the family.
    pub fn write(&self, to: &mut Exposition) {
        write_plain(&self.0, Kind::Counter, to);
    }
}

/// Gauges.
#[derive(Debug)]
pub struct Gauges<const N: usize>(Table<N, f64>);

impl<const N: usize> Gauges<N> {
    /// A family without series: each begins when it is first set.
    pub fn new(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        Self(Table::new(name, help, labels))
    }

    /// Says what it is now.
    pub fn set(&self, labels: [&str; N], now: f64) {
        self.0.change(labels, |value| *value = now);
    }

    /// Forgets the series that a test is not true of.
    pub fn retain(&self, keep: impl Fn(&[String; N]) -> bool) {
        self.0.retain(keep);
    }

    /// Writes the family.
    pub fn write(&self, to: &mut Exposition) {
        write_plain(&self.0, Kind::Gauge, to);
    }
}

fn write_plain<const N: usize>(table: &Table<N, f64>, kind: Kind, to: &mut Exposition) {
    let mut family = to.family(table.name, kind, table.help);
    for (labels, value) in table.values().iter() {
        family.sample(&table.with(labels), *value);
    }
}

/// Histograms with the same bounds for all series.
#[derive(Debug)]
pub struct Histograms<const N: usize> {
    table: Table<N, Observed>,
    bounds: &'static [f64],
}

#[derive(Debug, Default)]
struct Observed {
    /// How many were at most each bound, and above the bound before.
    buckets: Vec<u64>,
    count: u64,
    sum: f64,
}

impl<const N: usize> Histograms<N> {
    /// A family without series. The bounds rise.
    pub fn new(
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
        bounds: &'static [f64],
    ) -> Self {
        Self {
            table: Table::new(name, help, labels),
            bounds,
        }
    }

    /// Takes in one value.
    pub fn observe(&self, labels: [&str; N], value: f64) {
        self.table.change(labels, |observed| {
            observed.buckets.resize(self.bounds.len(), 0);
            let bucket = self.bounds.partition_point(|bound| *bound < value);
            if let Some(bucket) = observed.buckets.get_mut(bucket) {
                *bucket += 1;
            }
            observed.count += 1;
            observed.sum += value;
        });
    }

    /// Forgets the series that a test is not true of.
    pub fn retain(&self, keep: impl Fn(&[String; N]) -> bool) {
        self.table.retain(keep);
    }

    /// Writes the family.
    pub fn write(&self, to: &mut Exposition) {
        let table = &self.table;
        let mut family = to.family(table.name, Kind::Histogram, table.help);
        for (values, observed) in table.values().iter() {
            let labels = table.with(values);
            let mut below = 0;
            let bounds = self.bounds.iter().map(|bound| number(*bound));
            for (bound, count) in bounds.zip(&observed.buckets) {
                below += count;
                let with_bound = [labels.as_slice(), &[("le", bound.as_str())]].concat();
                family.sample_of("_bucket", &with_bound, below as f64);
            }
            let with_bound = [labels.as_slice(), &[("le", "+Inf")]].concat();
            family.sample_of("_bucket", &with_bound, observed.count as f64);
            family.sample_of("_sum", &labels, observed.sum);
            family.sample_of("_count", &labels, observed.count as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, Exposition, Gauges, Histograms};

    #[test]
    fn a_histogram_counts_what_is_at_most_each_bound() {
        let seconds = Histograms::new("h", "H.", ["a"], &[0.5, 1.0]);
        for value in [0.1, 0.5, 0.7, 1.0, 3.0] {
            seconds.observe(["x"], value);
        }
        let mut text = Exposition::default();
        seconds.write(&mut text);
        assert_eq!(
            text.into_text(),
            "# HELP h H.\n# TYPE h histogram\n\
             h_bucket{a=\"x\",le=\"0.5\"} 2\nh_bucket{a=\"x\",le=\"1\"} 4\n\
             h_bucket{a=\"x\",le=\"+Inf\"} 5\nh_sum{a=\"x\"} 5.3\nh_count{a=\"x\"} 5\n"
        );
    }

    #[test]
    fn counters_grow_and_gauges_are_set() {
        let counters = Counters::new("c_total", "C.", ["a"]);
        let gauges = Gauges::new("g", "G.", ["a"]);
        for value in [1.0, 2.0] {
            counters.add(["x"], value);
            gauges.set(["x"], value);
            gauges.set(["gone"], value);
        }
        gauges.retain(|[a]| a != "gone");
        let mut text = Exposition::default();
        counters.write(&mut text);
        gauges.write(&mut text);
        assert_eq!(
            text.into_text(),
            "# HELP c_total C.\n# TYPE c_total counter\nc_total{a=\"x\"} 3\n\
             # HELP g G.\n# TYPE g gauge\ng{a=\"x\"} 2\n"
        );
    }
}
