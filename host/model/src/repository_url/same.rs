//! Whether two URLs name one repository, however each of them is reached.

use crate::limits;

/// Whether one of the URLs of a push names the repository of an application.
///
/// Scheme, user, port, case, `.git` and slashes at the end do not count, as in Argo CD: a server
/// has one URL for https and another for ssh, and a webhook may tell only one of them.
pub fn same_repository(pushed: &[String], repository: &str) -> bool {
    let Some(repository) = place(repository) else {
        return false;
    };
    pushed
        .iter()
        .any(|url| place(url).as_ref() == Some(&repository))
}

/// Host and path in lower case; none for what is no URL of a server.
fn place(url: &str) -> Option<(String, String)> {
    if url.len() > limits::REPOSITORY_URL_MAX_BYTES {
        return None;
    }
    let url = url.trim().to_ascii_lowercase();
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = match url.split_once("://") {
        Some(("http" | "https" | "ssh" | "git" | "git+ssh" | "ssh+git", rest)) => {
            rest.split_once('/')?
        }
        Some(_) => return None,
        None => without_scheme(url)?,
    };
    let host = host_of(authority)?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let path = path.trim_end_matches('/');
    let is_place = !path.is_empty() && !host.is_empty();
    is_place.then(|| azure(host, path).unwrap_or_else(|| (host.to_owned(), path.to_owned())))
}

/// `git@host:path` as Git has it, and `host/path` as people write it.
fn without_scheme(url: &str) -> Option<(&str, &str)> {
    // An IPv6 address has colons of its own.
    let after_address = url.find(']').map_or(0, |at| at + 1);
    let at = after_address + url[after_address..].find([':', '/'])?;
    Some((&url[..at], &url[at + 1..]))
}

