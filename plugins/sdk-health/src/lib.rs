//! What a health plugin in Rust is written with: live objects in, verdicts out. A crate of its own,
//! since a component exports one world and the two share an interface.

use serde_json::Value;

#[doc(hidden)]
#[allow(missing_docs, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit/plugin.wit",
        world: "health-plugin",
        pub_export_macro: true,
        export_macro_name: "export",
    });
}

pub use bindings::exports::gantry::plugin::health::{Assessment, GroupKind, Status};

/// A health plugin. Export it with [`export_health!`].
pub trait HealthCheck {
    /// One line for lists of plugins.
    const SUMMARY: &'static str;

    /// The kinds that it judges; `*` as group or kind matches all of them.
    fn claims() -> Vec<GroupKind>;

    /// Reads an object's JSON. A plugin that looks only at parts of it may leave out the others here:
    /// reading is most of judging.
    ///
    /// # Errors
    /// The text is no JSON; the host never sends one.
    fn read(text: &str) -> Result<Value, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Judges one object; none where its kind has no health.
    fn assess(object: &Value) -> Option<Assessment>;
}

/// What a plugin answers for an object's JSON.
pub fn assess_text<H: HealthCheck>(text: &str) -> Option<Assessment> {
    match H::read(text) {
        Ok(object) => H::assess(&object),
        Err(error) => Some(Assessment {
            status: Status::Unknown,
            message: error.to_string(),
        }),
    }
}

/// Exports a type that implements [`HealthCheck`](crate::HealthCheck) as this component's
/// health check.
#[macro_export]
macro_rules! export_health {
    ($plugin:ty) => {
        // The exports' names mean nothing to a native linker: there, only the logic is tested.
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bindings::exports::gantry::plugin::{about, health};

            struct Exports;

            impl about::Guest for Exports {
                fn about() -> about::AboutPlugin {
                    about::AboutPlugin {
                        summary: <$plugin as $crate::HealthCheck>::SUMMARY.into(),
                        parameters_schema: ::core::option::Option::None,
                    }
                }
            }

            impl health::Guest for Exports {
                fn claims() -> ::std::vec::Vec<health::GroupKind> {
                    <$plugin as $crate::HealthCheck>::claims()
                }

                fn assess(
                    objects: ::std::vec::Vec<::std::string::String>,
                ) -> ::std::vec::Vec<::core::option::Option<health::Assessment>> {
                    objects
                        .iter()
                        .map(|o| $crate::assess_text::<$plugin>(o))
                        .collect()
                }
            }

    $crate::bindings::export!(Exports with_types_in $crate::bindings);
        };
    };
}
