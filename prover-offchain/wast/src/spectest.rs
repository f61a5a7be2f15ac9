//! The module `spectest`, from which scripts import. Its table and its memory are shared by all who
//! import them; of the rest, which has no state, everybody gets a copy.

/// A part of the module.
pub(crate) struct Part {
    /// Its text.
    pub(crate) text: &'static str,
    /// Names of what it exports.
    pub(crate) exports: &'static [&'static str],
    /// Those who import it share it.
    pub(crate) shared: bool,
}

/// All parts.
pub(crate) const PARTS: [Part; 4] = [
    Part {
        text: r#"(module
            (func (export "print"))
            (func (export "print_i32") (param i32))
            (func (export "print_i64") (param i64))
            (global (export "global_i32") i32 (i32.const 666))
            (global (export "global_i64") i64 (i64.const 666)))"#,
        exports: &["print", "print_i32", "print_i64", "global_i32", "global_i64"],
        shared: false,
    },
    Part {
        text: r#"(module
            (func (export "print_f32") (param f32))
            (func (export "print_f64") (param f64))
            (func (export "print_i32_f32") (param i32 f32))
            (func (export "print_f64_f64") (param f64 f64))
            (global (export "global_f32") f32 (f32.const 666.6))
            (global (export "global_f64") f64 (f64.const 666.6)))"#,
        exports: &[
            "print_f32",
            "print_f64",
            "print_i32_f32",
            "print_f64_f64",
            "global_f32",
            "global_f64",
        ],
        shared: false,
    },
    Part {
        text: r#"(module (table (export "table") 10 20 funcref))"#,
        exports: &["table"],
        shared: true,
    },
    Part {
        text: r#"(module (memory (export "memory") 1 2))"#,
        exports: &["memory"],
        shared: true,
    },
];
