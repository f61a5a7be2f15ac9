//! Random modules, from fixed seeds, in this VM and in wasmi.

mod support;

use support::{
    modules::{functions, module, Random},
    oracle::{check_traced, Pair},
};
use zkfusion_vm::{compile_with_entry, status, CompileError, Executor};

const MODULES: u64 = 1000;

#[test]
fn generated_modules_behave_as_in_wasmi() {
    let (mut modules, mut unfinished, mut returned, mut trapped, mut traced) = (0, 0, 0, 0, 0);
    'modules: for seed in 0..MODULES {
        let mut random = Random::new(seed);
        let wasm = module(&mut random);
        let program = match compile_with_entry(&wasm, None) {
            Ok(program) => program,
            // Later versions of WebAssembly find this when the module is started.
            Err(CompileError::SegmentOutOfBounds { .. }) => continue,
            Err(error) => panic!("seed {seed}: {error}"),
        };
        let executor = Executor::new(&program);
        let Ok(mut pair) = Pair::new(&executor, &program, &wasm) else {
            continue;
        };
        modules += 1;
        for (name, types) in functions(&wasm) {
            for _ in 0..4 {
                let arguments = random.arguments(&types);
                match pair.invoke(&name, &arguments) {
                    Ok(_) => returned += 1,
                    // Many large fills; what each has done by then differs.
                    Err(status::FUEL) => {
                        unfinished += 1;
                        continue 'modules;
                    }
                    Err(_) => trapped += 1,
                }
                traced += u32::from(check_traced(&program, &name, &arguments).is_some());
            }
            pair.check_state();
        }
    }
    println!("{modules} modules, of which {unfinished} took too long, {returned} calls returned, {trapped} trapped, {traced} were traced");
    assert!(modules > 500 && unfinished < 50 && returned > 1000 && trapped > 1000 && traced > 1000);
}
