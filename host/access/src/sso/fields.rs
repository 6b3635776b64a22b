//! `oidc.config` field by field: texts with references to Secrets, and a word for what cannot be read.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The fields of `oidc.config` that count.
const KNOWN: [&str; 17] = [
    "name",
    "issuer",
    "clientID",
    "clientSecret",
    "cliClientID",
    "requestedScopes",
    "requestedIDTokenClaims",
    "logoutURL",
    "rootCA",
    "enablePKCEAuthentication",
    "allowedAudiences",
    "skipAudienceCheckWhenTokenHasNoAudience",
    "enableUserInfoGroups",
    "userInfoPath",
    "userInfoCacheExpiration",
    "domainHint",
    // What it holds is looked at by itself.
    "azure",
];

/// What is written there. Names of fields count in any case, as Go reads them.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, Value>);

impl Fields {
    /// Reads the text. `secrets` has the entries of `argocd-secret` by their keys, and those of other Secrets
    /// as `SECRET:KEY`.
    pub(super) fn read(
        text: &str,
        secrets: &BTreeMap<String, String>,
        told: &mut Vec<String>,
    ) -> Result<Self, String> {
        let mut documents = gantry_yaml::parse(text).map_err(|error| error.to_string())?;
        let value = match documents.len() {
            1 => documents.remove(0).value,
            _ => return Err("it is not one YAML document".to_owned()),
        };
        let Value::Object(map) = value else {
            return Err("it is no map of fields".to_owned());
        };
        let mut fields = BTreeMap::new();
        for (key, value) in map {
            if !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
                told.push(format!("argocd-cm, oidc.config: `{key}` has no effect"));
                continue;
            }
            fields.insert(key.to_ascii_lowercase(), resolved(&key, value, secrets)?);
        }
        if fields
            .get("azure")
            .is_some_and(|azure| azure["useWorkloadIdentity"] == true)
        {
            told.push("argocd-cm, oidc.config: `azure.useWorkloadIdentity` has no effect: give a clientSecret".to_owned());
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .get(&name.to_ascii_lowercase())
            .filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        match self.get(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.trim().to_owned()),
            Some(_) => Err(format!("`{name}` must be a text: put it in quotes")),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, String> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(format!("`{name}` must be true or false")),
        }
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let wrong = || format!("`{name}` must be a list of texts");
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(all)) => all
                .iter()
                .map(|text| text.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect(),
            Some(_) => Err(wrong()),
        }
    }

    pub(super) fn map(&self, name: &str) -> Result<Map<String, Value>, String> {
        match self.get(name) {
            None => Ok(Map::new()),
            Some(Value::Object(map)) => Ok(map.clone()),
            Some(_) => Err(format!("`{name}` must be a map")),
        }
    }
}

/// A value with what its references stand for. One that leads nowhere is an error: Argo CD takes the text itself
/// for the secret then, which anybody can read.
fn resolved(
    field: &str,
    value: Value,
    secrets: &BTreeMap<String, String>,
) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => match text.strip_prefix('$') {
            None => Value::String(text),
            Some(key) => match secrets.get(key.trim()) {
                Some(secret) => Value::String(secret.trim().to_owned()),
                None => {
                    return Err(format!(
                        "`{field}` refers to `{text}`, which is no key of argocd-secret, nor of a Secret with the label app.kubernetes.io/part-of: argocd"
                    ));
                }
            },
        },
        Value::Array(all) => {
            let all = all.into_iter().map(|value| resolved(field, value, secrets));
            Value::Array(all.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let all = map
                .into_iter()
                .map(|(key, value)| Ok::<_, String>((key, resolved(field, value, secrets)?)));
            Value::Object(all.collect::<Result<_, _>>()?)
        }
        other => other,
    })
}
