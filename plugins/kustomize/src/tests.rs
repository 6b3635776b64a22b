//! Builds from end to end, on trees in memory.

use crate::Parameters;

#[test]
fn the_written_schema_is_the_derived_one() {
    let derived = gantry_sdk::renderer::schema::<Parameters>();
    let derived: serde_json::Value = serde_json::from_str(&derived).unwrap();
    let written: serde_json::Value = serde_json::from_str(crate::SCHEMA).unwrap();
    assert_eq!(written, derived, "{derived:#}");
}
