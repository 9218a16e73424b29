-- The development mailbox. Stays empty in production.
CREATE TABLE mailbox (
    id TEXT NOT NULL PRIMARY KEY,
    from_email TEXT NOT NULL,
    recipient_email TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT NOT NULL,
    link TEXT NOT NULL,
    message_id_header TEXT NOT NULL,
    receive_time TEXT NOT NULL
) STRICT;

CREATE INDEX mailbox_by_recipient ON mailbox (recipient_email, id);
