-- What own leads can be searched by: codes and places, no identifiers. Rebuilt from the sealed records.
CREATE TABLE lead_index (
    lead BLOB PRIMARY KEY,
    leaf INTEGER NOT NULL UNIQUE,
    kind TEXT NOT NULL
) STRICT;

CREATE TABLE lead_places (
    lead BLOB NOT NULL,
    region INTEGER NOT NULL,
    PRIMARY KEY (lead, region)
) STRICT;

CREATE INDEX lead_places_region ON lead_places (region);
