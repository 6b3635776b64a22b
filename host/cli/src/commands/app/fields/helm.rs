//! The `helm` block.

use gantry_model::Diagnostic;
use serde_json::{Value, json};

use super::Fields;
use super::edit::{block, flag, pair, put, text, texts, tidy};
use crate::args::app::HelmFields;

pub(super) fn set(
    source: &mut Fields,
    flags: &HelmFields,
    literal: Option<&str>,
) -> Result<(), Diagnostic> {
    if *flags == HelmFields::default() {
        return Ok(());
    }
    let helm = block(source, "helm")?;
    texts(helm, "valueFiles", &flags.value_files);
    flag(
        helm,
        "ignoreMissingValueFiles",
        flags.ignore_missing_value_files,
    );
    text(helm, "releaseName", flags.release_name.as_deref());
    text(helm, "version", flags.helm_version.as_deref());
    flag(helm, "passCredentials", flags.helm_pass_credentials);
    flag(helm, "skipCrds", flags.helm_skip_crds);
    flag(
        helm,
        "skipSchemaValidation",
        flags.helm_skip_schema_validation,
    );
    flag(helm, "skipTests", flags.helm_skip_tests);
    text(helm, "namespace", flags.helm_namespace.as_deref());
    text(helm, "kubeVersion", flags.helm_kube_version.as_deref());
    texts(helm, "apiVersions", &flags.helm_api_versions);
    if let Some(literal) = literal {
        helm.insert("valuesObject".to_owned(), values(literal)?);
        helm.remove("values");
    }
    for (name, texts, is_string) in [
        ("--helm-set", &flags.helm_set, false),
        ("--parameter", &flags.parameters, false),
        ("--helm-set-string", &flags.helm_set_string, true),
    ] {
        for text in texts {
            let (key, value) = pair(name, text)?;
            let mut parameter = json!({"name": key, "value": escaped(value)});
            if is_string {
                parameter["forceString"] = true.into();
            }
            put(helm, "parameters", key, parameter)?;
        }
    }
    for text in &flags.helm_set_file {
        let (name, path) = pair("--helm-set-file", text)?;
        put(
            helm,
            "fileParameters",
            name,
            json!({"name": name, "path": path}),
        )?;
    }
    tidy(source, "helm");
    Ok(())
}

/// What stands in a values file, as a mapping.
fn values(text: &str) -> Result<Value, Diagnostic> {
    const FLAG: &str = "--values-literal-file";
    let documents = gantry_yaml::parse(text).map_err(|error| error.diagnostic(FLAG))?;
    match documents.as_slice() {
        [document] if document.value.is_object() => Ok(document.value.clone()),
        _ => Err(Diagnostic::error(
            "values",
            format!("{FLAG}: the values must be one mapping"),
        )),
    }
}

/// With its commas escaped, as Argo CD does: helm reads `a,b=c` as two values.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut before = None;
    for c in value.chars() {
        if c == ',' && before.is_some_and(|before| before != '\\') {
            text.push('\\');
        }
        text.push(c);
        before = Some(c);
    }
    text
}
