//! JSON pointers (RFC 6901), to take something away.

use serde_json::Value;

/// A pointer to a part of an object.
#[derive(Debug)]
pub(super) struct Pointer {
    steps: Vec<String>,
    last: String,
}

impl Pointer {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(if text.is_empty() {
                "an empty pointer names the whole object".to_owned()
            } else {
                format!("`{text}` is no JSON pointer: it does not start with `/`")
            });
        };
        let mut steps: Vec<String> = rest
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect();
        let last = steps.pop().unwrap_or_default();
        Ok(Self { steps, last })
    }

    /// Takes away what it points to, if that is there.
    pub(super) fn remove_from(&self, object: &mut Value) {
        let mut value = object;
        for step in &self.steps {
            let below = match value {
                Value::Object(map) => map.get_mut(step),
                Value::Array(items) => {
                    index(step, items.len()).and_then(|index| items.get_mut(index))
                }
                _ => None,
            };
            let Some(below) = below else {
                return;
            };
            value = below;
        }
        match value {
            Value::Object(map) => {
                map.remove(&self.last);
            }
            Value::Array(items) => {
                if let Some(index) = index(&self.last, items.len()) {
                    items.remove(index);
                }
            }
            _ => {}
        }
    }
}

/// A place in a list; negative ones count from the end, as in the library that Argo CD uses.
fn index(step: &str, length: usize) -> Option<usize> {
    let number: i64 = step.parse().ok()?;
    let length_signed = i64::try_from(length).ok()?;
    let place = if number < 0 {
        number + length_signed
    } else {
        number
    };
    usize::try_from(place).ok().filter(|place| *place < length)
}
