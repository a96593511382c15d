//! A message's row: what each column gets, or why there is none.

use engine::verdict::Rejection;
use shared::message::{Attribute, AttributeValue, DedupId, Message};

use super::known::{Known, Trait};
use super::number::Decimal;
use super::plan::{Plan, Planned};
use super::source::{As, Missing, Source};
use super::value::{Raw, Value, unquoted};

/// A row that is to be.
#[derive(Debug)]
pub(crate) struct Row<'m> {
    pub(crate) id: DedupId,
    /// Rows of one lane are stored in their order.
    pub(crate) lane: Option<&'m str>,
    pub(crate) values: Vec<Value<'m>>,
}

/// What a message comes to.
#[derive(Debug)]
pub(crate) enum Made<'m> {
    Row(Row<'m>),
    /// The filter leaves it out.
    Filtered,
    /// The filter asks for what no message had yet.
    Unfilterable,
    /// It has no row, and cannot have one.
    Refused(Rejection),
}

impl Row<'_> {
    /// Bytes that it takes in a packet, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.values.iter().map(Value::bytes).sum()
    }
}

impl Plan {
    /// Makes the row of a message, and notes what works.
    pub(crate) fn row<'m>(&self, message: &'m Message, lane: Option<&'m str>, known: &Known) -> Made<'m> {
        let found = match self.found(&message.body, known) {
            Ok(found) => found,
            Err(rejection) => return Made::Refused(rejection),
        };
        match self.passes(&found, known) {
            Some(true) => {}
            Some(false) => return Made::Filtered,
            None => return Made::Unfilterable,
        }
        let mut values = Vec::with_capacity(self.columns.len());
        let mut refused = None;
        for (place, column) in self.columns.iter().enumerate() {
            // All of them are tried, whatever the first one says: each shows what works.
            match column.value(place, message, &found, known) {
                Ok(value) => values.push(value),
                Err(rejection) => refused = refused.or(Some(rejection)),
            }
        }
        match refused {
            Some(rejection) => Made::Refused(rejection),
            None => Made::Row(Row { id: message.id, lane, values }),
        }
    }

    fn found<'m>(&self, body: &'m str, known: &Known) -> Result<Vec<Option<&'m str>>, Rejection> {
        if self.pointer_count == 0 {
            return Ok(Vec::new());
        }
        let found = self.pointers.find(body, self.pointer_count);
        let found = found.map_err(|error| {
            refused(
                "malformed",
                format!("the body is no JSON to read: {}", error.0),
                known.failed(Trait::Json),
            )
        })?;
        known.works(Trait::Json);
        Ok(found)
    }

    /// Whether the filter lets it through; `None` where no message had yet what it asks for.
    fn passes(&self, found: &[Option<&str>], known: &Known) -> Option<bool> {
        let Some(filter) = &self.filter else { return Some(true) };
        let Some(value) = found[0] else { return known.failed(Trait::Filter).then_some(false) };
        known.works(Trait::Filter);
        Some(is_equal(value, &filter.value))
    }
}

/// Whether a value of the body is what the filter says.
fn is_equal(json: &str, wanted: &str) -> bool {
    if json.starts_with('"') {
        return unquoted(json).is_ok_and(|text| text == wanted);
    }
    let truth = match json {
        "true" => "1",
        "false" => "0",
        other => other,
    };
    let number = Decimal::parse(json);
    json == wanted || truth == wanted || number.is_some() && number == Decimal::parse(wanted)
}

/// A refusal; `is_certain` if other messages have shown that the file is right.
fn refused(reason: &'static str, error: String, is_certain: bool) -> Rejection {
    let rejection = Rejection::new(reason, error);
    if is_certain { rejection.certain() } else { rejection }
}

impl Planned {
    fn value<'m>(
        &self,
        place: usize,
        message: &'m Message,
        found: &[Option<&'m str>],
        known: &Known,
    ) -> Result<Value<'m>, Rejection> {
        let (name, source) = (&self.spec.name, self.spec.source.name());
        let raw = match &self.spec.source {
            Source::Constant(text) => {
                return self.kind.fit(Value::Text(text.clone().into())).map_err(|error| {
                    refused("data-error", format!("column {name}: the constant {error}"), false)
                });
            }
            Source::DedupId => return Ok(id(message.id, self.spec.made)),
            _ => self.raw(message, found),
        };
        let Some(raw) = raw.inspect(|_| known.works(Trait::Found(place))).filter(|raw| !raw.is_null()) else {
            return self.absent().ok_or_else(|| {
                let what = if raw.is_some() { "is null" } else { "is missing" };
                let lacks = if raw.is_some() { Trait::Made(place) } else { Trait::Found(place) };
                refused("missing-field", format!("column {name}: {source} {what}"), known.failed(lacks))
            });
        };
        let made = raw.made(self.spec.made).map_err(|error| {
            refused(
                "data-error",
                format!("column {name}: {source} {error}"),
                known.failed(Trait::Made(place)),
            )
        })?;
        // What does not fit may be the column's fault, so a witness has to speak.
        let value = self.kind.fit(made).map_err(|error| {
            let _ = known.failed(Trait::Made(place));
            refused("data-error", format!("column {name}: {source}: {error}"), false)
        })?;
        known.works(Trait::Made(place));
        Ok(value)
    }

    fn raw<'m>(&self, message: &'m Message, found: &[Option<&'m str>]) -> Option<Raw<'m>> {
        match &self.spec.source {
            Source::Pointer(_) => self.place.and_then(|place| found[place]).map(Raw::Json),
            Source::Body => Some(Raw::Text(&message.body)),
            Source::MessageId => Some(Raw::Text(&message.message_id)),
            Source::SentAt => message.sent_at.map(Raw::Time),
            Source::ReceiveCount => Some(Raw::Number(message.receive_count)),
            Source::Group => message.group.as_deref().map(Raw::Text),
            Source::Attribute(name) => {
                let attribute = Attribute::find(&message.attributes, name)?;
                Some(match &attribute.value {
                    AttributeValue::Text(text) => Raw::Text(text),
                    AttributeValue::Bytes(bytes) => Raw::Bytes(bytes),
                })
            }
            Source::DedupId | Source::Constant(_) => None,
        }
    }

    /// What a message without a value gets.
    fn absent<'m>(&self) -> Option<Value<'m>> {
        match self.spec.missing {
            Missing::Reject => None,
            Missing::Null => Some(Value::Null),
            Missing::Default => Some(Value::Default),
        }
    }
}

/// The id as a column gets it.
pub(crate) fn id<'m>(id: DedupId, made: As) -> Value<'m> {
    match made {
        As::Binary => Value::Bytes(id.as_bytes().to_vec().into()),
        _ => Value::Text(id.to_string().into()),
    }
}
