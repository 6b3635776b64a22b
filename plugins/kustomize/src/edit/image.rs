//! Images as the application writes them.

use gantry_patch::images::{Image, split};

use crate::problem::{Problem, Result};

/// Keeps what the kustomization has.
const KEEP: &str = "*";

/// `[name=]new[:tag][@digest]`.
pub(super) fn parse(text: &str) -> Result<Image> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (Some(key), value),
        None => (None, text),
    };
    let (name, tag, digest) = split(value);
    if name == text {
        let message = format!("invalid image {text:?}");
        return Err(Problem::new("parameters", message)
            .help("write `[name=]new[:tag][@digest]`, at least one of new name, tag and digest"));
    }
    let new_name = key.map(|_| name.to_owned()).unwrap_or_default();
    Ok(Image {
        name: key.unwrap_or(name).to_owned(),
        new_name,
        new_tag: tag.to_owned(),
        digest: digest.to_owned(),
        tag_suffix: String::new(),
    })
}

/// Takes over what the image keeps of the kustomization's own.
pub(super) fn keep(image: &mut Image, own: &Image) {
    for (new, own) in [
        (&mut image.new_name, &own.new_name),
        (&mut image.new_tag, &own.new_tag),
        (&mut image.digest, &own.digest),
    ] {
        if new == KEEP {
            new.clone_from(own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn images_are_taken_apart_as_kustomize_edit_does() {
        for (text, name, new_name, tag, digest) in [
            ("nginx:1.2", "nginx", "", "1.2", ""),
            ("nginx=mirror/nginx", "nginx", "mirror/nginx", "", ""),
            ("a=host:5000/b:v1", "a", "host:5000/b", "v1", ""),
            ("alpine@sha256:24a0", "alpine", "", "", "sha256:24a0"),
            ("a=*:v2", "a", "*", "v2", ""),
        ] {
            let image = parse(text).unwrap();
            assert_eq!(
                (
                    &*image.name,
                    &*image.new_name,
                    &*image.new_tag,
                    &*image.digest
                ),
                (name, new_name, tag, digest),
                "{text}"
            );
        }
        assert!(parse("nginx").is_err());
    }
}
