-- Who wrote at a lead since it was last approved, before its present drafter: none of them approves it.
CREATE TABLE lead_writers (
    lead UUID NOT NULL,
    writer UUID NOT NULL,
    PRIMARY KEY (lead, writer)
);
