//! The cookies of a session. Browsers take some 4 KiB in one, and tokens of identity providers may have more: then
//! they are spread over several, as Argo CD has it (`argocd.token=3:…`, `argocd.token-1=…`, `argocd.token-2=…`).

use gantry_model::limits;

/// The cookie of a session, as Argo CD names it.
pub const SESSION_COOKIE: &str = "argocd.token";

/// The token that the cookies of a request carry: `lines` are its `Cookie` headers.
pub fn session_of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let pairs = lines.into_iter().flat_map(|line| line.split(';'));
    let ours: Vec<(&str, &str)> = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| name.starts_with(SESSION_COOKIE))
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect();
    let of = |name: &str| {
        ours.iter()
            .find(|(known, _)| *known == name)
            .map(|pair| pair.1)
    };
    let first = of(SESSION_COOKIE).filter(|value| !value.is_empty())?;
    let Some((count, start)) = first.split_once(':') else {
        return Some(first.to_owned());
    };
    let count: usize = count.parse().ok()?;
    (2..=limits::COOKIES_MAX).contains(&count).then_some(())?;
    let mut token = start.to_owned();
    for index in 1..count {
        token.push_str(of(&format!("{SESSION_COOKIE}-{index}"))?);
    }
    Some(token)
}

/// The `Set-Cookie` headers that keep a token for some time. None where it is too long for that, or is no token.
pub fn session_cookies(token: &str, age_secs: u64, is_tls: bool) -> Option<Vec<String>> {
    let rest = rest(age_secs, is_tls);
    let is_plain = token
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b";:,\"\\".contains(&b));
    let room = limits::COOKIE_MAX_BYTES.checked_sub(SESSION_COOKIE.len() + rest.len() + 8)?;
    let count = token.len().div_ceil(room);
    (is_plain && (1..=limits::COOKIES_MAX).contains(&count)).then_some(())?;
    let piece = |index: usize| &token[index * room..token.len().min((index + 1) * room)];
    let cookie = |index: usize| match index {
        0 if count == 1 => format!("{SESSION_COOKIE}={token}{rest}"),
        0 => format!("{SESSION_COOKIE}={count}:{}{rest}", piece(0)),
        _ => format!("{SESSION_COOKIE}-{index}={}{rest}", piece(index)),
    };
    Some((0..count).map(cookie).collect())
}

/// The `Set-Cookie` headers that take back the cookies of a session that a request has brought.
pub fn ended_cookies<'a>(lines: impl IntoIterator<Item = &'a str>, is_tls: bool) -> Vec<String> {
    let pairs = lines.into_iter().flat_map(|line| line.split(';'));
    let is_piece = |name: &str| {
        let index = name
            .strip_prefix(SESSION_COOKIE)
            .and_then(|rest| rest.strip_prefix('-'));
        index.is_some_and(|index| {
            index
                .parse::<usize>()
                .is_ok_and(|index| index < limits::COOKIES_MAX)
        })
    };
    let mut names: Vec<&str> = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, _)| name)
        .filter(|name| is_piece(name))
        .collect();
    names.push(SESSION_COOKIE);
    names.sort_unstable();
    names.dedup();
    let rest = rest(0, is_tls);
    names
        .into_iter()
        .map(|name| format!("{name}={rest}"))
        .collect()
}

fn rest(age_secs: u64, is_tls: bool) -> String {
    let secure = if is_tls { "; Secure" } else { "" };
    format!("; Path=/; Max-Age={age_secs}; SameSite=Lax; HttpOnly{secure}")
}

#[cfg(test)]
mod tests {
    use gantry_model::limits;

    use super::{ended_cookies, session_cookies, session_of};

    fn back(cookies: &[String]) -> String {
        let pairs = cookies.iter().filter_map(|cookie| cookie.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn long_tokens_are_spread_and_put_together() {
        for length in [1, 300, 4000, 4100, 9000, 16_000] {
            let token = "a.b-c_".chars().cycle().take(length).collect::<String>();
            let cookies = session_cookies(&token, 60, true).expect("cookies");
            assert!(cookies.iter().all(|c| c.len() <= limits::COOKIE_MAX_BYTES));
            let line = format!("other=x; {}", back(&cookies));
            assert_eq!(session_of([line.as_str()]), Some(token), "{length}");
            let ended = ended_cookies([line.as_str()], true);
            assert_eq!(ended.len(), cookies.len());
            assert!(
                ended
                    .iter()
                    .all(|cookie| cookie.contains("=; Path=/; Max-Age=0"))
            );
        }
        assert!(session_cookies(&"a".repeat(100_000), 60, true).is_none());
        assert!(session_cookies("a;b", 60, true).is_none());
        assert!(session_cookies("", 60, true).is_none());
    }

    #[test]
    fn what_is_missing_makes_no_token() {
        for (line, expected) in [
            ("argocd.token=t", Some("t")),
            ("x=y;argocd.token=\"t\"", Some("t")),
            ("argocd.token=2:a; argocd.token-1=b", Some("ab")),
            ("argocd.token-1=b; argocd.token=2:a", Some("ab")),
            ("argocd.token=2:a", None),
            ("argocd.token=3:a; argocd.token-1=b", None),
            ("argocd.token=99999999:a", None),
            ("argocd.token=-1:a", None),
            ("argocd.token=:a", None),
            ("argocd.token=", None),
            ("other.argocd.token=t", None),
            ("argocd.token-1=t", None),
        ] {
            assert_eq!(session_of([line]).as_deref(), expected, "{line}");
        }
    }
}
