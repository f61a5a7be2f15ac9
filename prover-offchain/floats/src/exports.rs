//! The library as the compiler links it: a function for each instruction, named after it. Not for
//! those that the compiler has in line, nor for `sub`, which is `neg` and `add`, and `ne`, which is
//! not `eq`.

use crate::{ConversionError, Double, Format, Integer, Single};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// What the compiler supplies: two ways of ending a message.
mod imports {
    #[link(wasm_import_module = "trap")]
    unsafe extern "C" {
        pub(crate) safe fn invalid_conversion() -> !;
        pub(crate) safe fn integer_overflow() -> !;
    }
}

/// Converts or traps.
#[inline(always)]
fn to_integer<F: Format, I: Integer>(a: u64) -> u64 {
    match crate::to_integer::<F, I>(a) {
        Ok(integer) => integer,
        Err(ConversionError::Invalid) => imports::invalid_conversion(),
        Err(ConversionError::Overflow) => imports::integer_overflow(),
    }
}

macro_rules! export {
    ($( $name:literal = $function:expr, ($($argument:ident),*) -> $result:ty; )*) => {
        $( const _: () = {
            #[export_name = $name]
            extern "C" fn exported($($argument: u64),*) -> $result { $function($($argument),*) }
        }; )*
    };
}

export! {
    "f32.add" = crate::add::<Single>, (a, b) -> u64;
    "f64.add" = crate::add::<Double>, (a, b) -> u64;
    "f32.mul" = crate::mul::<Single>, (a, b) -> u64;
    "f64.mul" = crate::mul::<Double>, (a, b) -> u64;
    "f32.div" = crate::div::<Single>, (a, b) -> u64;
    "f64.div" = crate::div::<Double>, (a, b) -> u64;
    "f32.sqrt" = crate::sqrt::<Single>, (a) -> u64;
    "f64.sqrt" = crate::sqrt::<Double>, (a) -> u64;
    "f32.min" = crate::min::<Single>, (a, b) -> u64;
    "f64.min" = crate::min::<Double>, (a, b) -> u64;
    "f32.max" = crate::max::<Single>, (a, b) -> u64;
    "f64.max" = crate::max::<Double>, (a, b) -> u64;
    "f32.ceil" = crate::ceil::<Single>, (a) -> u64;
    "f64.ceil" = crate::ceil::<Double>, (a) -> u64;
    "f32.floor" = crate::floor::<Single>, (a) -> u64;
    "f64.floor" = crate::floor::<Double>, (a) -> u64;
    "f32.trunc" = crate::trunc::<Single>, (a) -> u64;
    "f64.trunc" = crate::trunc::<Double>, (a) -> u64;
    "f32.nearest" = crate::nearest::<Single>, (a) -> u64;
    "f64.nearest" = crate::nearest::<Double>, (a) -> u64;
    "f32.eq" = crate::eq::<Single>, (a, b) -> bool;
    "f64.eq" = crate::eq::<Double>, (a, b) -> bool;
    "f32.lt" = crate::lt::<Single>, (a, b) -> bool;
    "f64.lt" = crate::lt::<Double>, (a, b) -> bool;
    "f32.le" = crate::le::<Single>, (a, b) -> bool;
    "f64.le" = crate::le::<Double>, (a, b) -> bool;
    "f32.gt" = crate::gt::<Single>, (a, b) -> bool;
    "f64.gt" = crate::gt::<Double>, (a, b) -> bool;
    "f32.ge" = crate::ge::<Single>, (a, b) -> bool;
    "f64.ge" = crate::ge::<Double>, (a, b) -> bool;
    "f32.demote_f64" = crate::demote, (a) -> u64;
    "f64.promote_f32" = crate::promote, (a) -> u64;
    "f32.convert_i32_s" = crate::from_signed::<Single, 32>, (a) -> u64;
    "f32.convert_i64_s" = crate::from_signed::<Single, 64>, (a) -> u64;
    "f32.convert_i32_u" = crate::from_unsigned::<Single, 32>, (a) -> u64;
    "f32.convert_i64_u" = crate::from_unsigned::<Single, 64>, (a) -> u64;
    "f64.convert_i32_s" = crate::from_signed::<Double, 32>, (a) -> u64;
    "f64.convert_i64_s" = crate::from_signed::<Double, 64>, (a) -> u64;
    "f64.convert_i32_u" = crate::from_unsigned::<Double, 32>, (a) -> u64;
    "f64.convert_i64_u" = crate::from_unsigned::<Double, 64>, (a) -> u64;
    "i32.trunc_f32_s" = to_integer::<Single, i32>, (a) -> u64;
    "i32.trunc_f32_u" = to_integer::<Single, u32>, (a) -> u64;
    "i32.trunc_f64_s" = to_integer::<Double, i32>, (a) -> u64;
    "i32.trunc_f64_u" = to_integer::<Double, u32>, (a) -> u64;
    "i64.trunc_f32_s" = to_integer::<Single, i64>, (a) -> u64;
    "i64.trunc_f32_u" = to_integer::<Single, u64>, (a) -> u64;
    "i64.trunc_f64_s" = to_integer::<Double, i64>, (a) -> u64;
    "i64.trunc_f64_u" = to_integer::<Double, u64>, (a) -> u64;
    "i32.trunc_sat_f32_s" = crate::to_integer_saturating::<Single, i32>, (a) -> u64;
    "i32.trunc_sat_f32_u" = crate::to_integer_saturating::<Single, u32>, (a) -> u64;
    "i32.trunc_sat_f64_s" = crate::to_integer_saturating::<Double, i32>, (a) -> u64;
    "i32.trunc_sat_f64_u" = crate::to_integer_saturating::<Double, u32>, (a) -> u64;
    "i64.trunc_sat_f32_s" = crate::to_integer_saturating::<Single, i64>, (a) -> u64;
    "i64.trunc_sat_f32_u" = crate::to_integer_saturating::<Single, u64>, (a) -> u64;
    "i64.trunc_sat_f64_s" = crate::to_integer_saturating::<Double, i64>, (a) -> u64;
    "i64.trunc_sat_f64_u" = crate::to_integer_saturating::<Double, u64>, (a) -> u64;
}
