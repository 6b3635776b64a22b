//! `gantry cluster add`.

use std::collections::BTreeMap;

use gantry_cluster::{
    ClusterConfig, Contexts, ExecConfig, IN_CLUSTER_SERVER, KubeCluster, normalise_server,
};
use gantry_control::clusters::ClusterInfo;
use gantry_control::clusters::manager::{ACCOUNT, Account};
use gantry_control::clusters::secret;
use gantry_model::{Cluster, Diagnostic, Object};
use gantry_store::Home;

use super::{agreed, refused, stored};
use crate::Outcome;
use crate::args::{ClusterAddArgs, ExecArgs, Global};
use crate::failure::Failure;
use crate::home::{self, problem};
use crate::output::Output;

pub(super) async fn run(
    global: &Global,
    args: &ClusterAddArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let contexts = Contexts::load(global.kubeconfig.as_deref(), None);
    let contexts = contexts.map_err(|error| kubeconfig(&error))?;
    let mut config = contexts
        .address(&args.target)
        .map_err(|error| kubeconfig(&error))?;
    let there = contexts
        .connect(&args.target)
        .map_err(|error| kubeconfig(&error))?;
    let info = place(args, &mut config);
    let name = secret_name(&info)?;
    let (labels, annotations) = (pairs(&args.label)?, pairs(&args.annotation)?);
    let home = home::open(global, &args.home)?;
    let earlier = earlier(&*home, &info, args.upsert, output).await?;
    let what = match args.namespace.as_slice() {
        [] => "the whole cluster".to_owned(),
        namespaces => format!("the namespaces {}", namespaces.join(", ")),
    };
    let question = format!(
        "This makes the account {ACCOUNT} with all rights in {what}, on the cluster of context {}. Go on?",
        args.target
    );
    config.exec = exec(&args.exec)?;
    if config.exec.is_none() {
        if args.service_account.is_none() && !agreed(&question, args.yes)? {
            return Ok(Outcome::NothingDone);
        }
        config.bearer_token = token(args, &there).await?;
    }
    if !args.in_cluster {
        test(&config).await?;
    }
    let name = earlier.as_ref().map_or(name.as_str(), Object::name);
    let object = secret::object(name, &info, &config, &labels, &annotations);
    let mut object = object.map_err(Failure::internal)?;
    let written = match &earlier {
        Some(earlier) => {
            object.set_namespace(earlier.namespace());
            home.replace(&object).await
        }
        None => home.create(&object).await,
    };
    written.map_err(|error| problem(&error))?;
    output.print(&format!("Cluster '{}' added\n", info.server))?;
    Ok(Outcome::Good)
}

/// What the cluster is to the control plane; the configuration gets the same name and server.
fn place(args: &ClusterAddArgs, config: &mut ClusterConfig) -> ClusterInfo {
    if args.in_cluster {
        IN_CLUSTER_SERVER.clone_into(&mut config.server);
    } else if let Some(server) = &args.server {
        config.server.clone_from(server);
    }
    if let Some(name) = &args.name {
        config.name.clone_from(name);
    }
    if let Some(proxy) = &args.proxy_url {
        config.proxy_url.clone_from(proxy);
    }
    ClusterInfo {
        name: config.name.clone(),
        server: config.server.trim_end_matches('/').to_owned(),
        project: args.project.clone(),
        namespaces: args.namespace.clone(),
        cluster_resources: args.cluster_resources,
    }
}

/// The credential plugin that flags name.
fn exec(args: &ExecArgs) -> Result<Option<ExecConfig>, Failure> {
    let Some(command) = &args.exec_command else {
        return Ok(None);
    };
    let entry = |text: &String| {
        let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty())?;
        Some((name.to_owned(), value.to_owned()))
    };
    let env = args.exec_command_env.iter().map(|text| {
        entry(text).ok_or_else(|| {
            let message = format!("{text:?} is no NAME=VALUE");
            Diagnostic::error("exec", message).help("check --exec-command-env")
        })
    });
    Ok(Some(ExecConfig {
        command: command.clone(),
        args: args.exec_command_args.clone(),
        env: env.collect::<Result<_, _>>()?,
        api_version: args.exec_command_api_version.clone(),
        install_hint: args.exec_command_install_hint.clone().unwrap_or_default(),
    }))
}

