use std::{fs, path::PathBuf};

use halo2_proofs::{
    poly::commitment::{Params as _, ParamsProver},
    SerdeCurveAffine, SerdeFormat,
};
use proptest::prelude::*;
use rand_core::OsRng;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use damage::{damage, damaged};

#[path = "../../../../primitives/tests/support/damage.rs"]
mod damage;

fn store(kind: SrsKind) -> (TempDir, SrsStore) {
    let cache = tempfile::tempdir().unwrap();
    let store = SrsStore::new(cache.path(), kind);
    (cache, store)
}

/// Writes a file beside the store and returns it with its hash.
fn source(cache: &TempDir, content: &[u8]) -> (PathBuf, Sha256Hash) {
    let path = cache.path().join("source");
    fs::write(&path, content).unwrap();
    (path, Sha256Hash(Sha256::digest(content).into()))
}

fn raw(params: &Params) -> Vec<u8> {
    let mut bytes = Vec::new();
    params.write_custom(&mut bytes, SerdeFormat::RawBytes).unwrap();
    bytes
}

/// Returns a `.ptau` file with the points of `params`.
fn ptau(params: &Params) -> Vec<u8> {
    let (mut g1, mut g2) = (Vec::new(), Vec::new());
    params
        .get_g()
        .iter()
        .for_each(|point| point.write(&mut g1, SerdeFormat::RawBytes).unwrap());
    for point in [params.g2(), params.s_g2()] {
        point.write(&mut g2, SerdeFormat::RawBytes).unwrap();
    }
    let header = [
        &32u32.to_le_bytes()[..],
        &[0; 32],
        &params.k().to_le_bytes(),
        &28u32.to_le_bytes(),
    ]
    .concat();
    let mut file = [&b"ptau"[..], &1u32.to_le_bytes(), &3u32.to_le_bytes()].concat();
    for (kind, section) in [(1u32, header), (2, g1), (3, g2)] {
        file.extend(kind.to_le_bytes());
        file.extend((section.len() as u64).to_le_bytes());
        file.extend(section);
    }
    file
}

#[test]
fn development_string_is_generated_once_and_read_back() {
    let (_cache, store) = store(SrsKind::InsecureDevelopment);
    let generated = store.load(MIN_STORED_K).unwrap();
    assert!(store
        .development_file(MIN_STORED_K)
        .to_str()
        .unwrap()
        .contains("INSECURE"));
    assert!(raw(&generated) == raw(&store.load(MIN_STORED_K).unwrap()));
    assert_eq!(generated.s_g2(), development_s_g2());
    let left = fs::read_dir(store.folder()).unwrap().count();
    assert_eq!(left, 1, "temporary files were left behind");
}

#[test]
fn a_wrong_file_is_refused_by_its_hash() {
    let (_cache, store) = store(SrsKind::InsecureDevelopment);
    store.load(MIN_STORED_K).unwrap();
    let path = store.development_file(MIN_STORED_K);
    let mut content = fs::read(&path).unwrap();
    let honest = Sha256Hash(Sha256::digest(&content).into());
    content[1000] ^= 1;
    fs::write(&path, &content).unwrap();
    let error = store.load(MIN_STORED_K).unwrap_err();
    let SrsError::WrongHash { expected, got, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*expected, honest);
    assert_eq!(*got, Sha256Hash(Sha256::digest(&content).into()));
    let message = error.to_string();
    assert!(
        message.contains(&expected.to_string()) && message.contains(&got.to_string()),
        "{message}"
    );

    fs::write(&path, &content[..content.len() - 1]).unwrap();
    assert!(matches!(
        store.load(MIN_STORED_K),
        Err(SrsError::WrongLength { .. })
    ));
}

#[test]
fn a_string_is_not_larger_than_the_largest() {
    let (_cache, store) = store(SrsKind::InsecureDevelopment);
    let k = MAX_DEVELOPMENT_K + 1;
    assert!(matches!(
        store.load(k),
        Err(SrsError::UnsupportedSize {
            max: MAX_DEVELOPMENT_K,
            ..
        })
    ));
}

