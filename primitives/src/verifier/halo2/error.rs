//! The reasons why a key or a proof is refused.

use core::fmt;

/// A place in a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofPart {
    /// Commitment to an advice column.
    Advice(u32),
    /// Commitment to a piece of the quotient.
    Quotient(u32),
    /// Evaluation for an advice query.
    AdviceEval(u32),
    /// Evaluation for a fixed query.
    FixedEval(u32),
    /// Evaluation of a piece of the quotient.
    QuotientEval(u32),
    /// First commitment of the opening.
    OpeningQuotient,
    /// Second commitment of the opening.
    OpeningWitness,
}

/// Classes of errors, for callers who treat them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The key is at fault.
    Key,
    /// The public inputs do not fit the key.
    Instances,
    /// The bytes are no encoding of a proof, or not the canonical one.
    Encoding,
    /// The proof is well-formed and proves something else, or nothing.
    Unsound,
}

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// The key cannot be used.
    Key(KeyError),
    /// The number of public columns is not the key's.
    InstanceColumns {
        /// Columns of the key.
        expected: usize,
        /// Columns given.
        got: usize,
    },
    /// A public column has another length than in the key.
    InstanceCount {
        /// The column.
        column: usize,
        /// Length in the key.
        expected: usize,
        /// Length given.
        got: usize,
    },
    /// The proof is too short.
    Truncated {
        /// Bytes of a proof under the key.
        expected: usize,
        /// Bytes given.
        got: usize,
    },
    /// Bytes follow the proof.
    TrailingBytes {
        /// Bytes of a proof under the key.
        expected: usize,
        /// Bytes given.
        got: usize,
    },
    /// A point is the point at infinity, which no honest prover commits to.
    PointAtInfinity(ProofPart),
    /// A point's coordinate is not below the modulus.
    NonCanonicalCoordinate(ProofPart),
    /// No point of the curve has this coordinate.
    PointNotOnCurve(ProofPart),
    /// A scalar is not below the modulus.
    NonCanonicalScalar(ProofPart),
    /// A challenge hit one of the few values for which a division by zero follows. Happens with
    /// probability below 2^-200.
    DegenerateChallenge,
    /// The evaluations do not satisfy the constraints: the proof is for other public inputs,
    /// another key, or forged.
    ConstraintsFailed,
    /// The opening does not hold: the proof is for other public inputs, another key, or forged.
    PairingFailed,
}

impl VerifyError {
    /// Returns the class of the error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Key(_) => ErrorKind::Key,
            Self::InstanceColumns { .. } | Self::InstanceCount { .. } => ErrorKind::Instances,
            Self::Truncated { .. }
            | Self::TrailingBytes { .. }
            | Self::PointAtInfinity(_)
            | Self::NonCanonicalCoordinate(_)
            | Self::PointNotOnCurve(_)
            | Self::NonCanonicalScalar(_) => ErrorKind::Encoding,
            Self::DegenerateChallenge | Self::ConstraintsFailed | Self::PairingFailed => ErrorKind::Unsound,
        }
    }
}

impl From<KeyError> for VerifyError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The number of rows is out of range.
    RowsOutOfRange {
        /// Largest supported `k`.
        max: u8,
        /// `k` of the key.
        got: u8,
    },
    /// There are no constraints: every proof would pass.
    NoConstraints,
    /// There are no advice columns.
    NoAdvice,
    /// A constraint is a constant or speaks of challenges only.
    VacuousConstraint {
        /// The constraint.
        constraint: usize,
    },
    /// The phases of advice columns do not start at 0 without gaps.
    AdvicePhases,
    /// A challenge belongs to a phase without advice columns.
    ChallengePhase {
        /// The challenge.
        challenge: usize,
    },
    /// A query names a column that does not exist.
    QueriedColumn {
        /// Columns of that kind.
        columns: usize,
        /// The column.
        got: u16,
    },
    /// A query occurs twice: the second evaluation could contradict the first.
    DuplicateQuery {
        /// The column.
        column: u16,
        /// Whether on the next row.
        next: bool,
    },
    /// A column is not opened on the current row.
    UnopenedColumn {
        /// The column.
        column: usize,
    },
    /// An operation or constraint refers to a value that is not computed before it.
    ForwardReference {
        /// Values known at that point.
        known: usize,
        /// The reference.
        got: u32,
    },
    /// A constraint has a higher degree than the quotient can hold.
    DegreeTooHigh {
        /// Largest degree for the key's number of quotient pieces.
        max: u32,
        /// Degree of the constraint.
        got: u32,
    },
    /// The number of quotient pieces is out of range.
    QuotientPieces {
        /// Pieces of the key.
        got: u8,
    },
    /// The public inputs do not fit the rows.
    TooManyInstances {
        /// Rows.
        rows: u32,
        /// Public inputs.
        got: u32,
    },
    /// The program has another number of fixed columns than the protocol.
    FixedColumns {
        /// Columns of the protocol.
        expected: usize,
        /// Columns of the program.
        got: usize,
    },
    /// A point of the setup is not in the prime-order subgroup of G2.
    SetupSubgroup,
    /// The setup's secret is zero or one.
    DegenerateSetup,
}