/// The host of `user:password@host:port`. Large servers have another name for ssh, behind which
/// the same repositories are: `ssh.github.com`, `altssh.bitbucket.org`.
fn host_of(authority: &str) -> Option<&str> {
    let host = match authority.rsplit_once('@') {
        Some((_, host)) => host,
        None => authority,
    };
    let host = match host.strip_prefix('[') {
        Some(address) => address.split_once(']')?.0,
        None => host.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.');
    let names = ["ssh.", "altssh.", "vs-ssh."];
    let plain = names.iter().find_map(|name| host.strip_prefix(name));
    Some(plain.unwrap_or(host))
}

/// Azure DevOps has other paths for ssh, and an older host for each organisation.
fn azure(host: &str, path: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = path.split('/').collect();
    let organisation = host.strip_suffix(".visualstudio.com");
    let path = match (host, organisation, parts.as_slice()) {
        ("dev.azure.com" | "visualstudio.com", _, ["v3", organisation, project, repository]) => {
            format!("{organisation}/{project}/{repository}")
        }
        ("dev.azure.com", _, [organisation, project, "_git", repository]) => {
            format!("{organisation}/{project}/{repository}")
        }
        // The repository that has its project's name.
        ("dev.azure.com", _, [organisation, "_git", repository]) => {
            format!("{organisation}/{repository}/{repository}")
        }
        (_, Some(organisation), ["defaultcollection", rest @ ..] | rest) => match rest {
            [project, "_git", repository] => format!("{organisation}/{project}/{repository}"),
            ["_git", repository] => format!("{organisation}/{repository}/{repository}"),
            _ => return None,
        },
        _ => return None,
    };
    Some(("dev.azure.com".to_owned(), path))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::same_repository;

    fn same(one: &str, other: &str) -> bool {
        let forth = same_repository(&[one.to_owned()], other);
        let back = same_repository(&[other.to_owned()], one);
        assert_eq!(forth, back, "{one} and {other}");
        forth
    }

    #[test]
    fn all_ways_to_a_repository_are_one() {
        let groups: [&[&str]; 5] = [
            &[
                "https://git.example/org/app",
                "https://git.example/org/app.git",
                "https://git.example/org/app/",
                "https://git.example/org/app.git/",
                "http://git.example/org/app",
                "https://user:token@git.example/org/app.git",
                "https://git.example:8443/Org/App",
                "HTTPS://GIT.EXAMPLE/org/app",
                "https://git.example./org/app",
                "ssh://git@git.example/org/app.git",
                "ssh://git@git.example:7999/org/app.git",
                "ssh://git@altssh.git.example:443/org/app.git",
                "ssh://ssh.git.example/org/app",
                "git+ssh://git@git.example/org/app",
                "git@git.example:org/app.git",
                "git@git.example:/org/app.git",
                "git.example:org/app",
                "git.example/org/app",
                "some.user-name$@git.example:org/app",
                " https://git.example/org/app ",
            ],
            &[
                "https://git.example/scm/team/sub/app.git",
                "ssh://git@git.example:7999/scm/team/sub/app.git",
            ],
            &[
                "https://[2001:db8::1]/org/app",
                "ssh://git@[2001:db8::1]:22/org/app.git",
                "git@[2001:db8::1]:org/app",
            ],
            &[
                "https://dev.azure.com/org/project/_git/app",
                "https://org@dev.azure.com/org/project/_git/app",
                "git@ssh.dev.azure.com:v3/org/project/app",
                "https://org.visualstudio.com/project/_git/app",
                "https://org.visualstudio.com/DefaultCollection/project/_git/app",
                "org@vs-ssh.visualstudio.com:v3/org/project/app",
            ],
            &[
                "https://dev.azure.com/org/app/_git/app",
                "https://dev.azure.com/org/_git/app",
            ],
        ];
        for (at, group) in groups.iter().enumerate() {
            for one in *group {
                for (other_at, others) in groups.iter().enumerate() {
                    for other in *others {
                        assert_eq!(same(one, other), at == other_at, "{one} and {other}");
                    }
                }
            }
        }
    }

    #[test]
    fn other_repositories_are_others() {
        let app = "https://git.example/org/app";
        for other in [
            "",
            "/",
            "https://",
            "https://git.example",
            "https://git.example/",
            "https:///org/app",
            "https://git.example/org",
            "https://git.example/org/app2",
            "https://git.example/org/app/sub",
            "https://git.example.org/org/app",
            "https://evil.example/git.example/org/app",
            "https://git.example@evil.example/org/app",
            "https://gitxexample/org/app",
            "https://git.example/org/.*",
            "file:///git.example/org/app",
            "git@git.example",
            "git@[git.example",
            "ssh://[:/org/app",
        ] {
            assert!(!same(app, other), "{other}");
            assert!(!same_repository(&[other.to_owned()], app), "{other}");
        }
        assert!(!same("", ""));
        let long = format!("https://git.example/{}", "a".repeat(100_000));
        assert!(!same(&long, &long));
    }

    /// One of the ways to a repository.
    fn way(host: &str, path: &str, way: usize, user: &str, port: u16, ending: &str) -> String {
        match way {
            0 => format!("https://{host}/{path}{ending}"),
            1 => format!("https://{user}:pass@{host}:{port}/{path}{ending}"),
            2 => format!("ssh://{user}@{host}:{port}/{path}{ending}"),
            3 => format!("{user}@{host}:{path}{ending}"),
            4 => format!("http://{host}:{port}/{path}{ending}"),
            _ => format!("ssh://ssh.{host}/{path}{ending}"),
        }
    }

    proptest! {
        #[test]
        fn each_way_leads_to_the_repository_and_to_no_other(
            host in "[a-z][a-z0-9-]{0,8}\\.(example|test)",
            path in "[a-z0-9_-]{1,6}(/[a-z0-9_.-]{0,6}[a-z0-9_-]){1,3}",
            ways in (0..6usize, 0..6usize),
            user in "[a-zA-Z0-9._-]{1,8}",
            port in 1..u16::MAX,
            endings in prop::sample::select(vec![("", ".git"), (".git", "/"), ("/", ".git/"), ("", "")]),
        ) {
            let one = way(&host, &path, ways.0, &user, port, endings.0);
            let other = way(&host, &path, ways.1, "git", 7999, endings.1);
            prop_assert!(same(&one, &other), "{} and {}", one, other);
            let elsewhere = way(&format!("x{host}"), &path, ways.1, &user, port, "");
            prop_assert!(!same(&one, &elsewhere), "{} and {}", one, elsewhere);
            let below = way(&host, &format!("{path}/x"), ways.1, &user, port, "");
            prop_assert!(!same(&one, &below), "{} and {}", one, below);
        }

        #[test]
        fn no_text_breaks_it(one in ".{0,40}", other in "[a-z@:/.\\[\\]?#%]{0,30}") {
            let _ = same(&one, &other);
        }
    }
}