/// The Secret's name: Argo CD's; a project's own has its name too, since others may have that server.
fn secret_name(info: &ClusterInfo) -> Result<String, Failure> {
    let name = secret::name(&info.server);
    let name = name.map_err(|reason| Diagnostic::error("server", reason).help("check --server"))?;
    Ok(match info.project.as_str() {
        "" => name,
        project => format!("{name}-{project}"),
    })
}

/// The Secret that is there for that server and project.
async fn earlier(
    home: &dyn Home,
    info: &ClusterInfo,
    upsert: bool,
    output: &Output,
) -> Result<Option<Object>, Failure> {
    let server = normalise_server(&info.server);
    let all = stored(home, output).await?;
    let found = all.into_iter().find(|found| {
        found.secret.project == info.project && normalise_server(&found.secret.server) == server
    });
    match found {
        Some(found) if !upsert => {
            let message = format!(
                "the cluster {} is there already, as {:?}",
                info.server, found.secret.name
            );
            Err(Diagnostic::error("cluster", message)
                .help("--upsert replaces it")
                .into())
        }
        found => Ok(found.map(|found| found.object)),
    }
}

async fn token(args: &ClusterAddArgs, there: &KubeCluster) -> Result<String, Failure> {
    let account = Account {
        name: args
            .service_account
            .as_deref()
            .unwrap_or(ACCOUNT)
            .to_owned(),
        namespace: args.system_namespace.clone(),
        namespaces: args.namespace.clone(),
    };
    let token = if args.service_account.is_some() {
        account.token(there).await
    } else {
        account.install(there).await
    };
    let token = token.map_err(|error| refused(&error))?;
    Ok(token.token.expose().to_owned())
}

/// Asks with the new token who it is: what does not work is not kept.
pub(super) async fn test(config: &ClusterConfig) -> Result<(), Failure> {
    let cluster = KubeCluster::given(config.clone());
    let user = cluster.identity().await.map_err(|error| refused(&error))?;
    tracing::info!(user, "the token works");
    Ok(())
}

fn kubeconfig(error: &gantry_cluster::ConfigError) -> Failure {
    Diagnostic::error("kubeconfig", error.to_string())
        .help("check --kubeconfig and the name of the context")
        .into()
}

pub(super) fn pairs(texts: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty())?;
        Some((key.to_owned(), value.to_owned()))
    };
    let read = texts.iter().map(|text| {
        pair(text).ok_or_else(|| {
            Diagnostic::error("label", format!("{text:?} is no KEY=VALUE"))
                .help("check --label and --annotation")
                .into()
        })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use gantry_cluster::ClusterConfig;

    use super::{exec, place};
    use crate::args::ClusterAddArgs;

    #[derive(Parser)]
    struct Add {
        #[command(flatten)]
        args: ClusterAddArgs,
    }

    fn read(flags: &str) -> Result<ClusterAddArgs, String> {
        let words = ["add", "spoke"].into_iter().chain(flags.split_whitespace());
        let read = Add::try_parse_from(words).map_err(|error| error.to_string());
        Ok(read?.args)
    }

    #[test]
    fn a_credential_plugin_and_a_proxy_are_taken_from_flags() {
        let flags = "--proxy-url socks5://p:1080 --disable-compression --exec-command aws \
            --exec-command-args eks --exec-command-args --region --exec-command-env A=1,B=x=y";
        let args = read(flags).expect(flags);
        let mut config = ClusterConfig::default();
        place(&args, &mut config);
        assert_eq!(config.proxy_url, "socks5://p:1080");
        let plugin = exec(&args.exec).ok().flatten().expect("a plugin");
        assert_eq!(
            (plugin.command.as_str(), plugin.args.as_slice()),
            ("aws", &["eks".to_owned(), "--region".to_owned()][..])
        );
        let env = plugin
            .env
            .iter()
            .map(|(name, value)| format!("{name}:{value}"));
        assert_eq!(env.collect::<Vec<_>>(), ["A:1", "B:x=y"]);
        assert_eq!(plugin.api_version, "client.authentication.k8s.io/v1beta1");
        assert!(exec(&read("").expect("flags").exec).is_ok_and(|plugin| plugin.is_none()));
        let wrong = read("--exec-command aws --exec-command-env A").expect("flags");
        assert!(exec(&wrong.exec).is_err());
        for flags in [
            "--exec-command-args a",
            "--exec-command a --service-account b",
        ] {
            assert!(read(flags).is_err(), "{flags}");
        }
    }
}
