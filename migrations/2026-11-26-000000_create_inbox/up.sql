-- One row for each message that a job has done, written in the job's own transaction.
-- job: the job's name, which stays when queues and functions are renamed; id: the message's dedup id.
-- UUIDv7 sorts by time, so the rows of a job are appended to its part of the key.
-- handled_at: when the transaction began, UTC. Its key lets old rows be deleted without locking new ones.
CREATE TABLE IF NOT EXISTS inbox (
    job        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id         BINARY(16)  NOT NULL,
    handled_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (job, id),
    KEY handled_at (handled_at)
) ENGINE = InnoDB
