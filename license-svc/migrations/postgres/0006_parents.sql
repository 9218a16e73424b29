-- Who gives a seat has locked its pool in the same transaction, and a pool is never deleted (docs/adr/0011).
-- Parents first, as those who write do.
LOCK TABLE pools, seats IN ACCESS EXCLUSIVE MODE;
ALTER TABLE seats DROP CONSTRAINT seats_organization_id_product_fkey;
