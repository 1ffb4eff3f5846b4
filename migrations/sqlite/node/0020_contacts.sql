-- What the instances of a node tell one another about a peer: which of them told last, and when; how often the peer was
-- in contact, and how often an operator would not wait.
CREATE TABLE contacts (
    peer INTEGER PRIMARY KEY,
    instance TEXT NOT NULL,
    at INTEGER NOT NULL,
    met INTEGER NOT NULL,
    hastened INTEGER NOT NULL
) STRICT;
