//! URLs of repositories, as texts.

mod same;

pub use same::same_repository;

/// The URL as it may be printed.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}{path}")
        }
        _ => url.to_owned(),
    }
}

/// The URL of a file as it may be printed: its query may hold a token.
pub fn without_secrets(url: &str) -> String {
    let url = without_password(url);
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{without_password, without_secrets};

    #[test]
    fn a_password_is_not_printed() {
        assert_eq!(
            without_password("https://u:secret@example.com/a@b"),
            "https://u:***@example.com/a@b"
        );
        assert_eq!(
            without_password("https://u@example.com/a"),
            "https://u@example.com/a"
        );
        assert_eq!(
            without_secrets("https://u:secret@example.com/a.yaml?token=secret#x"),
            "https://u:***@example.com/a.yaml"
        );
    }
}
