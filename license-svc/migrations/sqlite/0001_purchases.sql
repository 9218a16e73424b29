-- An order of a shop. The two choices are kept as made, so that a repeat is recognised.
CREATE TABLE purchases (
    id TEXT NOT NULL PRIMARY KEY,
    shop_id TEXT NOT NULL,
    order_number TEXT NOT NULL,
    buyer_email TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PENDING_PAYMENT', 'PAID', 'MAPPING', 'MAPPED')),
    new_organization_name TEXT,
    existing_organization_id TEXT,
    mapped_by TEXT,
    organization_id TEXT,
    version INTEGER NOT NULL,
    create_time TEXT NOT NULL,
    update_time TEXT NOT NULL,
    lease_owner TEXT,
    lease_until TEXT,
    lease_attempt INTEGER NOT NULL DEFAULT 0,
    UNIQUE (shop_id, order_number),
    CHECK ((state = 'MAPPED') = (organization_id IS NOT NULL)),
    CHECK (state NOT IN ('MAPPING', 'MAPPED') OR mapped_by IS NOT NULL)
) STRICT;
CREATE INDEX purchases_mapping ON purchases (update_time) WHERE state = 'MAPPING';

CREATE TABLE purchase_lines (
    purchase_id TEXT NOT NULL REFERENCES purchases (id),
    product TEXT NOT NULL,
    seat_count INTEGER NOT NULL CHECK (seat_count > 0),
    position INTEGER NOT NULL,
    PRIMARY KEY (purchase_id, product)
) STRICT;

-- The token itself is in the mail only.
CREATE TABLE purchase_links (
    hash BLOB NOT NULL PRIMARY KEY,
    purchase_id TEXT NOT NULL REFERENCES purchases (id),
    generation INTEGER NOT NULL,
    create_time TEXT NOT NULL,
    expire_time TEXT NOT NULL,
    UNIQUE (purchase_id, generation)
) STRICT;
