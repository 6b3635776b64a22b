//! The plugins by name, as they were found at one time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use gantry_model::is_plugin_name;

use crate::candidate::Candidate;
use crate::claims::Claims;
use crate::config::Builtin;
use crate::directory::Directory;
use crate::error::LoadError;
use crate::inspect::Kind;
use crate::plugin::Plugin;
use crate::sandbox::Sandbox;

/// All plugins that there are.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) entries: BTreeMap<String, Entry>,
    /// Files whose stem cannot be a name.
    pub(crate) misnamed: Vec<PathBuf>,
    /// Names of the built-ins, in the order in which their claims count.
    builtins: Vec<&'static str>,
    directory: Option<Arc<Directory>>,
    claims: OnceLock<Claims>,
}

/// What answers to one name: its file if that can be loaded, else the file that was there before,
/// else a built-in.
#[derive(Default)]
pub(crate) struct Entry {
    pub(crate) file: Option<Arc<Candidate>>,
    /// The last good plugin of a file that was replaced by a bad one.
    before: Option<Arc<Plugin>>,
    pub(crate) builtin: Option<Arc<Candidate>>,
}

impl Shelf {
    /// Finds the names; reads no file.
    pub(crate) fn scan(
        builtins: &'static [Builtin],
        directory: Option<Directory>,
    ) -> std::io::Result<Self> {
        let directory = directory.map(Arc::new);
        let mut shelf = Self::default();
        for builtin in builtins {
            let entry = shelf.entries.entry(builtin.name.to_owned()).or_default();
            entry.builtin = Some(Arc::new(Candidate::built_in(builtin)));
            shelf.builtins.push(builtin.name);
        }
        if let Some(directory) = &directory {
            for found in directory.scan()? {
                if is_plugin_name(&found.stem) {
                    let entry = shelf.entries.entry(found.stem).or_default();
                    entry.file = Some(Arc::new(Candidate::file(directory, found.file)));
                } else {
                    shelf.misnamed.push(found.file);
                }
            }
        }
        shelf.directory = directory;
        Ok(shelf)
    }

    /// The plugin of a name, loaded. None: there is none.
    pub(crate) fn load(
        &self,
        sandbox: &Sandbox,
        name: &str,
    ) -> Option<Result<Arc<Plugin>, LoadError>> {
        self.entries.get(name)?.load(sandbox, name)
    }

    /// Who judges what. Loads the health plugins, and no other.
    pub(crate) fn claims(&self, sandbox: &Sandbox) -> &Claims {
        self.claims.get_or_init(|| {
            let dropped = self.entries.iter().filter(|(_, e)| e.builtin.is_none());
            let dropped = dropped.map(|(name, _)| name.as_str());
            let mut claims = Claims::without(self.idle(sandbox));
            for name in self.builtins.iter().copied().chain(dropped) {
                let Some(entry) = self.entries.get(name) else {
                    continue;
                };
                if claims.idle.contains(&name) || !entry.may_be_health(sandbox) {
                    continue;
                }
                match entry.load(sandbox, name) {
                    Some(Ok(plugin)) => claims.add(&plugin, entry.builtin.is_some()),
                    Some(Err(error)) => tracing::warn!(plugin = name, "not used: it {error}"),
                    None => {}
                }
            }
            claims
        })
    }

