//! The proof verifier as a bare wasm module.

#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use codec::Decode;
use zkfusion_primitives::verifier::{
    halo2::{CheckedProtocol, Halo2Kzg, ProgramKey, Scalar, VerifyingKey},
    Verifier,
};

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Returns the address of `length` fresh bytes, for the host to write its input to.
#[no_mangle]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Vec::leak(alloc::vec![0; length]).as_mut_ptr()
}

/// Verifies the SCALE-encoded `(CheckedProtocol, ProgramKey, Vec<Vec<Scalar>>, Vec<u8>)` at this
/// address: key, public inputs and proof. Returns 1 if the proof is accepted, 0 if it is refused,
/// -1 if the input is malformed.
///
/// # Safety
///
/// The bytes must lie within one call of [`allocate`].
#[no_mangle]
pub unsafe extern "C" fn verify(address: *const u8, length: usize) -> i32 {
    let mut input = core::slice::from_raw_parts(address, length);
    let decoded = <(CheckedProtocol, ProgramKey, Vec<Vec<Scalar>>, Vec<u8>)>::decode(&mut input);
    let Ok((protocol, program, instances, proof)) = decoded else {
        return -1;
    };
    let Ok(key) = VerifyingKey::new(protocol, program) else {
        return -1;
    };
    let instances: Vec<Vec<_>> = instances
        .into_iter()
        .map(|column| column.into_iter().map(|scalar| scalar.0).collect())
        .collect();
    let instances: Vec<&[_]> = instances.iter().map(Vec::as_slice).collect();
    Halo2Kzg::verify(&key, &instances, &proof).is_ok().into()
}
