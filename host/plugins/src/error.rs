//! Why a plugin cannot be used, and why a call of one failed.

mod fault;

use gantry_model::{Diagnostic, Severity};

pub use fault::Fault;

use crate::inspect::{Kind, SPOKEN};
use crate::trust::Untrusted;
use gantry_model::digest::Digest;

/// Why a file is no usable plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The file's stem cannot be a plugin's name.
    #[error("its name is not of the form `[a-z0-9][a-z0-9-]*`")]
    BadName,
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The file is too large to be read.
    #[error("has {size_bytes} bytes; at most {max_bytes} are read")]
    TooLarge {
        /// Its size.
        size_bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// Not WebAssembly at all.
    #[error("is not a WebAssembly file")]
    NotWasm,
    /// WebAssembly, but not a component.
    #[error("is a core module, not a component")]
    CoreModule,
    /// WebAssembly that breaks its rules.
    #[error("is damaged or not valid: {0}")]
    Invalid(String),
    /// A component for another host.
    #[error("is not a plugin for gantry: it {}", describe_exports(.exports))]
    ForeignWorld {
        /// What it exports.
        exports: Vec<String>,
    },
    /// Both worlds at once.
    #[error("is both a renderer and a health plugin")]
    TwoWorlds,
    /// A version of the interfaces that this host does not speak.
    #[error("was built for gantry:plugin {found}, this gantry speaks {SPOKEN}")]
    ForeignVersion {
        /// The version that it implements.
        found: String,
    },
    /// An interface of its world is not there.
    #[error("claims the world {world} but lacks the export {export}")]
    MissingExport {
        /// The world.
        world: String,
        /// The interface.
        export: String,
    },
    /// It wants what no plugin gets.
    #[error("imports {import}, which plugins do not get")]
    ForbiddenImport {
        /// The interface.
        import: String,
    },
    /// An interface has another shape than the world says.
    #[error("does not fit the world {world}: {reason}")]
    Mismatch {
        /// The world.
        world: String,
        /// The first difference.
        reason: String,
    },
    /// It failed when asked about itself.
    #[error("failed when asked about itself: {0}")]
    About(Fault),
    /// Its parameter schema is no JSON Schema.
    #[error("has a parameter schema that is not valid: {0}")]
    Schema(String),
    /// Another plugin judges the same kind.
    #[error("claims the health of {claim}, as {other} does")]
    Claim {
        /// Group and kind.
        claim: String,
        /// The plugin that keeps the claim.
        other: String,
    },
    /// The operator's policy does not let it in.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
}

impl LoadError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::BadName => "rename the file: lower-case letters, digits and dashes, then .wasm",
            Self::Unreadable(_) => {
                "check the file's permissions; links may not leave the directory"
            }
            Self::TooLarge { .. } => "build it optimised and without debug information",
            Self::NotWasm | Self::Invalid(_) => "build or download the file again",
            Self::CoreModule => {
                "build it for a component target such as wasm32-wasip2, or wrap it with \
                 `wasm-tools component new`"
            }
            Self::ForeignWorld { .. } | Self::TwoWorlds | Self::MissingExport { .. } => {
                "a plugin exports one world of wit/plugin.wit: renderer-plugin or health-plugin"
            }
            Self::ForeignVersion { .. } => {
                "use a gantry and a plugin of the same version, or rebuild the plugin"
            }
            Self::ForbiddenImport { .. } => {
                "plugins have no network and no services; read what is needed from the source tree"
            }
            Self::Mismatch { .. } => "rebuild it against this version's wit/plugin.wit",
            Self::About(_) | Self::Schema(_) => "report it to the plugin's author",
            Self::Claim { .. } => {
                "remove one of the two, or give the file a built-in's name to take its place"
            }
            Self::Untrusted(untrusted) => untrusted.help(),
        }
    }
}

