//! Copies and fills of every small size, with sizes known to the compiler and not, overlapping and
//! at the memory's end.

mod support;

use support::oracle::{check_traced, Pair};
use zkfusion_vm::{compile_with_entry, status, Executor};

/// A module that fills its memory with different bytes and copies and fills `bytes` of them, by a
/// constant size and by a parameter.
fn module(bytes: u32) -> String {
    let data: String = (0..512).map(|i| format!("\\{:02x}", i * 7 % 251)).collect();
    format!(
        r#"(module (memory (export "memory") 1) (data $data (i32.const 0) "{data}") (data $passive "{data}")
             (data (i32.const 65024) "{data}")
             (func (export "copy") (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const {bytes})))
             (func (export "copy.here") (param i32 i32) (memory.copy (i32.const 100) (local.get 1) (i32.const {bytes})))
             (func (export "copy.size") (param i32 i32)
               (memory.copy (local.get 0) (local.get 1) (i32.sub (i32.const {bytes}) (i32.const 0))))
             (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 0x1234) (i32.const {bytes})))
             (func (export "fill.value") (param i32 i32)
               (memory.fill (local.get 0) (local.get 1) (i32.const {bytes})))
             (func (export "init") (param i32 i32)
               (memory.init $passive (local.get 0) (local.get 1) (i32.const {bytes}))))"#
    )
}

#[test]
fn copies_and_fills_agree_with_wasmi() {
    let ends: [u64; 3] = [65_536, 1 << 32, 512];
    let (mut returned, mut trapped) = (0, 0);
    for bytes in (0..75).chain([127, 128]) {
        let wasm = wat::parse_str(module(bytes)).unwrap();
        let program = compile_with_entry(&wasm, None).unwrap();
        let executor = Executor::new(&program);
        let mut pair = Pair::new(&executor, &program, &wasm).unwrap();
        let near_ends = ends.map(|end| end - u64::from(bytes));
        for (to, from) in [(3, 9), (9, 3), (8, 8), (64, 0), (0, 1), (1, 0)]
            .into_iter()
            .chain(near_ends.map(|to| (to, 40)))
            .chain(near_ends.map(|to| (to + 1, 40)))
            .chain(near_ends.map(|from| (70, from)))
            .chain(near_ends.map(|from| (70, from + 1)))
        {
            for (name, _) in &program.exports {
                let arguments = [to, from].map(|word: u64| word & u64::from(u32::MAX));
                match pair.invoke(name, &arguments) {
                    Ok(_) => returned += 1,
                    Err(status) => {
                        assert_eq!(status, status::OUT_OF_BOUNDS);
                        trapped += 1;
                    }
                }
                pair.check_state();
            }
        }
        for (name, _) in &program.exports {
            assert!(check_traced(&program, name, &[9, 3]).is_some_and(|returned| returned.is_ok()));
        }
    }
    println!("{returned} returned, {trapped} trapped");
    assert!(returned > 4_000 && trapped > 1_000);
}
