//! Words out of identifiers and comments.

/// `CreateUser` → `Create user`.
pub fn sentence(camel: &str) -> String {
    let mut words = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        let first = words.is_empty();
        words.push(if first { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
    }
    words
}

/// The name of one of a collection: `organizations` → `organization`, `entries` → `entry`.
pub fn singular(collection: &str) -> String {
    if let Some(stem) = collection.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let hissing = ["sses", "xes", "ches", "shes"];
    let cut = if hissing.iter().any(|ending| collection.ends_with(ending)) { 2 } else { 1 };
    match collection.strip_suffix('s') {
        Some(_) => collection[..collection.len() - cut].to_owned(),
        None => collection.to_owned(),
    }
}

/// A comment as Markdown: lines of one paragraph joined, marks of our own requirements (`(Q13, N9)`)
/// left out, which mean nothing outside.
pub fn markdown(comment: &str) -> String {
    let paragraphs = comment.split("\n\n").map(|paragraph| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        without_marks(&lines.join(" "))
    });
    let paragraphs: Vec<String> = paragraphs.filter(|paragraph| !paragraph.is_empty()).collect();
    paragraphs.join("\n\n")
}

/// A weak hash is enough: the tag tells versions of one document apart, it guards nothing.
pub fn etag(content: &str) -> String {
    let hash = content.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("\"{hash:016x}\"")
}

fn without_marks(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(open) = rest.find(" (") {
        let Some(length) = rest[open..].find(')') else { break };
        let inside = &rest[open + 2..open + length];
        let end = if is_marks(inside) { open } else { open + length + 1 };
        kept.push_str(&rest[..end]);
        rest = &rest[open + length + 1..];
    }
    kept.push_str(rest);
    kept.replace("?.", "?")
}

/// `Q13`, `N1, N9`, `B2-B7`, `ASVS 6.3.2`.
fn is_marks(text: &str) -> bool {
    text.starts_with("ASVS ") || text.split(", ").all(|mark| mark.split('-').all(is_mark))
}

fn is_mark(text: &str) -> bool {
    let digits = text.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let letters = text.len() - digits.len();
    letters == 1 && !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_requirements_are_left_out_and_other_brackets_stay() {
        let told =
            markdown("Sign-in name (Q13).\nMay log in (G5, E7) and\nmay (really) (B2-B7) act.\n\nMore.");
        assert_eq!(told, "Sign-in name. May log in and may (really) act.\n\nMore.");
    }

    #[test]
    fn one_of_a_collection_has_a_name() {
        let pairs = [("organizations", "organization"), ("entries", "entry"), ("boxes", "box"), ("me", "me")];
        for (many, one) in pairs {
            assert_eq!(singular(many), one);
        }
        assert_eq!(sentence("BatchGetUsers"), "Batch get users");
    }
}
