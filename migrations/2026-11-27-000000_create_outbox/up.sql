-- One row for each message that waits to be sent, written in the transaction that publishes it.
-- seq: the order in which rows are sent. Of two transactions of which one waited for the other, the later has
-- the higher numbers. id: the message's dedup id as its sender spelled it; queue: a name or a URL.
-- attributes: {"name": {"type": "String", "text": "…"}}, with "base64" in place of "text" for bytes.
-- delay_seconds: how long the queue hides the message first. group_id: MessageGroupId.
-- created_at: UTC. bytes: what a relay has to read, known without reading it.
CREATE TABLE IF NOT EXISTS outbox (
    seq           BIGINT UNSIGNED   NOT NULL AUTO_INCREMENT,
    id            MEDIUMTEXT        CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    queue         VARCHAR(512)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body          MEDIUMTEXT        CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    attributes    MEDIUMTEXT        CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    delay_seconds SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    group_id      VARCHAR(128)      CHARACTER SET ascii COLLATE ascii_bin NULL,
    created_at    DATETIME(6)       NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    bytes         INT UNSIGNED      AS (OCTET_LENGTH(id) + OCTET_LENGTH(body) + COALESCE(OCTET_LENGTH(attributes), 0)) STORED,
    PRIMARY KEY (seq)
) ENGINE = InnoDB
