//! `argocd.argoproj.io/compare-options`: how an object or an application wants to be compared.

use std::collections::BTreeMap;

use gantry_model::{Diagnostic, Object};

/// The annotation.
pub const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";

/// What the annotation of an application says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompareOptions {
    /// `ServerSideDiff`: ask the server by dry run, or do not; none leaves it to the caller.
    pub server_side_diff: Option<bool>,
    /// `IncludeMutationWebhook`: what webhooks change counts too.
    pub include_mutation_webhook: bool,
}

impl CompareOptions {
    /// Reads the annotations of an application. What is not known is told, and has no effect.
    pub fn read(annotations: &BTreeMap<String, String>) -> (Self, Vec<Diagnostic>) {
        let (mut read, mut warnings) = (Self::default(), Vec::new());
        let text = annotations.get(COMPARE_OPTIONS).map_or("", String::as_str);
        for option in words(text) {
            match option {
                "ServerSideDiff=true" => read.server_side_diff = Some(true),
                "ServerSideDiff=false" => read.server_side_diff = Some(false),
                "IncludeMutationWebhook=true" => read.include_mutation_webhook = true,
                "IncludeMutationWebhook=false" => read.include_mutation_webhook = false,
                _ => {
                    let message = format!(
                        "compare option `{option}` is not known for applications; it is ignored"
                    );
                    warnings.push(
                        Diagnostic::warning("unknown-compare-option", message)
                            .field(format!("metadata.annotations[{COMPARE_OPTIONS}]"))
                            .help("`ServerSideDiff` and `IncludeMutationWebhook` take `true` or `false`"),
                    );
                }
            }
        }
        (read, warnings)
    }
}

/// Whether an object that is not in Git leaves its application in step (`IgnoreExtraneous`).
pub fn ignores_extraneous(object: &Object) -> bool {
    let text = object.annotation(COMPARE_OPTIONS).unwrap_or_default();
    words(text).any(|option| option == "IgnoreExtraneous")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{COMPARE_OPTIONS, CompareOptions, ignores_extraneous};
    use gantry_model::Object;
    use serde_json::json;

    #[test]
    fn options_of_an_application_are_read() {
        for (text, server, webhook, warnings) in [
            ("", None, false, 0),
            ("ServerSideDiff=true", Some(true), false, 0),
            (
                " ServerSideDiff=false , IncludeMutationWebhook=true",
                Some(false),
                true,
                0,
            ),
            ("ServerSideDiff,IgnoreExtraneous", None, false, 2),
        ] {
            let annotations = [(COMPARE_OPTIONS.to_owned(), text.to_owned())].into();
            let (read, told) = CompareOptions::read(&annotations);
            assert_eq!(read.server_side_diff, server, "{text}");
            assert_eq!(read.include_mutation_webhook, webhook, "{text}");
            assert_eq!(told.len(), warnings, "{text}");
        }
    }

    #[test]
    fn an_object_may_be_extraneous() {
        for (text, expected) in [
            ("IgnoreExtraneous", true),
            ("A, IgnoreExtraneous", true),
            ("", false),
        ] {
            let object = json!({"apiVersion": "v1", "kind": "A",
                "metadata": {"name": "a", "annotations": {COMPARE_OPTIONS: text}}});
            let object = Object::new(object, None).expect("an object");
            assert_eq!(ignores_extraneous(&object), expected, "{text}");
        }
    }
}
