//! The built-in plugins, as components: `plugins/*` compiled by this crate's build script.

/// Name and component of each.
pub const BUILTIN: [(&str, &[u8]); 3] = [
    (
        "plain-yaml",
        include_bytes!(concat!(env!("OUT_DIR"), "/plain-yaml.wasm")),
    ),
    (
        "template",
        include_bytes!(concat!(env!("OUT_DIR"), "/template.wasm")),
    ),
    (
        "health-core",
        include_bytes!(concat!(env!("OUT_DIR"), "/health-core.wasm")),
    ),
];

#[cfg(test)]
mod tests {
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