impl fmt::Display for ProofPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Advice(column) => write!(f, "commitment to advice column {column}"),
            Self::Quotient(piece) => write!(f, "commitment to quotient piece {piece}"),
            Self::AdviceEval(query) => write!(f, "evaluation of advice query {query}"),
            Self::FixedEval(query) => write!(f, "evaluation of fixed query {query}"),
            Self::QuotientEval(piece) => write!(f, "evaluation of quotient piece {piece}"),
            Self::OpeningQuotient => f.write_str("first opening commitment"),
            Self::OpeningWitness => f.write_str("second opening commitment"),
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => write!(f, "unusable key: {error}"),
            Self::InstanceColumns { expected, got } => {
                write!(f, "expected {expected} public columns, got {got}")
            }
            Self::InstanceCount {
                column,
                expected,
                got,
            } => {
                write!(
                    f,
                    "expected {expected} public inputs in column {column}, got {got}"
                )
            }
            Self::Truncated { expected, got } => {
                write!(f, "truncated proof: expected {expected} bytes, got {got}")
            }
            Self::TrailingBytes { expected, got } => {
                write!(f, "bytes follow the proof: expected {expected} bytes, got {got}")
            }
            Self::PointAtInfinity(part) => write!(f, "{part}: point at infinity"),
            Self::NonCanonicalCoordinate(part) => {
                write!(f, "{part}: coordinate is not below the modulus")
            }
            Self::PointNotOnCurve(part) => write!(f, "{part}: not on the curve"),
            Self::NonCanonicalScalar(part) => write!(f, "{part}: not below the modulus"),
            Self::DegenerateChallenge => f.write_str("degenerate challenge"),
            Self::ConstraintsFailed => f.write_str("the evaluations do not satisfy the constraints"),
            Self::PairingFailed => f.write_str("the opening proof does not hold"),
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowsOutOfRange { max, got } => write!(f, "k = {got} is not in 1..={max}"),
            Self::NoConstraints => f.write_str("no constraints"),
            Self::NoAdvice => f.write_str("no advice columns"),
            Self::VacuousConstraint { constraint } => {
                write!(f, "constraint {constraint} does not speak of any column")
            }
            Self::AdvicePhases => f.write_str("phases of advice columns have a gap"),
            Self::ChallengePhase { challenge } => {
                write!(
                    f,
                    "challenge {challenge} belongs to a phase without advice columns"
                )
            }
            Self::QueriedColumn { columns, got } => {
                write!(f, "query of column {got}, there are {columns}")
            }
            Self::DuplicateQuery { column, next } => {
                let row = if *next { "next" } else { "current" };
                write!(f, "column {column} is queried twice on the {row} row")
            }
            Self::UnopenedColumn { column } => {
                write!(f, "column {column} is not queried on the current row")
            }
            Self::ForwardReference { known, got } => {
                write!(f, "reference to value {got} where {known} are known")
            }
            Self::DegreeTooHigh { max, got } => {
                write!(f, "constraint of degree {got}, at most {max} is possible")
            }
            Self::QuotientPieces { got } => write!(f, "{got} quotient pieces"),
            Self::TooManyInstances { rows, got } => {
                write!(f, "{got} public inputs do not fit {rows} rows")
            }
            Self::FixedColumns { expected, got } => {
                write!(f, "expected {expected} fixed columns, got {got}")
            }
            Self::SetupSubgroup => f.write_str("setup point outside the subgroup"),
            Self::DegenerateSetup => f.write_str("degenerate setup"),
        }
    }
}

impl core::error::Error for VerifyError {}
impl core::error::Error for KeyError {}
