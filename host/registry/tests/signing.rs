//! Signatures as `cosign sign --key` stores them, beside the artifact.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gantry_plugins::{Digest, Keys, Policy};
use gantry_registry::RegistryError;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey as _};
use serde_json::{Value, json};

use crate::world::{World, plugin, with_policy};

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key")
}

fn policy(key: &KeyPair) -> Policy {
    let mut keys = Keys::default();
    let pem = key.public_key_pem();
    keys.add("cosign.pub", pem.as_bytes()).expect("a key");
    Policy {
        keys,
        ..Policy::default()
    }
}

/// A layer with the signature of a key over a manifest's digest.
fn signature(world: &World, key: &KeyPair, manifest: &Digest) -> Value {
    let critical = json!({
        "identity": {"docker-reference": world.at("helm")},
        "image": {"docker-manifest-digest": manifest.to_string()},
        "type": "cosign container image signature",
    });
    let payload = json!({"critical": critical, "optional": null}).to_string();
    let signature = key.sign(payload.as_bytes()).expect("a signature");
    let mut layer = world.blob("helm", payload.as_bytes());
    layer["mediaType"] = json!("application/vnd.dev.cosign.simplesigning.v1+json");
    layer["annotations"] = json!({"dev.cosignproject.cosign/signature": BASE64.encode(signature)});
    layer
}

#[test]
fn only_what_a_known_key_signed_is_kept_and_can_be_checked_again() {
    let world = World::start(false);
    let (ours, theirs) = (key(), key());
    let pushed = world
        .push("helm:1", plugin("one"), &world.nobody())
        .expect("pushed");
    let pull = with_policy(policy(&ours));
    let tag = format!("sha256-{}.sig", pushed.artifact.hex());
    let sign = |layers: &[Value]| world.manifest("helm", &tag, layers);
    let refused = |expected: &str| {
        let error = world.install("helm:1", &pull).expect_err(expected);
        assert!(matches!(error, RegistryError::Untrusted(_)), "{error}");
        assert!(
            error.to_string().contains(expected),
            "{error} is not {expected:?}"
        );
        assert!(!world.path("plugins").exists(), "{expected}");
    };
    refused("is not signed: only what one of these keys signed is loaded: cosign.pub");
    sign(&[world.blob("helm", b"a layer of another kind")]);
    refused("is not signed");
    sign(&[signature(&world, &theirs, &pushed.artifact)]);
    refused("no key fits; tried: cosign.pub");
    sign(&[signature(&world, &ours, &Digest::of(b"another artifact"))]);
    refused("was signed, not sha256:");
    sign(&[
        signature(&world, &theirs, &pushed.artifact),
        signature(&world, &ours, &pushed.artifact),
    ]);
    let path = world.install("helm:1", &pull).expect("signed by us");
    let proof = fs::read(path.with_extension("wasm.sig")).expect("the proof");
    let check = |policy: &Policy, wasm: &[u8]| policy.check(&Digest::of(wasm), wasm, Some(&proof));
    assert_eq!(check(&policy(&ours), &plugin("one")), Ok(()));
    check(&policy(&theirs), &plugin("one")).expect_err("another key");
    check(&policy(&ours), &plugin("two")).expect_err("another file");
}

#[test]
fn a_signature_does_not_move_with_its_tag() {
    let world = World::start(false);
    let ours = key();
    let signed = world
        .push("helm:1", plugin("one"), &world.nobody())
        .expect("pushed");
    let tag = format!("sha256-{}.sig", signed.artifact.hex());
    world.manifest("helm", &tag, &[signature(&world, &ours, &signed.artifact)]);
    let pull = with_policy(policy(&ours));
    world.install("helm:1", &pull).expect("signed");
    world
        .push("helm:1", plugin("two"), &world.nobody())
        .expect("pushed over it");
    let error = world.install("helm:1", &pull).expect_err("not signed");
    assert!(error.to_string().contains("is not signed"), "{error}");
}
