//! Modules that do not compile, and the errors that say why.

use zkfusion_vm::{compile, compile_with_entry, limits::Limit, CompileError};

fn refusal(text: &str) -> CompileError {
    match compile_with_entry(&wat::parse_str(text).unwrap(), None) {
        Ok(program) => panic!("accepted, with {} instructions", program.code.len()),
        Err(error) => error,
    }
}

#[test]
fn an_unsupported_instruction_is_named_with_its_function_and_offset() {
    let text =
        r#"(module (func $first) (func $broken (local i32) (drop (i8x16.popcnt (v128.const i64x2 1 2)))))"#;
    let wasm = wat::parse_str(text).unwrap();
    let error = compile_with_entry(&wasm, None).unwrap_err();
    let CompileError::UnsupportedInstruction {
        instruction,
        function,
        name,
        offset,
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (instruction.as_str(), *function, name.as_deref()),
        ("v128.const", 1, Some("broken"))
    );
    assert_eq!(wasm[*offset as usize..][..2], [0xfd, 0x0c]);
    assert_eq!(
        error.to_string(),
        format!("unsupported instruction v128.const in function 1 (broken) at byte {offset:#x}")
    );
}

#[test]
fn instructions_of_later_versions_are_refused_by_name() {
    let body = |body: &str| format!("(module (memory 1) (table 1 funcref) (func (export \"f\") {body}))");
    for (name, text) in [
        ("i32.atomic_load", "(drop (i32.atomic.load (i32.const 0)))"),
        ("throw_ref", "(throw_ref (unreachable))"),
        ("return_call_ref", "(return_call_ref 0 (unreachable))"),
        ("ref.eq", "(drop (ref.eq (unreachable) (unreachable)))"),
        ("i64x2.splat", "(drop (i64x2.splat (i64.const 0)))"),
    ] {
        match refusal(&body(text)) {
            CompileError::UnsupportedInstruction {
                instruction,
                name: function,
                ..
            } => {
                assert_eq!((instruction.as_str(), function.as_deref()), (name, Some("f")));
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn several_memories_and_large_ones_are_invalid() {
    for text in ["(module (memory 1) (memory 1))", "(module (memory i64 1))"] {
        assert!(matches!(refusal(text), CompileError::Invalid { .. }), "{text}");
    }
}

#[test]
fn vector_types_are_refused_where_they_stand() {
    for (text, place) in [
        (
            "(module (type (func)) (type (func (param v128))))",
            "v128 in type 1",
        ),
        (
            "(module (global v128 (v128.const i64x2 0 0)))",
            "v128 in global 0",
        ),
        (
            "(module (func (local i32 v128)))",
            "v128 in a local of function 0",
        ),
        (
            r#"(module (import "m" "f" (func)) (import "m" "g" (global v128)))"#,
            "v128 in import 1",
        ),
    ] {
        assert!(refusal(text).to_string().contains(place), "{}", refusal(text));
    }
}

#[test]
fn only_host_functions_can_be_imported_and_with_their_types() {
    let unknown = refusal(r#"(module (import "env" "exec" (func)))"#);
    assert_eq!(
        unknown,
        CompileError::UnknownImport {
            module: "env".into(),
            name: "exec".into()
        }
    );
    let elsewhere = refusal(r#"(module (import "wasi_snapshot_preview1" "abort" (func)))"#);
    assert!(matches!(elsewhere, CompileError::UnknownImport { .. }));
    let memory = refusal(r#"(module (import "env" "memory" (memory 1)))"#);
    assert_eq!(
        memory,
        CompileError::UnknownImport {
            module: "env".into(),
            name: "memory".into()
        }
    );
    let ty = refusal(r#"(module (import "env" "inbox_next" (func (result i32))))"#);
    assert_eq!(
        ty,
        CompileError::ImportType {
            name: "inbox_next".into(),
            expected: "[] -> [i64]".into()
        }
    );
}

#[test]
fn the_entry_must_be_exported_and_take_nothing() {
    let missing = compile(&wat::parse_str("(module (func))").unwrap()).unwrap_err();
    assert_eq!(
        missing,
        CompileError::NoEntry {
            export: "zkmain".into()
        }
    );
    let typed = r#"(module (func (export "zkmain") (param i32)))"#;
    let typed = compile(&wat::parse_str(typed).unwrap()).unwrap_err();
    assert_eq!(
        typed,
        CompileError::EntryType {
            export: "zkmain".into()
        }
    );
}

#[test]
fn segments_must_fit() {
    let data = refusal(r#"(module (memory 1) (data (i32.const 65535) "ab"))"#);
    let end = CompileError::SegmentOutOfBounds {
        kind: "data",
        segment: 0,
        end: 65_537,
        size: 65_536,
    };
    assert_eq!(data, end);
    let element = refusal("(module (table 1 funcref) (func $f) (elem (i32.const -1) $f))");
    assert!(matches!(
        element,
        CompileError::SegmentOutOfBounds { kind: "element", .. }
    ));
}

#[test]
fn each_limit_is_named_with_the_size() {
    let locals = format!("(module (func (local {})))", "i32 ".repeat(8193));
    let functions = format!("(module {})", "(func)".repeat(8193));
    let globals = format!("(module {})", "(global i32 (i32.const 0))".repeat(1025));
    let code = "(module (func (local i32) ".to_string()
        + &"(local.set 0 (i32.div_s (local.get 0) (local.get 0)))".repeat(10_000)
        + "))";
    let data = format!(
        r#"(module (memory 9) (data (i32.const 0) "{}"))"#,
        "abcdefgh".repeat(65_537)
    );
    for (text, limit, size) in [
        (locals.as_str(), Limit::Locals, Some(8193)),
        (&functions, Limit::Functions, Some(8193)),
        (&globals, Limit::Globals, Some(1025)),
        ("(module (memory 1025))", Limit::Pages, Some(1025)),
        ("(module (table 8193 funcref))", Limit::Table, Some(8193)),
        // 14 instructions for each division, the local's zero, a return, and three at the
        // beginning.
        (&code, Limit::Code, Some(14 * 10_000 + 5)),
        (&data, Limit::WasmBytes, None),
    ] {
        let error = refusal(text);
        let CompileError::TooLarge {
            limit: found,
            size: reported,
        } = error
        else {
            panic!("{limit:?}: {error}")
        };
        assert_eq!(found, limit);
        assert!(
            reported > limit.value() && size.is_none_or(|size| size == reported),
            "{error}"
        );
    }
}

#[test]
fn invalid_wasm_is_refused_at_its_offset() {
    let mut wasm = wat::parse_str("(module (func (result i32) (i32.const 1)))").unwrap();
    let last = wasm.len() - 1;
    // The constant's end becomes another drop of nothing.
    wasm[last - 2] = 0x1a;
    assert!(matches!(
        compile_with_entry(&wasm, None),
        Err(CompileError::Invalid { .. })
    ));
    assert!(matches!(
        compile_with_entry(b"\0asm", None),
        Err(CompileError::Invalid { .. })
    ));
    assert!(matches!(
        compile_with_entry(&wasm[..last], None),
        Err(CompileError::Invalid { .. })
    ));
}

#[test]
fn truncated_or_flipped_wasm_never_panics() {
    let text = r#"(module (memory 1) (table 2 funcref) (elem (i32.const 0) $f) (data (i32.const 3) "abc")
      (func $f (param i32) (result i32) (block (result i32) (br_table 0 1 0 (local.get 0) (local.get 0))))
      (func (export "zkmain") (drop (call_indirect (param i32) (result i32) (i32.const 5) (i32.const 0)))))"#;
    let wasm = wat::parse_str(text).unwrap();
    compile(&wasm).unwrap();
    for end in 0..wasm.len() {
        let _ = compile(&wasm[..end]);
    }
    for index in 0..wasm.len() {
        for bit in 0..8 {
            let mut flipped = wasm.clone();
            flipped[index] ^= 1 << bit;
            let _ = compile(&flipped);
        }
    }
}