#[test]
fn a_ceremony_is_imported_from_either_format_and_cut_to_size() {
    let params = Params::setup(7, OsRng);
    for content in [raw(&params), ptau(&params)] {
        let (cache, store) = store(SrsKind::Ceremony);
        let (path, hash) = source(&cache, &content);
        assert!(matches!(store.load(5), Err(SrsError::NotImported { .. })));
        assert_eq!(store.import(&path, hash).unwrap().k, 7);
        assert!(raw(&store.load(7).unwrap()) == raw(&params));
        let smaller = store.load(5).unwrap();
        assert_eq!(smaller.get_g(), &params.get_g()[..32]);
        assert_eq!(smaller.s_g2(), params.s_g2());
        assert!(matches!(
            store.load(8),
            Err(SrsError::UnsupportedSize { max: 7, .. })
        ));
    }
}

#[test]
fn a_ceremony_of_another_hash_is_refused() {
    let (cache, store) = store(SrsKind::Ceremony);
    let (path, _) = source(&cache, &raw(&Params::setup(4, OsRng)));
    let error = store.import(&path, Sha256Hash([7; 32])).unwrap_err();
    assert!(
        matches!(
            error,
            SrsError::WrongHash {
                expected: Sha256Hash([7, ..]),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn points_that_are_no_powers_of_one_secret_are_refused() {
    let (one, other) = (Params::setup(4, OsRng), Params::setup(4, OsRng));
    let mut content = raw(&one);
    let point = 4 + 9 * 64..4 + 10 * 64;
    content[point.clone()].copy_from_slice(&raw(&other)[point]);
    let (cache, store) = store(SrsKind::Ceremony);
    let (path, hash) = source(&cache, &content);
    assert!(matches!(
        store.import(&path, hash),
        Err(SrsError::Inconsistent { .. })
    ));
}

#[test]
fn the_public_secret_is_no_ceremony() {
    let (cache, store) = store(SrsKind::Ceremony);
    let development = SrsStore::new(cache.path(), SrsKind::InsecureDevelopment)
        .load(6)
        .unwrap();
    let (path, hash) = source(&cache, &raw(&development));
    assert!(matches!(
        store.import(&path, hash),
        Err(SrsError::Inconsistent { .. })
    ));
}

#[test]
fn other_files_are_no_ceremony() {
    let (cache, store) = store(SrsKind::Ceremony);
    for content in [
        &b""[..],
        b"ptau",
        b"ptau\x01\0\0\0\x01\0\0\0\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"hello world",
    ] {
        let (path, hash) = source(&cache, content);
        assert!(matches!(
            store.import(&path, hash),
            Err(SrsError::Malformed { .. })
        ));
    }
}

#[test]
fn a_ceremony_of_a_single_power_is_refused_or_imported() {
    let params = Params::setup(0, OsRng);
    for content in [raw(&params), ptau(&params)] {
        let (cache, store) = store(SrsKind::Ceremony);
        let (path, hash) = source(&cache, &content);
        match store.import(&path, hash) {
            Ok(imported) => assert_eq!(imported.k, 0),
            Err(error) => assert!(
                matches!(error, SrsError::Malformed { .. } | SrsError::Inconsistent { .. }),
                "{error}"
            ),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn damaged_ceremonies_are_refused_or_the_same(damage in damage()) {
        let params = Params::setup(3, OsRng);
        for content in [raw(&params), ptau(&params)] {
            let (cache, store) = store(SrsKind::Ceremony);
            let (path, hash) = source(&cache, &damaged(&content, &damage));
            match store.import(&path, hash) {
                // What is changed is not read: the Lagrange form, a version, another section.
                Ok(imported) => prop_assert!(store.load(imported.k).unwrap().get_g()[..] == params.get_g()[..1 << imported.k]),
                Err(error) => {
                    prop_assert!(matches!(error, SrsError::Malformed { .. } | SrsError::Inconsistent { .. }), "{}", error);
                }
            }
        }
    }
}
