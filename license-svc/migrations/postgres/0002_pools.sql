-- purchased = held + reserved + free, free >= 0, at every commit (N2).
CREATE TABLE pools (
    organization_id UUID NOT NULL,
    product TEXT COLLATE "C" NOT NULL,
    purchased BIGINT NOT NULL CHECK (purchased >= 0),
    held BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
    reserved BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    over_allocated BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (organization_id, product),
    CHECK (held + reserved <= purchased OR over_allocated)
);

-- What raised a pool. A purchase cannot count twice (A8).
CREATE TABLE pool_grants (
    organization_id UUID NOT NULL,
    product TEXT COLLATE "C" NOT NULL,
    purchase_id UUID NOT NULL,
    seat_count BIGINT NOT NULL CHECK (seat_count > 0),
    create_time TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, product, purchase_id),
    UNIQUE (purchase_id, product),
    FOREIGN KEY (organization_id, product) REFERENCES pools (organization_id, product)
);

CREATE TABLE reservations (
    organization_id UUID NOT NULL,
    product TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    seat_count BIGINT NOT NULL CHECK (seat_count > 0),
    PRIMARY KEY (organization_id, product, owner),
    FOREIGN KEY (organization_id, product) REFERENCES pools (organization_id, product)
);

CREATE TABLE seats (
    organization_id UUID NOT NULL,
    product TEXT COLLATE "C" NOT NULL,
    user_id UUID NOT NULL,
    assign_time TIMESTAMPTZ NOT NULL,
    assigned_by TEXT NOT NULL,
    PRIMARY KEY (organization_id, product, user_id),
    FOREIGN KEY (organization_id, product) REFERENCES pools (organization_id, product)
);
CREATE INDEX seats_of_user ON seats (organization_id, user_id);

-- The ledger (N3): who held a seat when, who changed it and why. Rows are never changed.
CREATE TABLE seat_events (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    product TEXT COLLATE "C" NOT NULL,
    user_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('ASSIGNED', 'RELEASED')),
    reason TEXT NOT NULL CHECK (reason IN ('TOGGLE', 'INVITE', 'IMPORT')),
    actor TEXT NOT NULL,
    occur_time TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX seat_events_of_user ON seat_events (organization_id, product, user_id, occur_time);

-- Users whom identity-svc has deactivated: they keep their seat and may not use it.
CREATE TABLE user_suspensions (
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    suspend_time TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);

CALL confine('pools');
CALL confine('pool_grants');
CALL confine('reservations');
CALL confine('seats');
CALL confine('seat_events');
CALL confine('user_suspensions');
