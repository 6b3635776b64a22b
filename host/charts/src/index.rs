//! `index.yaml`: which charts a Helm repository has, in which versions, and where.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is kept of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Index {
    pub(crate) charts: BTreeMap<String, Vec<Entry>>,
}

/// One version of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) version: String,
    /// Where its archive is: a URL, or a path below the repository's.
    pub(crate) url: String,
    /// The archive's SHA-256, or empty.
    pub(crate) digest: String,
}

impl Index {
    /// Reads an index, YAML or JSON. Entries without a version are passed over, as Helm does; what
    /// else is wrong with one comes up when it is asked for.
    ///
    /// # Errors
    /// Says why it is none.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, String> {
        let documents = gantry_yaml::parse_bytes(content).map_err(|error| {
            let at = error.at;
            format!("line {}, column {}: {}", at.line, at.column, error.message)
        })?;
        let index = match documents.into_iter().next().map(|document| document.value) {
            Some(Value::Object(index)) => index,
            None => return Err("it is empty".to_owned()),
            Some(_) => return Err("it is no mapping with `apiVersion` and `entries`".to_owned()),
        };
        let api_version = index.get("apiVersion").and_then(Value::as_str);
        if api_version.unwrap_or_default().is_empty() {
            return Err("it has no `apiVersion`".to_owned());
        }
        let charts = match index.get("entries") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(charts)) => charts,
            Some(_) => return Err("its `entries` are no mapping of charts".to_owned()),
        };
        let charts = charts.iter().map(|(name, versions)| {
            let versions = match versions {
                Value::Null => Vec::new(),
                Value::Array(versions) => versions.iter().filter_map(entry).collect(),
                _ => return Err(format!("`entries.{name}` is no list of versions")),
            };
            Ok((name.clone(), versions))
        });
        Ok(Self {
            charts: charts.collect::<Result<_, _>>()?,
        })
    }

    /// The charts' names, the most alike first.
    pub(crate) fn names_like(&self, name: &str) -> Vec<String> {
        let mut names: Vec<&String> = self.charts.keys().collect();
        names.sort_by_key(|known| {
            let alike = strsim::normalized_damerau_levenshtein(known, name);
            // Whole thousandths, as floats have no order.
            #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1,000")]
            let distance = ((1.0 - alike) * 1_000.0) as u32;
            distance
        });
        names.into_iter().cloned().collect()
    }
}

fn entry(value: &Value) -> Option<Entry> {
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str);
        text.unwrap_or_default().trim().to_owned()
    };
    let version = text(value.get("version"));
    (!version.is_empty()).then(|| Entry {
        version,
        url: text(value.get("urls").and_then(|urls| urls.get(0))),
        digest: text(value.get("digest")),
    })
}

#[cfg(test)]
mod tests {
    use super::Index;

    #[test]
    fn an_index_has_charts_and_versions() {
        let text = "apiVersion: v1\nentries:\n  web:\n  - {version: 1.2.0, urls: [web-1.2.0.tgz, \
                    other], digest: aa}\n  - null\n  - {name: web}\n  - {version: 1.0.0}\n  empty:\n\
                    generated: 2026-01-01T00:00:00Z\n";
        let index = Index::parse(text.as_bytes()).expect("an index");
        let web = index.charts.get("web").expect("the chart");
        let shown: Vec<_> = web
            .iter()
            .map(|e| format!("{} {} {}", e.version, e.url, e.digest))
            .collect();
        assert_eq!(shown, ["1.2.0 web-1.2.0.tgz aa", "1.0.0  "]);
        assert_eq!(index.names_like("wep"), ["web", "empty"]);
        let json = br#"{"apiVersion": "v1", "entries": {"web": [{"version": "1.0.0"}]}}"#;
        assert_eq!(Index::parse(json).expect("an index").charts.len(), 1);
        let none = Index::parse(b"apiVersion: v1\n").expect("an index without charts");
        assert_eq!(none, Index::default());
    }

    #[test]
    fn what_is_no_index_says_why() {
        for (text, expected) in [
            ("", "it is empty"),
            ("<html><body>Not found</body></html>", "no mapping"),
            ("- a\n", "no mapping"),
            ("entries: {}\n", "no `apiVersion`"),
            ("apiVersion: v1\nentries: []\n", "no mapping of charts"),
            (
                "apiVersion: v1\nentries: {web: {version: 1}}\n",
                "`entries.web` is no list",
            ),
            ("apiVersion: v1\nentries: {web: [\n", "line 3"),
        ] {
            let reason = Index::parse(text.as_bytes()).expect_err(expected);
            assert!(reason.contains(expected), "{text:?}: {reason}");
        }
    }
}
