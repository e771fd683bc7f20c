//! One description of what a record says: its declaration, with its documentation, is what lines are written, read and
//! described by.

/// Declares an enum of records, or a struct that stands in one, and how it stands in a line: the key of a field is its name
/// with its unit, or what `#[key = "…"]` says; a variant with a value has the fields of that value.
macro_rules! recorded {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[doc = $about:literal])+
                $variant:ident
                $(($inner:ty))?
                $({ $($(#[doc = $doc:literal])+ $field:ident: $type:ty,)* })?,
            )*
        }
    ) => {
        $(#[$meta])*
        pub enum $name {
            $(
                $(#[doc = $about])+
                $variant
                $(($inner))?
                $({ $($(#[doc = $doc])+ $field: $type,)* })?,
            )*
        }

        impl $name {
            /// The published name of this kind of record.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant $((recorded!(@any $inner)))? $({ $($field: recorded!(@any $type),)* })? => {
                        stringify!($variant)
                    })*
                }
            }

            pub(crate) fn put(&self, index: &$crate::jsonl::Index, line: &mut $crate::field::Object) {
                match self {
                    $(Self::$variant $((recorded!(@bind value $inner)))? $({ $($field,)* })? => {
                        $(<$inner as $crate::field::Fields>::put(value, index, line);)?
                        $($(<$type as $crate::field::Field>::put($field, stringify!($field), index, line);)*)?
                    })*
                }
            }

            /// The record of a kind; `None` if there is no such kind.
            pub(crate) fn take(
                kind: &str,
                index: &$crate::jsonl::Index,
                line: &$crate::field::Object,
            ) -> Option<Result<Self, $crate::LineError>> {
                $(if kind == stringify!($variant) {
                    let read = || Ok(Self::$variant
                        $((<$inner as $crate::field::Fields>::take(index, line)?))?
                        $({ $($field: <$type as $crate::field::Field>::take(stringify!($field), index, line)?,)* })?
                    );
                    return Some(read());
                })*
                None
            }

            /// Each kind, what it says, and its fields.
            pub(crate) fn described() -> Vec<(&'static str, String, $crate::field::Object)> {
                vec![$({
                    let mut fields = $crate::field::Object::new();
                    $(<$inner as $crate::field::Fields>::describe(&mut fields);)?
                    $($(<$type as $crate::field::Field>::describe(
                        stringify!($field),
                        concat!($($doc),+),
                        &mut fields,
                    );)*)?
                    (stringify!($variant), $crate::field::plain_text(concat!($($about),+)), fields)
                }),*]
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $(#[key = $key:literal])?
                pub $field:ident: $type:ty,
            )*
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)*
        }

        impl $crate::field::Fields for $name {
            fn put(&self, index: &$crate::jsonl::Index, line: &mut $crate::field::Object) {
                $(<$type as $crate::field::Field>::put(
                    &self.$field,
                    recorded!(@key $field $($key)?),
                    index,
                    line,
                );)*
            }

            fn take(
                index: &$crate::jsonl::Index,
                line: &$crate::field::Object,
            ) -> Result<Self, $crate::LineError> {
                Ok(Self {
                    $($field: <$type as $crate::field::Field>::take(
                        recorded!(@key $field $($key)?),
                        index,
                        line,
                    )?,)*
                })
            }

            fn describe(fields: &mut $crate::field::Object) {
                $(<$type as $crate::field::Field>::describe(
                    recorded!(@key $field $($key)?),
                    concat!($($doc),+),
                    fields,
                );)*
            }
        }
    };
    (@bind $value:ident $inner:ty) => {
        $value
    };
    (@any $($type:tt)*) => { _ };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
}
