-- How often something was done in a stretch of time. Rows of stretches that are over go with the next count.
CREATE TABLE counts (
    name TEXT COLLATE "C" NOT NULL,
    start BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (name, start)
);
