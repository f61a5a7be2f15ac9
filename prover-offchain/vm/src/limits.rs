//! Limits of programs. The compiler runs on chain: each of these bounds its time and
//! memory.

/// Bytes of wasm.
pub const MAX_WASM_BYTES: u64 = 1 << 19;
/// Instructions of compiled code.
pub const MAX_CODE: u64 = 1 << 17;
/// Nonzero words of the initial image.
pub const MAX_IMAGE: u64 = 1 << 16;
/// Pages of linear memory (64 MiB).
pub const MAX_PAGES: u64 = 1024;
/// Functions, imported ones included.
pub const MAX_FUNCTIONS: u64 = 8192;
/// Locals of a function, parameters included.
pub const MAX_LOCALS: u64 = 8192;
/// Globals.
pub const MAX_GLOBALS: u64 = 1024;
/// Elements of all tables at the start, and of each after growing.
pub const MAX_TABLE: u64 = 8192;

/// Words of globals, tables and passive segments (2 MiB).
pub const MAX_SYSTEM: u64 = 1 << 18;

/// Values that instructions may take and give, for each byte of wasm.
///
/// Calls, blocks and branches take and give as many as their types say, up to 1,000 in two bytes.
/// Whatever else they take, an instruction of at least one byte has made.
pub const VALUES_PER_BYTE: u64 = 8;

/// A limit that a program can exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`MAX_WASM_BYTES`].
    WasmBytes,
    /// [`MAX_CODE`].
    Code,
    /// [`MAX_IMAGE`].
    Image,
    /// [`MAX_PAGES`], of the initial memory.
    Pages,
    /// [`MAX_FUNCTIONS`].
    Functions,
    /// [`MAX_LOCALS`].
    Locals,
    /// [`MAX_GLOBALS`].
    Globals,
    /// [`MAX_TABLE`].
    Table,
    /// [`MAX_SYSTEM`].
    System,
    /// [`crate::isa::MAX_FRAME`].
    Frame,
}

impl Limit {
    /// Returns the largest value allowed.
    pub const fn value(self) -> u64 {
        match self {
            Self::WasmBytes => MAX_WASM_BYTES,
            Self::Code => MAX_CODE,
            Self::Image => MAX_IMAGE,
            Self::Pages => MAX_PAGES,
            Self::Functions => MAX_FUNCTIONS,
            Self::Locals => MAX_LOCALS,
            Self::Globals => MAX_GLOBALS,
            Self::Table => MAX_TABLE,
            Self::System => MAX_SYSTEM,
            Self::Frame => crate::isa::MAX_FRAME as u64,
        }
    }

    /// Returns what is limited, for messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WasmBytes => "bytes of wasm, debug information included",
            Self::Code => "instructions of compiled code",
            Self::Image => "nonzero words of initial memory",
            Self::Pages => "pages of initial memory",
            Self::Functions => "functions",
            Self::Locals => "locals of a function",
            Self::Globals => "globals",
            Self::Table => "elements of tables",
            Self::System => "words of globals, tables and passive segments",
            Self::Frame => "slots of a function's frame",
        }
    }

    /// Checks `size` against the limit.
    ///
    /// # Errors
    /// [`crate::CompileError::TooLarge`] when it exceeds it.
    pub(crate) fn check(self, size: u64) -> Result<(), crate::CompileError> {
        if size > self.value() {
            return Err(crate::CompileError::TooLarge {
                limit: self,
                size,
                place: None,
            });
        }
        Ok(())
    }
}
