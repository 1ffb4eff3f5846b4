//! Code lists: closed enums whose wire value is a code and whose label is Chinese.

use thiserror::Error;

/// A value that is not in its code list. The sender of the value is at fault.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("not a code of the list `{list}`")]
pub struct UnknownCode {
    /// The list that was asked.
    pub list: &'static str,
    /// What it has.
    pub codes: &'static [&'static str],
}

/// Declares a code list: `Variant = "wire_code" "中文"`.
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal $label:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = concat!("`", $code, "` ", $label)] $(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every code of the list, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The wire value.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The Chinese term that people read.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::domain::UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($code => Ok(Self::$variant),)+ _ => Err($crate::domain::UnknownCode { list: stringify!($name), codes: &[$($code),+] }) }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::domain::spelling::read(deserializer)
            }
        }
    };
}
