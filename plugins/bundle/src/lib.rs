//! The built-in plugins, as components: `plugins/*` compiled by this crate's build script.

/// Name and component of each. Where two health plugins judge one kind, the first does: scripts go
/// before the built-in checks, as in Argo CD.
pub const BUILTIN: [(&str, &[u8]); 6] = [
    (
        "plain-yaml",
        include_bytes!(concat!(env!("OUT_DIR"), "/plain-yaml.wasm")),
    ),
    (
        "template",
        include_bytes!(concat!(env!("OUT_DIR"), "/template.wasm")),
    ),
    (
        "kustomize",
        include_bytes!(concat!(env!("OUT_DIR"), "/kustomize.wasm")),
    ),
    (
        "helm",
        include_bytes!(concat!(env!("OUT_DIR"), "/helm.wasm")),
    ),
    (
        "health-lua",
        include_bytes!(concat!(env!("OUT_DIR"), "/health-lua.wasm")),
    ),
    (
        "health-core",
        include_bytes!(concat!(env!("OUT_DIR"), "/health-core.wasm")),
    ),
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
        for (name, wasm) in super::BUILTIN {
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
        for (name, wasm) in super::BUILTIN {
            // Magic, then the component layer's version (component-model/design/mvp/Binary.md).
            assert_eq!(
                wasm.get(..8),
                Some(b"\0asm\x0d\0\x01\0".as_slice()),
                "{name}"
            );
        }
    }
}
