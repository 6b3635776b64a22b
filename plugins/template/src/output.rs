//! Rendered text, made into documents.

use gantry_sdk::renderer::{Diagnostic, Document};
use serde_json::Value;

/// What became of one file.
pub(crate) enum Output {
    Documents(Vec<Document>),
    /// Something else than manifests, with a remark.
    Other(Diagnostic),
}

/// Takes the text apart. Documents are handed over one by one, so that each has its own line.
pub(crate) fn documents(path: &str, source: &str, rendered: &str) -> Result<Output, Diagnostic> {
    let agree = lines_agree(source, rendered);
    let parsed = gantry_yaml::parse(rendered).map_err(|error| Diagnostic {
        help: error.help.clone(),
        ..bad_yaml(path, rendered, agree, &error)
    })?;
    if !parsed.is_empty()
        && parsed
            .iter()
            .all(|document| is_something_else(&document.value))
    {
        return Ok(Output::Other(left_out(path)));
    }
    let documents = parsed.into_iter().map(|document| {
        let line = if agree { document.line } else { 1 };
        Document::json(&document.value).from_file(path, line)
    });
    Ok(Output::Documents(documents.collect()))
}

/// Whether each line of the text came from the same line of the template: there are as many, and
/// those without tags are the same.
fn lines_agree(source: &str, rendered: &str) -> bool {
    let has_tag = |line: &str| ["{{", "{%", "{#"].iter().any(|tag| line.contains(tag));
    let (source, rendered) = (source.trim_end(), rendered.trim_end());
    source.lines().count() == rendered.lines().count()
        && source
            .lines()
            .zip(rendered.lines())
            .all(|(from, to)| from == to || has_tag(from))
}

fn bad_yaml(path: &str, rendered: &str, agree: bool, error: &gantry_yaml::YamlError) -> Diagnostic {
    let at = error.at;
    if agree {
        return Diagnostic::error("yaml", &error.message).at(path, at.line, 1);
    }
    // Only the key is quoted: the value may be a secret.
    let index = usize::try_from(at.line)
        .unwrap_or_default()
        .saturating_sub(1);
    let key = rendered
        .lines()
        .nth(index)
        .and_then(|line| line.split_once(':'));
    let near = key.map_or_else(String::new, |(key, _)| format!(" (`{}:`)", key.trim()));
    let message = format!(
        "line {} of the rendered text{near}: {}",
        at.line, error.message
    );
    Diagnostic::error("yaml", message).in_file(path)
}

fn is_something_else(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|map| !map.contains_key("apiVersion") && !map.contains_key("kind"))
}

fn left_out(path: &str) -> Diagnostic {
    let message = "left out: none of its documents has apiVersion or kind";
    Diagnostic::info("not-a-manifest", message)
        .in_file(path)
        .help("exclude it, or start its name with _ if it is a part of others")
}

#[cfg(test)]
mod tests {
    use super::{Output, documents};

    fn lines(source: &str, rendered: &str) -> Vec<u32> {
        let Ok(Output::Documents(documents)) = documents("a", source, rendered) else {
            return Vec::new();
        };
        let line = |d: gantry_sdk::renderer::Document| d.origin.map_or(0, |o| o.line);
        documents.into_iter().map(line).collect()
    }

    #[test]
    fn lines_are_told_where_text_and_template_agree() {
        let plain = "kind: A\n---\n# one\nkind: B\n---\n";
        assert_eq!(lines(plain, plain), [1, 4]);
        let template = "{% if x %}\nkind: A\n{% endif %}\n---\nkind: {{ b }}\n";
        assert_eq!(lines(template, "\nkind: A\n\n---\nkind: B"), [2, 5]);
        let looped = "{% for x in y %}\n---\nkind: A\n{% endfor %}\n";
        assert_eq!(lines(looped, "\n---\nkind: A\n\n---\nkind: A\n"), [1, 1]);
        assert_eq!(lines("{{ none }}", "---\n---\n"), [0; 0]);
    }

    #[test]
    fn bad_yaml_is_placed_without_telling_values() {
        let text = "kind: A\npassword: [hunter2\n";
        let placed = documents("a", text, text).err().unwrap();
        assert!(placed.span.unwrap().start.is_some());
        let unplaced = documents("a", "{{ all }}", text).err().unwrap();
        assert!(unplaced.span.unwrap().start.is_none());
        assert!(
            unplaced.message.contains("of the rendered text"),
            "{}",
            unplaced.message
        );
        assert!(
            !unplaced.message.contains("hunter2"),
            "{}",
            unplaced.message
        );
    }
}
