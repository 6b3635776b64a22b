//! `account.AccountService`.

use serde_json::{Value, json};

use crate::desk::Call;
use crate::fault::Fault;

pub(crate) fn call(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "CanI" => {
            let ask = call.ask;
            let (resource, action) = (ask.needed("resource")?, ask.needed("action")?);
            let may = call.may(resource, action, ask.text("subresource"));
            Ok(json!({"value": if may { "yes" } else { "no" }}))
        }
        _ => Err(Fault::unserved(&format!("account.AccountService/{name}"))),
    }
}
