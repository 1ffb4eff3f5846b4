-- Filings of agreements with upper nodes, own ones and those of the nodes below, with their answers as signed.
CREATE TABLE filings (
    digest BYTEA NOT NULL,
    party BIGINT NOT NULL,
    upper BIGINT NOT NULL,
    number BIGINT NOT NULL,
    agreement UUID NOT NULL,
    version BIGINT NOT NULL,
    statement TEXT NOT NULL,
    answer TEXT,
    reason TEXT,
    PRIMARY KEY (digest, party, upper, number)
);

CREATE INDEX filings_agreement ON filings (agreement);

-- When the last signature of a version came, as this node's clock had it, ms.
CREATE TABLE signatures_arrived (
    agreement UUID NOT NULL,
    version BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (agreement, version, digest)
);

-- Who files an agreement, or passes on what was said of it, holds its row meanwhile.
CREATE TABLE filing_turns (
    agreement UUID PRIMARY KEY
);

-- Statistics of exchange as signed, own ones and those of the nodes below, by their first month.
CREATE TABLE exchange_statistics (
    node BIGINT NOT NULL,
    first TEXT NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (node, first)
);

-- The months of those tables: nobody tells of one twice.
CREATE TABLE exchange_statistics_months (
    node BIGINT NOT NULL,
    month TEXT NOT NULL,
    PRIMARY KEY (node, month)
);

CREATE INDEX outbox_given ON outbox (lead, peer, epoch, seq) WHERE lead IS NOT NULL;

-- What drafters write before an agreement is proposed. It never leaves the node.
CREATE TABLE agreement_drafts (
    id UUID PRIMARY KEY,
    ver BIGINT NOT NULL,
    writers TEXT NOT NULL,
    amends UUID,
    previous BYTEA,
    proposal TEXT NOT NULL
);
