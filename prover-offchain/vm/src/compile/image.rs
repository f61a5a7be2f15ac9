//! Initial memory.

use alloc::vec::Vec;

use super::{
    constant::Constant,
    layout::{global_address, Layout, Length},
    module::{place_bytes, Module},
};
use crate::{isa::LINEAR, lower};

/// What references to functions are, once their code has addresses.
pub(crate) struct References<'m, 'a> {
    /// The module.
    pub(crate) module: &'m Module<'a>,
    /// Address of each function's code.
    pub(crate) addresses: &'m [Option<u32>],
}

impl References<'_, '_> {
    /// Returns the word that stands for a constant.
    pub(crate) fn word(&self, constant: Constant) -> u64 {
        let function = match constant {
            Constant::Word(word) => return word,
            Constant::Function(function) => function as usize,
        };
        let ty = self.module.functions.get(function);
        let ty = ty.and_then(|ty| self.module.canonical.get(*ty as usize));
        let address = self.addresses.get(function).copied().flatten();
        lower::element_word(ty.copied().unwrap_or_default(), address.unwrap_or_default())
    }
}

/// Returns the nonzero words of initial memory by local address, ascending.
pub(crate) fn image(
    module: &Module<'_>,
    layout: &Layout,
    references: &References<'_, '_>,
) -> Vec<(u64, u64)> {
    let mut words = module.data.clone();
    let mut place = |byte_address: u64, word: u64| {
        if word != 0 {
            words.insert(LINEAR + byte_address / 8, word);
        }
    };
    for (index, global) in (0u32..).zip(&module.globals) {
        place(global_address(index), references.word(global.init));
    }
    let tables = layout
        .tables
        .iter()
        .zip(module.tables.iter().map(|table| &table.elements));
    let elements = layout.elements.iter().zip(&module.passive_elements);
    for (region, items) in tables.chain(elements) {
        for (address, item) in (region.base..)
            .step_by(8)
            .zip(items)
            .take(region.initial as usize)
        {
            place(address, references.word(*item));
        }
    }
    for region in layout.tables.iter().chain(&layout.data).chain(&layout.elements) {
        if let Length::Stored(address) = region.length {
            place(address, region.initial);
        }
    }
    for (region, bytes) in layout.data.iter().zip(&module.passive_data) {
        place_bytes(
            &mut words,
            8 * LINEAR + region.base,
            &bytes[..region.initial as usize],
        );
    }
    words.into_iter().filter(|(_, word)| *word != 0).collect()
}
