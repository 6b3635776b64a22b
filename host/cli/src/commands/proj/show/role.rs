//! Roles and their tokens, in the words of `argocd proj role`. Pure.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::text;
use crate::table::Table;

/// The table of `role list`.
pub(crate) fn roles(roles: &Value) -> String {
    let mut table = Table::new(&["ROLE-NAME", "DESCRIPTION"]);
    for role in roles.as_array().into_iter().flatten() {
        let cells = ["name", "description"].map(|field| text(&role[field]).to_owned());
        table.row(cells);
    }
    table.to_string()
}

/// A name on each line.
pub(crate) fn role_names(roles: &Value) -> String {
    let roles = roles.as_array().into_iter().flatten();
    roles
        .map(|role| format!("{}\n", text(&role["name"])))
        .collect()
}

/// What `role get` prints.
pub(crate) fn role(role: &Value, tokens: &[Value]) -> String {
    let mut shown = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(shown, "{:<15}{}", "Role Name:", text(&role["name"]));
    let line = format!("{:<15}{}", "Description:", text(&role["description"]));
    let _ = writeln!(shown, "{}", line.trim_end());
    let list = |field: &str| role[field].as_array().cloned().unwrap_or_default();
    let _ = writeln!(shown, "Policies:");
    for policy in list("policies") {
        let _ = writeln!(shown, "{}", text(&policy));
    }
    let _ = writeln!(shown, "Groups:");
    match list("groups").as_slice() {
        [] => shown.push_str("<none>\n"),
        groups => groups.iter().for_each(|group| {
            let _ = writeln!(shown, "  - {}", text(group));
        }),
    }
    let _ = writeln!(shown, "JWT Tokens:");
    // What takes a token back is when it was given out.
    let mut table = Table::new(&["ID", "ISSUED-AT", "EXPIRES-AT"]);
    for token in tokens {
        let expires = match number(token, "exp") {
            0 => "<none>".to_owned(),
            seconds => time(seconds),
        };
        let issued = number(token, "iat");
        table.row([issued.to_string(), time(issued), expires]);
    }
    shown.push_str(&table.to_string());
    shown
}

/// The table of `role list-tokens`.
pub(crate) fn tokens(tokens: &[Value], unixtime: bool) -> String {
    let shown = |seconds: i64| match (unixtime, seconds) {
        (true, seconds) => seconds.to_string(),
        (false, 0) => "Never".to_owned(),
        (false, seconds) => time(seconds),
    };
    let mut table = Table::new(&["ID", "ISSUED AT", "EXPIRES AT"]);
    for token in tokens {
        let (issued, expires) = (number(token, "iat"), number(token, "exp"));
        let id = text(&token["id"]).to_owned();
        table.row([id, shown(issued), shown(expires)]);
    }
    table.to_string()
}

/// What `role create-token` prints.
pub(crate) fn new_token(subject: &str, entry: &Value, token: &str) -> String {
    let expires = match number(entry, "exp") {
        0 => "Never".to_owned(),
        seconds => time(seconds),
    };
    format!(
        "Create token succeeded for {subject}.\n  ID: {}\n  Issued At: {}\n  Expires At: {expires}\n  Token: {token}\n",
        text(&entry["id"]),
        time(number(entry, "iat")),
    )
}

fn number(token: &Value, field: &str) -> i64 {
    token[field].as_i64().unwrap_or_default()
}

/// A time in seconds since 1970, as RFC 3339 has it.
fn time(seconds: i64) -> String {
    let since = u64::try_from(seconds).unwrap_or_default();
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(since));
    // The formatter knows no year of five digits.
    let known = time.filter(|_| since < 253_402_300_800);
    known.map_or_else(
        || seconds.to_string(),
        |time| humantime::format_rfc3339_seconds(time).to_string(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{new_token, role, tokens};

    #[test]
    fn a_role_is_shown_as_argocd_shows_it() {
        let ci = json!({"name": "ci", "description": "d", "policies": ["p, a", "p, b"], "groups": ["team"]});
        let token = json!({"id": "t", "iat": 0, "exp": 253_402_300_799_i64});
        let shown = role(&ci, std::slice::from_ref(&token));
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        let expected = [
            "Role Name:     ci",
            "Description:   d",
            "Policies:",
            "p, a",
            "p, b",
            "Groups:",
            "  - team",
            "JWT Tokens:",
        ];
        assert_eq!(lines[..8], expected);
        assert!(lines[9].ends_with("9999-12-31T23:59:59Z"), "{shown}");
        let bare = role(&json!({"name": "ci"}), &[]);
        assert!(
            bare.contains("Description:\n") && bare.contains("<none>"),
            "{bare}"
        );
        let for_ever = json!({"id": "t", "iat": 7});
        assert!(tokens(std::slice::from_ref(&for_ever), false).contains("Never"));
        assert!(tokens(&[json!({"iat": i64::MAX})], false).contains(&i64::MAX.to_string()));
        let told = new_token("proj:p:ci", &for_ever, "secret");
        assert!(
            told.ends_with("  Expires At: Never\n  Token: secret\n"),
            "{told}"
        );
    }
}
