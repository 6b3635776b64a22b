//! Times, as people read them.

use jiff::{SpanRound, Timestamp, Unit};
use maud::{Markup, html};

/// How long ago a time of RFC 3339 was. A script keeps it up to date.
pub(crate) fn ago(text: &str, now: Timestamp) -> Markup {
    html! {
        @if !text.is_empty() {
            time datetime=(text) title=(text) data-ago { (words(text, now)) }
        }
    }
}

/// The same where there is little room: "3m".
pub(crate) fn age(text: &str, now: Timestamp) -> Markup {
    html! {
        @if !text.is_empty() {
            time datetime=(text) title=(text) data-ago="short" { (letters(text, now)) }
        }
    }
}

/// "3m".
fn letters(text: &str, now: Timestamp) -> String {
    let Ok(then) = text.parse::<Timestamp>() else {
        return text.to_owned();
    };
    let seconds = (now.as_second() - then.as_second()).max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// "3 minutes ago".
fn words(text: &str, now: Timestamp) -> String {
    let Ok(then) = text.parse::<Timestamp>() else {
        return text.to_owned();
    };
    let seconds = now.as_second() - then.as_second();
    match seconds {
        ..0 => text.to_owned(),
        0..5 => "just now".to_owned(),
        5..120 => format!("{seconds} seconds ago"),
        120..7_200 => format!("{} minutes ago", seconds / 60),
        7_200..172_800 => format!("{} hours ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// How long something took.
pub(crate) fn between(from: &str, to: &str) -> String {
    let (Ok(from), Ok(to)) = (from.parse::<Timestamp>(), to.parse::<Timestamp>()) else {
        return String::new();
    };
    let span = (to - from).round(SpanRound::new().largest(Unit::Hour).smallest(Unit::Second));
    span.map(|span| format!("{span:#}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{between, letters, words};

    #[test]
    fn ages_are_told_in_words() {
        let now: Timestamp = "2026-07-01T12:00:00Z".parse().expect("a time");
        for (then, expected) in [
            ("2026-07-01T11:59:58Z", "just now"),
            ("2026-07-01T11:59:00Z", "60 seconds ago"),
            ("2026-07-01T11:00:00Z", "60 minutes ago"),
            ("2026-06-30T12:00:00Z", "24 hours ago"),
            ("2026-06-01T12:00:00Z", "30 days ago"),
            ("2026-07-01T12:00:09Z", "2026-07-01T12:00:09Z"),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(words(then, now), expected);
        }
    }

    #[test]
    fn where_there_is_little_room_ages_are_short() {
        let now: Timestamp = "2026-07-01T12:00:00Z".parse().expect("a time");
        for (then, expected) in [
            ("2026-07-01T12:00:01Z", "0s"),
            ("2026-07-01T11:58:01Z", "119s"),
            ("2026-07-01T11:39:00Z", "21m"),
            ("2026-06-30T12:00:00Z", "24h"),
            ("2026-06-01T12:00:00Z", "30d"),
        ] {
            assert_eq!(letters(then, now), expected);
        }
    }

    #[test]
    fn a_duration_is_short() {
        assert_eq!(
            between("2026-07-01T12:00:00Z", "2026-07-01T12:01:05Z"),
            "1m 5s"
        );
        assert_eq!(between("", "2026-07-01T12:01:05Z"), "");
    }
}
