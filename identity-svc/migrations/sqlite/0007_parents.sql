-- A link has a user or an account: an index of nothing but its own rows.
DROP INDEX links_by_account;
CREATE INDEX links_by_account ON links (account_id) WHERE account_id IS NOT NULL;
