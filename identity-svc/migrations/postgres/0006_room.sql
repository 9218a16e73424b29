-- Each mail to a user changes the row twice, and no index of it: it stays on its page if there is room. Pages that
-- are full stay as they are.
ALTER TABLE users SET (fillfactor = 70);
