//! Fields of an application from flags, as `argocd app create` and `argocd app set` put them. Pure.

mod edit;
mod helm;
mod kustomize;
mod policy;
#[cfg(test)]
mod tests;
mod unset;

use gantry_model::Diagnostic;
use serde_json::{Map, Value, json};

use self::edit::{block, flag, list, pair, put, text, tidy};
pub(super) use self::policy::given as given_policy;
pub(super) use self::unset::unset;
use crate::args::app::{DirectoryFields, FieldArgs, OfSource, PluginFields, SourceFields};

/// Fields of a part of the manifest.
pub(super) type Fields = Map<String, Value>;

/// Which source is meant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Which<'a> {
    /// Its place, counted from 1.
    pub(super) position: Option<usize>,
    /// Its name.
    pub(super) name: Option<&'a str>,
}

impl Which<'_> {
    /// The index of one of several sources.
    ///
    /// # Errors
    /// Where it is not said which, or there is no such one.
    pub(super) fn index(self, sources: &[Value]) -> Result<usize, Diagnostic> {
        let count = sources.len();
        let found = match (self.position, self.name) {
            (Some(position), _) => position.checked_sub(1).filter(|index| *index < count),
            (None, Some(name)) => sources.iter().position(|source| source["name"] == name),
            (None, None) => {
                let message = format!("the application has {count} sources");
                return Err(Diagnostic::error("source", message)
                    .help("say which with --source-position or --source-name"));
            }
        };
        found.ok_or_else(|| {
            let message = format!("there is no such source: the application has {count}");
            Diagnostic::error("source", message).help("positions are counted from 1")
        })
    }

    /// The only source of an application: by a position, the first.
    ///
    /// # Errors
    /// Where another one is meant.
    pub(super) fn only(self) -> Result<(), Diagnostic> {
        match self.position {
            None | Some(1) => Ok(()),
            Some(_) => Err(Diagnostic::error(
                "source",
                "the application has one source",
            )),
        }
    }
}

/// Puts what the flags say into a spec. `literal` is the text behind `--values-literal-file`.
///
/// # Errors
/// Flags that cannot be for this application.
pub(super) fn set(
    spec: &mut Value,
    which: Which<'_>,
    fields: &FieldArgs,
    literal: Option<&str>,
) -> Result<(), Diagnostic> {
    if fields.source != OfSource::default() {
        set_source(source_of(spec, which)?, &fields.source, literal)?;
    }
    policy::set(spec, &fields.policy)
}

/// Puts what the flags say into one source.
///
/// # Errors
/// As [`set`].
pub(super) fn set_source(
    source: &mut Fields,
    flags: &OfSource,
    literal: Option<&str>,
) -> Result<(), Diagnostic> {
    place(source, &flags.place);
    helm::set(source, &flags.helm, literal)?;
    kustomize::set(source, &flags.kustomize)?;
    directory(source, &flags.directory)?;
    plugin(source, &flags.plugin)
}

/// The source that is meant, to be changed; a spec without one gets one.
pub(super) fn source_of<'a>(
    spec: &'a mut Value,
    which: Which<'_>,
) -> Result<&'a mut Fields, Diagnostic> {
    let several = spec["sources"]
        .as_array()
        .is_some_and(|all| !all.is_empty());
    if !several {
        which.only()?;
        return block(edit::fields(spec)?, "source");
    }
    let index = which.index(spec["sources"].as_array().map_or(&[], Vec::as_slice))?;
    edit::fields(&mut spec["sources"][index])
}

fn place(source: &mut Fields, flags: &SourceFields) {
    text(source, "repoURL", flags.repo.as_deref());
    text(source, "path", flags.path.as_deref());
    text(source, "chart", flags.chart.as_deref());
    text(source, "targetRevision", flags.revision.as_deref());
    text(source, "ref", flags.reference.as_deref());
    text(source, "name", flags.source_name.as_deref());
}

fn directory(source: &mut Fields, flags: &DirectoryFields) -> Result<(), Diagnostic> {
    if *flags == DirectoryFields::default() {
        return Ok(());
    }
    let directory = block(source, "directory")?;
    flag(directory, "recurse", flags.directory_recurse);
    text(directory, "exclude", flags.directory_exclude.as_deref());
    text(directory, "include", flags.directory_include.as_deref());
    jsonnet(block(directory, "jsonnet")?, flags)?;
    tidy(directory, "jsonnet");
    tidy(source, "directory");
    Ok(())
}

fn jsonnet(jsonnet: &mut Fields, flags: &DirectoryFields) -> Result<(), Diagnostic> {
    for (flag, key, texts, is_code) in [
        ("--jsonnet-tla-str", "tlas", &flags.jsonnet_tla_str, false),
        ("--jsonnet-tla-code", "tlas", &flags.jsonnet_tla_code, true),
        (
            "--jsonnet-ext-var-str",
            "extVars",
            &flags.jsonnet_ext_var_str,
            false,
        ),
        (
            "--jsonnet-ext-var-code",
            "extVars",
            &flags.jsonnet_ext_var_code,
            true,
        ),
    ] {
        for text in texts {
            let (name, value) = pair(flag, text)?;
            let mut variable = json!({"name": name, "value": value});
            if is_code {
                variable["code"] = true.into();
            }
            put(jsonnet, key, name, variable)?;
        }
    }
    for library in &flags.jsonnet_libs {
        let known = list(jsonnet, "libs")?;
        if !known.iter().any(|known| known == library) {
            known.push(library.as_str().into());
        }
    }
    Ok(())
}

fn plugin(source: &mut Fields, flags: &PluginFields) -> Result<(), Diagnostic> {
    if *flags == PluginFields::default() {
        return Ok(());
    }
    // Another plugin knows nothing of what this one was told.
    if let Some(name) = &flags.plugin {
        let named = json!({ "name": name });
        source.insert("plugin".to_owned(), named);
    }
    let plugin = block(source, "plugin")?;
    for entry in &flags.plugin_envs {
        let (name, value) = pair("--plugin-env", entry)?;
        put(plugin, "env", name, json!({"name": name, "value": value}))?;
    }
    for entry in &flags.plugin_parameters {
        let (name, value) = pair("--plugin-param", entry)?;
        put(plugin, "parameters", name, parameter(name, value))?;
    }
    Ok(())
}

/// A plugin's parameter: a list or mapping of strings where it is written as JSON, else a string.
fn parameter(name: &str, text: &str) -> Value {
    let strings = |value: &Value| match value {
        Value::Array(items) => items.iter().all(Value::is_string),
        Value::Object(entries) => entries.values().all(Value::is_string),
        _ => false,
    };
    match serde_json::from_str::<Value>(text).ok().filter(strings) {
        Some(list @ Value::Array(_)) => json!({"name": name, "array": list}),
        Some(map) => json!({"name": name, "map": map}),
        None => json!({"name": name, "string": text}),
    }
}