/// Why a call did not give a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PluginError {
    /// No wasmtime engine, or no plugin directory.
    #[error("cannot start the plugin host: {0}")]
    Start(String),
    /// There is no such plugin.
    #[error("there is no plugin {name:?}")]
    NotFound {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// What names the plugin is no name, and no name with a digest.
    #[error("{reference:?} does not name a plugin")]
    Reference {
        /// What was given.
        reference: String,
    },
    /// The plugin is another one than the application or its project pinned.
    #[error("plugin {name:?} has the digest {found}, and {wanted} is asked for")]
    Digest {
        /// The plugin.
        name: String,
        /// The pin.
        wanted: Digest,
        /// What there is.
        found: Digest,
    },
    /// The plugin is for something else.
    #[error("plugin {name:?} is a {} plugin, not a {}", .found.as_str(), .wanted.as_str())]
    WrongKind {
        /// The plugin.
        name: String,
        /// What it is.
        found: Kind,
        /// What was asked for.
        wanted: Kind,
    },
    /// The plugin cannot be loaded.
    #[error("plugin {name:?} {error}")]
    Load {
        /// The plugin.
        name: String,
        /// Why not.
        error: LoadError,
    },
    /// The parameters do not fit the plugin's schema.
    #[error("plugin {name:?} does not take these parameters: {}", join(.diagnostics))]
    Parameters {
        /// The plugin.
        name: String,
        /// One for each wrong parameter.
        diagnostics: Vec<Diagnostic>,
    },
    /// The plugin said why it cannot render.
    #[error("plugin {name:?} cannot render: {}", join(.diagnostics))]
    Refused {
        /// The plugin.
        name: String,
        /// Its words.
        diagnostics: Vec<Diagnostic>,
    },
    /// The plugin was ended.
    #[error("plugin {name:?} {fault}")]
    Fault {
        /// The plugin.
        name: String,
        /// How.
        fault: Fault,
    },
    /// More documents than the host takes.
    #[error("plugin {name:?} rendered {documents} documents; at most {max} are taken")]
    Documents {
        /// The plugin.
        name: String,
        /// How many.
        documents: usize,
        /// The limit.
        max: usize,
    },
    /// More bytes than the host takes.
    #[error("plugin {name:?} rendered {bytes} bytes; at most {max_bytes} are taken")]
    Output {
        /// The plugin.
        name: String,
        /// How many.
        bytes: usize,
        /// The limit.
        max_bytes: usize,
    },
    /// What was rendered is no Kubernetes object.
    #[error("plugin {name:?} rendered no valid object: {diagnostic}")]
    BadDocument {
        /// The plugin.
        name: String,
        /// Where and why.
        diagnostic: Diagnostic,
    },
    /// The plugin answered for another number of objects than it was asked about.
    #[error("plugin {name:?} gave {answers} answers for {objects} objects")]
    Answers {
        /// The plugin.
        name: String,
        /// What it gave.
        answers: usize,
        /// What it was given.
        objects: usize,
    },
}

impl PluginError {
    /// The same as problems that a user can act on.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let one = |code: &str, help: Option<String>| {
            let mut diagnostic = Diagnostic::error(code, self.to_string());
            diagnostic.help = help;
            vec![diagnostic]
        };
        match self {
            Self::Start(_) => one("plugin-host", None),
            Self::NotFound { name, known } => {
                one("plugin-not-found", Some(did_you_mean(name, known)))
            }
            Self::Reference { .. } => one(
                "plugin-reference",
                Some("write NAME, or NAME@sha256: and 64 hexadecimal digits".to_owned()),
            ),
            Self::Digest { .. } => one(
                "plugin-digest",
                Some("put the plugin of that digest into the directory, or change the pin".into()),
            ),
            Self::WrongKind { .. } => one("plugin-kind", None),
            Self::Load { error, .. } => one("plugin-load", Some(error.help().to_owned())),
            Self::Parameters { diagnostics, .. } => diagnostics.clone(),
            Self::Refused { diagnostics, .. } if !diagnostics.is_empty() => diagnostics.clone(),
            Self::Refused { .. } => one("plugin-refused", None),
            Self::Fault { fault, .. } => one(fault.code(), fault.help()),
            Self::Documents { .. } | Self::Output { .. } => one(
                "plugin-output",
                Some("split the application into several".to_owned()),
            ),
            Self::BadDocument { diagnostic, .. } => vec![diagnostic.clone()],
            Self::Answers { .. } => one("plugin-answers", None),
        }
    }
}

/// Names the nearest of what is known, then all of it.
pub fn did_you_mean(given: &str, known: &[String]) -> String {
    const ALIKE: f64 = 0.8;
    let likeness = |name: &String| strsim::jaro_winkler(given, name);
    let nearest = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let all = match known {
        [] => "there are none".to_owned(),
        known => format!("known are {}", known.join(", ")),
    };
    match nearest.filter(|name| likeness(name) >= ALIKE) {
        Some(name) => format!("did you mean {name:?}? {all}"),
        None => all,
    }
}

fn join(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
    let mut texts: Vec<String> = errors.map(ToString::to_string).collect();
    if texts.is_empty() {
        texts.push("it gave no reason".to_owned());
    }
    texts.join("; ")
}

fn describe_exports(exports: &[String]) -> String {
    match exports {
        [] => "exports nothing".to_owned(),
        exports => format!("exports {}", exports.join(", ")),
    }
}
