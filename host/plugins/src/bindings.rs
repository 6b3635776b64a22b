//! The host's side of `wit/plugin.wit`, generated.

/// The renderer world.
pub(crate) mod renderer {
    wasmtime::component::bindgen!({
        path: "../../wit/plugin.wit",
        world: "renderer-plugin",
        with: {
            "gantry:plugin/source.tree": crate::source::TreeView,
            "gantry:plugin/context.request": crate::request::RequestView,
        },
        imports: { default: trappable },
        additional_derives: [PartialEq],
    });
}

/// The health world.
pub(crate) mod health {
    wasmtime::component::bindgen!({
        path: "../../wit/plugin.wit",
        world: "health-plugin",
    });
}
