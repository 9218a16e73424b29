//! What an SMTP answer means (RFC 5321, RFC 3463).

use super::message::Outcome;

/// Classifies a negative answer: its code and all of its text.
pub fn negative(code: u16, text: &str) -> Outcome {
    let shown: String = text.chars().filter(|character| !character.is_control()).take(300).collect();
    let detail = format!("{code} {shown}");
    if (400..500).contains(&code) {
        return Outcome::Later(detail);
    }
    // Many relays say to RCPT what they have against who sends: nothing that the mail could help.
    let of_the_sender = ["5.1.7", "5.1.8"].iter().any(|status| shown.trim_start().starts_with(status));
    if of_the_sender || [530, 535, 538].contains(&code) {
        return Outcome::Later(detail);
    }
    if shown.trim_start().starts_with("5.1.") {
        return Outcome::NoSuchMailbox(detail);
    }
    // Without an enhanced code 550 is about the mailbox; with one, the enhanced code decides.
    let enhanced = shown.trim_start().starts_with("5.");
    match code {
        550 | 551 | 553 if !enhanced => Outcome::NoSuchMailbox(detail),
        _ => Outcome::Refused(detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_fall_into_the_right_class() {
        let class = |code, text| match negative(code, text) {
            Outcome::Later(_) => "later",
            Outcome::NoSuchMailbox(_) => "bounced",
            Outcome::Refused(_) => "refused",
            _ => "other",
        };
        let table = [
            (421, "4.3.2 closing", "later"),
            (450, "greylisted", "later"),
            (451, "4.7.1 try later", "later"),
            (452, "4.2.2 mailbox full", "later"),
            (550, "5.1.1 no such user", "bounced"),
            (550, "no such user", "bounced"),
            (551, "user not local", "bounced"),
            (553, "5.1.3 bad address", "bounced"),
            (550, "5.7.1 policy", "refused"),
            (552, "5.3.4 too big", "refused"),
            (554, "5.7.0 spam", "refused"),
            (535, "5.7.8 authentication failed", "later"),
            (530, "5.7.0 authentication required", "later"),
            (550, "5.1.8 sender's domain not found", "later"),
            (553, "5.1.7 bad sender's address", "later"),
        ];
        for (code, text, expected) in table {
            assert_eq!(class(code, text), expected, "{code} {text}");
        }
    }
}
