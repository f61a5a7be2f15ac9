//! Columns by name.

/// What every value of a column is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Any field element.
    Any,
    /// 0 or 1, by a constraint of its table.
    Bit,
    /// Below 2^8, by a lookup on every row.
    Byte,
    /// Below 2^12, by a lookup on every row.
    Limb,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its field's name, with an index for one of an array.
    pub name: String,
    /// What its values are known to be.
    pub kind: Kind,
}

/// Bits of a [`Kind::Limb`].
pub const LIMB_BITS: u32 = 12;

/// A struct of one value per column: expressions when constraints are written, field elements when
/// rows are filled.
pub trait Columns<T>: Sized {
    /// Builds the struct by calling `cell` once per column, in order.
    fn from_cells(cell: impl FnMut() -> T) -> Self;
    /// Returns the values in column order.
    fn into_cells(self) -> Vec<T>;
    /// Returns the columns in order.
    fn columns() -> Vec<Column>;
}

/// Declares a struct of columns. Each field is `name: Kind` or `name: Kind [N]`.
macro_rules! columns {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident : $kind:ident $([$n:literal])? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        pub struct $name<T> {
            $( $(#[$field_meta])* pub $field: columns!(@type T $([$n])?) ),*
        }

        impl<T: Clone> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self { $( $field: self.$field.clone() ),* }
            }
        }

        impl<T: Default> Default for $name<T> {
            fn default() -> Self {
                <Self as $crate::columns::Columns<T>>::from_cells(T::default)
            }
        }

        impl<T: core::fmt::Debug> core::fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name))$( .field(stringify!($field), &self.$field) )*.finish()
            }
        }

        impl<T> $crate::columns::Columns<T> for $name<T> {
            fn from_cells(mut cell: impl FnMut() -> T) -> Self {
                Self { $( $field: columns!(@new cell $([$n])?) ),* }
            }

            fn into_cells(self) -> Vec<T> {
                let mut cells = Vec::new();
                $( columns!(@push cells, self.$field $([$n])?); )*
                cells
            }

            fn columns() -> Vec<$crate::columns::Column> {
                let mut columns = Vec::new();
                $( columns!(@column columns, $field, $kind $([$n])?); )*
                columns
            }
        }
    };
    (@type $t:ident) => { $t };
    (@type $t:ident [$n:literal]) => { [$t; $n] };
    (@new $cell:ident) => { $cell() };
    (@new $cell:ident [$n:literal]) => { core::array::from_fn(|_| $cell()) };
    (@push $cells:ident, $self:ident . $field:ident) => { $cells.extend([$self.$field]) };
    (@push $cells:ident, $self:ident . $field:ident [$n:literal]) => { $cells.extend($self.$field) };
    (@column $columns:ident, $field:ident, $kind:ident) => {
        $columns.extend([$crate::columns::Column {
            name: stringify!($field).to_owned(),
            kind: $crate::columns::Kind::$kind,
        }])
    };
    (@column $columns:ident, $field:ident, $kind:ident [$n:literal]) => {
        $columns.extend((0..$n).map(|i| $crate::columns::Column {
            name: format!("{}[{i}]", stringify!($field)),
            kind: $crate::columns::Kind::$kind,
        }))
    };
}

pub(crate) use columns;
