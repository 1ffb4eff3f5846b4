-- What own leads can be searched by: codes and places, no identifiers. Rebuilt from the sealed records.
CREATE UNLOGGED TABLE lead_index (
    lead UUID PRIMARY KEY,
    leaf BIGINT NOT NULL UNIQUE,
    kind TEXT NOT NULL
);

CREATE UNLOGGED TABLE lead_places (
    lead UUID NOT NULL,
    region BIGINT NOT NULL,
    PRIMARY KEY (lead, region)
);

CREATE INDEX lead_places_region ON lead_places (region);
