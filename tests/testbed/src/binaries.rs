//! The programs: the user's own, or built from Go modules, once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::TestbedError;

/// The Kubernetes version that is built when the user has none.
pub const VERSION: &str = "v1.35.4";

/// Program, the module folder under `binaries/` and the Go package that it is built from.
const PROGRAMS: [(&str, &str, &str); 7] = [
    ("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    (
        "kube-apiserver",
        "kubernetes",
        "k8s.io/kubernetes/cmd/kube-apiserver",
    ),
    (
        "kube-controller-manager",
        "kubernetes",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
    ),
    (
        "kube-scheduler",
        "kubernetes",
        "k8s.io/kubernetes/cmd/kube-scheduler",
    ),
    ("kubectl", "kubernetes", "k8s.io/kubernetes/cmd/kubectl"),
    ("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok"),
    ("registry", "distribution", "."),
];

/// The version of Argo CD's client.
pub const ARGOCD_VERSION: &str = "v3.2.11";

/// Where each program is.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
    own: Option<PathBuf>,
}

impl Binaries {
    /// Takes what `KUBEBUILDER_ASSETS` (envtest's convention) has, and builds the rest with Go into
    /// the user's cache, saying so on standard error.
    ///
    /// # Errors
    /// When Go is missing or a build fails.
    pub fn find_or_build() -> Result<Self, TestbedError> {
        let cache = cache_folder().join("gantry-testbed").join(VERSION);
        fs::create_dir_all(&cache).map_err(TestbedError::io(format!("{}", cache.display())))?;
        let own = env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
        let binaries = Self {
            folder: cache.clone(),
            own,
        };
        let missing = || {
            PROGRAMS
                .iter()
                .filter(|(name, ..)| !binaries.path(name).exists())
        };
        if missing().next().is_none() {
            return Ok(binaries);
        }
        // One build at a time; whoever waited finds the work done.
        let _lock = lock(&cache)?;
        for (name, module, package) in missing() {
            say(&format!(
                "building {name} {VERSION} with go, once a machine (minutes)"
            ));
            build(&cache, name, module, package)?;
        }
        Ok(binaries)
    }

    /// Argo CD's client, as it is upstream. It is built when it is asked for first: that takes some ten minutes
    /// on two cores, and few need it.
    ///
    /// # Errors
    /// As [`Binaries::find_or_build`].
    pub fn argocd(&self) -> Result<PathBuf, TestbedError> {
        if let Some(path) = self.built_argocd() {
            return Ok(path);
        }
        let name = format!("argocd-{ARGOCD_VERSION}");
        let path = self.folder.join(&name);
        let _lock = lock(&self.folder)?;
        if !path.exists() {
            say(&format!(
                "building {name} with go, once a machine (minutes)"
            ));
            build(&self.folder, &name, "argocd", ".")?;
        }
        Ok(path)
    }

    /// Argo CD's client, if it was built before.
    pub fn built_argocd(&self) -> Option<PathBuf> {
        let path = self.folder.join(format!("argocd-{ARGOCD_VERSION}"));
        path.exists().then_some(path)
    }

    /// The path of a program.
    pub fn path(&self, name: &str) -> PathBuf {
        let own = self
            .own
            .as_ref()
            .map(|folder| folder.join(name))
            .filter(|path| path.exists());
        own.unwrap_or_else(|| self.folder.join(name))
    }
}

/// Held as long as the file is open.
pub(crate) fn lock(folder: &Path) -> Result<fs::File, TestbedError> {
    let lock = fs::File::create(folder.join("lock")).map_err(TestbedError::io("lock"))?;
    lock.lock().map_err(TestbedError::io("lock"))?;
    Ok(lock)
}

pub(crate) fn cache_folder() -> PathBuf {
    let home = || env::home_dir().unwrap_or_else(env::temp_dir).join(".cache");
    env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from)
}

fn build(folder: &Path, name: &str, module: &str, package: &str) -> Result<(), TestbedError> {
    let version = VERSION.trim_start_matches('v');
    let mut numbers = version.split('.');
    let (major, minor) = (
        numbers.next().unwrap_or_default(),
        numbers.next().unwrap_or_default(),
    );
    let at = "k8s.io/component-base/version";
    let flags = format!(
        "-s -w -X {at}.gitVersion={VERSION} -X {at}.gitMajor={major} -X {at}.gitMinor={minor} \
         -X github.com/argoproj/argo-cd/v3/common.version={}",
        ARGOCD_VERSION.trim_start_matches('v')
    );
    // Built beside, then renamed: a killed build leaves no half program.
    let partial = folder.join(format!("{name}.partial"));
    let modules = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("binaries")
        .join(module);
    let output = Command::new("go")
        .current_dir(modules)
        .env("CGO_ENABLED", "0")
        .args(["build", "-trimpath", "-ldflags", &flags, "-o"])
        .arg(&partial)
        .arg(package)
        .output()
        .map_err(TestbedError::io(
            "the go command (https://go.dev), which builds Kubernetes",
        ))?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(TestbedError::Build {
            package: package.to_owned(),
            output,
        });
    }
    fs::rename(&partial, folder.join(name)).map_err(TestbedError::io(name))
}

#[expect(
    clippy::print_stderr,
    reason = "a build of minutes must not look like a hang"
)]
pub(crate) fn say(text: &str) {
    eprintln!("testbed: {text}");
}
