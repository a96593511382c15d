//! `dlq show`: one letter in full.

use std::io::{self, Write};

use shared::message::{Attribute, AttributeValue};
use sqs::dead_letter::message::DeadLetter;

use super::args::ShowArgs;
use super::error::Error;
use super::filter::Id;
use super::session::Session;
use crate::text;

pub(super) async fn show(args: &ShowArgs, session: &Session, out: &mut impl Write) -> Result<bool, Error> {
    let mut wanted: Vec<_> = args.ids.iter().map(|id| (Id::new(id), 0)).collect();
    let mut written = Ok(());
    let mut scan = session.scan(args.limit);
    let result = scan
        .each(|letter| {
            let names = wanted.iter_mut().filter(|(id, _)| id.names(letter));
            let found = names.map(|(_, found)| *found += 1).count();
            if found > 0 && written.is_ok() {
                written = write(letter, args.show_bodies, out);
            }
        })
        .await;
    let looked = scan.close().await;
    result?;
    written?;
    let missing: Vec<_> = wanted.iter().filter(|(_, found)| *found == 0).collect();
    for (id, _) in &missing {
        tracing::warn!("no such letter: {}", text::plain(id.typed()));
    }
    Ok(session.ended(looked) && missing.is_empty())
}

/// All that is known of it, a line each.
pub(crate) fn write(letter: &DeadLetter, show_bodies: bool, out: &mut impl Write) -> io::Result<()> {
    let (facts, message) = (letter.facts(), &letter.message);
    let dash = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| text::plain(&text));
    let error = if show_bodies {
        facts.error.map(|text| text::all(&text))
    } else {
        facts.error.as_deref().map(text::class)
    };
    let source = facts.source.or_else(|| letter.moved_from.clone());
    writeln!(out, "id              {}", text::plain(&letter.name()))?;
    writeln!(out, "  message-id    {}", text::plain(&message.message_id))?;
    writeln!(
        out,
        "  reason        {}",
        letter
            .silence()
            .map_or_else(|| dash(facts.reason), |why| format!("none: SQS moved it by itself: {why}"))
    )?;
    writeln!(out, "  error         {}", error.unwrap_or_else(|| "-".to_owned()))?;
    writeln!(out, "  attempts      {}", dash(facts.attempts))?;
    writeln!(out, "  source        {}", dash(source))?;
    writeln!(out, "  dead since    {}", text::time_or_dash(letter.dead_since()))?;
    writeln!(out, "  sent          {}", text::time_or_dash(message.sent_at))?;
    writeln!(out, "  first seen    {}", text::time_or_dash(letter.first_received_at))?;
    writeln!(out, "  receives      {}", message.receive_count)?;
    for (what, text) in [("group", &message.group), ("trace header", &message.trace_header)] {
        if let Some(text) = text {
            writeln!(out, "  {what:13} {}", text::plain(text))?;
        }
    }
    for attribute in &facts.own {
        writeln!(out, "  attribute     {}", described(attribute))?;
    }
    writeln!(out, "  body          {}", body(&message.body, show_bodies))?;
    Ok(())
}

/// The body, if it may be seen; else its length.
pub(crate) fn body(body: &str, show_bodies: bool) -> String {
    if show_bodies { format!("{body:?}") } else { format!("{} bytes (--show-bodies shows them)", body.len()) }
}

fn described(attribute: &Attribute) -> String {
    let value = match &attribute.value {
        AttributeValue::Text(text) => text::plain(text),
        AttributeValue::Bytes(bytes) => format!("{} bytes", bytes.len()),
    };
    format!("{} ({}) {value}", text::plain(&attribute.name), text::plain(&attribute.data_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqs::dead_letter::testing::letter;

    #[test]
    fn a_letter_without_a_reason_says_why_that_may_be() {
        let shown = |body: &str| {
            let mut text = Vec::new();
            write(&letter("m", body, &[("kind", "x")]), false, &mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        assert!(
            shown("b").contains("none: SQS moved it by itself: its receives were spent"),
            "{}",
            shown("b")
        );
        let large = shown(&"x".repeat(shared::limits::MAX_BYTES - 20));
        assert!(large.contains("none: SQS moved it by itself: it is too large"), "{large}");
    }

    #[test]
    fn a_body_is_shown_only_when_asked_for_and_then_escaped() {
        let said = [("dlq-reason", "data-error"), ("dlq-error", "bad 'top secret'"), ("kind", "x\n")];
        let letter = letter("m", "top secret\n\u{9b}", &said);
        let shown = |bodies| {
            let mut text = Vec::new();
            write(&letter, bodies, &mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        assert!(!shown(false).contains("secret") && shown(false).contains("13 bytes"));
        assert!(shown(true).contains(r#""top secret\n\u{9b}""#) && shown(true).contains("bad 'top secret'"));
        assert!(shown(false).contains("kind (String) x\\n\n"));
    }
}
