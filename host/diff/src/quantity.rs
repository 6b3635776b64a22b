//! `resource.Quantity` of Kubernetes in its canonical text: `1000m` is `1`, `1024Mi` is `1Gi`.

/// Digits of a quantity that are looked at: more than any amount of bytes or seconds has.
const DIGITS_MAX: usize = 30;

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Binary,
    Decimal,
    Exponent,
}

const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// The canonical text; none for what is no quantity, or one beyond all use.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let end = digits
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(digits.len());
    let (number, suffix) = digits.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || whole.len() + fraction.len() == 0 {
        return None;
    }
    if whole.len() + fraction.len() > DIGITS_MAX {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = -i32::try_from(fraction.len()).ok()?;
    let (mantissa, scale, format) = scaled(mantissa, scale, suffix)?;
    let text = write(mantissa, scale, format)?;
    let sign = if negative && mantissa != 0 { "-" } else { "" };
    Some(format!("{sign}{text}"))
}

fn scaled(mantissa: i128, scale: i32, suffix: &str) -> Option<(i128, i32, Format)> {
    if let Some(power) = BINARY.iter().skip(1).position(|s| *s == suffix) {
        let factor = 1024_i128.checked_pow(u32::try_from(power + 1).ok()?)?;
        return Some((mantissa.checked_mul(factor)?, scale, Format::Binary));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(s, _)| *s == suffix) {
        return Some((mantissa, scale + power, Format::Decimal));
    }
    let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    (-100..=100)
        .contains(&power)
        .then_some((mantissa, scale + power, Format::Exponent))
}

fn write(mut mantissa: i128, mut scale: i32, format: Format) -> Option<String> {
    if mantissa == 0 {
        return Some("0".to_owned());
    }
    while mantissa % 10 == 0 {
        mantissa /= 10;
        scale += 1;
    }
    // Nothing is smaller than a billionth: the API server rounds up.
    while scale < -9 {
        mantissa = (mantissa + 9) / 10;
        scale += 1;
        while mantissa % 10 == 0 {
            mantissa /= 10;
            scale += 1;
        }
    }
    if format == Format::Binary {
        return binary(mantissa, scale);
    }
    let over = scale.rem_euclid(3);
    let number = mantissa.checked_mul(10_i128.checked_pow(u32::try_from(over).ok()?)?)?;
    let scale = scale - over;
    if format == Format::Exponent {
        return Some(match scale {
            0 => number.to_string(),
            _ => format!("{number}e{scale}"),
        });
    }
    let (suffix, power) = DECIMAL
        .iter()
        .rev()
        .find(|(_, power)| *power <= scale)
        .copied()?;
    let more = 10_i128.checked_pow(u32::try_from(scale - power).ok()?)?;
    Some(format!("{}{suffix}", number.checked_mul(more)?))
}

/// A number of bytes, rounded up to whole ones.
fn binary(mantissa: i128, scale: i32) -> Option<String> {
    let power = 10_i128.checked_pow(scale.unsigned_abs())?;
    let mut number = if scale >= 0 {
        mantissa.checked_mul(power)?
    } else if mantissa < 1024_i128.checked_mul(power)? {
        // Less than 1 Ki is written as a decimal.
        return write(mantissa, scale, Format::Decimal);
    } else {
        (mantissa + power - 1) / power
    };
    if number < 1024 {
        return write(number, 0, Format::Decimal);
    }
    let mut suffix = 0;
    while number % 1024 == 0 && suffix + 1 < BINARY.len() {
        number /= 1024;
        suffix += 1;
    }
    Some(format!("{number}{}", BINARY.get(suffix)?))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn texts_are_those_of_the_api_server() {
        for (text, expected) in [
            ("1000m", Some("1")),
            ("1", Some("1")),
            ("0.5", Some("500m")),
            ("1.5", Some("1500m")),
            (".2", Some("200m")),
            ("100m", Some("100m")),
            ("1000", Some("1k")),
            ("1500", Some("1500")),
            ("1024Mi", Some("1Gi")),
            ("1.5Gi", Some("1536Mi")),
            ("512", Some("512")),
            ("0.5Gi", Some("512Mi")),
            ("1Ki", Some("1Ki")),
            ("0.5Ki", Some("512")),
            ("1e3", Some("1e3")),
            ("12e6", Some("12e6")),
            ("5E", Some("5E")),
            ("1000E", Some("1000E")),
            ("0.0000000001", Some("1n")),
            ("-100m", Some("-100m")),
            ("0", Some("0")),
            ("0Mi", Some("0")),
            ("+1", Some("1")),
            ("invalid", None),
            ("", None),
            ("1.2.3", None),
            ("1 Gi", None),
            ("++++", None),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
    }
}
