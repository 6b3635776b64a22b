//! What is written between a read and the question by dry-run.

use serde_json::json;

use super::fake::Fake;
use super::{object, run, sync};

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_is_no_difference() {
    let cluster = Fake::new();
    let wanted = [object("ConfigMap", "a", &[])];
    run(&cluster, "1", &wanted).await;
    let mut before = cluster.get_value("ConfigMap", "a").expect("it was made");
    before["metadata"]["resourceVersion"] = json!("0");
    before["data"] = json!({"of": "an earlier state"});
    cluster.read_once(before.clone());
    let found = sync(&cluster, "2").diff(wanted.to_vec()).await;
    assert_eq!(found.expect("a cluster").objects, []);
    // A difference that stays is told of what is there now.
    let mut now = before.clone();
    now["data"] = json!({"of": "somebody else"});
    cluster.put(now);
    cluster.read_once(before);
    let found = sync(&cluster, "3").diff(wanted.to_vec()).await;
    let found = found.expect("a cluster").objects;
    let text = found.first().map(|difference| difference.diff.as_str());
    let text = text.expect("a difference");
    assert!(
        text.contains("somebody else") && !text.contains("earlier"),
        "{text}"
    );
}
