//! One kustomization of a build: what it refers to, then what it makes of it
//! (`api/internal/target/kusttarget.go`).

use gantry_sdk::renderer::{Diagnostic, ReadError};
use serde_json::Value;

use crate::accumulate::Accumulator;
use crate::arguments::SortOptions;
use crate::build::Build;
use crate::config::{Config, crds};
use crate::decode::Node;
use crate::document::Text;
use crate::edit::Edits;
use crate::kustomization::{Entry, Kustomization};
use crate::loader::{Found, Loader, Opened};
use crate::manifest::{self, Manifest};
use crate::origin::{ORIGIN, Origin};
use crate::path::shown;
use crate::problem::{Problem, Result};
use crate::repository::{Repository, is_http, is_marked};
use crate::resmap::ResMap;
use crate::resource::{Place, Resource};

/// The names that a kustomization may have.
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization that was read.
pub(crate) struct Target<'a, 'b> {
    pub(crate) build: &'b Build<'a>,
    pub(crate) loader: Loader<'a>,
    pub(crate) kustomization: Kustomization,
    pub(crate) file: Text,
    pub(crate) file_name: &'static str,
    /// Where it is, when its build notes that.
    pub(crate) origin: Option<Origin>,
    /// The namespace that Helm charts get where this kustomization has none.
    pub(crate) helm_namespace: String,
}

impl<'a, 'b> Target<'a, 'b> {
    /// Reads the kustomization of a directory; edits are for that of the application.
    pub(crate) fn load(
        build: &'b Build<'a>,
        loader: Loader<'a>,
        edits: Option<&Edits>,
    ) -> Result<Self> {
        let (file_name, file) = find(&loader)?;
        let kustomization = Kustomization::read(file.value());
        let mut kustomization = kustomization.map_err(|misfit| file.misfit(misfit))?;
        if let Some(edits) = edits {
            edits.apply(&mut kustomization, &loader)?;
        }
        if file.has_more() {
            let message = "only the first document of a kustomization counts";
            build.warn(Diagnostic::warning("kustomization", message).in_file(file.told()));
        }
        for (old, new) in &kustomization.deprecated {
            let message = format!("'{old}' is deprecated, use '{new}' instead");
            build.warn(Diagnostic::warning("deprecated", message).in_file(file.told()));
        }
        let origin = (!kustomization.build_metadata.is_empty()).then(Origin::default);
        let target = Self {
            build,
            loader,
            kustomization,
            file,
            file_name,
            origin,
            helm_namespace: String::new(),
        };
        target.set_schema()?;
        Ok(target)
    }

    fn set_schema(&self) -> Result<()> {
        let openapi = &self.kustomization.openapi;
        if openapi.is_empty() {
            return Ok(());
        }
        let read = |path: &str| {
            let text = self.loader.text(path, self.build.outside)?;
            Text::parse(text, &self.loader.told(path)).map(|text| text.value())
        };
        let set = self.build.set_schema(openapi, read);
        set.map_err(|problem| self.file.blame(problem, "/openapi"))
    }

    pub(crate) fn sort_options(&self) -> Option<&SortOptions> {
        self.kustomization.sort_options.as_ref()
    }

    pub(crate) fn build_metadata(&self) -> &[String] {
        &self.kustomization.build_metadata
    }

    /// Everything that the kustomization says, on top of what is given: nothing for one of its
    /// own, for a component what its parent has so far.
    pub(crate) fn accumulate(mut self, given: Accumulator) -> Result<Accumulator> {
        let resources = std::mem::take(&mut self.kustomization.resources);
        let mut all = self.resources(given, &resources)?;
        all.config.merge(self.configurations()?)?;
        for (generator, origin, blame) in self.generators()? {
            let made = generator.run(self.build, &self.loader);
            for mut resource in made.map_err(|problem| blame.on(&self.file, problem))? {
                if let Some(origin) = &origin {
                    crate::origin::note_origin(&mut resource, origin);
                }
                let absorbed = all.resources.absorb(resource);
                absorbed.map_err(|problem| blame.on(&self.file, problem))?;
            }
        }
        let mut all = self.components(all)?;
        let steps = self.steps(&all.config)?;
        self.run(&steps, &mut all.resources)?;
        self.validate(&mut all.resources)?;
        let mut vars = std::mem::take(&mut self.kustomization.vars);
        for var in &mut vars {
            self.file.told().clone_into(&mut var.file);
        }
        let added = all.add_vars(&vars);
        added.map_err(|problem| self.file.blame(problem, "/vars"))?;
        Ok(all)
    }

