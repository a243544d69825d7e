//! Values as 64-bit numbers: a field, a tag and a payload. Two values are equal if the bits are.
//!
//! Knows no event: the symbol tables give text and uuids their numbers.

use crate::vocabulary::FieldId;

/// Number of a text or of a uuid in the symbol tables.
pub(crate) type Symbol = u32;

const PAYLOAD_BITS: u32 = 51;
const TAG_BITS: u32 = 3;
const PAYLOAD: u64 = (1 << PAYLOAD_BITS) - 1;
const OFFSET: i64 = 1 << (PAYLOAD_BITS - 1);

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Text,
    Uuid,
    Date,
    Int,
    Flag,
    /// A number that is no small whole one, as the symbol of its text.
    Decimal,
    /// The position of another event.
    Event,
    /// Parts of keys that are no data: a subject, a type, an interned list of parts.
    Key,
}

const TAGS: [Tag; 8] = [
    Tag::Text,
    Tag::Uuid,
    Tag::Date,
    Tag::Int,
    Tag::Flag,
    Tag::Decimal,
    Tag::Event,
    Tag::Key,
];

/// A value without its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Atom(pub(crate) u64);

impl Atom {
    fn new(tag: Tag, payload: u64) -> Self {
        Self(((tag as u64) << PAYLOAD_BITS) | (payload & PAYLOAD))
    }

    pub(crate) fn text(symbol: Symbol) -> Self {
        Self::new(Tag::Text, u64::from(symbol))
    }

    pub(crate) fn uuid(symbol: Symbol) -> Self {
        Self::new(Tag::Uuid, u64::from(symbol))
    }

    pub(crate) fn decimal(symbol: Symbol) -> Self {
        Self::new(Tag::Decimal, u64::from(symbol))
    }

    pub(crate) fn event(position: u32) -> Self {
        Self::new(Tag::Event, u64::from(position))
    }

    pub(crate) fn date(day: i32) -> Self {
        Self::new(
            Tag::Date,
            i64::from(day).wrapping_add(OFFSET).cast_unsigned(),
        )
    }

    /// A whole number, if it is small enough: amounts up to a quadrillion are.
    pub(crate) fn int(number: i64) -> Option<Self> {
        let fits = (-OFFSET..OFFSET).contains(&number);
        fits.then(|| Self::new(Tag::Int, number.wrapping_add(OFFSET).cast_unsigned()))
    }

    pub(crate) fn flag(flag: bool) -> Self {
        Self::new(Tag::Flag, u64::from(flag))
    }

    /// A part of a key; the class keeps different sorts of parts apart.
    pub(crate) fn key(class: u8, number: u32) -> Self {
        Self::new(Tag::Key, (u64::from(class) << 32) | u64::from(number))
    }

    pub(crate) fn tag(self) -> Tag {
        let at = usize::try_from(self.0 >> PAYLOAD_BITS).unwrap_or(0) % TAGS.len();
        TAGS.get(at).copied().unwrap_or(Tag::Key)
    }

    /// The symbol or position in it.
    pub(crate) fn number(self) -> u32 {
        u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or(0)
    }

    /// The number or day in it.
    pub(crate) fn signed(self) -> i64 {
        (self.0 & PAYLOAD).cast_signed() - OFFSET
    }

    pub(crate) fn as_day(self) -> Option<i32> {
        if self.tag() == Tag::Date {
            i32::try_from(self.signed()).ok()
        } else {
            None
        }
    }
}

/// A value with its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Value(u64);

impl Value {
    pub(crate) fn new(field: FieldId, atom: Atom) -> Self {
        Self((u64::from(field) << (PAYLOAD_BITS + TAG_BITS)) | atom.0)
    }

    pub(crate) fn field(self) -> FieldId {
        FieldId::try_from(self.0 >> (PAYLOAD_BITS + TAG_BITS)).unwrap_or(FieldId::MAX)
    }

    pub(crate) fn atom(self) -> Atom {
        Atom(self.0 & ((1 << (PAYLOAD_BITS + TAG_BITS)) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_gives_back_its_field_and_its_content() {
        let amounts = [0, 1, -1, 1_000_000_000_000_000, -1_000_000_000_000_000];
        for amount in amounts {
            let value = Value::new(1023, Atom::int(amount).unwrap());
            assert_eq!((value.field(), value.atom().tag()), (1023, Tag::Int));
            assert_eq!(value.atom().signed(), amount);
        }
        assert_eq!(Atom::int(i64::MAX), None);
        assert_eq!(Atom::date(738_000).as_day(), Some(738_000));
        assert_eq!(Atom::text(u32::MAX).number(), u32::MAX);
        assert_eq!(Atom::event(7).tag(), Tag::Event);
        assert_ne!(Atom::key(0, 7), Atom::key(1, 7));
    }
}
