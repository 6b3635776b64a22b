//! Unquoted times, as `yaml.v3` takes them, written as Go writes a time to JSON.

/// RFC 3339 of an unquoted time; none where the text is not one of the formats that Go accepts.
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    let (date, rest) = split_date(text)?;
    if rest.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let has_zone = rest.starts_with(['T', 't']);
    let (clock, zone) = split_clock(rest.strip_prefix([' ', 'T', 't'])?)?;
    let zone = match (has_zone, zone) {
        (false, "") | (true, "Z") => "Z".to_owned(),
        (true, zone) => offset(zone)?,
        _ => return None,
    };
    Some(format!("{date}T{clock}{zone}"))
}

/// `2006-1-2`, padded, and what follows.
fn split_date(text: &str) -> Option<(String, &str)> {
    let (year, rest) = digits(text, 4, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let days = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days)
        .contains(&day)
        .then(|| (format!("{year:04}-{month:02}-{day:02}"), rest))
}

/// `15:4:5.999999999`, padded and without idle zeros, and what follows.
fn split_clock(text: &str) -> Option<(String, &str)> {
    let (hour, rest) = digits(text, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 1, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 1, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    let Some(rest) = rest.strip_prefix('.') else {
        return Some((clock, rest));
    };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = rest.split_at(length);
    if length == 0 {
        return None;
    }
    let fraction = fraction.get(..9).unwrap_or(fraction).trim_end_matches('0');
    match fraction {
        "" => Some((clock, rest)),
        fraction => Some((format!("{clock}.{fraction}"), rest)),
    }
}

/// `+01:00`; none is UTC and said so.
fn offset(zone: &str) -> Option<String> {
    let unsigned = zone.strip_prefix(['+', '-'])?;
    let (hours, rest) = digits(unsigned, 2, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    if !rest.is_empty() || hours > 24 || minutes > 59 {
        return None;
    }
    Some(match (hours, minutes) {
        (0, 0) => "Z".to_owned(),
        _ => zone.to_owned(),
    })
}

/// A number of so many digits, and what follows.
fn digits(text: &str, min: usize, max: usize) -> Option<(u32, &str)> {
    let length = text
        .bytes()
        .take(max)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, rest) = text.split_at(length);
    (length >= min).then(|| number.parse().ok().map(|n| (n, rest)))?
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn times_are_written_as_go_writes_them() {
        let cases = [
            ("2020-01-01", Some("2020-01-01T00:00:00Z")),
            ("2020-1-2", Some("2020-01-02T00:00:00Z")),
            ("2024-02-29", Some("2024-02-29T00:00:00Z")),
            ("2023-02-29", None),
            ("2020-13-01", None),
            (
                "2001-12-14T21:59:43.10-05:00",
                Some("2001-12-14T21:59:43.1-05:00"),
            ),
            ("2001-12-14t1:2:3.000+00:00", Some("2001-12-14T01:02:03Z")),
            ("2001-12-14 21:59:43", Some("2001-12-14T21:59:43Z")),
            ("2001-12-14 21:59:43Z", None),
            ("2001-12-14T21:59:43", None),
            ("2001-12-14 24:00:00", None),
            ("2020-01-01x", None),
            ("2020-01-01é", None),
            ("20-01-01", None),
            ("2020", None),
        ];
        for (text, expected) in cases {
            assert_eq!(rfc3339(text).as_deref(), expected, "{text}");
        }
    }
}
