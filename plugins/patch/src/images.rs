//! Container images: other names, tags and digests.

mod name;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use name::{is_matched, split};

use crate::error::PatchError;
use crate::fields::{FieldSpec, visit_all};
use crate::id::string_at;
use crate::scalar;
use name::Name;

/// What becomes of the images with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// The name, without tag; a regular expression as kustomize has it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The name that takes its place.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub new_name: String,
    /// What is put behind the tag.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag_suffix: String,
    /// The tag that takes the place of tag and digest.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub new_tag: String,
    /// The digest that takes the place of tag and digest.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

/// kustomize's image transformer: the containers anywhere, then the fields of the specs.
///
/// # Errors
/// An image is no scalar.
pub fn transform(object: &mut Value, image: &Image, specs: &[FieldSpec]) -> Result<(), PatchError> {
    set_anywhere(object, image)?;
    set(object, image, specs)
}

/// Sets the image in the fields that the specs name.
///
/// # Errors
/// As [`transform`].
pub fn set(object: &mut Value, image: &Image, specs: &[FieldSpec]) -> Result<(), PatchError> {
    let update = Update::new(image);
    if is_definition(object) {
        return Ok(());
    }
    visit_all(object, specs, &Value::Null, &mut |field| {
        update.apply(field)
    })
}

/// Sets the image of each element of the lists `containers` and `initContainers`, wherever they
/// are.
///
/// # Errors
/// As [`transform`].
pub fn set_anywhere(object: &mut Value, image: &Image) -> Result<(), PatchError> {
    let update = Update::new(image);
    if is_definition(object) {
        return Ok(());
    }
    update.walk(object)
}

/// A definition's schema has fields of these names, which are no images.
fn is_definition(object: &Value) -> bool {
    string_at(object, "kind") == "CustomResourceDefinition"
}

struct Update<'i> {
    image: &'i Image,
    name: Name,
}

impl<'i> Update<'i> {
    fn new(image: &'i Image) -> Self {
        Self {
            image,
            name: Name::read(&image.name),
        }
    }

    fn walk(&self, value: &mut Value) -> Result<(), PatchError> {
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    self.walk(value).map_err(|e| e.under(key))?;
                    if key == "containers" || key == "initContainers" {
                        self.containers(value).map_err(|e| e.under(key))?;
                    }
                }
            }
            Value::Array(elements) => {
                for element in elements {
                    self.walk(element).map_err(|e| e.under("[]"))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn containers(&self, value: &mut Value) -> Result<(), PatchError> {
        for element in value.as_array_mut().into_iter().flatten() {
            match element {
                Value::Object(map) => {
                    if let Some(image) = map.get_mut("image") {
                        self.apply(image).map_err(|e| e.under("[].image"))?;
                    }
                }
                Value::Null => {}
                other => return Err(PatchError::wrong_kind("map", other).under("[]")),
            }
        }
        Ok(())
    }

    fn apply(&self, field: &mut Value) -> Result<(), PatchError> {
        if field.is_null() {
            return Ok(());
        }
        if !scalar::is_scalar(field) {
            return Err(PatchError::wrong_kind("scalar", field));
        }
        let text = scalar::text(field);
        if !self.name.matches(&text) {
            return Ok(());
        }
        let new = self.edited(&text);
        *field = scalar::untagged(field, &new);
        Ok(())
    }

    fn edited(&self, text: &str) -> String {
        let image = self.image;
        let (name, tag, digest) = split(text);
        let mut name = match image.new_name.as_str() {
            "" => name.to_owned(),
            new => new.to_owned(),
        };
        let suffixed;
        let (tag, digest) = if !image.new_tag.is_empty() || !image.digest.is_empty() {
            (image.new_tag.as_str(), image.digest.as_str())
        } else if !image.tag_suffix.is_empty() {
            suffixed = format!("{tag}{}", image.tag_suffix);
            (suffixed.as_str(), "")
        } else {
            (tag, digest)
        };
        for (sign, part) in [(':', tag), ('@', digest)] {
            if !part.is_empty() {
                name.push(sign);
                name.push_str(part);
            }
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::defaults;

    fn image(value: Value) -> Image {
        serde_json::from_value(value).expect("an image")
    }

    #[test]
    fn names_tags_and_digests_are_replaced() {
        for (edit, before, after) in [
            (json!({"newTag": "v2"}), "nginx:1@sha256:a", "nginx:v2"),
            (json!({"digest": "sha256:b"}), "nginx:1", "nginx@sha256:b"),
            (
                json!({"newTag": "v2", "digest": "sha256:b"}),
                "nginx",
                "nginx:v2@sha256:b",
            ),
            (json!({"newName": "reg:5000/x"}), "nginx:1", "reg:5000/x:1"),
            (json!({"tagSuffix": "-a"}), "nginx:1@sha256:c", "nginx:1-a"),
            (json!({}), "nginx:1@sha256:c", "nginx:1@sha256:c"),
            (json!({"newTag": "v2"}), "nginx2:1", "nginx2:1"),
        ] {
            let mut edit = edit;
            edit["name"] = json!("nginx");
            let mut object = json!({"a": {"containers": [{"image": before}, {}]}});
            set_anywhere(&mut object, &image(edit.clone())).expect("an edit");
            assert_eq!(
                object,
                json!({"a": {"containers": [{"image": after}, {}]}}),
                "{edit}"
            );
        }
    }

    #[test]
    fn images_are_where_containers_or_specs_are() {
        let edit = image(json!({"name": "a", "newTag": "2"}));
        let mut object = json!({
            "kind": "Pod", "x": [{"initContainers": [{"image": "a"}]}],
            "spec": {"volumes": [{"image": {"reference": "a:1"}}], "image": "a"},
        });
        transform(&mut object, &edit, &defaults::images()).expect("an edit");
        assert_eq!(
            object,
            json!({
                "kind": "Pod", "x": [{"initContainers": [{"image": "a:2"}]}],
                "spec": {"volumes": [{"image": {"reference": "a:2"}}], "image": "a"},
            })
        );
        let definition =
            json!({"kind": "CustomResourceDefinition", "containers": [{"image": "a"}]});
        let mut object = definition.clone();
        transform(&mut object, &edit, &defaults::images()).expect("an edit");
        assert_eq!(object, definition);
    }

    #[test]
    fn what_is_no_image_is_refused() {
        let edit = image(json!({"name": "a"}));
        for object in [
            json!({"containers": [{"image": {}}]}),
            json!({"containers": ["a"]}),
        ] {
            assert!(
                set_anywhere(&mut object.clone(), &edit).is_err(),
                "{object}"
            );
        }
    }
}
