-- purchased = held + reserved + free, free >= 0, at every commit (N2).
CREATE TABLE pools (
    organization_id TEXT NOT NULL,
    product TEXT NOT NULL,
    purchased INTEGER NOT NULL CHECK (purchased >= 0),
    held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    over_allocated INTEGER NOT NULL DEFAULT FALSE,
    PRIMARY KEY (organization_id, product),
    CHECK (held + reserved <= purchased OR over_allocated)
) STRICT;

-- What raised a pool. A purchase cannot count twice (A8).
CREATE TABLE pool_grants (
    organization_id TEXT NOT NULL,
    product TEXT NOT NULL,
    purchase_id TEXT NOT NULL,
    seat_count INTEGER NOT NULL CHECK (seat_count > 0),
    create_time TEXT NOT NULL,
    PRIMARY KEY (organization_id, product, purchase_id),
    UNIQUE (purchase_id, product),
    FOREIGN KEY (organization_id, product) REFERENCES pools (organization_id, product)
) STRICT;

CREATE TABLE reservations (
    organization_id TEXT NOT NULL,
    product TEXT NOT NULL,
    owner TEXT NOT NULL,
    seat_count INTEGER NOT NULL CHECK (seat_count > 0),
    PRIMARY KEY (organization_id, product, owner),
    FOREIGN KEY (organization_id, product) REFERENCES pools (organization_id, product)
) STRICT;

CREATE TABLE seats (
    organization_id TEXT NOT NULL,
    product TEXT NOT NULL,
    user_id TEXT NOT NULL,
    assign_time TEXT NOT NULL,
    assigned_by TEXT NOT NULL,
    PRIMARY KEY (organization_id, product, user_id),
    FOREIGN KEY (organization_id, product) REFERENCES pools (organization_id, product)
) STRICT;
CREATE INDEX seats_of_user ON seats (organization_id, user_id);

-- The ledger (N3): who held a seat when, who changed it and why. Rows are never changed.
CREATE TABLE seat_events (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    product TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('ASSIGNED', 'RELEASED')),
    reason TEXT NOT NULL CHECK (reason IN ('TOGGLE', 'INVITE', 'IMPORT')),
    actor TEXT NOT NULL,
    occur_time TEXT NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE INDEX seat_events_of_user ON seat_events (organization_id, product, user_id, occur_time);

-- Users whom identity-svc has deactivated: they keep their seat and may not use it.
CREATE TABLE user_suspensions (
    organization_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    suspend_time TEXT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
) STRICT;
