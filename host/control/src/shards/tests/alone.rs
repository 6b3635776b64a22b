//! A control plane without others.

use std::collections::BTreeSet;

use crate::shards::{Shards, ShardsError};

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn alone_it_owns_all() {
    let shards = Shards::alone();
    let owned = shards.owned();
    shards.set_clusters(set(&["a", "b"]));
    assert_eq!(*owned.borrow(), set(&["a", "b"]));
    let hold = shards.hold("a").expect("a hold");
    shards.set_clusters(set(&["b"]));
    assert_eq!(*owned.borrow(), set(&["b"]));
    assert!(shards.hold("a").is_none());
    assert_eq!(hold.check(), Ok(()), "work may end in peace");
    shards.set_clusters(set(&["a", "b"]));
    assert_eq!(
        *owned.borrow(),
        set(&["b"]),
        "while there is work of before"
    );
    drop(hold.clone());
    assert_eq!(*owned.borrow(), set(&["b"]));
    drop(hold);
    assert_eq!(*owned.borrow(), set(&["a", "b"]));
    let hold = shards.hold("a").expect("a hold");
    assert!(shards.close().await);
    assert!(hold.check().is_err());
    assert!(owned.borrow().is_empty());
}

#[test]
fn ids_are_parts_of_names() {
    for (id, fits) in [
        ("gantry-0", true),
        ("node.example", true),
        ("", false),
        ("Node", false),
        ("a_b", false),
        ("-a", false),
        ("a.", false),
        ("a..b", false),
    ] {
        assert_eq!(crate::shards::is_id(id), fits, "{id:?}");
    }
    let error = ShardsError::Id("Node".to_owned()).to_string();
    assert!(error.starts_with("\"Node\" is no id of a replica: it may have"));
}
