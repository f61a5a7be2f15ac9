//! Benchmarks.

use crate::{
    pallet::{Call, Config, Notice, Pallet},
    CallId,
};
use alloc::{boxed::Box, vec};
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::traits::{schedule::v3::Named, EnsureOrigin};
use frame_system::RawOrigin;
use sp_runtime::traits::One;

/// A call of this size is kept in the scheduler's agenda itself, and is the largest of these.
const LARGEST_INLINE: usize = 128;

/// A scheduler that takes more calls for one block than this has an agenda without a useful bound.
const MOST_CALLS: u32 = 1_024;

/// The largest call that is measured, in bytes.
const LARGEST_CALL: u32 = 1 << 20;

/// Returns a call of `bytes` bytes, which `marker` tells from others of its size.
fn call<T: Config>(bytes: usize, marker: u32) -> Box<<T as Config>::RuntimeCall> {
    let make = |length: usize| {
        let mut remark = vec![0; length];
        marker
            .to_le_bytes()
            .iter()
            .zip(&mut remark)
            .for_each(|(from, to)| *to = *from);
        Box::new(frame_system::Call::<T>::remark { remark }.into())
    };
    let longer: Box<<T as Config>::RuntimeCall> = make(bytes);
    let overhead = longer.encoded_size().saturating_sub(bytes);
    make(bytes.saturating_sub(overhead))
}

fn id<T: Config>(call: &<T as Config>::RuntimeCall) -> CallId {
    call.using_encoded(sp_io::hashing::blake2_256)
}

fn schedule<T: Config>(call: Box<<T as Config>::RuntimeCall>) -> Result<(), BenchmarkError> {
    let origin = T::ProposeOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
    Ok(Pallet::<T>::schedule(origin, call)?)
}

/// Fills the agenda of the block to which the notice period leads, but for one place.
fn almost_fill_agenda<T: Config>() -> Result<(), BenchmarkError> {
    Notice::<T>::put(frame_system::pallet_prelude::BlockNumberFor::<T>::one());
    let mut last = None;
    for marker in 1..=MOST_CALLS {
        let call = call::<T>(LARGEST_INLINE, marker);
        let id = id::<T>(&call);
        match schedule::<T>(call) {
            Ok(()) => last = Some(id),
            Err(_) => break,
        }
    }
    let last = last.ok_or(BenchmarkError::Stop("no call can be scheduled"))?;
    Ok(T::Scheduler::cancel_named(last)?)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn schedule(b: Linear<{ LARGEST_INLINE as u32 + 1 }, LARGEST_CALL>) -> Result<(), BenchmarkError> {
        almost_fill_agenda::<T>()?;
        let call = call::<T>(b as usize, 0);
        let id = id::<T>(&call);
        let origin = T::ProposeOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, call);
        assert!(T::Scheduler::next_dispatch_time(id).is_ok());
        Ok(())
    }

    #[benchmark]
    fn cancel() -> Result<(), BenchmarkError> {
        almost_fill_agenda::<T>()?;
        let call = call::<T>(LARGEST_CALL as usize, 0);
        let id = id::<T>(&call);
        super::schedule::<T>(call)?;
        let origin = T::CancelOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, id);
        assert!(T::Scheduler::next_dispatch_time(id).is_err());
        Ok(())
    }

    #[benchmark]
    fn set_notice() {
        let blocks = frame_system::pallet_prelude::BlockNumberFor::<T>::one();
        #[extrinsic_call]
        _(RawOrigin::Root, blocks);
        assert_eq!(Notice::<T>::get(), blocks);
    }
}
