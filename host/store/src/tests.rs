//! One suite for both homes.

mod fake;

use std::sync::Arc;

use crate::{ClusterHistory, Entry, History, Key, Outcome, SqliteHistory, StoreError};
use fake::FakeCluster;

fn key(application: &str) -> Key {
    Key {
        application: application.to_owned(),
        cluster: "spoke".to_owned(),
        namespace: "web".to_owned(),
    }
}

fn entry(at: &str) -> Entry {
    Entry {
        application: "shop".to_owned(),
        deployed_at: at.to_owned(),
        ..Entry::default()
    }
}

fn ids(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.id).collect()
}

async fn suite(home: Arc<dyn History>) {
    let (shop, other) = (key("shop"), key("other"));
    assert_eq!(home.list(&shop).await.expect("none").len(), 0);
    for (number, at) in (1..).zip(["a", "b", "c", "d"]) {
        assert_eq!(
            home.record(&shop, entry(at), 3).await.expect("an id"),
            number
        );
    }
    assert_eq!(home.record(&other, entry("x"), 3).await.expect("an id"), 1);
    let listed = home.list(&shop).await.expect("entries");
    assert_eq!(
        ids(&listed),
        [4, 3, 2],
        "newest first, no more than the limit"
    );
    let found = home
        .get(&shop, 3)
        .await
        .expect("an answer")
        .expect("it is kept");
    assert_eq!(
        found,
        Entry {
            id: 3,
            ..entry("c")
        }
    );
    assert_eq!(home.get(&shop, 1).await.expect("an answer"), None);
    let failed = Entry {
        outcome: Outcome::Failed,
        ..entry("e")
    };
    assert_eq!(home.record(&shop, failed, 1).await.expect("an id"), 5);
    assert_eq!(ids(&home.list(&shop).await.expect("entries")), [5]);
    let next = home.record(&shop, entry("f"), 3).await.expect("an id");
    let listed = home.list(&shop).await.expect("entries");
    assert_eq!((next, ids(&listed)), (6, vec![6]), "what failed gives way");

    home.forget(&other).await.expect("an answer");
    home.forget(&other).await.expect("it is gone already");
    assert_eq!(home.list(&other).await.expect("none").len(), 0);
    assert_eq!(home.list(&shop).await.expect("entries").len(), 1);

    let many = key("many");
    let texts: Vec<String> = (0..8).map(|n| n.to_string()).collect();
    let writes = texts.iter().map(|at| home.record(&many, entry(at), 100));
    let mut got: Vec<u64> = futures::future::join_all(writes)
        .await
        .into_iter()
        .map(|id| id.expect("an id"))
        .collect();
    got.sort_unstable();
    assert_eq!(
        got,
        [1, 2, 3, 4, 5, 6, 7, 8],
        "no writer overwrites another"
    );
}

#[tokio::test]
async fn a_file_keeps_the_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data/gantry.db");
    suite(Arc::new(SqliteHistory::open(&path).expect("a file"))).await;
    // What another process finds.
    let again = SqliteHistory::open(&path).expect("the file");
    assert_eq!(ids(&again.list(&key("shop")).await.expect("entries")), [6]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path)
            .expect("the file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_may_start_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gantry.db");
    let open = || {
        let path = path.clone();
        tokio::task::spawn_blocking(move || SqliteHistory::open(&path))
    };
    let opened: Vec<_> = (0..8).map(|_| open()).collect();
    for (number, opened) in opened.into_iter().enumerate() {
        let home = opened.await.expect("it ends").expect("a file");
        let at = number.to_string();
        home.record(&key("shop"), entry(&at), 100)
            .await
            .expect("an id");
    }
}

#[tokio::test]
async fn a_newer_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gantry.db");
    let newer = rusqlite::Connection::open(&path).expect("a file");
    newer
        .pragma_update(None, "user_version", 99)
        .expect("a version");
    let error = SqliteHistory::open(&path).err().expect("refused");
    assert!(
        matches!(error, StoreError::Newer { found: 99, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_secret_keeps_the_history() {
    let cluster = Arc::new(FakeCluster::default());
    suite(Arc::new(ClusterHistory::new(cluster.clone()))).await;
    let secret = cluster.only("gantry-history-shop");
    assert_eq!(secret.label("app.kubernetes.io/managed-by"), Some("gantry"));
    assert_eq!(secret.annotation("gantry.dev/application"), Some("shop"));
    assert_eq!(secret.annotation("argocd.argoproj.io/tracking-id"), None);
}

#[tokio::test]
async fn a_secret_holds_what_fits() {
    let home = ClusterHistory::new(Arc::new(FakeCluster::default()));
    let large = |bytes: usize| Entry {
        message: "x".repeat(bytes),
        ..entry("a")
    };
    for at in 1..=4 {
        let id = home.record(&key("shop"), large(400_000 + at), 10).await;
        assert_eq!(id.expect("an id"), at as u64);
    }
    assert_eq!(
        ids(&home.list(&key("shop")).await.expect("entries")),
        [4, 3]
    );
    let error = home.record(&key("shop"), large(2 << 20), 10).await;
    assert!(matches!(error, Err(StoreError::TooLarge { .. })));
}
