//! What an unquoted word means: the table and the number rules of `goyaml.v2/resolve.go`.

use serde_json::{Number, Value};

use crate::timestamp::rfc3339;

/// A resolved scalar. JSON has no word for the special floats, so they stand apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    /// A JSON value: null, boolean, number or string.
    Json(Value),
    /// `.nan`, `.inf`, `-.inf`.
    NotFinite,
}

/// Resolves a plain scalar without a tag.
pub(crate) fn resolve(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Json(Value::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Json(Value::Bool(false));
        }
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Json(Value::Null),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => return Scalar::NotFinite,
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        _ => None,
    }
    .unwrap_or_else(|| Scalar::Json(Value::String(text.to_owned())))
}

/// The same as `yaml.v3` resolves: no words of YAML 1.1, and times are times.
pub(crate) fn resolve_strict(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO"
        | "off" | "Off" | "OFF" => Scalar::Json(Value::String(text.to_owned())),
        _ if is_timestamp(text) => match rfc3339(text) {
            Some(time) => Scalar::Json(Value::String(time)),
            None => resolve(text),
        },
        _ => resolve(text),
    }
}

/// A number, if the text is one; dates are not, and stay strings.
fn number(text: &str) -> Option<Scalar> {
    let plain: String;
    let digits = if text.contains('_') && !text.starts_with('.') {
        plain = text.replace('_', "");
        plain.as_str()
    } else {
        text
    };
    if let Some(integer) = integer(digits) {
        return Some(Scalar::Json(Value::Number(integer)));
    }
    if !is_float(digits) {
        return None;
    }
    let float: f64 = digits.parse().ok()?;
    // Go refuses what is out of range, and the word stays a string.
    float.is_finite().then(|| Scalar::Json(float_value(float)))
}

/// Go's `ParseInt(text, 0, 64)`, then `ParseUint`: a sign, a base prefix, digits.
fn integer(text: &str) -> Option<Number> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let prefixed = |prefix: &str| unsigned.get(..2).filter(|p| p.eq_ignore_ascii_case(prefix));
    let (radix, digits) = if prefixed("0x").is_some() {
        (16, &unsigned[2..])
    } else if prefixed("0b").is_some() {
        (2, &unsigned[2..])
    } else if prefixed("0o").is_some() {
        (8, &unsigned[2..])
    } else if unsigned.len() > 1 && unsigned.starts_with('0') {
        (8, &unsigned[1..])
    } else {
        (10, unsigned)
    };
    if !digits.bytes().all(|b| char::from(b).is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if !negative {
        // Go's ParseUint takes no sign.
        return (!text.starts_with('+') || i64::try_from(magnitude).is_ok())
            .then(|| magnitude.into());
    }
    let value = 0i64.checked_sub_unsigned(magnitude)?;
    Some(value.into())
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_ok = all_digits(whole)
        && all_digits(fraction)
        && (!whole.is_empty() || !fraction.is_empty())
        && mantissa.matches('.').count() <= 1;
    let exponent_ok = exponent.is_none_or(|e| {
        let digits = e.strip_prefix(['-', '+']).unwrap_or(e);
        !digits.is_empty() && all_digits(digits)
    });
    mantissa_ok && exponent_ok
}

/// As Go writes a float to JSON: a whole number has no fraction, so `1.0` and `1` are one value.
pub(crate) fn float_value(float: f64) -> Value {
    /// Up to here every whole float is one exact integer.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if float.fract() == 0.0 && float.abs() <= EXACT_MAX {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked: whole and within 2^53"
        )]
        return Value::from(float as i64);
    }
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

/// Whether YAML 1.1 reads the word as base 60 (`1:30`), which Go quotes on the way out.
pub(crate) fn is_base60(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+')
        && text.contains(':')
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'_' | b'-' | b'+'))
}

/// Whether Go reads the unquoted word as a time, and so quotes the string: `2006-1-2…`.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}
