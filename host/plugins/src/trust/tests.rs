//! Real keys, real signatures, and every way in which a file is not to be trusted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SigningKey as _,
};
use serde_json::json;

use super::{ImageSignature, Keys, Policy};
use gantry_model::digest::Digest;

const WASM: &[u8] = b"\0asm and the rest";

fn p256() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key")
}

fn ed25519() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).expect("a key")
}

fn sign(key: &KeyPair, message: &[u8]) -> Vec<u8> {
    key.sign(message).expect("a signature")
}

fn policy(keys: &[(&str, &KeyPair)]) -> Policy {
    let mut policy = Policy::default();
    for (name, key) in keys {
        let pem = key.public_key_pem();
        policy.keys.add(name, pem.as_bytes()).expect("a key");
    }
    policy
}

/// What `check` says of [`WASM`] with this beside it.
fn verdict(policy: &Policy, signature: Option<&[u8]>) -> String {
    match policy.check(&Digest::of(WASM), WASM, signature) {
        Ok(()) => "trusted".to_owned(),
        Err(error) => {
            assert!(!error.help().is_empty());
            error.to_string()
        }
    }
}

/// Public keys and signatures of [`SIGNED`] that other programs made: `cosign sign-blob --key`,
/// `openssl dgst -sha256 -sign`, and `openssl pkeyutl -sign -rawin` with an Ed25519 key.
const ELSEWHERE: [(&str, &str); 3] = [
    (
        "-----BEGIN PUBLIC KEY-----\n\
         MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWJAwOzCezDzkXyna8e7B+NzwFp0j\n\
         tnHvJ5U1C7Yyju7cXt9sOkB368ehDckgz5NdV/PWjk1Snu+AdCwlNpRFDQ==\n\
         -----END PUBLIC KEY-----\n",
        "MEYCIQCiI+4s6YrvtlIIvkSVyIQ9bOvOxbouxj/9V2Gg6FseuwIhAPrP2NbP7aA8sDsbMnFVD8sbqg4C\
         JyhN3/rK5fVpLKnE",
    ),
    (
        "-----BEGIN PUBLIC KEY-----\n\
         MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvPYjckcXdl9WMyqoYP7dh+hyHtVv\n\
         /R7lMI3sYssgh9kRyLNmmuUQLfC0bDw6kxuvJk9XoeiH9+xEe+8XcTvGkw==\n\
         -----END PUBLIC KEY-----\n",
        "MEQCIEW7JxN5waZ7uUY7rV9FM5r+IsQR/gHPqjFcBn8v9MEcAiAYuXssCqUU9cRa4bi/dcB7BSDxwBgK\
         oYiwNcvA4eghOw==",
    ),
    (
        "-----BEGIN PUBLIC KEY-----\n\
         MCowBQYDK2VwAyEAQhqYL8FzVz+sHRH8qoiASktAe0vlfeS/HCqIapvfgyU=\n\
         -----END PUBLIC KEY-----\n",
        "Mn3ThMr/MVENZSsrtkKjr9g3X6IcBiRHJQmNFoDa9oJ1yVLoIPclFt54wCyB6S6N0+yndl+2aF5TwriP\
         Wa64AA==",
    ),
];
const SIGNED: &[u8] = b"signed elsewhere";

#[test]
fn signatures_of_other_programs_are_taken() {
    for (pem, signature) in ELSEWHERE {
        let mut policy = Policy::default();
        policy.keys.add("key.pub", pem.as_bytes()).expect("a key");
        let check = |message: &[u8]| {
            policy.check(&Digest::of(message), message, Some(signature.as_bytes()))
        };
        assert_eq!(check(SIGNED), Ok(()), "{pem}");
        check(b"signed nowhere").expect_err("another message");
    }
}

#[test]
fn every_form_of_a_true_signature_is_taken() {
    for key in [p256(), ed25519()] {
        let policy = policy(&[("other.pub", &p256()), ("mine.pub", &key)]);
        let raw = sign(&key, WASM);
        let text = BASE64.encode(&raw);
        let forms: [Vec<u8>; 5] = [
            raw,
            text.clone().into_bytes(),
            format!("{text}\n").into_bytes(),
            json!({"base64Signature": text, "rekorBundle": {}}).to_string().into_bytes(),
            json!({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "messageSignature": {"signature": text}})
                .to_string()
                .into_bytes(),
        ];
        for form in forms {
            assert_eq!(verdict(&policy, Some(&form)), "trusted", "{form:?}");
        }
    }
}

