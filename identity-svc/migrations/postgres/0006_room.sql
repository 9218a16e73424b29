-- Each mail to a user changes the row twice, and no index of it: it stays on its page if there is room.
ALTER TABLE users SET (fillfactor = 70);
-- Most links belong to users, few to accounts.
DROP INDEX links_by_account;
CREATE INDEX links_by_account ON links (account_id) WHERE account_id IS NOT NULL;
