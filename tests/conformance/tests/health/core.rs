//! The built-in kinds, case by case, by health-core.

use gantry_conformance::{Case, suite};
use serde_json::{Value, json};

/// What health-core says, in the suite's words.
pub(crate) fn verdict(case: &Case) -> Value {
    let text = case.text("input.yaml").expect("the suite has the input");
    let documents = match gantry_yaml::parse(&text) {
        Ok(documents) => documents,
        Err(error) => return json!(error.to_string()),
    };
    let object = &documents.first().expect("a document").value;
    match gantry_health_core::assess_text(&object.to_string()) {
        None => Value::Null,
        Some(a) => {
            let status = format!("{:?}", a.status).replace("Status::", "");
            json!({ "status": status, "message": a.message })
        }
    }
}

#[test]
fn health_is_judged_as_argo_cd_judges_it() {
    let Some(suite) = suite("health") else {
        eprintln!("skipped: the health suite is not on this machine");
        return;
    };
    let (mut wrong, mut right_by_rule, mut none, mut wrong_by_rule) = (Vec::new(), 0, 0, 0);
    for case in &suite.cases {
        let expected: Value = case
            .json("expected.json")
            .expect("the suite has the answer");
        let (expected, found) = (&expected["health"], verdict(case));
        if case.row["origin"] != "customization" {
            if *expected != found {
                wrong.push(format!("{}: expected {expected}, found {found}", case.name));
            }
        } else if found.is_null() {
            none += 1;
        } else if found["status"] == expected["status"] {
            right_by_rule += 1;
        } else {
            wrong_by_rule += 1;
        }
    }
    eprintln!(
        "by the general rule: {right_by_rule} right, {wrong_by_rule} wrong, {none} without health"
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
