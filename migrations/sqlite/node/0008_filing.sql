-- Filings of agreements with upper nodes, own ones and those of the nodes below, with their answers as signed.
CREATE TABLE filings (
    digest BLOB NOT NULL,
    party INTEGER NOT NULL,
    upper INTEGER NOT NULL,
    number INTEGER NOT NULL,
    agreement BLOB NOT NULL,
    version INTEGER NOT NULL,
    statement TEXT NOT NULL,
    answer TEXT,
    reason TEXT,
    PRIMARY KEY (digest, party, upper, number)
) STRICT;

CREATE INDEX filings_agreement ON filings (agreement);

-- When the last signature of a version came, as this node's clock had it, ms.
CREATE TABLE signatures_arrived (
    agreement BLOB NOT NULL,
    version INTEGER NOT NULL,
    digest BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (agreement, version, digest)
) STRICT;

-- Who files an agreement, or passes on what was said of it, holds its row meanwhile.
CREATE TABLE filing_turns (
    agreement BLOB PRIMARY KEY
) STRICT;

-- Statistics of exchange as signed, own ones and those of the nodes below, by their first month.
CREATE TABLE exchange_statistics (
    node INTEGER NOT NULL,
    first TEXT NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (node, first)
) STRICT;

-- The months of those tables: nobody tells of one twice.
CREATE TABLE exchange_statistics_months (
    node INTEGER NOT NULL,
    month TEXT NOT NULL,
    PRIMARY KEY (node, month)
) STRICT;

CREATE INDEX outbox_given ON outbox (lead, peer, epoch, seq) WHERE lead IS NOT NULL;

-- What drafters write before an agreement is proposed. It never leaves the node.
CREATE TABLE agreement_drafts (
    id BLOB PRIMARY KEY,
    ver INTEGER NOT NULL,
    writers TEXT NOT NULL,
    amends BLOB,
    previous BLOB,
    proposal TEXT NOT NULL
) STRICT;
