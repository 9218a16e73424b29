//! Templates: data without code, built in, checked at start.
//!
//! A template is three files (subject, text, html). Values are escaped in HTML
//! by their place, and CR and LF never reach a header. An unknown variable is
//! an error, not an empty string.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior, Value};

/// Subject, text and HTML, ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// text/plain.
    pub text: String,
    /// text/html.
    pub html: String,
}

/// The templates that exist.
pub struct Templates(Environment<'static>);

macro_rules! templates {
    ($($name:literal),*) => {
        const NAMES: &[&str] = &[$($name),*];
        const FILES: &[(&str, &str)] = &[
            ("layout.html", include_str!("../../templates/layout.html")),
            $(
                (concat!($name, ".subject.txt"), include_str!(concat!("../../templates/", $name, ".subject.txt"))),
                (concat!($name, ".txt"), include_str!(concat!("../../templates/", $name, ".txt"))),
                (concat!($name, ".html"), include_str!(concat!("../../templates/", $name, ".html"))),
            )*
        ];
    };
}

templates![
    "activation",
    "license_invitation",
    "license_enabled",
    "purchase",
    "password_reset",
    "credential_changed"
];

impl Templates {
    /// Parses all templates; an error names the file.
    pub fn load() -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in FILES {
            environment.add_template(name, source)?;
        }
        Ok(Self(environment))
    }

    /// Whether there is such a template.
    pub fn knows(&self, template: &str) -> bool {
        NAMES.contains(&template)
    }

    /// Fills a template; an error names the variable that is missing.
    pub fn render(
        &self,
        template: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<Rendered, minijinja::Error> {
        let values = Value::from_pairs(values.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let part = |suffix: &str| self.0.get_template(&format!("{template}.{suffix}"))?.render(&values);
        let subject = part("subject.txt")?;
        let subject = subject.split(char::is_control).collect::<Vec<_>>().join(" ").trim().to_owned();
        Ok(Rendered { subject, text: part("txt")?, html: part("html")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, String> {
        let pairs = [
            ("recipient_name", "<b>Ann</b>"),
            ("organization_name", "Acme\r\nBcc: all@example.com"),
            ("product_name", "Meet"),
            ("items", "6000 × Meet"),
            ("what", "password"),
            ("link", "https://roster.example/activate#act_x"),
            ("code", "act_x"),
            ("expires", "31 December 2026, 10:00 UTC"),
            ("support", "support@roster.example"),
            ("origin", "https://roster.example"),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn g12_the_subject_is_exact() {
        let rendered = Templates::load().expect("parse").render("activation", &values()).expect("renders");
        assert_eq!(rendered.subject, "Your account has been created!");
        assert!(rendered.text.contains("https://roster.example/activate#act_x"));
    }

    #[test]
    fn values_are_escaped_and_no_header_can_be_injected() {
        let templates = Templates::load().expect("parse");
        for name in NAMES {
            let rendered = templates.render(name, &values()).expect(name);
            assert!(!rendered.html.contains("<b>Ann"), "{name}");
            assert!(!rendered.subject.contains(['\r', '\n']), "{name}");
        }
    }

    #[test]
    fn an_unknown_variable_is_an_error() {
        assert!(Templates::load().expect("parse").render("activation", &BTreeMap::new()).is_err());
    }
}
