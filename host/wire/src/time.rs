//! Times: seconds and nanoseconds on the wire, RFC 3339 in JSON.

use jiff::Timestamp;

/// The text of a time, to the second or to the microsecond, as Kubernetes writes each.
pub(crate) fn text(seconds: i64, nanos: i32, micro: bool) -> Result<String, String> {
    let nanos = if micro { nanos } else { 0 };
    let time = Timestamp::new(seconds, nanos).map_err(|error| error.to_string())?;
    Ok(if micro {
        time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    } else {
        time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

/// Seconds and nanoseconds of a text.
pub(crate) fn parts(text: &str, micro: bool) -> Result<(i64, i32), String> {
    let time: Timestamp = text
        .parse()
        .map_err(|error| format!("{text:?} is no time: {error}"))?;
    let nanos = if micro { time.subsec_nanosecond() } else { 0 };
    // The seconds are those before, as Go counts them; the rest goes forward from there.
    let seconds = time.as_second();
    if time.subsec_nanosecond() < 0 {
        let nanos = if micro { nanos + 1_000_000_000 } else { 0 };
        return Ok((seconds - 1, nanos));
    }
    Ok((seconds, nanos))
}
