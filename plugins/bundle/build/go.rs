//! Plugins in Go: modules of their own under `plugins/`.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::overlay;
use crate::stamp::Stamp;

/// Where the SDK lies, which every one of them is written with.
const SDK: &str = "sdk-go";
/// What a renderer finds opened, before and after its start is frozen.
const DIRECTORIES: &[&str] = &["/src"];
/// Settings that change what `go build` makes.
const SETTINGS: [(&str, &str); 5] = [
    ("GOOS", "wasip1"),
    ("GOARCH", "wasm"),
    // Wasmtime has both: smaller code.
    ("GOWASM", "satconv,signext"),
    // A workspace around this one is not meant, nor are flags for native programs.
    ("GOWORK", "off"),
    ("GOFLAGS", ""),
];

/// A plugin's folder and how it is built.
pub(crate) struct Plugin {
    /// The folder, and the plugin's name.
    pub(crate) name: &'static str,
    pub(crate) linker_flags: &'static str,
    /// Its start is run here, once, and not by each instance.
    pub(crate) started: bool,
}

impl Plugin {
    /// Builds it into `out`, unless it is there already: linking and starting take seconds.
    pub(crate) fn build(&self, plugins: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
        let folder = plugins.join(self.name);
        let file = out.join(format!("{}.wasm", self.name));
        let stamp = Stamp::new(out.join(format!("{}.stamp", self.name)))
            .with(&[self.linker_flags, &version()?])
            .with_files(&folder)?
            .with_files(&plugins.join(SDK))?
            // How a component is made of it is code of this very program.
            .with_file(&std::env::current_exe()?)?;
        if file.exists() && stamp.is_current() {
            return Ok(());
        }
        let core = out.join(format!("{}.core.wasm", self.name));
        self.compile(&folder, &core, out)?;
        let failed = |error: &dyn Error| format!("{}: {error}", folder.display());
        let mut module = fs::read(&core)?;
        if self.started {
            module = gantry_snapshot::snapshot(&module, DIRECTORIES).map_err(|e| failed(&e))?;
        }
        let component = gantry_componentize::componentize(&module, None).map_err(|e| failed(&e))?;
        fs::write(file, component)?;
        stamp.write()?;
        Ok(())
    }

    fn compile(&self, folder: &Path, core: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
        let mut go = Command::new("go");
        go.current_dir(folder)
            .args(["build", "-buildmode=c-shared", "-trimpath"])
            .arg(format!("-ldflags={}", self.linker_flags));
        if let Some(overlay) = overlay::write(&folder.join("overlay"), &out.join(self.name))? {
            go.arg("-overlay").arg(overlay);
        }
        let status = go.arg("-o").arg(core).envs(SETTINGS).status()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("{} does not build; is Go at least 1.26?", folder.display()).into())
    }
}

fn version() -> Result<String, Box<dyn Error>> {
    let told = Command::new("go").arg("version").output();
    let told = told.map_err(|error| {
        format!("cannot run go, which builds plugins: {error}: install Go from https://go.dev")
    })?;
    Ok(String::from_utf8_lossy(&told.stdout).into_owned())
}
