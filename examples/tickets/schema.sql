-- Who has which seat. One conditional update of this row decides between all who want it.
CREATE TABLE IF NOT EXISTS seats (
    seat        INT UNSIGNED NOT NULL,
    reservation VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (seat)
) ENGINE = InnoDB;

-- What came of each reservation. A key by reservation would be right, and would hide what the naive way
-- does: so each time that a worker decides is a row.
CREATE TABLE IF NOT EXISTS reservations (
    number      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    reservation VARCHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user        INT UNSIGNED    NOT NULL,
    seat        INT UNSIGNED    NOT NULL,
    is_sold     BOOLEAN         NOT NULL,
    PRIMARY KEY (number),
    KEY reservation (reservation),
    KEY sold (seat, is_sold)
) ENGINE = InnoDB;