#[test]
fn whatever_is_not_a_true_signature_is_refused() {
    let (mine, theirs) = (p256(), ed25519());
    let policy = policy(&[("one.pub", &mine), ("two.pub", &theirs)]);
    let mut flipped = sign(&mine, WASM);
    flipped[20] ^= 1;
    let cut = BASE64.encode(&sign(&mine, WASM)[..40]);
    let of_other = BASE64.encode(sign(&mine, b"another file"));
    let by_stranger = BASE64.encode(sign(&p256(), WASM));
    let no_key = "has a signature that no key fits; tried: one.pub, two.pub";
    let cases: &[(Option<&[u8]>, &str)] = &[
        (
            None,
            "is not signed: only what one of these keys signed is loaded: one.pub, two.pub",
        ),
        (Some(b""), "cannot be read: it is empty"),
        (Some(b" \n"), "cannot be read: it is empty"),
        (Some(b"{}"), "JSON without a signature"),
        (
            Some(br#"{"base64Signature": 1}"#),
            "JSON without a signature",
        ),
        (Some(br#"{"base64Signature": "?"}"#), "holds no base64"),
        (Some(b"not a signature"), no_key),
        (Some(&flipped), no_key),
        (Some(cut.as_bytes()), no_key),
        (Some(of_other.as_bytes()), no_key),
        (Some(by_stranger.as_bytes()), no_key),
    ];
    for (signature, expected) in cases {
        let found = verdict(&policy, *signature);
        assert!(found.contains(expected), "{found:?} is not {expected:?}");
    }
}

#[test]
fn the_allow_list_counts_beside_the_keys() {
    let key = p256();
    let signature = sign(&key, WASM);
    let here = Digest::of(WASM);
    let elsewhere = Digest::of(b"another file");
    for (allowed, expected) in [
        (vec![here, elsewhere], "trusted"),
        (
            vec![elsewhere],
            "is not on the allow-list: its digest is sha256:",
        ),
        (vec![], "is not on the allow-list"),
    ] {
        for keys in [vec![], vec![("one.pub", &key)]] {
            let policy = Policy {
                allow: Some(allowed.iter().copied().collect()),
                ..policy(&keys)
            };
            let found = verdict(&policy, Some(&signature));
            assert!(found.contains(expected), "{found:?} is not {expected:?}");
        }
    }
    let policy = Policy {
        allow: Some([here].into()),
        ..policy(&[("one.pub", &key)])
    };
    assert!(verdict(&policy, None).contains("is not signed"));
    assert_eq!(verdict(&Policy::default(), None), "trusted");
}

/// A payload as cosign signs it, for the manifest of this digest.
fn payload(manifest: &str, kind: &str) -> Vec<u8> {
    let critical = json!({
        "identity": {"docker-reference": "registry.example/helm"},
        "image": {"docker-manifest-digest": manifest},
        "type": kind,
    });
    json!({"critical": critical, "optional": null})
        .to_string()
        .into_bytes()
}

fn manifest(layers: &[Digest]) -> Vec<u8> {
    let layers: Vec<_> = layers
        .iter()
        .map(|l| json!({"digest": l.to_string()}))
        .collect();
    json!({"schemaVersion": 2, "layers": layers})
        .to_string()
        .into_bytes()
}

#[test]
fn a_signed_artifact_vouches_for_the_one_file_in_it() {
    const KIND: &str = "cosign container image signature";
    let key = p256();
    let policy = policy(&[("one.pub", &key)]);
    let (here, elsewhere) = (Digest::of(WASM), Digest::of(b"another file"));
    let good = manifest(&[here]);
    let digest = |manifest: &[u8]| Digest::of(manifest).to_string();
    let cases = [
        (payload(&digest(&good), KIND), good.clone(), "trusted"),
        (
            payload(&digest(b"other"), KIND),
            good.clone(),
            "was signed, not sha256:",
        ),
        (
            payload(&digest(&good), "an attestation"),
            good.clone(),
            "no statement about an artifact",
        ),
        (
            b"{}".to_vec(),
            good.clone(),
            "no statement about an artifact",
        ),
        (
            b"not json".to_vec(),
            good.clone(),
            "no statement about an artifact",
        ),
    ];
    let of_manifest = |layers: &[Digest]| {
        let manifest = manifest(layers);
        (
            payload(&digest(&manifest), KIND),
            manifest,
            "does not hold the file sha256:",
        )
    };
    let contents = [&[elsewhere][..], &[here, elsewhere], &[]].map(of_manifest);
    for (payload, manifest, expected) in cases.into_iter().chain(contents) {
        let image = ImageSignature {
            signature: sign(&key, &payload),
            payload,
            manifest,
        };
        let found = verdict(&policy, Some(image.to_json().as_bytes()));
        assert!(found.contains(expected), "{found:?} is not {expected:?}");
        let forged = ImageSignature {
            signature: sign(&p256(), &image.payload),
            ..image
        };
        let found = verdict(&policy, Some(forged.to_json().as_bytes()));
        assert!(found.contains("no key fits"), "{found}");
    }
}

#[test]
fn only_files_with_usable_public_keys_are_taken() {
    let good = p256().public_key_pem();
    let unsupported = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)
        .expect("a key")
        .public_key_pem();
    let wrap = |der: &[u8]| {
        let text = BASE64.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    };
    let cases = [
        (String::new(), "holds no public key"),
        ("sha256:abc".to_owned(), "holds no public key"),
        (p256().serialize_pem(), "holds no public key"),
        (good.replace("-----END", "-----"), "is not a PEM file"),
        (wrap(b"not DER"), "neither ECDSA P-256 nor Ed25519"),
        (
            format!("{good}{unsupported}"),
            "neither ECDSA P-256 nor Ed25519",
        ),
    ];
    for (pem, expected) in cases {
        let mut keys = Keys::default();
        let error = keys.add("cosign.pub", pem.as_bytes()).expect_err(expected);
        let text = error.to_string();
        assert!(
            text.starts_with("cosign.pub ") && text.contains(expected),
            "{text}"
        );
        assert!(keys.is_empty(), "{expected}: half of a file was taken");
    }
    let both = format!("{good}{}", ed25519().public_key_pem());
    let mut keys = Keys::default();
    keys.add("cosign.pub", both.as_bytes()).expect("two keys");
    assert_eq!(keys.names(), ["cosign.pub", "cosign.pub"]);
}
