//! Modules that do not compile, and the errors that say why.

use zkfusion_vm::{compile, compile_with_entry, limits::Limit, CompileError, FunctionName};

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
    let CompileError::UnsupportedInstruction { instruction, place } = &error else {
        panic!("{error}")
    };
    let broken = FunctionName {
        index: 1,
        name: Some("broken".into()),
    };
    assert_eq!(
        (instruction.as_str(), &place.function),
        ("v128.const", &Some(broken))
    );
    let offset = place.offset;
    assert_eq!(wasm[offset as usize..][..2], [0xfd, 0x0c]);
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
            CompileError::UnsupportedInstruction { instruction, place } => {
                let function = place.function.and_then(|function| function.name);
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
    let error = refusal("(module (memory i64 1))").to_string();
    assert!(
        error.contains("not in WebAssembly 2.0, and cannot be enabled"),
        "{error}"
    );
}

#[test]
fn vector_types_are_refused_where_they_stand() {
    for (text, place) in [
        (
            "(module (type (func)) (type (func (param v128))))",
            "v128 of type 1",
        ),
        (
            "(module (global v128 (v128.const i64x2 0 0)))",
            "v128 of global 0",
        ),
        (
            "(module (func (local i32 v128)))",
            "v128 of a local of function 0",
        ),
        (
            r#"(module (import "m" "f" (func)) (import "m" "g" (global v128)))"#,
            "v128 of import 1",
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
    for (import, message) in [
        (
            "memory 1",
            "imported memory env.x: only functions can be imported; a linker's --import-memory",
        ),
        (
            "table 1 funcref",
            "imported table env.x: only functions can be imported; a linker's --import-table",
        ),
        (
            "global i32",
            "imported global env.x: only functions can be imported; position-independent code",
        ),
    ] {
        let error = refusal(&format!(r#"(module (import "env" "x" ({import})))"#)).to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let ty = refusal(r#"(module (import "env" "inbox_next" (func (result i32))))"#);
    assert_eq!(
        ty,
        CompileError::ImportType {
            name: "inbox_next".into(),
            expected: "[] -> [i64]".into(),
            found: "[] -> [i32]".into(),
        }
    );
}

#[test]
fn the_entry_must_be_exported_and_take_nothing() {
    let message = |text: &str| compile(&wat::parse_str(text).unwrap()).unwrap_err().to_string();
    for (text, error) in [
        (
            "(module (func))",
            "no exported function zkmain; the module exports no function",
        ),
        (
            r#"(module (func (export "main")) (func (export "alloc\0a")) (global (export "g") i32 (i32.const 0)))"#,
            r"no exported function zkmain; the module exports main, alloc\n",
        ),
        (
            r#"(module (func (export "zkmain") (param i32)))"#,
            "exported function zkmain must have type [] -> [], not [i32] -> []",
        ),
        (
            r#"(module (func (export "zkmain")) (func (export "_initialize") (param i32 i64) (result f32) unreachable))"#,
            "exported function _initialize must have type [] -> [], not [i32 i64] -> [f32]",
        ),
    ] {
        assert_eq!(message(text), error);
    }
}

#[test]
fn a_file_of_another_kind_is_named() {
    for (file, found) in [
        (&b""[..], "an empty file"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip file"),
        (b"\x7fELF\x01\x01", "an ELF file"),
        (b"\n ;; a comment\n  (module)", "WebAssembly text"),
        (b"\0asm\x0d\0\x01\0", "a WebAssembly component"),
        (b"\0asm\x02\0\0\0", "WebAssembly of an unknown version"),
        (b"\0asm", "the beginning of a WebAssembly module"),
        (b"!<arch>\n", "a library of object files"),
        (b"hello", "a file of an unknown kind"),
    ] {
        let error = compile(file).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{found}, not a WebAssembly module: ")),
            "{error}"
        );
    }
    let object = r#"(module (import "env" "__linear_memory" (memory 1)) (@custom "linking" "\02"))"#;
    let error = refusal(object).to_string();
    assert!(
        error.starts_with("an object file that was not linked, "),
        "{error}"
    );
}

#[test]
fn the_long_encoding_of_a_reference_type_is_refused_wherever_a_type_stands() {
    // Each module has the type funcref once, as 0x70; it becomes 0x63 0x70, and the sizes before it
    // one more.
    for (text, sizes) in [
        ("(module (type (func (param funcref))))", 1),
        ("(module (type (func (result i32 funcref))))", 1),
        ("(module (table 1 funcref))", 1),
        ("(module (global funcref (ref.null extern)))", 1),
        ("(module (func (local i32 funcref)))", 2),
        ("(module (func (block (result funcref) unreachable) drop))", 2),
        ("(module (func unreachable (select (result funcref)) drop))", 2),
        ("(module (func) (elem declare funcref (ref.func 0)))", 1),
        ("(module (func) (elem funcref (ref.func 0)))", 1),
        ("(module (func) (table 1 externref) (table 1 funcref) (elem (table 1) (i32.const 0) funcref (ref.func 0)))", 1),
    ] {
        let short = wat::parse_str(text).unwrap();
        let at = short.iter().rposition(|byte| *byte == 0x70).unwrap();
        let mut long = short.clone();
        long.insert(at, 0x63);
        // The last section is the one with the type: its size follows its id.
        let section = section_with(&short, at);
        long[section + 1] += 1;
        if sizes == 2 {
            // Behind the section's size and the number of bodies.
            long[section + 3] += 1;
        }
        match compile_with_entry(&long, None) {
            Err(CompileError::UnsupportedType { ty, .. }) => {
                assert_eq!(ty, "funcref in the encoding of WebAssembly 3.0", "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// Returns where the section begins that contains a byte. All sections are short.
fn section_with(wasm: &[u8], at: usize) -> usize {
    let mut section = 8;
    loop {
        let next = section + 2 + usize::from(wasm[section + 1]);
        if next > at {
            return section;
        }
        section = next;
    }
}

#[test]
fn names_of_strangers_cannot_forge_lines_of_messages() {
    let import = refusal(r#"(module (import "env" "x\0aerror: all is well\1b[1A" (func)))"#).to_string();
    assert!(!import.contains(char::is_control), "{import}");
    let long = format!(r#"(module (import "env" "{}" (func)))"#, "x".repeat(9_000));
    assert!(refusal(&long).to_string().len() < 300);
    let function = r#"(module (func (export "a\0ab") (drop (i64x2.splat (i64.const 0)))))"#;
    let error = refusal(function).to_string();
    assert!(error.contains(r"function 0 (a\nb) at byte"), "{error}");
    let twice = r#"(module (func $f) (export "a\0d" (func $f)) (func $g))"#;
    let mut wasm = wat::parse_str(twice).unwrap();
    // The second function's body becomes one that drops a value that is not there.
    let last = wasm.windows(3).rposition(|bytes| bytes == [2, 0, 0x0b]).unwrap();
    wasm[last + 2] = 0x1a;
    let error = compile_with_entry(&wasm, None).unwrap_err().to_string();
    assert!(!error.contains(char::is_control), "{error}");
}

#[test]
fn an_invalid_body_is_named_with_its_offset() {
    let wasm = broken_body(r#"(module (func) (func $adder (param i32) (drop (i32.const 7))))"#);
    let error = compile_with_entry(&wasm, None).unwrap_err().to_string();
    assert!(
        error.starts_with("invalid wasm in function 1 (adder) at byte 0x"),
        "{error}"
    );
}

/// Changes the constant 7 into an instruction that does nothing, so that the drop has no value.
fn broken_body(text: &str) -> Vec<u8> {
    let mut wasm = wat::parse_str(text).unwrap();
    let at = wasm
        .windows(3)
        .position(|bytes| bytes == [0x41, 7, 0x1a])
        .unwrap();
    wasm[at..at + 2].copy_from_slice(&[0x01, 0x01]);
    wasm
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
    let imports = format!(
        "(module {})",
        r#"(import "env" "require" (func (param i32)))"#.repeat(8193)
    );
    let tables = "(module (table 8192 funcref) (table 1 externref))";
    let growing = format!(
        "(module {} (func {}))",
        "(table 0 funcref)".repeat(33),
        (0..33)
            .map(|table| format!("(drop (table.grow {table} (ref.null func) (i32.const 1)))"))
            .collect::<String>()
    );
    let frame = format!(
        "(module (memory 1) (func {} {}))",
        "memory.size ".repeat(66_000),
        "drop ".repeat(66_000)
    );
    for (text, limit, size) in [
        (imports.as_str(), Limit::Functions, Some(8193)),
        (tables, Limit::Table, Some(8193)),
        // A word for the length of each table, and 8,192 that it can grow to.
        (&growing, Limit::System, Some(33 * 8193)),
        (&frame, Limit::Frame, None),
        (&locals, Limit::Locals, Some(8193)),
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
            place,
        } = error.clone()
        else {
            panic!("{limit:?}: {error}")
        };
        assert_eq!(found, limit);
        assert!(
            reported > limit.value() && size.is_none_or(|size| size == reported),
            "{error}"
        );
        let in_function = matches!(limit, Limit::Locals | Limit::Frame);
        assert_eq!(
            place.is_some_and(|place| place.function.is_some()),
            in_function,
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
