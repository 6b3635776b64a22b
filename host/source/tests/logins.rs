//! When user name and password are sent.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

use gantry_source::{Access, Repositories};
use gantry_testbed::FileServer;

#[test]
fn a_login_is_sent_when_the_server_asks_or_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    // "robot:s3cret" in base64.
    let login = "Basic cm9ib3Q6czNjcmV0";
    let server = FileServer::start_tls(folder.path(), Some(login)).expect("a server");
    let repositories = Repositories::new(folder.path().join("cache"));
    for (is_sent_at_once, first) in [(false, ""), (true, login)] {
        let access = Access {
            username: "robot".into(),
            password: "s3cret".into(),
            insecure: true,
            is_sent_at_once,
            ..Access::default()
        };
        let refs = repositories.refs(&server.url("app"), &[], &access);
        refs.expect_err("there is no repository");
        let asked = server.asked();
        assert_eq!(asked[0].authorization, first, "{asked:?}");
        let last = asked.last().map(|asked| asked.authorization.as_str());
        assert_eq!(last, Some(login), "{asked:?}");
    }
}