    /// The built-ins that would claim nothing, for want of their files.
    fn idle(&self, sandbox: &Sandbox) -> Vec<&'static str> {
        let config = &sandbox.config;
        let has_data = |name: &str| {
            config
                .data
                .as_ref()
                .is_some_and(|data| data.of(name).is_some())
        };
        let replaced = |name: &str| self.entries.get(name).is_some_and(|e| e.file.is_some());
        let need_data = self.builtins.iter().copied();
        need_data
            .filter(|name| config.need_data.contains(name))
            .filter(|name| !replaced(name) && !has_data(name))
            .collect()
    }

    /// Takes over from an older shelf what is still the same, and loads what took the place of
    /// something in use, so that nobody who calls has to wait for it. False: nothing changed.
    pub(crate) fn succeed(&mut self, old: &Self, sandbox: &Sandbox) -> bool {
        let was_idle = old.claims.get().map(|claims| &claims.idle);
        let is_idle = was_idle.map(|_| self.idle(sandbox));
        let mut changed = self.misnamed != old.misnamed || was_idle != is_idle.as_ref();
        for (name, entry) in &mut self.entries {
            let was = old.entries.get(name);
            changed |= was.is_none_or(|was| was.file.is_some() != entry.file.is_some());
            let Some(was) = was else {
                tracing::info!(plugin = name, "found");
                continue;
            };
            if let (Some(now), Some(before)) = (&mut entry.builtin, &was.builtin) {
                changed |= !keep(now, before, sandbox, name);
            }
            if let (Some(now), Some(before)) = (&mut entry.file, &was.file)
                && keep(now, before, sandbox, name)
            {
                entry.before.clone_from(&was.before);
                continue;
            }
            changed |= entry.replace(was, sandbox, name);
        }
        let names: BTreeSet<&String> = self.entries.keys().collect();
        for gone in old.entries.keys().filter(|name| !names.contains(name)) {
            tracing::info!(plugin = gone, "removed");
            changed = true;
        }
        changed
    }

    /// Where a file lies, for messages.
    pub(crate) fn path_of(&self, file: &Path) -> PathBuf {
        let directory = self.directory.as_ref();
        directory.map_or_else(|| file.to_owned(), |directory| directory.path_of(file))
    }
}

/// Puts the older candidate in the newer one's place if they are the same.
fn keep(now: &mut Arc<Candidate>, before: &Arc<Candidate>, sandbox: &Sandbox, name: &str) -> bool {
    let same = before.is_same(now, sandbox, name);
    if same {
        *now = Arc::clone(before);
    }
    same
}

impl Entry {
    /// Loads what took the place of a file in use. A bad one leaves the good one in its place.
    fn replace(&mut self, was: &Self, sandbox: &Sandbox, name: &str) -> bool {
        let Some(file) = &self.file else {
            return false;
        };
        self.before.clone_from(&was.before);
        let Some(used) = was.file.as_ref().filter(|file| file.is_used()) else {
            tracing::info!(plugin = name, "replaced");
            return true;
        };
        match file.load(sandbox, name) {
            Ok(plugin) => {
                self.before = None;
                tracing::info!(plugin = name, digest = %plugin.digest, "replaced");
            }
            Err(error) => {
                self.before = used.loaded().or(self.before.take());
                tracing::warn!(plugin = name, "the file that took its place {error}");
            }
        }
        true
    }

    /// Whether this may be a health plugin, told from the file without compiling it.
    fn may_be_health(&self, sandbox: &Sandbox) -> bool {
        let mut candidates = self.file.iter().chain(&self.builtin);
        let before = self.before.as_ref().map(|plugin| plugin.kind());
        before == Some(Kind::Health)
            || candidates.any(|candidate| candidate.kind(sandbox) == Some(Kind::Health))
    }

    fn load(&self, sandbox: &Sandbox, name: &str) -> Option<Result<Arc<Plugin>, LoadError>> {
        let builtin = || self.builtin.as_ref().map(|b| b.load(sandbox, name));
        let Some(file) = &self.file else {
            return builtin();
        };
        let error = match file.load(sandbox, name) {
            Ok(plugin) => return Some(Ok(plugin)),
            Err(error) => error,
        };
        let instead = match &self.before {
            Some(before) => Some(("the file that it replaced", Ok(Arc::clone(before)))),
            None => builtin().map(|builtin| ("the built-in", builtin)),
        };
        let Some((what, instead)) = instead else {
            return Some(Err(error));
        };
        if file.first_complaint() {
            tracing::warn!(
                plugin = name,
                "{what} is used: the file of its name {error}"
            );
        }
        Some(instead)
    }
}
