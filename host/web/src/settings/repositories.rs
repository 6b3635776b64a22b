//! Repositories. Credentials go in and never come out.

use gantry_api::Fault;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::connection;
use crate::answer::invalid;
use crate::applications::short_repository;
use crate::icons::icon;
use crate::json::{is, items, number, text};
use crate::layout::{act, csrf_field, outside};
use crate::time::ago;
use crate::visit::Guest;

/// All of them, and the form for a new one.
pub(super) async fn show(guest: &Guest) -> Result<Markup, Fault> {
    let answer = guest
        .ask(
            "repository.RepositoryService/ListRepositories",
            json!({"forceRefresh": guest.visit.query.is("refresh")}),
        )
        .await?;
    let repositories = items(&answer, "/items");
    let unlisted = guest
        .ask("repository.RepositoryService/ListUnlisted", json!({}))
        .await?;
    let unlisted = items(&unlisted, "/items");
    Ok(html! {
        details .more.card open[repositories.is_empty() || guest.visit.form.is("repo")] { summary { (icon("plus")) " CONNECT REPO" } (connect(guest)) }
        @if repositories.is_empty() && unlisted.is_empty() {
            div .empty { (icon("git")) h2 { "No repositories are connected" } p { "One that is read without credentials needs no entry here." } }
        } @else { div .scroll { table .rows {
            caption .hidden { "Repositories" }
            thead { tr {
                th scope="col" { "Repository" } th scope="col" { "Type" } th scope="col" { "Project" }
                th scope="col" { "Connection" } th scope="col" { "Asked" } th scope="col" { span .hidden { "Actions" } }
            } }
            tbody {
                @for repository in repositories { (line(guest, repository)) }
                @for repository in unlisted { (unlisted_line(repository)) }
            }
        } } }
    })
}

fn line(guest: &Guest, repository: &Value) -> Markup {
    let url = text(repository, "/repo");
    html! {
        tr {
            th scope="row" { (icon("git")) (outside(url, short_repository(url)))
                @let name = text(repository, "/name"); @if !name.is_empty() { " " span .chip { (name) } }
                @if is(repository, "/inheritedCreds") { " " span .chip { "credential template" } }
            }
            td { (match text(repository, "/type") { "" => "git", kind => kind }) }
            td { (text(repository, "/project")) }
            td { (connection(text(repository, "/connectionState/status"), text(repository, "/connectionState/message"))) }
            td { (ago(text(repository, "/connectionState/attemptedAt"), guest.visit.now)) }
            td .end { (act(guest, "/settings/repositories/remove", &[("repo", url), ("appProject", text(repository, "/project"))], "small", html! { "DISCONNECT" })) }
        }
    }
}

/// One that applications use as it is, without an entry.
fn unlisted_line(repository: &Value) -> Markup {
    let url = text(repository, "/repo");
    let applications = number(repository, "/applications");
    html! {
        tr {
            th scope="row" { (icon("git")) (outside(url, short_repository(url))) " " span .chip title="It is read without an entry here, with a template's credentials if one fits" { "no entry" } }
            td { (text(repository, "/type")) }
            td {}
            td colspan="3" { "Used by " (applications) @if applications == 1 { " application" } @else { " applications" } }
        }
    }
}

fn connect(guest: &Guest) -> Markup {
    let sent = &guest.visit.form;
    let input = |name: &str, label: &str, example: &str| {
        html! { label { span { (label) } input name=(name) value=(sent.get(name)) placeholder=(example) spellcheck="false" autocapitalize="none" autocomplete="off"; } }
    };
    let secret = |name: &str, label: &str| {
        html! { label { span { (label) } textarea .code name=(name) rows="3" spellcheck="false" autocomplete="off" {} } }
    };
    html! {
        form .sheet method="post" action="/settings/repositories/connect" {
            (csrf_field(guest))
            div .columns {
                label { span { "Type" } select name="type" { @for kind in ["git", "helm", "oci"] { option selected[sent.get("type") == kind] { (kind) } } } }
                (input("name", "Name", ""))
                (input("project", "Project", ""))
            }
            label { span { "Repository URL *" } input name="repo" value=(sent.get("repo")) placeholder="https://git.example/shop.git" required spellcheck="false"; }
            div .columns {
                (input("username", "Username", ""))
                label { span { "Password or token" } input name="password" type="password" autocomplete="off"; }
            }
            details .more { summary { "GitHub App" }
                div .columns {
                    (input("githubAppID", "App ID", "12345"))
                    (input("githubAppInstallationID", "Installation ID", "that of the owner"))
                    (input("githubAppEnterpriseBaseUrl", "API of a GitHub of your own", "https://github.example/api/v3"))
                }
                (secret("githubAppPrivateKey", "Private key"))
            }
            details .more { summary { "SSH and TLS" }
                (secret("sshPrivateKey", "SSH private key"))
                (secret("tlsClientCertData", "TLS client certificate"))
                (secret("tlsClientCertKey", "TLS client key"))
                label .tick { input type="checkbox" name="forceHttpBasicAuth" value="1"; span { "Send user name and password before the server asks for them" } }
                label .tick { input type="checkbox" name="insecure" value="1"; span { "Skip the check of the server's certificate or host key" } }
            }
            div .acts { button .primary type="submit" { "CONNECT" } }
        }
    }
}

