-- What a next version may do to tables that nodes of this one work with: rows
-- get columns that the older program does not know.

CREATE TABLE {schema}.of_the_next_build (n bigint PRIMARY KEY);

ALTER TABLE {schema}.head ADD COLUMN of_the_next_build bigint NOT NULL DEFAULT 0;
ALTER TABLE {schema}.node ADD COLUMN of_the_next_build bigint NOT NULL DEFAULT 0;
ALTER TABLE {schema}.cursor ADD COLUMN of_the_next_build bigint NOT NULL DEFAULT 0;
ALTER TABLE {schema}.trade ADD COLUMN of_the_next_build bigint NOT NULL DEFAULT 0;