    /// Adds the objects of files, and what other kustomizations give.
    pub(crate) fn resources(&self, mut all: Accumulator, entries: &[Entry]) -> Result<Accumulator> {
        for entry in entries {
            let added = self.resource(&mut all, &entry.text);
            added.map_err(|problem| self.file.blame(problem, &entry.pointer))?;
        }
        Ok(all)
    }

    fn resource(&self, all: &mut Accumulator, path: &str) -> Result<()> {
        if path.is_empty() {
            return Err(Problem::new("not-found", "a path is empty"));
        }
        let repository = Repository::parse(path);
        if is_http(path) && !is_marked(path) {
            return self.web_resource(all, path, repository);
        }
        if let Some(repository) = repository {
            let loader = self.enter_repository(&repository)?;
            return self.directory(all, loader, path);
        }
        match self.loader.open(path)? {
            Opened::Directory(directory) => {
                let loader = self.loader.enter(directory)?;
                self.directory(all, loader, path)
            }
            Opened::Manifests(manifests) => self.add(all, manifests, path, true),
        }
    }

    /// An address that may be a file's or a repository's: as kustomize, first the one, then the
    /// other.
    fn web_resource(
        &self,
        all: &mut Accumulator,
        url: &str,
        repository: Option<Repository>,
    ) -> Result<()> {
        let text = self.loader.text(url, self.build.outside);
        let as_file = text.and_then(|text| manifest::read(&text, url));
        let as_file = match (as_file, &repository) {
            (Ok(manifests), _) => return self.add(all, manifests, url, false),
            (Err(problem), None) => return Err(problem),
            (Err(problem), Some(_)) => problem,
        };
        let Some(repository) = repository else {
            return Err(as_file);
        };
        let loader = self.enter_repository(&repository).map_err(|problem| {
            problem.within(format!(
                "neither a file ({}) nor a repository",
                as_file.message()
            ))
        })?;
        self.directory(all, loader, url)
    }

    fn enter_repository(&self, repository: &Repository) -> Result<Loader<'a>> {
        self.loader.check_repository(repository)?;
        let source = self.build.repository(repository)?;
        self.loader.enter_repository(repository, source)
    }

    fn add(
        &self,
        all: &mut Accumulator,
        manifests: Vec<Manifest>,
        path: &str,
        is_file: bool,
    ) -> Result<()> {
        let schema = self.build.schema();
        let told = is_file.then(|| self.loader.told(path));
        let origin = self.origin.as_ref().map(|origin| origin.append(path));
        let text = origin.as_ref().map(Origin::text);
        for Manifest { value, line } in manifests {
            let mut resource = Resource::new(value, &schema);
            if schema.is_namespaced(&resource.id().gvk).is_none() {
                self.build.use_schema();
            }
            resource.place = told.as_ref().map(|path| Place {
                path: path.clone(),
                line,
                is_own: self.loader.source.is_own(),
            });
            if let (Some(text), Some(annotations)) = (&text, resource.annotations()) {
                annotations.insert(ORIGIN.to_owned(), text.as_str().into());
                resource.origin = origin.clone().map(Box::new);
            }
            all.resources.append(resource)?;
        }
        Ok(())
    }

    /// Adds what the kustomization of a directory gives.
    fn directory(&self, all: &mut Accumulator, loader: Loader<'a>, path: &str) -> Result<()> {
        let target = self.child(loader, path)?;
        let told = target.loader.told_root();
        if target.kustomization.is_component {
            let message = format!("expected kind != 'Component' for path '{told}'");
            return Err(Problem::new("component", message)
                .help("list it under `components`, not under `resources`"));
        }
        let given = target.accumulate(Accumulator::default())?;
        let merged = all.merge(given);
        merged.map_err(|problem| problem.within(format!("merging from path '{told}'")))
    }

    fn components(&self, mut all: Accumulator) -> Result<Accumulator> {
        for entry in &self.kustomization.components {
            let path = &entry.text;
            let added = self.component(all, path);
            all = added.map_err(|problem| self.file.blame(problem, &entry.pointer))?;
        }
        Ok(all)
    }

    fn component(&self, all: Accumulator, path: &str) -> Result<Accumulator> {
        let loader = match Repository::parse(path) {
            Some(repository) => self.enter_repository(&repository)?,
            None => match self.loader.find(path)? {
                Found::Directory(directory) => self.loader.enter(directory)?,
                Found::File(full) => {
                    let message = format!("'{}' is a file, not a component's directory", full);
                    return Err(
                        Problem::new("component", message).help("list files under `resources`")
                    );
                }
            },
        };
        let target = self.child(loader, path)?;
        if !target.kustomization.is_component {
            let message = format!(
                "expected kind 'Component' for path '{}' but got 'Kustomization'",
                target.loader.told_root()
            );
            return Err(Problem::new("component", message)
                .help("list it under `resources`, or make it a component"));
        }
        target.accumulate(all)
    }

    fn child(&self, loader: Loader<'a>, path: &str) -> Result<Self> {
        let mut target = Self::load(self.build, loader, None)?;
        target.origin = self.origin.as_ref().map(|origin| origin.append(path));
        let metadata = self.kustomization.build_metadata.clone();
        target.kustomization.build_metadata = metadata;
        target.helm_namespace = match &*self.kustomization.namespace {
            "" => self.helm_namespace.clone(),
            namespace => namespace.to_owned(),
        };
        Ok(target)
    }

    /// What `configurations` and `crds` add.
    fn configurations(&self) -> Result<Config> {
        let mut config = Config::default();
        for entry in &self.kustomization.configurations {
            let read = self.settings(&entry.text).and_then(|text| {
                let read = Config::read(Node::root(text.value()));
                read.map_err(|misfit| text.misfit(misfit))
            });
            let merged = read.and_then(|read| Ok(config.merge(read)?));
            merged.map_err(|problem| self.file.blame(problem, &entry.pointer))?;
        }
        for entry in &self.kustomization.crds {
            let read = self
                .settings(&entry.text)
                .and_then(|text| match text.value() {
                    Value::Object(definitions) => Ok(crds::read(&definitions)?),
                    _ => Err(
                        Problem::new("crds", "the file is no mapping of definitions")
                            .in_file(text.told()),
                    ),
                });
            let merged = read.and_then(|read| Ok(config.merge(read)?));
            merged.map_err(|problem| self.file.blame(problem, &entry.pointer))?;
        }
        Ok(config)
    }

    fn settings(&self, path: &str) -> Result<Text> {
        let text = self.loader.text(path, self.build.outside)?;
        Text::parse(text, &self.loader.told(path))
    }
}

