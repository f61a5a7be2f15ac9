//! Refuses what is not accepted. It runs before validation: its messages are more precise, and what
//! it counts bounds the work of validating.

use alloc::{
    format,
    string::{String, ToString},
};

use wasmparser::{
    BlockType, Element, ElementItems, ElementKind, FuncType, FunctionBody, KnownCustom, Operator, Parser,
    Payload, TypeRef, ValType,
};

use super::{long_types, names, operators, values::Values};
use crate::{limits::Limit, CompileError};

/// Looks for types, instructions and sections that are not accepted, for more functions and values
/// than are allowed.
///
/// # Errors
/// [`CompileError`] for the first of them.
pub(super) fn refuse_unsupported(wasm: &[u8]) -> Result<(), CompileError> {
    let mut walk = Walk {
        wasm,
        values: Values::new(wasm.len()),
        functions: 0,
        bodies: 0,
    };
    for payload in Parser::new(0).parse_all(wasm) {
        walk.follow(payload.map_err(|error| names::locate(wasm, &error))?)?;
    }
    Ok(())
}

/// A walk through a module.
struct Walk<'a> {
    wasm: &'a [u8],
    values: Values,
    /// Functions declared so far, imported ones included.
    functions: u64,
    /// Index of the next body's function.
    bodies: u32,
}

impl Walk<'_> {
    fn follow(&mut self, payload: Payload<'_>) -> Result<(), CompileError> {
        match payload {
            Payload::TypeSection(section) => {
                for (index, item) in section.clone().into_iter_with_offsets().enumerate() {
                    let (offset, _) = item?;
                    if let Some((offset, ty)) = long_types::first_long(self.wasm, offset) {
                        return Err(long(ty, format!("type {index}"), offset));
                    }
                }
                let offset = section.range().start;
                for (index, ty) in section.into_iter_err_on_gc_types().enumerate() {
                    self.ty(index, &ty?, offset)?;
                }
            }
            Payload::ImportSection(section) => {
                for (index, item) in section.into_imports_with_offsets().enumerate() {
                    let (offset, import) = item?;
                    match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.function(ty)?;
                            self.bodies += 1;
                        }
                        TypeRef::Global(ty) => {
                            require(ty.content_type, || format!("import {index}"), offset)?
                        }
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.function(ty?)?;
                }
            }
            Payload::TableSection(section) => {
                for (index, item) in section.into_iter_with_offsets().enumerate() {
                    let (offset, table) = item?;
                    let ty = ValType::Ref(table.ty.element_type);
                    self.require_short(ty, || format!("table {index}"), offset)?;
                }
            }
            Payload::GlobalSection(section) => {
                for (index, item) in section.into_iter_with_offsets().enumerate() {
                    let (offset, global) = item?;
                    self.require_short(global.ty.content_type, || format!("global {index}"), offset)?;
                }
            }
            Payload::ElementSection(section) => {
                for (index, item) in section.into_iter_with_offsets().enumerate() {
                    self.element(index, item?.1)?;
                }
            }
            Payload::CodeSectionEntry(body) => {
                let function = self.bodies;
                self.bodies += 1;
                self.body(function, &body)?;
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Linking(_) = section.as_known() {
                    return Err(CompileError::NotWasm {
                        found: "an object file that was not linked",
                        hint: "link it: wasm-ld, or the compiler without -c",
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn ty(&mut self, index: usize, ty: &FuncType, offset: u64) -> Result<(), CompileError> {
        for value in ty.params().iter().chain(ty.results()) {
            require(*value, || format!("type {index}"), offset)?;
        }
        self.values.ty(ty.params().len(), ty.results().len());
        Ok(())
    }

    fn function(&mut self, ty: u32) -> Result<(), CompileError> {
        self.functions += 1;
        Limit::Functions.check(self.functions)?;
        self.values.function(ty);
        Ok(())
    }

    fn element(&self, index: usize, element: Element<'_>) -> Result<(), CompileError> {
        let ElementItems::Expressions(ty, _) = element.items else {
            return Ok(());
        };
        let offset = match element.kind {
            // The type is not there, but known.
            ElementKind::Active {
                table_index: None, ..
            } => return Ok(()),
            ElementKind::Active { offset_expr, .. } => offset_expr.get_binary_reader().range().end,
            ElementKind::Passive | ElementKind::Declared => {
                long_types::after_number(self.wasm, element.range.start)
            }
        };
        self.require_short(ValType::Ref(ty), || format!("element segment {index}"), offset)
    }

    fn body(&mut self, function: u32, body: &FunctionBody<'_>) -> Result<(), CompileError> {
        let mut count = self.values.open(function);
        let mut locals = body.get_locals_reader()?;
        for _ in 0..locals.get_count() {
            let offset = locals.original_position();
            let (more, ty) = locals.read()?;
            let at = long_types::after_number(self.wasm, offset);
            self.require_short(
                ty,
                || format!("a local of {}", names::function(self.wasm, function)),
                at,
            )?;
            count += u64::from(more);
        }
        let start = body.range().start;
        Limit::Locals
            .check(count)
            .map_err(|error| error.at(|| names::place(self.wasm, start)))?;
        if !self.values.locals(count) {
            return Err(self.too_many_values(start));
        }
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let (operator, offset) = reader
                .read_with_offset()
                .map_err(|error| names::locate(self.wasm, &error))?;
            self.operator(&operator, offset)?;
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Operator<'_>, offset: u64) -> Result<(), CompileError> {
        if !operators::is_supported(operator) {
            return Err(CompileError::UnsupportedInstruction {
                instruction: operators::name(operator),
                place: names::place(self.wasm, offset),
            });
        }
        match operator {
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                if let BlockType::Type(ty) = blockty {
                    self.require_short(*ty, || "a block".into(), offset + 1)?;
                }
            }
            Operator::TypedSelect { ty } => {
                let at = long_types::after_number(self.wasm, offset + 1);
                self.require_short(*ty, || "select".into(), at)?;
            }
            _ => {}
        }
        match self.values.follow(operator)? {
            true => Ok(()),
            false => Err(self.too_many_values(offset)),
        }
    }

    fn too_many_values(&self, offset: u64) -> CompileError {
        CompileError::TooManyValues {
            allowed: self.values.allowed,
            place: names::place(self.wasm, offset),
        }
    }

    /// As [`require`], and refuses the long encoding. `offset` is that of the type.
    fn require_short(&self, ty: ValType, of: impl Fn() -> String, offset: u64) -> Result<(), CompileError> {
        require(ty, &of, offset)?;
        match long_types::is_long(self.wasm, offset) {
            true => Err(long(ty, of(), offset)),
            false => Ok(()),
        }
    }
}

/// Refuses any type but numbers and the references of WebAssembly 2.0.
fn require(ty: ValType, of: impl Fn() -> String, offset: u64) -> Result<(), CompileError> {
    match ty {
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::FUNCREF | ValType::EXTERNREF => {
            Ok(())
        }
        _ => Err(CompileError::UnsupportedType {
            ty: ty.to_string(),
            of: of(),
            offset,
        }),
    }
}

fn long(ty: ValType, of: String, offset: u64) -> CompileError {
    CompileError::UnsupportedType {
        ty: format!("{ty} in the encoding of WebAssembly 3.0"),
        of,
        offset,
    }
}
