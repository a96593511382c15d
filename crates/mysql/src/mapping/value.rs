//! What a message has for a column, and what is made of that.

use std::borrow::Cow;
use std::time::SystemTime;

use super::number::Decimal;
use super::source::As;
use super::time;

/// A value as it is bound. Texts go as texts, and the server makes numbers of them: exactly.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value<'m> {
    Null,
    /// The column's own default.
    Default,
    Text(Cow<'m, str>),
    Bytes(Cow<'m, [u8]>),
}

/// What a message has.
#[derive(Clone, Copy)]
pub(crate) enum Raw<'m> {
    /// A value of the body, as its own JSON.
    Json(&'m str),
    Text(&'m str),
    Bytes(&'m [u8]),
    Time(SystemTime),
    Number(u32),
}

impl Value<'_> {
    /// Bytes that it takes in a packet, roughly.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Default => 1,
            Self::Text(text) => text.len() + 9,
            Self::Bytes(bytes) => bytes.len() + 9,
        }
    }

    /// What it holds, to compare it with others of its column.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Null | Self::Default => &[],
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// One that outlives its message.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Default => Value::Default,
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
        }
    }
}

/// Without what it holds: that is of a body.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.bytes())
    }
}

impl<'m> Raw<'m> {
    /// Whether the body says `null`.
    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Json("null"))
    }

    /// Makes of it what the mapping says.
    ///
    /// # Errors
    /// Where it cannot be made: in words that may quote the body.
    pub(crate) fn made(self, made: As) -> Result<Value<'m>, String> {
        match (self, made) {
            (Self::Bytes(bytes), As::Itself) => Ok(Value::Bytes(Cow::Borrowed(bytes))),
            (Self::Bytes(_), _) => Err("is bytes, and no text".to_owned()),
            (Self::Time(at), _) => time::of_system(at).map(text).ok_or_else(|| "is no time".to_owned()),
            (Self::Number(number), _) => Ok(text(number.to_string())),
            (Self::Json(json), As::Json) => Ok(Value::Text(json.into())),
            (Self::Text(json), As::Json) => of_whole(json),
            (Self::Json(json), made) => of_json(json, made),
            (Self::Text(plain), made) => of_text(plain.into(), made),
        }
    }
}

fn text<'m>(text: String) -> Value<'m> {
    Value::Text(Cow::Owned(text))
}

/// A whole body as JSON.
fn of_whole(json: &str) -> Result<Value<'_>, String> {
    let whole: Result<&serde_json::value::RawValue, _> = serde_json::from_str(json);
    whole.map(|_| Value::Text(json.into())).map_err(|error| format!("is no JSON: {error}"))
}

fn of_json(json: &str, made: As) -> Result<Value<'_>, String> {
    match json.as_bytes().first() {
        Some(b'"') => of_text(unquoted(json)?, made),
        Some(b'{' | b'[') if made == As::Itself => Ok(Value::Text(json.into())),
        Some(b'{' | b'[') => Err("is an object or an array".to_owned()),
        Some(b't') if made == As::Itself => Ok(Value::Text("1".into())),
        Some(b'f') if made == As::Itself => Ok(Value::Text("0".into())),
        _ if made == As::Text => Err(format!("{json} is no text")),
        _ => of_text(json.into(), made),
    }
}

/// The text that a JSON text stands for.
pub(crate) fn unquoted(json: &str) -> Result<Cow<'_, str>, String> {
    match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Ok(inner.into()),
        _ => serde_json::from_str::<String>(json)
            .map(Cow::Owned)
            .map_err(|error| format!("is no text: {error}")),
    }
}

fn of_text(plain: Cow<'_, str>, made: As) -> Result<Value<'_>, String> {
    let number = || Decimal::parse(&plain).ok_or_else(|| format!("{plain:?} is no number"));
    let moment = |moment: Option<String>| {
        moment.map(text).ok_or_else(|| format!("{plain:?} is no time that a column holds"))
    };
    match made {
        As::Integer => {
            let number = number()?;
            let is_whole = number.fraction_digits() == 0;
            if is_whole { Ok(text(number.to_string())) } else { Err(format!("{plain:?} is no whole number")) }
        }
        As::Decimal => Ok(text(number()?.to_string())),
        As::Boolean => match &*plain {
            "true" | "1" => Ok(Value::Text("1".into())),
            "false" | "0" => Ok(Value::Text("0".into())),
            _ => Err(format!("{plain:?} is neither true nor false")),
        },
        As::Time => time::of_rfc3339(&plain)
            .map(text)
            .ok_or_else(|| format!("{plain:?} is no time by RFC 3339, such as 2026-11-27T05:44:54Z")),
        As::EpochSeconds => moment(time::of_epoch(&number()?, 1)),
        As::EpochMilliseconds => moment(time::of_epoch(&number()?, 1_000)),
        As::Itself | As::Text | As::Json | As::Binary => Ok(Value::Text(plain)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(json: &str, made: As) -> Result<String, String> {
        match Raw::Json(json).made(made)? {
            Value::Text(text) => Ok(text.into_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_value_becomes_what_is_said_exactly() {
        for (json, to, expected) in [
            ("9007199254740993", As::Itself, "9007199254740993"),
            ("0.10", As::Itself, "0.10"),
            ("0.1", As::Decimal, "0.1"),
            ("\"12345678901234567890.10\"", As::Decimal, "12345678901234567890.1"),
            ("18446744073709551615", As::Integer, "18446744073709551615"),
            ("1e3", As::Integer, "1000"),
            ("5.0", As::Integer, "5"),
            ("\"grin \u{1f600} \\ud83d\\ude00 \\n\"", As::Text, "grin \u{1f600} \u{1f600} \n"),
            ("true", As::Itself, "1"),
            ("\"false\"", As::Boolean, "0"),
            ("1", As::Boolean, "1"),
            ("\"2026-11-27T07:44:54.5+02:00\"", As::Time, "2026-11-27 05:44:54.500000"),
            ("1764222294", As::EpochSeconds, "2025-11-27 05:44:54.000000"),
            ("\"1764222294123\"", As::EpochMilliseconds, "2025-11-27 05:44:54.123000"),
            ("{\"a\": 1.10}", As::Json, "{\"a\": 1.10}"),
            ("\"x\"", As::Json, "\"x\""),
            ("[1, 2]", As::Itself, "[1, 2]"),
            ("\"\"", As::Itself, ""),
        ] {
            assert_eq!(made(json, to).as_deref(), Ok(expected), "{json} {to:?}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        for (json, to) in [
            ("1.5", As::Integer),
            ("\"abc\"", As::Decimal),
            ("\"\"", As::Decimal),
            ("7", As::Text),
            ("true", As::Decimal),
            ("2", As::Boolean),
            ("{}", As::Text),
            ("[1]", As::Decimal),
            ("1764222294", As::Time),
            ("\"2026-11-27\"", As::Time),
            ("1e300", As::EpochSeconds),
            ("\"\\ud800\"", As::Text),
        ] {
            assert!(made(json, to).is_err(), "{json} {to:?}");
        }
        assert!(Raw::Bytes(&[1]).made(As::Text).is_err() && Raw::Text("{").made(As::Json).is_err());
    }

    #[test]
    fn a_value_never_shows_what_it_holds() {
        assert!(!format!("{:?}", Value::Text("secret".into())).contains("secret"));
    }
}
