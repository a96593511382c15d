-- id: the dedup id, else the MessageId. UUIDv7 sorts by time, so rows are appended to the key.
-- message: 1 MiB of text, stored byte for byte; character set and collation are spelled out
-- because a server's own default may be latin1.
-- created_at: when the row was stored; sent_at: when SQS took the message. Both UTC.
CREATE TABLE IF NOT EXISTS messages (
    id         BINARY(16)  NOT NULL,
    message    MEDIUMTEXT  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    sent_at    DATETIME(3) NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB
