use std::{collections::BTreeMap, fs, path::PathBuf};

use halo2_proofs::{
    poly::commitment::{Params as _, ParamsProver},
    SerdeFormat,
};
use proptest::prelude::*;
use rand_core::OsRng;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use damage::{damage, damaged};

#[path = "../../tests/support/ceremony.rs"]
mod ceremony_file;
#[path = "../../../../primitives/tests/support/damage.rs"]
mod damage;

/// A file of `2^4` powers that snarkjs 0.7.6 made: `powersoftau new bn128 4`, `contribute`,
/// `prepare phase2`.
const SNARKJS: &[u8] = include_bytes!("../../tests/fixtures/snarkjs-4.ptau");

fn store(kind: SrsKind) -> (TempDir, SrsStore) {
    let cache = tempfile::tempdir().unwrap();
    let store = SrsStore::new(cache.path(), kind);
    (cache, store)
}

/// Imports a ceremony file of `2^power` powers of a random secret and returns it with its hash.
fn imported(cache: &TempDir, store: &SrsStore, power: u32) -> (PathBuf, Sha256Hash) {
    let (path, hash) = source(cache, &ceremony_file::ptau(power));
    store.import(&path, hash).unwrap();
    (path, hash)
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
    let (cache, written) = store(SrsKind::Ceremony);
    imported(&cache, &written, 7);
    let params = written.load(7).unwrap();
    let mut contents = vec![raw(&params)];
    // A file that was not prepared for phase 2 ends before the Lagrange forms.
    let mut unprepared = fs::read(cache.path().join("source")).unwrap();
    unprepared.truncate(unprepared.len() - (12 + 64 * ((2 << 7) - 1)));
    unprepared[8] -= 1;
    contents.push(unprepared);
    for content in contents {
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
fn a_file_of_snarkjs_has_the_sections_of_ours_and_the_lagrange_form_that_halo2_computes() {
    let (cache, store) = store(SrsKind::Ceremony);
    let (path, hash) = source(&cache, SNARKJS);
    assert_eq!(store.import(&path, hash).unwrap().k, 4);
    let params = store.load(4).unwrap();
    let computed = assemble(4, params.get_g().to_vec(), None, params.g2(), params.s_g2());
    assert!(raw(&params) == raw(&computed));

    let (theirs, ours) = (sections(SNARKJS), sections(&ceremony_file::ptau(4)));
    for (kind, size) in ours {
        match kind {
            // Ours has no contribution, and no form of 2^5 values.
            7 => assert_eq!(size, 4),
            12 => assert_eq!(theirs[&kind], size + (64 << 5)),
            _ => assert_eq!(theirs[&kind], size, "section {kind}"),
        }
    }
    assert_eq!(
        SNARKJS[12..68],
        ceremony_file::ptau(4)[12..68],
        "the headers differ"
    );
}

/// Returns the sizes of the sections of a `.ptau` file.
fn sections(mut file: &[u8]) -> BTreeMap<u32, usize> {
    file = &file[12..];
    let mut sections = BTreeMap::new();
    while !file.is_empty() {
        let size = u64::from_le_bytes(file[4..12].try_into().unwrap()) as usize;
        sections.insert(u32::from_le_bytes(file[..4].try_into().unwrap()), size);
        file = &file[12 + size..];
    }
    sections
}

#[test]
fn the_lagrange_forms_of_a_file_are_checked_and_stored() {
    let (cache, store) = store(SrsKind::Ceremony);
    let (path, hash) = source(&cache, &ceremony_file::ptau(15));
    let imported = store.import(&path, hash).unwrap();
    assert_eq!(imported.k, 15);
    let content = fs::read(&path).unwrap();
    for k in [14, 15] {
        let form = content.len() - 64 * (2 << 15) + 64 * (1 << k);
        let stored = raw(&store.load(k).unwrap());
        let points = 64 << k;
        assert!(
            stored[4 + points..][..points] == content[form..][..points],
            "k = {k}"
        );
    }

    // Two points of the form of size 14 are exchanged.
    let mut content = content;
    let form = content.len() - 64 * (2 << 15) + 64 * (1 << 14);
    let (one, other) = content[form..].split_at_mut(64);
    one.swap_with_slice(&mut other[..64]);
    let (path, hash) = source(&cache, &content);
    let error = store.replace(&path, hash).unwrap_err();
    assert!(matches!(error, SrsError::Inconsistent { .. }), "{error}");
    assert!(error.to_string().contains("Lagrange"), "{error}");
    assert_eq!(store.load(15).unwrap().k(), 15, "the first stays");
}

#[test]
fn the_same_ceremony_is_imported_again_without_effect() {
    let (cache, store) = store(SrsKind::Ceremony);
    let (path, hash) = imported(&cache, &store, 5);
    let params = store.load(5).unwrap();
    let again = store.import(&path, hash).unwrap();
    assert_eq!((again.k, again.replaced), (5, None));
    assert!(raw(&store.load(5).unwrap()) == raw(&params));
}

#[test]
fn another_ceremony_is_refused_naming_both_until_it_is_to_replace_the_first() {
    let (cache, store) = store(SrsKind::Ceremony);
    let (_, first) = imported(&cache, &store, 15);
    let params = store.load(14).unwrap();
    let (path, second) = source(&cache, &ceremony_file::ptau(4));
    let error = store.import(&path, second).unwrap_err();
    assert!(matches!(
        error,
        SrsError::AlreadyImported {
            k: 15,
            other_k: 4,
            ..
        }
    ));
    let message = error.to_string();
    for part in [
        &*first.to_string(),
        &second.to_string(),
        "k=15",
        "k=4",
        "--replace",
    ] {
        assert!(message.contains(part), "{message}: {part}");
    }
    assert!(raw(&store.load(14).unwrap()) == raw(&params), "the first stays");

    let replaced = store.replace(&path, second).unwrap().replaced.unwrap();
    assert_eq!((replaced.source_sha256, replaced.k), (first.to_string(), 15));
    let mut left: Vec<String> = fs::read_dir(store.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let string = format!("ceremony-{}-k4.srs", &second.to_string()[..16]);
    assert_eq!(left, [string, "ceremony.json".into()]);
}

#[test]
fn strings_of_two_ceremonies_are_not_mixed() {
    let (cache, store) = store(SrsKind::Ceremony);
    imported(&cache, &store, 5);
    store.load(4).unwrap();
    let (path, hash) = source(&cache, &ceremony_file::ptau(5));
    SrsStore::new(cache.path(), SrsKind::Ceremony)
        .replace(&path, hash)
        .unwrap();
    let error = store.load(5).unwrap_err();
    assert!(matches!(error, SrsError::Replaced { .. }), "{error}");
    assert!(matches!(store.clone().load(4), Err(SrsError::Replaced { .. })));
    SrsStore::new(cache.path(), SrsKind::Ceremony).load(5).unwrap();
}

#[test]
fn a_file_of_another_curve_is_refused() {
    let (cache, store) = store(SrsKind::Ceremony);
    let mut content = ceremony_file::ptau(3);
    content[30] ^= 1;
    let (path, hash) = source(&cache, &content);
    let error = store.import(&path, hash).unwrap_err();
    assert!(error.to_string().contains("another curve"), "{error}");
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
    for content in [raw(&Params::setup(0, OsRng)), ceremony_file::ptau(0)] {
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

/// Returns the powers of a file of either format.
fn powers(content: &[u8]) -> Vec<G1Affine> {
    let (cache, _) = store(SrsKind::Ceremony);
    let (path, _) = source(&cache, content);
    let mut source = ptau::Source::open(&path).unwrap();
    source.powers(source.power()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn damaged_ceremonies_are_refused_or_the_same(damage in damage()) {
        let params = Params::setup(3, OsRng);
        for content in [raw(&params), SNARKJS.to_vec()] {
            let powers = powers(&content);
            let (cache, store) = store(SrsKind::Ceremony);
            let (path, hash) = source(&cache, &damaged(&content, &damage));
            match store.import(&path, hash) {
                // What is changed is not read: a version, another section.
                Ok(imported) => prop_assert!(store.load(imported.k).unwrap().get_g()[..] == powers[..1 << imported.k]),
                Err(error) => {
                    prop_assert!(matches!(error, SrsError::Malformed { .. } | SrsError::Inconsistent { .. }), "{}", error);
                }
            }
        }
    }
}
