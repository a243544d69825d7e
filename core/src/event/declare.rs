//! The macro behind the declarations, and the reader that its code calls.
//!
//! A declaration reads `Name = "type.name" on Kind, "日本語" { field: Type [flags] "日本語", … }`;
//! flags are `required` or `optional`, then `personal` or `server`.

use crate::json::{FieldError, Object, pointer};
use crate::shape::{self, Shape};

/// Who wrote the data that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A client: required fields must be there, the server's must not.
    Intake,
    /// The ledger: personal fields are sealed away, the server's may be there.
    Stored,
}

/// Reads fields out of one object and collects every fault.
pub struct Reader<'a> {
    data: &'a Object,
    base: &'a str,
    mode: Mode,
    errors: &'a mut Vec<FieldError>,
    faults_before: usize,
}

impl<'a> Reader<'a> {
    /// A reader of `data`, whose faults are pushed with pointers below `base`.
    pub fn new(
        data: &'a Object,
        base: &'a str,
        mode: Mode,
        errors: &'a mut Vec<FieldError>,
    ) -> Self {
        let faults_before = errors.len();
        Self {
            data,
            base,
            mode,
            errors,
            faults_before,
        }
    }

    /// Reads one field; none if it is absent or faulty.
    pub(crate) fn field<T: shape::Field>(&mut self, field: &super::Field) -> Option<T> {
        let nullable = field.shape == Shape::NumberOrNull;
        let given = self
            .data
            .get(field.name)
            .filter(|value| nullable || !value.is_null());
        let Some(value) = given else {
            let sealed_away = field.personal && self.mode == Mode::Stored;
            if field.required && !sealed_away {
                self.fault(field.name, format!("is required（{}）", field.label));
            }
            return None;
        };
        if field.server && self.mode == Mode::Intake {
            self.fault(
                field.name,
                "is written by the server; leave it out".to_owned(),
            );
            return None;
        }
        match T::read(value) {
            Ok(read) => Some(read),
            Err(detail) => {
                self.fault(field.name, detail);
                None
            }
        }
    }

    /// Refuses every key that no field has. Ends the reading: false if anything was faulty.
    pub(crate) fn finish(&mut self, fields: &[super::Field]) -> bool {
        for name in self.data.keys() {
            if !fields.iter().any(|field| field.name == name) {
                self.fault(name, format!("unknown field \"{name}\""));
            }
        }
        self.errors.len() == self.faults_before
    }

    fn fault(&mut self, name: &str, detail: String) {
        self.errors
            .push(FieldError::new(pointer(self.base, name), detail));
    }
}

macro_rules! field_type {
    ([required] $type:ty) => { $type };
    ([$($flag:ident)+] $type:ty) => { Option<$type> };
}

macro_rules! field_finish {
    ([required] $value:ident) => {
        $value?
    };
    ([$($flag:ident)+] $value:ident) => {
        $value
    };
}

macro_rules! field_write {
    ([required] $self:ident $field:ident $out:ident) => {
        $out.insert(
            stringify!($field).to_owned(),
            $crate::shape::Field::write(&$self.$field),
        );
    };
    ([$($flag:ident)+] $self:ident $field:ident $out:ident) => {
        if let Some(value) = &$self.$field {
            $out.insert(
                stringify!($field).to_owned(),
                $crate::shape::Field::write(value),
            );
        }
    };
}

macro_rules! flag {
    ($wanted:ident) => { false };
    (required required $($rest:ident)*) => { true };
    (personal personal $($rest:ident)*) => { true };
    (server server $($rest:ident)*) => { true };
    ($wanted:ident $other:ident $($rest:ident)*) => { flag!($wanted $($rest)*) };
}

macro_rules! subject_kind {
    (Any) => {
        None
    };
    ($kind:ident) => {
        Some($crate::subject::SubjectKind::$kind)
    };
}

macro_rules! event_types {
    ($(
        $variant:ident = $name:literal on $kind:ident, $label:literal {
            $($field:ident: $type:ty [$($flag:ident)+] $field_label:literal),* $(,)?
        }
    )+) => { $(
        #[doc = concat!("`", $name, "`: ", $label, ".")]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $variant {
            $(
                #[doc = $field_label]
                pub $field: field_type!([$($flag)+] $type),
            )*
        }

        impl $variant {
            /// Its declaration.
            pub const TYPE: $crate::event::EventType = $crate::event::EventType {
                name: $name,
                label: $label,
                subject: subject_kind!($kind),
                fields: &[$($crate::event::Field {
                    name: stringify!($field),
                    label: $field_label,
                    required: flag!(required $($flag)+),
                    personal: flag!(personal $($flag)+),
                    server: flag!(server $($flag)+),
                    shape: <$type as $crate::shape::Field>::SHAPE,
                },)*],
            };

            #[allow(unused_mut, unused_variables, clippy::unnecessary_wraps, reason = "types without fields")]
            pub(crate) fn read(reader: &mut $crate::event::Reader<'_>) -> Option<Self> {
                let mut fields = Self::TYPE.fields.iter();
                $(
                    let $field = fields.next().and_then(|field| reader.field::<$type>(field));
                )*
                if !reader.finish(Self::TYPE.fields) {
                    return None;
                }
                Some(Self { $($field: field_finish!([$($flag)+] $field),)* })
            }

            #[allow(unused_mut, reason = "types without fields")]
            pub(crate) fn write(&self) -> $crate::json::Object {
                let mut out = $crate::json::Object::new();
                $( field_write!([$($flag)+] self $field out); )*
                out
            }
        }
    )+ };
}

macro_rules! choices {
    ($(
        $(#[$doc:meta])*
        $choice:ident { $($variant:ident = $name:literal $label:literal),+ $(,)? }
    )+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $choice { $(#[doc = $label] $variant,)+ }

        impl $choice {
            /// Every value in the order of the contract.
            pub const CHOICES: &'static [$crate::shape::Choice] =
                &[$($crate::shape::Choice { name: $name, label: $label },)+];

            /// As it stands in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// As the pages show it.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }

        impl $crate::shape::Field for $choice {
            const SHAPE: $crate::shape::Shape = $crate::shape::Shape::Choice(Self::CHOICES);
            fn read(value: &serde_json::Value) -> Result<Self, String> {
                match value.as_str() {
                    $(Some($name) => Ok(Self::$variant),)+
                    _ => Err(format!("{value} is not one of {}", [$($name),+].join(", "))),
                }
            }
            fn write(&self) -> serde_json::Value {
                serde_json::Value::String(self.name().to_owned())
            }
        }
    )+ };
}

pub(super) use {choices, event_types, field_finish, field_type, field_write, flag, subject_kind};
