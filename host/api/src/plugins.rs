//! `gantry.PluginService`: what plugins there are. Who uses them is told of applications that the caller may see.

use serde_json::Value;

use crate::app::View;
use crate::desk::Call;
use crate::fault::Fault;

pub(crate) async fn list(call: Call<'_>, method: &str) -> Result<Value, Fault> {
    let mut answer = call.desk.inside.ask(method, call.ask.0).await?;
    let items = answer["items"].as_array_mut().into_iter().flatten();
    for plugin in items {
        if let Some(users) = plugin["usedBy"].as_array_mut() {
            users.retain(|user| may_see(call, View(user)));
        }
    }
    Ok(answer)
}

fn may_see(call: Call<'_>, user: View<'_>) -> bool {
    let [project, namespace, name] = ["/project", "/namespace", "/name"].map(|at| user.text(at));
    call.may(
        "applications",
        "get",
        &call.desk.named(project, namespace, name),
    )
}
