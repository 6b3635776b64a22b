//! From the text to the settings. Every problem is told, with its place.

use std::collections::BTreeSet;
use std::path::Path;

use gantry_model::{Diagnostic, Position, Span, field_pointer, is_plugin_name};
use gantry_plugins::{Digest, Keys, Limit, LimitOverrides, Policy, did_you_mean};
use gantry_yaml::Document;
use serde_json::Value;

use super::PluginConfig;
use super::values::{form, number};

/// Reads the settings.
pub(super) fn read(bytes: &[u8], path: &Path) -> Result<PluginConfig, Vec<Diagnostic>> {
    let name = path.display().to_string();
    let documents =
        gantry_yaml::parse_bytes(bytes).map_err(|error| vec![error.diagnostic(&name)])?;
    let document = match documents.as_slice() {
        // Nothing but comments: nothing is set.
        [] => return Ok(PluginConfig::default()),
        [document] => document,
        [_, second, ..] => {
            let start = Some(Position {
                line: second.line,
                column: 1,
            });
            let message = "one document holds all settings, and this is a second one";
            let span = Span { path: name, start };
            return Err(vec![Diagnostic::error("plugin-config", message).at(span)]);
        }
    };
    let mut reader = Reader {
        // Parsed as UTF-8 a few lines above.
        text: String::from_utf8_lossy(bytes).into_owned(),
        folder: path.parent().unwrap_or(Path::new("")),
        name,
        document,
        problems: Vec::new(),
    };
    let config = reader.file();
    if reader.problems.is_empty() {
        Ok(config)
    } else {
        Err(reader.problems)
    }
}

struct Reader<'a> {
    name: String,
    text: String,
    /// What the names of key files are relative to.
    folder: &'a Path,
    document: &'a Document,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn file(&mut self) -> PluginConfig {
        let mut config = PluginConfig::default();
        let known = ["limits", "plugins", "trust"];
        for (key, value) in self.fields("", &self.document.value, Some(&known)) {
            match key.as_str() {
                "limits" => config.limits = self.limits(key, value),
                "plugins" => {
                    for (plugin, value) in self.fields(key, value, None) {
                        let field = format!("plugins.{plugin}");
                        let limits = self.plugin(&field, plugin, value);
                        config.overrides.insert(plugin.clone(), limits);
                    }
                }
                _ => config.trust = self.trust(key, value),
            }
        }
        config
    }

    fn plugin(&mut self, field: &str, plugin: &str, value: &Value) -> LimitOverrides {
        if !is_plugin_name(plugin) {
            let message = format!("{plugin:?} cannot be a plugin's name");
            self.problem(field, message, "write the file's name without .wasm");
        }
        let mut limits = LimitOverrides::default();
        for (key, value) in self.fields(field, value, Some(&["limits"])) {
            limits = self.limits(&format!("{field}.{key}"), value);
        }
        limits
    }

    fn limits(&mut self, field: &str, value: &Value) -> LimitOverrides {
        let mut limits = LimitOverrides::default();
        let names = Limit::ALL.map(Limit::name);
        for (key, value) in self.fields(field, value, Some(&names)) {
            let Some(limit) = Limit::ALL.into_iter().find(|limit| limit.name() == key) else {
                continue;
            };
            let field = format!("{field}.{key}");
            match number(limit.unit(), value) {
                None => {
                    let form = form(limit.unit());
                    self.problem(&field, format!("`{field}` must be {form}"), "");
                }
                Some(number) => {
                    if let Err(error) = limits.set(limit, number) {
                        self.problem(&field, error.to_string(), "");
                    }
                }
            }
        }
        limits
    }

    fn trust(&mut self, field: &str, value: &Value) -> Policy {
        let mut policy = Policy::default();
        for (key, value) in self.fields(field, value, Some(&["allow", "keys"])) {
            let field = format!("{field}.{key}");
            let texts = self.texts(&field, value);
            if key == "allow" {
                policy.allow = Some(self.digests(&texts));
            } else if texts.is_empty() {
                // Whoever writes `keys` wants signatures: no key would mean none is needed.
                let message = format!("`{field}` names no key");
                self.problem(&field, message, "name a public key, or leave it out");
            } else {
                policy.keys = self.keys(&texts);
            }
        }
        policy
    }

    fn digests(&mut self, texts: &[(String, String)]) -> BTreeSet<Digest> {
        let mut digests = BTreeSet::new();
        for (field, text) in texts {
            match text.parse::<Digest>() {
                Ok(digest) => {
                    digests.insert(digest);
                }
                Err(error) => {
                    let help = "`gantry plugin list -o json` has the digests";
                    self.problem(field, error.to_string(), help);
                }
            }
        }
        digests
    }

    fn keys(&mut self, texts: &[(String, String)]) -> Keys {
        let mut keys = Keys::default();
        for (field, name) in texts {
            let path = self.folder.join(name);
            let added = match std::fs::read(&path) {
                Ok(pem) => keys.add(name, &pem).map_err(|error| error.to_string()),
                Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
            };
            if let Err(message) = added {
                let help = "name a PEM file such as cosign.pub, relative to this file";
                self.problem(field, message, help);
            }
        }
        keys
    }

    /// The texts of a list, each with its field.
    fn texts(&mut self, field: &str, value: &Value) -> Vec<(String, String)> {
        let Value::Array(items) = value else {
            self.problem(field, format!("`{field}` must be a list of strings"), "");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let field = format!("{field}[{index}]");
            match item {
                Value::String(text) => texts.push((field, text.clone())),
                _ => self.problem(&field, format!("`{field}` must be a string"), ""),
            }
        }
        texts
    }

    /// The fields of a mapping that are known; the others are told. None: any are.
    fn fields<'v>(
        &mut self,
        field: &str,
        value: &'v Value,
        known: Option<&[&str]>,
    ) -> Vec<(&'v String, &'v Value)> {
        let Value::Object(map) = value else {
            let what = match field {
                "" => "the file".to_owned(),
                field => format!("`{field}`"),
            };
            self.problem(field, format!("{what} must be a mapping"), "");
            return Vec::new();
        };
        let mut fields = Vec::new();
        for (key, value) in map {
            match known {
                Some(known) if !known.contains(&key.as_str()) => {
                    let unknown = match field {
                        "" => key.clone(),
                        _ => format!("{field}.{key}"),
                    };
                    let known: Vec<String> = known.iter().map(|&name| name.to_owned()).collect();
                    let help = did_you_mean(key, &known);
                    self.problem(&unknown, format!("there is no field `{unknown}`"), &help);
                }
                _ => fields.push((key, value)),
            }
        }
        fields
    }

    fn problem(&mut self, field: &str, message: impl Into<String>, help: &str) {
        let start = self.document.locate(&self.text, &field_pointer(field));
        let span = Span {
            path: self.name.clone(),
            start,
        };
        let problem = Diagnostic::error("plugin-config", message)
            .at(span)
            .field(field);
        self.problems.push(match help {
            "" => problem,
            help => problem.help(help),
        });
    }
}
