//! The tables as diesel sees them. `migrations/` says the same in SQL; change both.

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

diesel::table! {
    /// One row for each message that a job is done with.
    inbox (job, id) {
        /// The job's name.
        job -> Text,
        /// The message's dedup id.
        id -> Binary,
        /// When the job's transaction began, UTC.
        handled_at -> Datetime,
    }
}

diesel::table! {
    /// One row for each message that waits to be sent.
    outbox (seq) {
        /// The order in which rows are sent.
        seq -> Unsigned<BigInt>,
        /// The message's dedup id, as its sender spelled it.
        id -> Text,
        /// A name or a URL.
        queue -> Text,
        /// The body.
        body -> Text,
        /// As JSON.
        attributes -> Nullable<Text>,
        /// How long the queue hides the message first.
        delay_seconds -> Unsigned<SmallInt>,
        /// `MessageGroupId`.
        group_id -> Nullable<Text>,
        /// UTC.
        created_at -> Datetime,
    }
}
