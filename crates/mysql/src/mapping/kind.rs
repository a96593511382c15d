//! What kind of column it is, and whether it holds a value exactly.

use std::borrow::Cow;

use super::number::Decimal;
use super::value::Value;

/// A column's type, as far as values depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    /// Digits behind the point.
    Decimal(usize),
    Double,
    Float,
    /// Characters.
    Text(u64),
    /// Bytes.
    Bytes(u64),
    /// Digits of a second's fraction.
    Moment(usize),
    Date,
    Json,
    Bit,
    /// `ENUM`, `SET`, `YEAR`, `TIME`, and types that texts are given to.
    Words,
    /// Which no text makes.
    Shape,
    /// There is no table to ask.
    Unknown,
}

impl Kind {
    /// Of a type such as `decimal(10,2) unsigned`.
    pub(crate) fn of(column_type: &str) -> Self {
        let column_type = column_type.to_lowercase();
        let name = column_type.split(['(', ' ']).next().unwrap_or_default();
        let numbers = column_type.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
        let numbers = numbers.map_or("", |(numbers, _)| numbers);
        let number = |place: usize| numbers.split(',').nth(place)?.trim().parse::<u64>().ok();
        let digits = |place| number(place).and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        match name {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Self::Integer,
            "decimal" => Self::Decimal(digits(1)),
            "double" => Self::Double,
            "float" => Self::Float,
            "char" | "varchar" => Self::Text(number(0).unwrap_or(1)),
            "tinytext" => Self::Text(0xff),
            "text" => Self::Text(0xffff),
            "mediumtext" => Self::Text(0x00ff_ffff),
            "longtext" => Self::Text(0xffff_ffff),
            "binary" | "varbinary" => Self::Bytes(number(0).unwrap_or(1)),
            "tinyblob" => Self::Bytes(0xff),
            "blob" => Self::Bytes(0xffff),
            "mediumblob" => Self::Bytes(0x00ff_ffff),
            "longblob" => Self::Bytes(0xffff_ffff),
            "datetime" | "timestamp" => Self::Moment(digits(0)),
            "date" => Self::Date,
            "json" => Self::Json,
            "bit" => Self::Bit,
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
            | "multipolygon" | "geomcollection" | "geometrycollection" | "vector" => Self::Shape,
            _ => Self::Words,
        }
    }

    /// The value as this column gets it. Servers round numbers without a word, so what would not be
    /// stored exactly is refused here; of a moment, digits that the column lacks are cut.
    ///
    /// # Errors
    /// Where it would not be the same: in words that may quote the body.
    pub(crate) fn fit(self, value: Value<'_>) -> Result<Value<'_>, String> {
        let Value::Text(text) = &value else { return Ok(value) };
        let number = || Decimal::parse(text).ok_or_else(|| format!("{text:?} is no number"));
        match self {
            Self::Integer if number()?.fraction_digits() > 0 => Err(format!("{text} is no whole number")),
            Self::Decimal(scale) if number()?.fraction_digits() > scale => {
                Err(format!("{text} has more than the {scale} digits behind the point that the column holds"))
            }
            Self::Integer | Self::Decimal(_) => Ok(owned(number()?.to_string())),
            Self::Double if is_same(&number()?, text.parse::<f64>().map(|it| it.to_string())) => Ok(value),
            Self::Float if is_same(&number()?, text.parse::<f32>().map(|it| it.to_string())) => Ok(value),
            Self::Double | Self::Float => Err(format!("{text} would not be stored exactly in a float")),
            Self::Moment(fraction) => Ok(cut(value, fraction)),
            Self::Bit => match &**text {
                "0" => Ok(Value::Bytes(Cow::Borrowed(&[0]))),
                "1" => Ok(Value::Bytes(Cow::Borrowed(&[1]))),
                _ => Err(format!("{text:?} is neither true nor false")),
            },
            _ => Ok(value),
        }
    }
}

fn owned<'m>(text: String) -> Value<'m> {
    Value::Text(Cow::Owned(text))
}

/// Whether the shortest number that the float is known by is the number itself.
fn is_same<E>(number: &Decimal, float: Result<String, E>) -> bool {
    float.is_ok_and(|float| Decimal::parse(&float).as_ref() == Some(number))
}

/// A moment has six digits behind its point.
fn cut(value: Value<'_>, fraction: usize) -> Value<'_> {
    let Value::Text(text) = value else { return value };
    let Some((second, digits)) = text.split_once('.') else { return Value::Text(text) };
    let digits = &digits[..fraction.min(digits.len())];
    owned(if digits.is_empty() { second.to_owned() } else { format!("{second}.{digits}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(column_type: &str, text: &str) -> Result<String, String> {
        match Kind::of(column_type).fit(Value::Text(text.into()))? {
            Value::Text(text) => Ok(text.into_owned()),
            Value::Bytes(bytes) => Ok(format!("{bytes:?}")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_type_is_read_as_the_server_writes_it() {
        for (column_type, kind) in [
            ("int(11) unsigned", Kind::Integer),
            ("decimal(10,2) unsigned", Kind::Decimal(2)),
            ("decimal(10,0)", Kind::Decimal(0)),
            ("VARCHAR(20)", Kind::Text(20)),
            ("datetime", Kind::Moment(0)),
            ("timestamp(6)", Kind::Moment(6)),
            ("enum('a','b(3)')", Kind::Words),
            ("binary(16)", Kind::Bytes(16)),
            ("point", Kind::Shape),
        ] {
            assert_eq!(Kind::of(column_type), kind, "{column_type}");
        }
    }

    #[test]
    fn what_a_server_would_round_is_refused() {
        for (column_type, text) in [
            ("int", "1.5"),
            ("decimal(10,2)", "0.125"),
            ("double", "9007199254740993"),
            ("double", "1e999"),
            ("float", "16777217"),
            ("float", "0.123456789"),
            ("int", "seven"),
            ("bit(1)", "2"),
        ] {
            assert!(fit(column_type, text).is_err(), "{column_type} {text}");
        }
    }

    #[test]
    fn what_is_exact_is_taken() {
        for (column_type, text, expected) in [
            ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
            ("int", "1e3", "1000"),
            ("decimal(65,30)", "0.1", "0.1"),
            ("decimal(10,2)", "0.10000", "0.1"),
            ("double", "0.1", "0.1"),
            ("double", "9007199254740992", "9007199254740992"),
            ("float", "0.1", "0.1"),
            ("datetime(3)", "2026-11-27 05:44:59.999999", "2026-11-27 05:44:59.999"),
            ("datetime", "2026-11-27 05:44:59.999999", "2026-11-27 05:44:59"),
            ("bit(1)", "1", "[1]"),
            ("varchar(3)", "any", "any"),
        ] {
            assert_eq!(fit(column_type, text).as_deref(), Ok(expected), "{column_type} {text}");
        }
    }
}
