//! Parameters from a command line.

use gantry_model::Diagnostic;
use serde_json::{Map, Value};

/// Sets one parameter from `key=value`. What reads as JSON is taken as JSON, anything else as
/// text; `a.b=1` sets `b` in the mapping `a`, and `\.` is a dot in a name.
///
/// # Errors
/// When there is no `=`, or a part of the key is already something other than a mapping.
pub fn assign(parameters: &mut Map<String, Value>, text: &str) -> Result<(), Diagnostic> {
    let refuse = |message: String| {
        Diagnostic::error("parameter", message)
            .help("write --param KEY=VALUE, as --param recurse=true")
    };
    let Some((key, value)) = text.split_once('=') else {
        return Err(refuse(format!("--param {text}: there is no `=`")));
    };
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    let mut names = split(key);
    let Some(last) = names
        .pop()
        .filter(|_| names.iter().all(|name| !name.is_empty()))
    else {
        return Err(refuse(format!(
            "--param {text}: a part of the key is empty"
        )));
    };
    let mut map = parameters;
    for name in names {
        let inner = map
            .entry(name.clone())
            .or_insert_with(|| Value::Object(Map::new()));
        map = inner
            .as_object_mut()
            .ok_or_else(|| refuse(format!("--param {text}: {name} is not a mapping")))?;
    }
    map.insert(last, value);
    Ok(())
}

fn split(key: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut escaped = false;
    for c in key.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '.' if !escaped => names.push(String::new()),
            _ => {
                if let Some(name) = names.last_mut() {
                    name.push(c);
                }
                escaped = false;
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::assign;
    use serde_json::{Map, Value, json};

    #[test]
    fn parameters_nest_and_read_json() {
        let mut parameters = Map::new();
        for text in [
            "recurse=true",
            "include=*.yaml",
            "values.image.tag=1.2",
            "values.a\\.b=x",
            "empty=",
        ] {
            assign(&mut parameters, text).expect(text);
        }
        let expected = json!({
            "recurse": true,
            "include": "*.yaml",
            "values": {"image": {"tag": 1.2}, "a.b": "x"},
            "empty": "",
        });
        assert_eq!(Value::Object(parameters.clone()), expected);
        for text in ["recurse", ".a=1", "include.x=1"] {
            assert!(assign(&mut parameters, text).is_err(), "{text}");
        }
    }
}
