-- Refused log-ins that no entry tells of yet, by the pseudonym of the account; '' for names that nobody has.
CREATE TABLE login_failures (
    who TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    untold INTEGER NOT NULL
) STRICT;

-- An auditor asks for the newest checkpoint that anyone cosigned; a bundle has them in this order.
CREATE INDEX cosignatures_size ON cosignatures (size, peer);
