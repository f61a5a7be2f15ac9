//! From a ceremony's file to genesis, keys and contracts, with the commands of `docs/ceremony.md`.
//! The file is one that the test makes, in snarkjs' format and of the size that settlements need.

use codec::{DecodeAll, Encode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use zkfusion_halo2::{
    prover::{BatchProver, ProverError},
    srs::{cache_folder, is_development, SrsKind},
};
use zkfusion_primitives::{statement::Statement, verifier::halo2::Protocol};
use zkfusion_tests::build;

#[path = "../../prover-offchain/halo2/tests/support/ceremony.rs"]
mod ceremony;

/// What the programs are called with.
struct Operator {
    folder: tempfile::TempDir,
}

impl Operator {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// Calls a program, which finds setup and keys in a cache folder of its own. It has minutes.
    fn call(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new("timeout")
            .arg("600")
            .arg(build::program(program).unwrap())
            .args(arguments)
            .env("ZKFUSION_CACHE", self.cache())
            .output()
            .unwrap()
    }

    /// Calls a program that succeeds, and returns what it says.
    fn says(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.call(program, arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Calls a program that fails, and returns why.
    fn refusal(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.call(program, arguments);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{program} {arguments:?}: {output:?}"
        );
        String::from_utf8(output.stderr).unwrap()
    }

    /// Returns a new key: its public half in hexadecimal, and the account that it has.
    fn key(&self, scheme: &str) -> (String, String) {
        let generate = ["key", "generate", "--scheme", scheme, "--output-type", "json"];
        let key: Value = serde_json::from_str(&self.says("zkfusion-node", &generate)).unwrap();
        let field = |name: &str| key[name].as_str().unwrap().to_owned();
        (
            field("publicKey").trim_start_matches("0x").to_owned(),
            field("ss58Address"),
        )
    }

    /// Makes the specification of a network of one validator.
    fn specification(&self) -> Value {
        let (babe, stash) = self.key("sr25519");
        let keys = [
            babe,
            self.key("ed25519").0,
            self.key("ecdsa").0,
            self.key("sr25519").0,
        ]
        .concat();
        let (validator, endow) = (format!("{stash}=0x{keys}"), format!("{stash}=200000"));
        let output = self.path("spec.json");
        let mut arguments = vec![
            "build-testnet-spec",
            "--name",
            "Test",
            "--id",
            "test",
            "--output",
            &output,
        ];
        arguments.extend(["--validator", &validator, "--council", &stash, "--endow", &endow]);
        self.says("zkfusion-node", &arguments);
        serde_json::from_slice(&fs::read(&output).unwrap()).unwrap()
    }
}

#[test]
fn ceremony_file_should_make_genesis_keys_and_contracts_that_are_not_those_of_development() {
    let operator = Operator {
        folder: tempfile::tempdir().unwrap(),
    };
    let (first, second) = (operator.path("first.ptau"), operator.path("second.ptau"));
    let [first_hash, second_hash] = [(&first, 20), (&second, 14)].map(|(path, power)| {
        let file = ceremony::ptau(power);
        fs::write(path, &file).unwrap();
        hex::encode(Sha256::digest(&file))
    });
    let development = BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment);

    let nothing = operator.refusal("settlement-tool", &["contracts", "--ceremony"]);
    assert!(nothing.contains("run `fusion-prover setup import`"), "{nothing}");
    operator.says(
        "fusion-prover",
        &["setup", "import", &first, "--sha256", &first_hash],
    );
    another_file_is_refused(&operator, [&first_hash, &second_hash]);

    batches_are_proved_for_the_ceremony_only(&operator, &development);
    contract_is_for_every_chain(&operator);
    genesis_is_of_the_ceremony(&operator, &development);

    // The keys of the first go with it.
    assert_eq!(keys(&operator), 1);
    let replace = [
        "setup",
        "import",
        &second,
        "--sha256",
        &second_hash,
        "--replace",
        "--json",
    ];
    let answer: Value = serde_json::from_str(&operator.says("fusion-prover", &replace)).unwrap();
    assert_eq!(answer["replaced"]["sha256"], *first_hash);
    assert_eq!(answer["replaced"]["removed_programs"], 1);
    assert_eq!(keys(&operator), 0);
}

fn another_file_is_refused(operator: &Operator, [first, second]: [&str; 2]) {
    let file = operator.path("second.ptau");
    let refusal = operator.refusal("fusion-prover", &["setup", "import", &file, "--sha256", second]);
    for part in [first, second, "k=20", "k=14", "--replace"] {
        assert!(refusal.contains(part), "{part}: {refusal}");
    }
}

fn genesis_is_of_the_ceremony(operator: &Operator, development: &BatchProver) {
    let mut spec = operator.specification();
    let place = "/genesis/runtimeGenesis/patch/verifier/protocol";
    let encoded = spec
        .pointer(place)
        .unwrap()
        .as_str()
        .unwrap()
        .trim_start_matches("0x");
    let protocol = Protocol::decode_all(&mut &hex::decode(encoded).unwrap()[..]).unwrap();
    let ceremony = BatchProver::new(&operator.cache(), SrsKind::Ceremony)
        .protocol()
        .unwrap();
    assert_eq!(protocol, *ceremony.protocol());
    assert!(!is_development(&protocol.srs));
    // The runtime takes it.
    operator.says(
        "zkfusion-node",
        &[
            "export-chain-spec",
            "--raw",
            "--chain",
            &operator.path("spec.json"),
        ],
    );

    let insecure = development.protocol().unwrap();
    assert!(is_development(&insecure.protocol().srs));
    *spec.pointer_mut(place).unwrap() = format!("0x{}", hex::encode(insecure.protocol().encode())).into();
    let file = operator.path("insecure.json");
    fs::write(&file, spec.to_string()).unwrap();
    let refusal = operator.refusal("zkfusion-node", &["--chain", &file, "--tmp", "--prover", "off"]);
    assert!(refusal.contains("INSECURE development setup"), "{refusal}");
}

fn batches_are_proved_for_the_ceremony_only(operator: &Operator, development: &BatchProver) {
    let (wasm, program, file) = (
        build::guest("token").unwrap(),
        operator.path("token.wasm"),
        operator.path("proof"),
    );
    fs::write(&program, &wasm).unwrap();
    let payload = ["--payload", "u64:1", "account:Alice", "u64:1000"];
    let mut prove = vec!["prove", &program, "--ceremony", "--output", &file];
    prove.extend(payload);
    operator.says("fusion-prover", &prove);
    operator.says("fusion-prover", &["verify", &program, &file, "--ceremony"]);

    // Under the development setup the program is another, and its keys refuse the proof.
    let proof: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let statement: Statement = serde_json::from_value(proof["statement"].clone()).unwrap();
    let proof = hex::decode(proof["proof"].as_str().unwrap()).unwrap();
    let program = development.program(&wasm).unwrap();
    assert_ne!(program.program_id(), statement.program_id);
    let named = Statement {
        program_id: program.program_id(),
        ..statement.clone()
    };
    for statement in [&statement, &named] {
        let refusal = development.verify(&program, 14, statement, &proof).unwrap_err();
        assert!(matches!(refusal, ProverError::SelfCheck(_)), "{refusal}");
    }
}

fn contract_is_for_every_chain(operator: &Operator) {
    let contracts = operator.path("contracts");
    operator.says(
        "settlement-tool",
        &["contracts", "--ceremony", "--contracts", &contracts],
    );
    let generated =
        |folder: &Path, name: &str| fs::read_to_string(folder.join("generated").join(name)).unwrap();
    let contract = generated(Path::new(&contracts), "Halo2Verifier.sol");
    assert!(contract.contains("contract Halo2Verifier{"));
    assert!(!contract.contains("Insecure") && !contract.contains("chainid"));
    let repository = build::repository().join("contracts");
    let insecure = generated(&repository, "InsecureHalo2Verifier.sol");
    assert!(insecure.contains("contract InsecureHalo2Verifier{"));
    assert!(insecure.contains("if (block.chainid != 31337) revert"));
    let layout = "ProofLayout.sol";
    assert_eq!(
        generated(Path::new(&contracts), layout),
        generated(&repository, layout)
    );
}

/// Returns the number of programs that the cache has keys of.
fn keys(operator: &Operator) -> usize {
    fs::read_dir(operator.cache().join("keys")).unwrap().count()
}
