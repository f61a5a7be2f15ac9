//! A heap that only grows: a message's memory ends with the message, so nothing is worth freeing.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
};

const PAGE_BYTES: usize = 1 << 16;

extern "C" {
    /// Placed by the linker where free memory begins.
    static __heap_base: u8;
}

struct Heap {
    /// First free byte; 0 before the first allocation.
    next: Cell<usize>,
}

// SAFETY: a guest has one thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap { next: Cell::new(0) };

// SAFETY: every block lies between the linker's heap base and the end of memory, is aligned, and is
// given out once.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let free = match self.next.get() {
            0 => core::ptr::addr_of!(__heap_base) as usize,
            next => next,
        };
        let start = (free + layout.align() - 1) & !(layout.align() - 1);
        let Some(end) = start.checked_add(layout.size()) else {
            return core::ptr::null_mut();
        };
        let pages = core::arch::wasm32::memory_size::<0>();
        let needed = end.div_ceil(PAGE_BYTES);
        if needed > pages && core::arch::wasm32::memory_grow::<0>(needed - pages) == usize::MAX {
            return core::ptr::null_mut();
        }
        self.next.set(end);
        start as *mut u8
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // Fresh memory is zero and no block is given out twice.
        self.alloc(layout)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
