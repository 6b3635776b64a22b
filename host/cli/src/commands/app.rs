//! `gantry app`: the applications of a control plane, with the words of `argocd app`.
//!
//! What is asked for is written into the control plane's home, and what has become of it is read there:
//! `apps` (read and change), `follow` (watch). Pure parts are `states`, `condition`, `operation`, `fields`,
//! `resources`, `names` and `text`, and what is shared with the API (`gantry_api::app`). What must be rendered or asked of a cluster is done here, by
//! `surroundings`.

mod actions;
mod apps;
mod condition;
mod confirm;
mod create;
mod delete;
mod diff;
mod edit;
mod fields;
mod follow;
mod get;
mod get_resource;
mod list;
mod local;
mod logs;
mod manifests;
mod names;
mod narrowed;
mod objects;
mod operation;
mod progress;
mod refresh;
mod resources;
mod revisions;
mod rollback;
mod set;
mod shown;
mod sources;
mod states;
mod surroundings;
mod sync;
mod terminate;
mod text;
mod tree;
mod wait;
mod watching;

use self::apps::Apps;
use crate::Outcome;
use crate::args::Global;
use crate::args::app::{AppArgs, AppCommand};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::progress::Progress;
use crate::{home, setup};

/// The cluster that a pod runs in, which no kubeconfig names.
const IN_CLUSTER: &str = "in-cluster";

/// What all these commands need.
struct Desk<'a> {
    global: Global,
    output: &'a Output,
    apps: Apps,
    progress: Progress,
    interrupt: Interrupt,
}

pub(crate) fn run(global: &Global, args: &AppArgs, output: &Output) -> Result<Outcome, Failure> {
    setup::runtime()?.block_on(async {
        let hub = args.home.hub.as_ref().filter(|hub| *hub != IN_CLUSTER);
        let desk = Desk {
            global: Global {
                // What `in-cluster` means to a control plane is its hub.
                context: hub.cloned().or_else(|| global.context.clone()),
                ..global.clone()
            },
            output,
            apps: Apps {
                home: home::open(global, &args.home)?,
                place: home::place(global, &args.home)?,
            },
            progress: Progress::new(),
            interrupt: Interrupt::default(),
        };
        desk.interrupt.listen();
        let outcome = desk.run(&args.command).await?;
        Ok(desk.interrupt.outcome().unwrap_or(outcome))
    })
}

impl Desk<'_> {
    async fn run(&self, command: &AppCommand) -> Result<Outcome, Failure> {
        match command {
            AppCommand::List(args) => self.list(args).await,
            AppCommand::Get(args) => self.get(args).await,
            AppCommand::Create(args) => self.create(args).await,
            AppCommand::Set(args) => self.set(args).await,
            AppCommand::Unset(args) => self.unset(args).await,
            AppCommand::Patch(args) => self.patch(args).await,
            AppCommand::Edit(args) => self.edit(args).await,
            AppCommand::Sync(args) => self.sync(args).await,
            AppCommand::Wait(args) => self.wait(args).await,
            AppCommand::Diff(args) => self.diff(args).await,
            AppCommand::History(args) => self.history(args).await,
            AppCommand::Rollback(args) => self.rollback(args).await,
            AppCommand::Refresh(args) => self.refresh(args).await,
            AppCommand::TerminateOp(args) => self.terminate(args).await,
            AppCommand::Delete(args) => self.delete(args).await,
            AppCommand::ConfirmDeletion(args) => self.confirm_deletion(args).await,
            AppCommand::Logs(args) => self.logs(args).await,
            AppCommand::Resources(args) => self.resources(args).await,
            AppCommand::Manifests(args) => self.manifests(args).await,
            AppCommand::AddSource(args) => self.add_source(args).await,
            AppCommand::RemoveSource(args) => self.remove_source(args).await,
            AppCommand::GetResource(args) => self.get_resource(args).await,
            AppCommand::PatchResource(args) => self.patch_resource(args).await,
            AppCommand::DeleteResource(args) => self.delete_resource(args).await,
            AppCommand::Actions(command) => self.actions(command).await,
        }
    }
}
