//! Maps a part's indices to those of the merged module.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{Error, Reencode};
use wasmparser::TypeRef;

use super::Part;

/// Where the next part's items go.
#[derive(Default)]
pub(super) struct Next {
    types: u32,
    functions: u32,
    tables: u32,
    globals: u32,
    data: u32,
    elements: u32,
}

/// What a part's indices become.
pub(super) struct Indices {
    types: u32,
    pub(super) functions: Vec<u32>,
    pub(super) tables: Vec<u32>,
    pub(super) globals: Vec<u32>,
    data: u32,
    elements: u32,
}

impl Next {
    /// Returns where the first part's items go, after so many types.
    pub(super) fn after(types: u32) -> Self {
        Self {
            types,
            ..Self::default()
        }
    }
}

impl Indices {
    /// Takes the next indices for what a part does not import.
    pub(super) fn of(part: &Part, others: &BTreeMap<usize, Self>, next: &mut Next) -> Self {
        let interface = &part.interface;
        let mut indices = Self {
            types: next.types,
            functions: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            data: next.data,
            elements: next.elements,
        };
        for (import, (number, index)) in interface.imports.iter().zip(&part.resolved) {
            let Some(other) = others.get(number) else { continue };
            let index = *index as usize;
            match import.ty {
                TypeRef::Table(_) => indices.tables.push(other.tables[index]),
                TypeRef::Global(_) => indices.globals.push(other.globals[index]),
                TypeRef::Memory(_) | TypeRef::Tag(_) => {}
                _ => indices.functions.push(other.functions[index]),
            }
        }
        number(
            &mut indices.functions,
            interface.functions.len(),
            &mut next.functions,
        );
        number(&mut indices.tables, interface.tables.len(), &mut next.tables);
        number(&mut indices.globals, interface.globals.len(), &mut next.globals);
        next.types += interface.types.len() as u32;
        next.data += interface.data;
        next.elements += interface.elements;
        indices
    }
}

/// Gives numbers to the items that are not imported.
fn number(indices: &mut Vec<u32>, count: usize, next: &mut u32) {
    while indices.len() < count {
        indices.push(*next);
        *next += 1;
    }
}

impl Reencode for Indices {
    type Error = std::convert::Infallible;

    fn type_index(&mut self, ty: u32) -> Result<u32, Error> {
        Ok(self.types + ty)
    }

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.functions[function as usize])
    }

    fn table_index(&mut self, table: u32) -> Result<u32, Error> {
        Ok(self.tables[table as usize])
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Error> {
        Ok(self.globals[global as usize])
    }

    fn data_index(&mut self, data: u32) -> Result<u32, Error> {
        Ok(self.data + data)
    }

    fn element_index(&mut self, element: u32) -> Result<u32, Error> {
        Ok(self.elements + element)
    }
}
