//! The table as diesel sees it. `migrations/` says the same in SQL; change both.

diesel::table! {
    /// One row for each message.
    messages (id) {
        /// The dedup id, else the `MessageId`.
        id -> Binary,
        /// The body.
        message -> Text,
        /// When the row was stored, UTC.
        created_at -> Datetime,
        /// When SQS took the message, UTC.
        sent_at -> Nullable<Datetime>,
    }
}
