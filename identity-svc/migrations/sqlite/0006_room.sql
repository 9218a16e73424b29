-- Most links belong to users, few to accounts.
DROP INDEX links_by_account;
CREATE INDEX links_by_account ON links (account_id) WHERE account_id IS NOT NULL;
