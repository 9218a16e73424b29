-- An order of a shop. The two choices are kept as made, so that a repeat is recognised.
CREATE TABLE purchases (
    id UUID PRIMARY KEY,
    shop_id UUID NOT NULL,
    order_number TEXT COLLATE "C" NOT NULL,
    buyer_email TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PENDING_PAYMENT', 'PAID', 'MAPPING', 'MAPPED')),
    new_organization_name TEXT,
    existing_organization_id UUID,
    mapped_by TEXT,
    organization_id UUID,
    version BIGINT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    update_time TIMESTAMPTZ NOT NULL,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    lease_attempt BIGINT NOT NULL DEFAULT 0,
    UNIQUE (shop_id, order_number),
    CHECK ((state = 'MAPPED') = (organization_id IS NOT NULL)),
    CHECK (state NOT IN ('MAPPING', 'MAPPED') OR mapped_by IS NOT NULL)
);
CREATE INDEX purchases_mapping ON purchases (update_time) WHERE state = 'MAPPING';

CREATE TABLE purchase_lines (
    purchase_id UUID NOT NULL REFERENCES purchases (id),
    product TEXT COLLATE "C" NOT NULL,
    seat_count BIGINT NOT NULL CHECK (seat_count > 0),
    position BIGINT NOT NULL,
    PRIMARY KEY (purchase_id, product)
);

-- The token itself is in the mail only.
CREATE TABLE purchase_links (
    hash BYTEA PRIMARY KEY,
    purchase_id UUID NOT NULL REFERENCES purchases (id),
    generation BIGINT NOT NULL,
    create_time TIMESTAMPTZ NOT NULL,
    expire_time TIMESTAMPTZ NOT NULL,
    UNIQUE (purchase_id, generation)
);

-- An order has no tenant until it is mapped.
CALL confine('purchases', or_nobodys => TRUE);

ALTER TABLE purchase_lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON purchase_lines USING (EXISTS (SELECT 1 FROM purchases p WHERE p.id = purchase_id));
