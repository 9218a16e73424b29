-- Who writes these rows has locked their parent in the same transaction, and a parent is never deleted: PostgreSQL
-- looked each up anew, a fifth of what it took to add a user (docs/adr/0011). `roster check` asks instead.
-- In the order in which most of those who write take them. Who takes them in another may make PostgreSQL end one of
-- the two: a call is repeated by its caller, and this is run again.
LOCK TABLE organizations, links, users IN ACCESS EXCLUSIVE MODE;
ALTER TABLE users DROP CONSTRAINT users_organization_id_fkey;
ALTER TABLE links DROP CONSTRAINT links_organization_id_user_id_fkey;
-- A link has a user or an account: an index of nothing but its own rows.
DROP INDEX links_by_account;
CREATE INDEX links_by_account ON links (account_id) WHERE account_id IS NOT NULL;
