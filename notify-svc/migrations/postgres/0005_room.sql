-- Who takes a message changes no index: the row stays on its page if there is room.
ALTER TABLE messages SET (fillfactor = 60);
-- Compressing a mail took longer than writing it.
ALTER TABLE mailbox SET (toast_tuple_target = 8160);
