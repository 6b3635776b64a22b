//! Who a request is from, and whether a page of somebody else has sent it.

use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::Refusal;

/// The token that a request shows, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    /// In a header, which no other page can set.
    Header(String),
    /// By a cookie, which browsers send by themselves.
    Cookie(String),
}

impl Shown {
    pub(super) fn token(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Header(token) | Self::Cookie(token) => Some(token),
        }
    }
}

/// The token of a request: `Authorization`, then the cookie.
pub(super) fn shown(headers: &HeaderMap) -> Shown {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    if let Some(given) = headers.get(header::AUTHORIZATION).and_then(text) {
        let (kind, token) = given.split_once(' ').unwrap_or_default();
        if kind.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
            return Shown::Header(token.trim().to_owned());
        }
    }
    gantry_access::session_of(cookies(headers)).map_or(Shown::Nothing, Shown::Cookie)
}

/// The lines of cookies that a request brings.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let all = headers.get_all(header::COOKIE).iter();
    all.filter_map(|line| line.to_str().ok())
}

/// Refuses a write that a page of somebody else may have sent: forms cannot say that they are JSON, and
/// scripts of others are told apart by where they come from.
pub(super) fn check_write(headers: &HeaderMap, shown: &Shown) -> Result<(), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::Http(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Invalid content type: write application/json",
        ));
    }
    if matches!(shown, Shown::Cookie(_)) && !is_same_origin(headers) {
        return Err(Refusal::Http(
            StatusCode::FORBIDDEN,
            "this request comes from another site",
        ));
    }
    Ok(())
}

/// Whether a browser says that a request comes from our own pages, or nothing: what is no browser has no
/// cookie of a user's.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return false;
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    let origin = origin.parse::<Uri>().ok();
    let origin = origin.as_ref().and_then(Uri::authority);
    match (origin, text("host")) {
        (Some(origin), Some(host)) => origin.as_str().eq_ignore_ascii_case(host),
        _ => false,
    }
}

/// What takes back the cookies of a session.
pub(super) fn ended_cookies(headers: &HeaderMap, is_tls: bool) -> Vec<HeaderValue> {
    let ended = gantry_access::ended_cookies(cookies(headers), is_tls);
    let values = ended
        .iter()
        .filter_map(|text| HeaderValue::from_str(text).ok());
    values.collect()
}

/// Gives another one, unless the answer has one already: whoever logs out is not to be let in again.
pub(super) fn renew_cookie(headers: &mut HeaderMap, token: &str, age_secs: u64, is_tls: bool) {
    if headers.contains_key(header::SET_COOKIE) {
        return;
    }
    let cookies = gantry_access::session_cookies(token, age_secs, is_tls);
    for text in cookies.unwrap_or_default() {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(header::SET_COOKIE, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Shown, check_write, is_same_origin, shown};

    fn headers(all: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        };
        all.iter().map(pair).collect()
    }

    #[test]
    fn tokens_are_found() {
        let cases: [(&[(&str, &str)], Shown); 6] = [
            (&[], Shown::Nothing),
            (
                &[("authorization", "Bearer a.b")],
                Shown::Header("a.b".into()),
            ),
            (
                &[
                    ("authorization", "Basic a"),
                    ("cookie", "x=y; argocd.token=t"),
                ],
                Shown::Cookie("t".into()),
            ),
            (
                &[("authorization", "bearer a"), ("cookie", "argocd.token=t")],
                Shown::Header("a".into()),
            ),
            (&[("cookie", "argocd.token=")], Shown::Nothing),
            (&[("cookie", "other.argocd.token=t")], Shown::Nothing),
        ];
        for (given, expected) in cases {
            assert_eq!(shown(&headers(given)), expected, "{given:?}");
        }
    }

    /// Headers, what shows who calls, and whether it is let through.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a Shown, bool);

    #[test]
    fn cve_2024_22424_pages_of_others_write_nothing() {
        let json = ("content-type", "application/json; charset=utf-8");
        let host = ("host", "gantry.example:8080");
        let cookie = Shown::Cookie("t".into());
        let header = Shown::Header("t".into());
        let cases: [Case<'_>; 9] = [
            (&[host, ("content-type", "text/plain")], &header, false),
            (&[host], &cookie, false),
            (&[host, json], &cookie, true),
            (
                &[host, json, ("origin", "https://gantry.example:8080")],
                &cookie,
                true,
            ),
            (
                &[host, json, ("origin", "https://evil.example")],
                &cookie,
                false,
            ),
            (
                &[host, json, ("origin", "https://gantry.example")],
                &cookie,
                false,
            ),
            (&[host, json, ("origin", "null")], &cookie, false),
            (
                &[host, json, ("sec-fetch-site", "same-site")],
                &cookie,
                false,
            ),
            (
                &[host, json, ("origin", "https://evil.example")],
                &header,
                true,
            ),
        ];
        for (given, shown, expected) in cases {
            let checked = check_write(&headers(given), shown);
            assert_eq!(checked.is_ok(), expected, "{given:?}");
        }
        assert!(is_same_origin(&headers(&[
            host,
            ("sec-fetch-site", "none")
        ])));
    }
}
