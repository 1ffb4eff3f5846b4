-- Every statement about an agreement in one place: an agreement is the set of them.
CREATE TABLE agreement_statements (
    agreement UUID NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    node BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (agreement, kind, version, node, digest)
);
INSERT INTO agreement_statements (agreement, kind, version, node, digest, statement)
    SELECT id, 'agreement', version, 0, digest, statement FROM agreements;
INSERT INTO agreement_statements (agreement, kind, version, node, digest, statement)
    SELECT c.agreement, 'countersignature', c.version, c.node, a.digest, c.statement
    FROM countersignatures c JOIN agreements a ON a.id = c.agreement AND a.version = c.version;

-- The highest version of each agreement that a chain has carried.
CREATE TABLE carried_agreements (
    peer BIGINT NOT NULL,
    lane TEXT NOT NULL,
    direction TEXT NOT NULL,
    agreement UUID NOT NULL,
    version BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (peer, lane, direction, agreement)
);
INSERT INTO carried_agreements (peer, lane, direction, agreement, version, digest)
    SELECT c.peer, c.lane, 'out', c.agreement, c.version, a.digest
    FROM chain_agreements c JOIN agreements a ON a.id = c.agreement AND a.version = c.version
    WHERE c.version = (SELECT max(d.version) FROM chain_agreements d
                       WHERE d.peer = c.peer AND d.lane = c.lane AND d.agreement = c.agreement);
DROP TABLE chain_agreements;
DROP TABLE countersignatures;
DROP TABLE agreements;

-- Under which roles, and which claims, a lead was disclosed to us: names, never values.
ALTER TABLE received ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';
ALTER TABLE received ADD COLUMN claims TEXT NOT NULL DEFAULT '[]';

-- When a lead goes to a peer again: it could not be given to it, or not as it stands now.
ALTER TABLE shares ADD COLUMN renew_at BIGINT;
ALTER TABLE shares ADD COLUMN renewals BIGINT NOT NULL DEFAULT 0;
CREATE INDEX shares_renew ON shares (renew_at) WHERE renew_at IS NOT NULL;