/// What a form does; where to go then.
pub(super) async fn change(guest: &Guest, act: &str) -> Result<String, Fault> {
    let sent = &guest.visit.form;
    match act {
        "connect" => {
            let mut repository = json!({"repo": sent.get("repo"), "type": sent.get("type"), "insecure": sent.is("insecure"),
                "forceHttpBasicAuth": sent.is("forceHttpBasicAuth")});
            for field in [
                "name",
                "project",
                "username",
                "githubAppID",
                "githubAppInstallationID",
                "githubAppEnterpriseBaseUrl",
            ] {
                if sent.is(field) {
                    repository[field] = json!(sent.get(field));
                }
            }
            for field in [
                "password",
                "sshPrivateKey",
                "githubAppPrivateKey",
                "tlsClientCertData",
                "tlsClientCertKey",
            ] {
                if sent.is(field) {
                    repository[field] = json!(sent.raw(field).replace("\r\n", "\n"));
                }
            }
            let mut asked = repository.clone();
            asked["repo"] = json!(sent.get("repo"));
            guest
                .ask("repository.RepositoryService/ValidateAccess", asked)
                .await?;
            guest
                .ask(
                    "repository.RepositoryService/CreateRepository",
                    json!({"repo": repository, "upsert": true}),
                )
                .await?;
            Ok("/settings/repositories?done=update".to_owned())
        }
        "remove" => {
            let request = json!({"repo": sent.get("repo"), "appProject": sent.get("appProject")});
            guest
                .ask("repository.RepositoryService/DeleteRepository", request)
                .await?;
            Ok("/settings/repositories?done=remove".to_owned())
        }
        _ => Err(invalid("there is no such thing to do with a repository")),
    }
}

#[cfg(test)]
mod tests {
    use gantry_api::{Code, Fault};
    use serde_json::{Value, json};

    use crate::stub::Stub;

    fn answer(method: &str, _: &Value) -> Result<Value, Fault> {
        match method {
            "ListRepositories" => {
                Ok(json!({"items": [{"repo": "https://git.example/kept", "type": "git"}]}))
            }
            "ListUnlisted" => Ok(json!({"items": [
                {"repo": "https://git.example/used", "type": "git", "applications": 2},
                {"repo": "https://charts.example", "type": "helm", "applications": 1}]})),
            "ValidateAccess" | "CreateRepository" | "GetUserInfo" => Ok(json!({})),
            _ => Err(Fault::new(Code::Unimplemented, "nothing is known of it")),
        }
    }

    #[tokio::test]
    async fn repositories_without_an_entry_are_marked() {
        let page = Stub::new(answer).open("/settings/repositories").await.text;
        let rows: Vec<&str> = page.split("<tr>").skip(2).collect();
        for (row, url, words) in [
            (0, "git.example/kept", "DISCONNECT"),
            (1, "git.example/used", "Used by 2 applications"),
            (2, "charts.example", "Used by 1 application<"),
        ] {
            assert!(
                rows[row].contains(url) && rows[row].contains(words),
                "{row}: {}",
                rows[row]
            );
            assert_eq!(rows[row].contains("no entry"), row > 0, "{row}");
            assert_eq!(rows[row].contains("DISCONNECT"), row == 0, "{row}");
        }
    }

    #[tokio::test]
    async fn an_app_of_github_is_connected() {
        let stub = Stub::new(answer);
        let key = "-----BEGIN\r\nhidden\r\n";
        let fields = [
            ("repo", "https://github.example/shop/web"),
            ("type", "git"),
            ("githubAppID", "12"),
            ("githubAppPrivateKey", key),
            (
                "githubAppEnterpriseBaseUrl",
                "https://github.example/api/v3",
            ),
            ("forceHttpBasicAuth", "1"),
        ];
        stub.post("/settings/repositories/connect", &fields).await;
        let asked = stub.last("ValidateAccess").expect("it is asked first");
        let kept = stub.last("CreateRepository").expect("it is kept");
        assert_eq!(asked, kept["repo"]);
        for (key, expected) in [
            ("githubAppID", json!("12")),
            ("githubAppInstallationID", Value::Null),
            ("githubAppPrivateKey", json!("-----BEGIN\nhidden\n")),
            ("forceHttpBasicAuth", json!(true)),
        ] {
            assert_eq!(asked[key], expected, "{key}");
        }
    }
}
