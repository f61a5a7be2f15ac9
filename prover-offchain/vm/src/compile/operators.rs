//! Which instructions are accepted, and their names.

use alloc::{format, string::String};

use wasmparser::Operator;

/// Returns the name of the proposal that an instruction comes from, and that of its visitor.
fn describe(operator: &Operator<'_>) -> (&'static str, &'static str) {
    macro_rules! describe {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*) )*) => {
            match operator {
                $( Operator::$op { .. } => (stringify!($proposal), stringify!($visit)), )*
                _ => ("unknown", "unknown"),
            }
        };
    }
    wasmparser::for_each_operator!(describe)
}

/// Returns the name of the instruction in the text format.
pub(crate) fn name(operator: &Operator<'_>) -> String {
    let (_, visitor) = describe(operator);
    let name = visitor.strip_prefix("visit_").unwrap_or(visitor);
    const PREFIXES: [&str; 22] = [
        "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "local",
        "global", "memory", "table", "data", "elem", "ref", "struct", "array", "i31", "cont",
    ];
    match name.split_once('_') {
        Some((prefix, rest)) if PREFIXES.contains(&prefix) => format!("{prefix}.{rest}"),
        _ => name.into(),
    }
}

/// Returns whether the compiler knows the instruction: WebAssembly 2.0 and tail calls, without
/// vectors.
pub(crate) fn is_supported(operator: &Operator<'_>) -> bool {
    const PROPOSALS: [&str; 6] = [
        "mvp",
        "saturating_float_to_int",
        "sign_extension",
        "bulk_memory",
        "reference_types",
        "tail_call",
    ];
    PROPOSALS.contains(&describe(operator).0)
}
