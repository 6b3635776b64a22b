//! What templates can do beyond minijinja's own filters: what people miss who come from Helm.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, Error, ErrorKind, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::convert::{from_json, to_json, undefined};

/// The names, for messages.
pub(crate) const NAMES: &str = "toyaml, fromyaml, b64encode, b64decode, quote, sha256, nindent";

pub(crate) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("toyaml", to_yaml);
    environment.add_filter("fromyaml", from_yaml);
    environment.add_filter("b64encode", b64encode);
    environment.add_filter("b64decode", b64decode);
    environment.add_filter("quote", quote);
    environment.add_filter("sha256", sha256);
    environment.add_filter("nindent", nindent);
    environment.add_function("fail", fail);
}

/// Block style, without the last line break: the template writes it.
fn to_yaml(value: Value) -> Result<String, Error> {
    let text = gantry_yaml::emit(&to_json(&value)?);
    Ok(text.trim_end_matches('\n').to_owned())
}

fn from_yaml(text: Value) -> Result<Value, Error> {
    let documents = gantry_yaml::parse(string("fromyaml", &text)?)
        .map_err(|error| invalid(format!("fromyaml: {error}")))?;
    match &documents[..] {
        [] => Ok(Value::from(())),
        [document] => Ok(from_json(&document.value)),
        _ => Err(invalid("fromyaml takes one document, not several".into())),
    }
}

fn b64encode(text: Value) -> Result<String, Error> {
    Ok(STANDARD.encode(string("b64encode", &text)?))
}

fn b64decode(text: Value) -> Result<String, Error> {
    let bytes = STANDARD
        .decode(string("b64decode", &text)?)
        .map_err(|error| invalid(format!("b64decode: {error}")))?;
    String::from_utf8(bytes).map_err(|_| invalid("b64decode: what it holds is no text".into()))
}

/// In double quotes, as JSON and YAML have them.
fn quote(value: Value) -> Result<String, Error> {
    let text = match to_json(&value)? {
        Json::String(text) => text,
        json @ (Json::Number(_) | Json::Bool(_)) => json.to_string(),
        _ => {
            let kind = value.kind();
            let message =
                format!("quote takes a string, number or boolean, not {kind}; there is tojson");
            return Err(invalid(message));
        }
    };
    Ok(Json::String(text).to_string())
}

fn sha256(text: Value) -> Result<String, Error> {
    let mut hexadecimal = String::new();
    for byte in Sha256::digest(string("sha256", &text)?) {
        write!(hexadecimal, "{byte:02x}")?;
    }
    Ok(hexadecimal)
}

/// Every line but empty ones on a new line and indented. The type bounds the width.
fn nindent(text: Value, width: u16) -> Result<String, Error> {
    let mut indented = String::new();
    for line in string("nindent", &text)?.lines() {
        indented.push('\n');
        if !line.is_empty() {
            indented.extend(std::iter::repeat_n(' ', width.into()));
            indented.push_str(line);
        }
    }
    Ok(indented)
}

fn fail(message: Value) -> Result<Value, Error> {
    Err(invalid(string("fail", &message)?.to_owned()))
}

fn string<'a>(filter: &str, value: &'a Value) -> Result<&'a str, Error> {
    match value.as_str() {
        Some(text) => Ok(text),
        None if value.is_undefined() => Err(undefined()),
        None => Err(invalid(format!(
            "{filter} takes a string, not {}",
            value.kind()
        ))),
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

#[cfg(test)]
mod tests {
    use minijinja::{Environment, context};

    fn render(template: &str) -> Result<String, String> {
        let mut environment = Environment::new();
        super::add(&mut environment);
        let context = context! { map => context! { b => 1, a => context! { c => "yes" } } };
        let rendered = environment.render_str(template, context);
        rendered.map_err(|error| error.detail().unwrap_or_default().to_owned())
    }

    #[test]
    fn filters_do_what_helm_users_expect() {
        let cases = [
            ("{{ map | toyaml }}", "a:\n  c: \"yes\"\nb: 1"),
            ("{{ [] | toyaml }}", "[]"),
            ("x:{{ map.a | toyaml | nindent(2) }}", "x:\n  c: \"yes\""),
            ("{{ 'a\n\nb' | nindent(1) }}", "\n a\n\n b"),
            ("{{ ('a: [1, yes]' | fromyaml).a[1] | quote }}", "\"true\""),
            ("{{ ('' | fromyaml) is none | int }}", "1"),
            ("{{ 'grüße' | b64encode }}", "Z3LDvMOfZQ=="),
            ("{{ 'Z3LDvMOfZQ==' | b64decode }}", "grüße"),
            ("{{ 'a\"\n' | quote }}{{ 3 | quote }}", r#""a\"\n""3""#),
            (
                "{{ 'abc' | sha256 }}",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ];
        for (template, expected) in cases {
            assert_eq!(render(template).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn wrong_values_are_told() {
        let cases = [
            (
                "{{ 3 | b64encode }}",
                "b64encode takes a string, not number",
            ),
            ("{{ '!' | b64decode }}", "b64decode: "),
            ("{{ '/w==' | b64decode }}", "no text"),
            ("{{ map | quote }}", "not map"),
            ("{{ 'a: [' | fromyaml }}", "fromyaml: line 2"),
            ("{{ 'a: 1\n---\nb: 1' | fromyaml }}", "one document"),
            ("{{ fail('no ' ~ 'way') }}", "no way"),
        ];
        for (template, message) in cases {
            let error = render(template).unwrap_err();
            assert!(error.contains(message), "{template}: {error}");
        }
        assert!(render("{{ 'a' | nindent(10000000) }}").is_err());
    }
}
