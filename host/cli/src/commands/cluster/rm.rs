//! `gantry cluster rm`.

use gantry_cluster::{Contexts, KubeCluster, normalise_server};
use gantry_control::clusters::manager::{ACCOUNT, Account, Claims};
use gantry_model::Diagnostic;
use gantry_model::secrets::ClusterSecret;
use gantry_store::Kind;

use super::{agreed, one, refused};
use crate::Outcome;
use crate::args::{ClusterRmArgs, Global};
use crate::failure::Failure;
use crate::home::{self, problem};
use crate::output::Output;

pub(super) async fn run(
    global: &Global,
    args: &ClusterRmArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let home = home::open(global, &args.home)?;
    let found = one(&*home, &args.cluster, output).await?;
    let (name, server) = (&found.secret.name, &found.secret.server);
    let question = format!("This forgets the cluster {name} ({server}). Go on?");
    if !agreed(&question, args.yes)? {
        return Ok(Outcome::NothingDone);
    }
    if !args.keep_rbac {
        take_away(global, &found.secret, output).await?;
    }
    let object = &found.object;
    home.delete(Kind::Secret, object.namespace(), object.name())
        .await
        .map_err(|error| problem(&error))?;
    output.print(&format!("Cluster '{server}' removed\n"))?;
    Ok(Outcome::Good)
}

/// Takes away the account that `add` has made. Its own token cannot do that, since its first request takes
/// its rights away: it needs a context of the kubeconfig.
async fn take_away(
    global: &Global,
    secret: &ClusterSecret,
    output: &Output,
) -> Result<(), Failure> {
    let claims = Claims::of(secret.bearer_token.expose());
    let Some(claims) = claims.filter(|claims| claims.account == ACCOUNT) else {
        return Ok(());
    };
    let Some(cluster) = context(global, &secret.server) else {
        let message = format!(
            "the account {ACCOUNT} stays on cluster {}: no context of the kubeconfig has its server",
            secret.name
        );
        output.diagnostic(
            &Diagnostic::warning("account", message)
                .help("delete it there by hand, with its role and binding"),
        );
        return Ok(());
    };
    let account = Account {
        name: claims.account,
        namespace: claims.namespace,
        namespaces: secret.namespaces.clone(),
    };
    account
        .remove(&cluster)
        .await
        .map_err(|error| refused(&error))
}

/// A connection by the first context with that server.
fn context(global: &Global, server: &str) -> Option<KubeCluster> {
    let contexts = Contexts::load(global.kubeconfig.as_deref(), None).ok()?;
    let wanted = normalise_server(server);
    let mut all = contexts.all().into_iter();
    let found = all.find(|context| normalise_server(&context.server) == wanted)?;
    contexts.connect(&found.name).ok()
}
