//! How large a statement gets, and whether the server takes it.

use super::row::Row;

/// What a statement takes beside its rows, and a row beside its text.
const STATEMENT: usize = 1_024;
const ROW: usize = 64;
/// Rows that only fill a statement up cost no more than this.
const FILLER: usize = 64 << 10;

/// The most bytes of a statement with `rows` rows whose texts have `text` bytes in all.
pub fn bytes(rows: usize, text: usize) -> usize {
    STATEMENT + rows * ROW + text + FILLER
}

/// The bytes of a statement with one row whose text has `text` bytes.
pub fn alone(text: usize) -> usize {
    STATEMENT + ROW + text
}

/// The bytes that these rows take at the least.
pub(crate) fn least(rows: &[Row<'_>]) -> usize {
    STATEMENT + rows.iter().map(Row::bytes).sum::<usize>()
}

impl Row<'_> {
    fn bytes(&self) -> usize {
        self.message.len() + ROW
    }
}

/// How many times the smallest row is to be repeated, so that statements come in few sizes, and
/// which one that is. Where that would not be cheap, the statement is of a size of its own.
pub(crate) fn filler<'r, 'a>(rows: &'r [Row<'a>], max_packet: usize) -> (usize, Option<&'r Row<'a>>) {
    let smallest = rows.iter().min_by_key(|row| row.bytes());
    let times = size(rows.len()) - rows.len();
    let filler = times * smallest.map_or(0, Row::bytes);
    let is_cheap = filler <= FILLER && least(rows) + filler <= max_packet;
    (if is_cheap { times } else { 0 }, smallest)
}

/// Whether a statement of so many rows is one of those that come again.
pub(crate) fn is_usual(rows: usize) -> bool {
    size(rows) == rows
}

fn size(rows: usize) -> usize {
    match rows {
        ..=2 => rows,
        3..=5 => 5,
        6..=100 => rows.next_multiple_of(10),
        101.. => rows.next_multiple_of(100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: usize = 4 << 20;

    fn rows<'a>(texts: &[&'a str]) -> Vec<Row<'a>> {
        texts.iter().map(|message| Row { id: &[0; 16], message, sent_at: None, lane: None }).collect()
    }

    #[test]
    fn the_smallest_row_fills_a_statement_up_however_large_the_last_one_is() {
        let large = "x".repeat(900_000);
        let rows = rows(&["a", "b", "c", "d", "e", &large]);
        let (times, row) = filler(&rows, PACKET);
        assert_eq!((times, row.unwrap().message), (4, "a"));
        assert!(least(&rows) + times * row.unwrap().bytes() < 1 << 20);
    }

    #[test]
    fn a_statement_is_not_filled_up_where_that_is_dear_or_does_not_fit() {
        let large = "x".repeat(150_000);
        assert_eq!(filler(&rows(&[&*large; 6]), PACKET).0, 0);
        assert_eq!(filler(&rows(&["a"; 6]), PACKET).0, 4);
        assert_eq!(filler(&rows(&["a"; 6]), least(&rows(&["a"; 7]))).0, 0);
        assert_eq!(filler(&[], PACKET).0, 0);
    }

    #[test]
    fn no_statement_is_larger_than_is_said_of_it() {
        for texts in [vec!["a"; 6], vec!["abc"; 101], vec!["x"; 1_000]] {
            let rows = rows(&texts);
            let (times, row) = filler(&rows, usize::MAX);
            let text = texts.iter().map(|text| text.len()).sum();
            assert!(least(&rows) + times * row.unwrap().bytes() <= bytes(rows.len(), text));
        }
    }

    #[test]
    fn usual_sizes_are_few() {
        assert_eq!((1..=1_000).filter(|rows| is_usual(*rows)).count(), 2 + 1 + 10 + 9);
    }
}
