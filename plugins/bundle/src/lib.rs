//! The built-in plugins, as components: `plugins/*` compiled by this crate's build script.

/// A plugin that comes with the binary.
#[derive(Clone, Copy, Debug)]
pub struct Plugin {
    /// The name applications use.
    pub name: &'static str,
    /// The component.
    pub wasm: &'static [u8],
    /// Its digest, `sha256:` and the hexadecimal digits.
    pub digest: &'static str,
}

macro_rules! plugin {
    ($name:literal) => {
        Plugin {
            name: $name,
            wasm: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm")),
            digest: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".digest")),
        }
    };
}

/// All of them. Where two health plugins judge one kind, the first does: scripts go before the
/// built-in checks, as in Argo CD.
pub static BUILTIN: [Plugin; 6] = [
    plugin!("plain-yaml"),
    plugin!("template"),
    plugin!("kustomize"),
    plugin!("helm"),
    plugin!("health-lua"),
    plugin!("health-core"),
];

/// Those that do nothing without files of their own.
pub const NEED_DATA: &[&str] = &["health-lua"];

#[cfg(test)]
mod tests {
    /// A plugin is compiled when it is first used: more bytes, more waiting. Whoever needs more
    /// looks first at what a new dependency drags in.
    const COMPONENT_MAX_BYTES: usize = 7 << 18;
    /// The same for Go, whose runtime and formatting alone are half of this.
    const GO_COMPONENT_MAX_BYTES: usize = 6 << 20;

    /// Helm's engine, with all that its template functions can do.
    const HELM_COMPONENT_MAX_BYTES: usize = 24 << 20;

    #[test]
    fn they_are_small() {
        for super::Plugin { name, wasm, .. } in super::BUILTIN {
            let max_bytes = match name {
                "health-lua" => GO_COMPONENT_MAX_BYTES,
                "helm" => HELM_COMPONENT_MAX_BYTES,
                _ => COMPONENT_MAX_BYTES,
            };
            assert!(wasm.len() <= max_bytes, "{name}: {}", wasm.len());
        }
    }

    #[test]
    fn they_are_components() {
        for super::Plugin { name, wasm, .. } in super::BUILTIN {
            // Magic, then the component layer's version (component-model/design/mvp/Binary.md).
            assert_eq!(
                wasm.get(..8),
                Some(b"\0asm\x0d\0\x01\0".as_slice()),
                "{name}"
            );
        }
    }
}
