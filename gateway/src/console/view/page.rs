//! What every page has: title, colours, a message, support; and, once signed in, the menu around it.

use super::badge::Tone;

/// The colours the viewer chose; kept in the cookie `theme`, so that a page never flashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says (`prefers-color-scheme`).
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The word used in the cookie and in `<html data-theme>`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads a cookie or form value; anything unknown is `System`.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// Text and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the person reads.
    pub text: String,
    /// Where it goes.
    pub href: String,
}

impl Link {
    /// A link.
    #[must_use]
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// A message after an act ("Licence on. 41 of 50 seats used"); also read out by the live region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// Colour and icon.
    pub tone: Tone,
    /// One sentence.
    pub text: String,
    /// A way on, for instance "See the list".
    pub link: Option<Link>,
}

impl Flash {
    /// A message of success.
    #[must_use]
    pub fn good(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into(), link: None }
    }

    /// A refusal: says why, next to what was tried.
    #[must_use]
    pub fn bad(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, text: text.into(), link: None }
    }
}

/// What the outermost template needs.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Shown in the tab before " · Roster"; signed-in pages add the organization themselves.
    pub title: String,
    /// Chosen colours.
    pub theme: Theme,
    /// Path and query of this page: where the theme form returns to.
    pub here: String,
    /// Message of the last act.
    pub flash: Option<Flash>,
    /// Support contact in the foot of each page (B18).
    pub support_email: String,
}

/// An organization as shown to people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// Display name.
    pub name: String,
    /// Visible account number (Q25).
    pub account_number: String,
    /// Its start page, `/o/{organization}/users`.
    pub href: String,
}

impl Organization {
    /// "Acme (731757)" (D7).
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} ({})", self.name, self.account_number)
    }

    /// First letter, for the square beside the name.
    #[must_use]
    pub fn initial(&self) -> String {
        initial(&self.name)
    }
}

/// The entry of the menu that is lit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Here {
    /// Organization > Users.
    Users,
    /// Organization > Members.
    Members,
    /// Apps > Licenses.
    Licenses,
    /// Import.
    Import,
    /// None of them.
    #[default]
    Elsewhere,
}

impl Here {
    fn word(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Members => "members",
            Self::Licenses => "licenses",
            Self::Import => "import",
            Self::Elsewhere => "",
        }
    }
}

/// The frame around signed-in pages of one organization.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// `/o/{organization}`, without a slash at the end; menu addresses start with it.
    pub base: String,
    /// Lit entry.
    pub at: Here,
    /// The organization of the address.
    pub organization: Organization,
    /// Others to switch to; at most about 10, `/o` lists all.
    pub others: Vec<Organization>,
    /// Set when the organization is a customer of the viewer's own: where "Back" leads.
    pub managing_back: Option<Link>,
    /// The viewer's name.
    pub person: String,
    /// The viewer's e-mail.
    pub email: String,
}

impl Shell {
    /// First letter of the viewer's name.
    #[must_use]
    pub fn person_initial(&self) -> String {
        initial(&self.person)
    }

    /// Whether a menu entry is lit.
    #[must_use]
    pub fn lit(&self, word: &str) -> bool {
        self.at.word() == word
    }
}

fn initial(name: &str) -> String {
    name.trim().chars().next().map_or_else(|| "?".to_owned(), |letter| letter.to_uppercase().to_string())
}