/// The kustomization file of a directory: exactly one.
fn find(loader: &Loader<'_>) -> Result<(&'static str, Text)> {
    let root = loader.told_root();
    let mut found = None;
    for name in FILE_NAMES {
        let path = gantry_sdk::renderer::join(&loader.root, name);
        let bytes = match loader.source.files().read(&path) {
            Ok(bytes) => bytes,
            Err(ReadError::NotFound | ReadError::NotAFile) => continue,
            Err(error) => return Err(Diagnostic::unreadable(&loader.told(name), &error).into()),
        };
        if found.is_some() {
            let message = format!("Found multiple kustomization files under: {root}");
            return Err(Problem::new("kustomization", message)
                .in_file(&loader.told(name))
                .help(format!("keep one of {}", FILE_NAMES.join(", "))));
        }
        found = Some((name, bytes));
    }
    let Some((name, bytes)) = found else {
        let message = format!(
            "unable to find one of '{}' in directory '{}'",
            FILE_NAMES.join("', '"),
            shown(&root)
        );
        return Err(Problem::new("no-kustomization", message));
    };
    let told = loader.told(name);
    let text = crate::loader::text(bytes, &told)?;
    Ok((name, Text::parse(text, &told)?))
}

/// The objects that configure plugins, of their texts and files.
pub(crate) struct Plugins {
    pub(crate) resources: ResMap,
}

impl Target<'_, '_> {
    /// Reads `generators`, `transformers` or `validators`: each entry is the configuration itself,
    /// or a path as `resources` has them.
    pub(crate) fn plugins(&self, entries: &[Entry]) -> Result<Plugins> {
        let schema = self.build.schema();
        let mut inline = Accumulator::default();
        let mut paths = Vec::new();
        for entry in entries {
            let manifests = match manifest::read(&entry.text, self.file.told()) {
                Ok(manifests) => manifests,
                Err(problem) if entry.text.contains('\n') => {
                    return Err(self.file.blame(problem.unplaced(), &entry.pointer));
                }
                Err(_) => {
                    paths.push(entry.clone());
                    continue;
                }
            };
            for manifest in manifests {
                let mut resource = Resource::new(manifest.value, &schema);
                let origin = self
                    .origin
                    .as_ref()
                    .map(|origin| origin.append(self.file_name));
                resource.origin = origin.map(Box::new);
                inline.resources.append(resource)?;
            }
        }
        let all = self.resources(inline, &paths)?;
        Ok(Plugins {
            resources: all.resources,
        })
    }
}
