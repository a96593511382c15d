//! Vitess's error texts: the server's code stands in them, and so do statements and values.
//!
//! <https://github.com/vitessio/vitess/blob/main/go/mysql/sqlerror/sql_error.go>,
//! <https://vitess.io/docs/reference/errors/query-serving/>

use super::class::Class;

/// What comes before the statement and its values.
pub(crate) fn head(text: &str) -> &str {
    const STATEMENT: [&str; 3] = [": Sql: \"", ", BindVars: {", "BindVariables: {"];
    let end = STATEMENT.iter().filter_map(|start| text.find(start)).min();
    &text[..end.unwrap_or(text.len())]
}

/// The code that the text says, as `… (errno 1406) (sqlstate 22001) …`.
pub(crate) fn code(text: &str) -> Option<u16> {
    let head = head(text);
    let after = &head[head.rfind("(errno ")? + "(errno ".len()..];
    let (code, rest) = after.split_once(')')?;
    rest.starts_with(" (sqlstate ").then(|| code.parse().ok())?
}

/// The server's own words in the text: without where they come from, without code and statement.
pub(crate) fn words(text: &str) -> &str {
    let head = head(text);
    let head = head.rfind(" (errno ").map_or(head, |end| &head[..end]);
    head.split_once(" desc = ").map_or(head, |(_, words)| words)
}

/// What 1105 means, which stands for everything that has no code of its own: the class of the call
/// inside of the cluster says more. <https://grpc.io/docs/guides/status-codes/>
pub(crate) fn class_of(text: &str) -> Class {
    let head = head(text);
    let says = |words: &[&str]| words.iter().any(|word| head.contains(word));
    if says(&["message larger than max"]) {
        Class::TooLarge
    } else if says(&["code = Aborted"]) {
        Class::Contention
    } else if says(&[
        "code = Unavailable",
        "code = ClusterEvent",
        "code = DeadlineExceeded",
        "code = ResourceExhausted",
        "code = Canceled",
        "no healthy tablet",
        "primary is not serving",
    ]) {
        Class::Unavailable
    } else {
        Class::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOO_LONG: &str = "target: hello.0.primary: vttablet: Data too long for column 'message' at row 1 \
         (errno 1406) (sqlstate 22001) (CallerID: app): Sql: \"insert into messages(id, message) values \
         (:v1, :v2)\", BindVariables: {v1: \"type:VARBINARY\"v2: \"type:VARCHAR value:\\\"secret (errno 1040) \
         (sqlstate 08004)\\\"\"}";

    #[test]
    fn the_code_is_read_from_the_text_and_never_from_a_row() {
        assert_eq!(code(TOO_LONG), Some(1406));
        assert_eq!(code("no code: Sql: \"x\", BindVars: {v: \"(errno 1040) (sqlstate 08004)\"}"), None);
        assert_eq!((code(""), code("(errno 1"), code("(errno x) (sqlstate 1)")), (None, None, None));
    }

    #[test]
    fn statement_and_values_are_cut_away() {
        assert!(!head(TOO_LONG).contains("insert") && !words(TOO_LONG).contains("secret"));
        let text = "target: x.0.primary: vttablet: rpc error: code = NotFound desc = table messages does not \
             exist (errno 1146) (sqlstate 42S02) (CallerID: app): Sql: \"insert\"";
        assert_eq!(words(text), "table messages does not exist");
        assert_eq!(words("Table 'hello.messages' doesn't exist"), "Table 'hello.messages' doesn't exist");
    }

    #[test]
    fn a_cluster_that_moves_is_away_and_what_it_does_not_name_is_unknown() {
        assert_eq!(
            class_of("vttablet: rpc error: code = Unavailable desc = connection refused"),
            Class::Unavailable
        );
        assert_eq!(class_of("vttablet: rpc error: code = ClusterEvent desc = reparent"), Class::Unavailable);
        assert_eq!(class_of("code = Aborted desc = transaction 1: ended"), Class::Contention);
        assert_eq!(class_of("something: Sql: \"code = Unavailable\""), Class::Unknown);
    }
}
