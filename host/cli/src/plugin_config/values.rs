//! Values as an operator writes them: `10s`, `512Mi`, `20000`.

use gantry_plugins::Unit;
use serde_json::Value;

/// Suffixes of Kubernetes quantities, whole numbers only.
const SIZES: [(&str, u64); 9] = [
    ("", 1),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
];

/// What a limit of this unit is written as, for messages.
pub(super) fn form(unit: Unit) -> &'static str {
    match unit {
        Unit::Milliseconds => "a duration such as 10s or 1m",
        Unit::Bytes => "a size such as 512Mi or 64Ki",
        Unit::Count => "a whole number",
    }
}

/// The number that a value stands for; none where it is of another form.
pub(super) fn number(unit: Unit, value: &Value) -> Option<u64> {
    match (unit, value) {
        // A number alone says nothing of its unit.
        (Unit::Milliseconds, Value::String(text)) => {
            let duration = humantime::parse_duration(text).ok()?;
            u64::try_from(duration.as_millis()).ok()
        }
        (Unit::Bytes, Value::String(text)) => size(text),
        (Unit::Bytes | Unit::Count, Value::Number(number)) => number.as_u64(),
        _ => None,
    }
}

fn size(text: &str) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let (_, factor) = SIZES.iter().find(|(known, _)| *known == suffix)?;
    digits.parse::<u64>().ok()?.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use gantry_plugins::Unit;
    use serde_json::{Value, json};

    use super::number;

    #[test]
    fn numbers_have_their_unit() {
        let cases: &[(Unit, Value, Option<u64>)] = &[
            (Unit::Milliseconds, json!("10s"), Some(10_000)),
            (Unit::Milliseconds, json!("1m 30s"), Some(90_000)),
            (Unit::Milliseconds, json!("250ms"), Some(250)),
            (Unit::Milliseconds, json!(10), None),
            (Unit::Milliseconds, json!("10"), None),
            (Unit::Milliseconds, json!("soon"), None),
            (Unit::Bytes, json!("512Mi"), Some(512 << 20)),
            (Unit::Bytes, json!("64k"), Some(64_000)),
            (Unit::Bytes, json!("1024"), Some(1024)),
            (Unit::Bytes, json!(1024), Some(1024)),
            (Unit::Bytes, json!("-1Mi"), None),
            (Unit::Bytes, json!("Mi"), None),
            (Unit::Bytes, json!("1.5Gi"), None),
            (Unit::Bytes, json!("1MB"), None),
            (Unit::Bytes, json!("18446744073709551615Ti"), None),
            (Unit::Count, json!(20000), Some(20_000)),
            (Unit::Count, json!("20000"), None),
            (Unit::Count, json!(1.5), None),
            (Unit::Count, json!(-1), None),
            (Unit::Count, json!(null), None),
        ];
        for (unit, value, expected) in cases {
            assert_eq!(number(*unit, value), *expected, "{value} as {unit:?}");
        }
    }
}
