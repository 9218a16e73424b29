//! Two worlds to render: one as in real life, one that attacks.

use chrono::{DateTime, TimeZone, Utc};

use gateway::console::view::list::{List, Paging, SIZES, Search, Size, Tab};
use gateway::console::view::page::{Here, Link, Organization, Page, Shell, Theme};
use gateway::console::view::text::{Count, When};

/// Texts that come from outside.
pub struct World {
    pub theme: Theme,
    pub people: Vec<(String, String)>,
    pub acme: String,
}

impl World {
    pub fn friendly(theme: Theme) -> Self {
        let people = [
            ("Ann Lee", "ann.lee@example.com"),
            ("Béla Őrsi", "bela@example.com"),
            ("Christina Donaudampfschifffahrtsgesellschaft", "christina.donaudampf@example.com"),
            ("ניצן לוי", "nitzan@example.com"),
            ("Test RMSwUser", "bryan.walters+test-rms-customer@example.com"),
            ("", "new.person@example.com"),
            ("Mei Tanaka", "mei@example.com"),
        ];
        let people = people.map(|(name, email)| (name.to_owned(), email.to_owned())).to_vec();
        Self { theme, people, acme: "Acme".into() }
    }

    pub fn hostile(theme: Theme) -> Self {
        let people = vec![
            ("<script>alert(1)</script>".to_owned(), "\"onmouseover=alert(1)@example.com".to_owned()),
            ("N".repeat(200), format!("{}@example.com", "e".repeat(200))),
            ("\"><img src=x onerror=alert(1)>".to_owned(), "<img src=x>@example.com".to_owned()),
            ("محمد\u{202e}gnp.exe".to_owned(), "rtl@example.com".to_owned()),
            ("{{ 7*7 }} &amp; 'quoted'".to_owned(), "' or 1=1 --@example.com".to_owned()),
        ];
        Self { theme, people, acme: "\"onmouseover=\"<script>alert(2)</script>".into() }
    }

    pub fn page(&self, title: &str) -> Page {
        Page {
            title: title.into(),
            theme: self.theme,
            here: "/o/1/users".into(),
            flash: None,
            support_email: "support@example.com".into(),
        }
    }

    pub fn organization(&self) -> Organization {
        Organization { name: self.acme.clone(), account_number: "731757".into(), href: "/o/1/users".into() }
    }

    pub fn shell(&self, at: Here) -> Shell {
        let globex = Organization {
            name: "Globex".into(),
            account_number: "731802".into(),
            href: "/o/2/users".into(),
        };
        let (person, email) = self.people[0].clone();
        let organization = self.organization();
        Shell {
            base: "/o/1".into(),
            at,
            organization,
            others: vec![globex],
            managing_back: None,
            person,
            email,
        }
    }

    pub fn customer(&self, at: Here) -> Shell {
        let mut shell = self.shell(at);
        std::mem::swap(&mut shell.organization, &mut shell.others[0]);
        shell.managing_back = Some(Link::new("Back to Acme", "/o/1/users"));
        shell
    }

    pub fn search(&self, label: &str, placeholder: &str) -> Search {
        let (label, placeholder) = (label.into(), placeholder.into());
        Search {
            action: "/o/1/users".into(),
            label,
            placeholder,
            text: String::new(),
            keep: vec![("size".into(), "50".into())],
        }
    }
}

pub fn at(day: u32) -> When {
    let moment: DateTime<Utc> = Utc.with_ymd_and_hms(2026, 12, day, 14, 5, 9).unwrap();
    When(moment)
}

pub fn list<T>(rows: Vec<T>) -> List<T> {
    let sizes = SIZES.map(|rows| Size { rows, href: format!("?size={rows}") }).to_vec();
    let (previous, next) = (Some("?".into()), Some("?page_token=abc".into()));
    List::page(rows, Paging { first: 51, last: 100, total: 1234, size: 50, previous, next, sizes })
}

pub fn tabs(items: &[(&str, u64)]) -> Vec<Tab> {
    let tab = |(index, (label, count)): (usize, &(&str, u64))| Tab {
        label: (*label).into(),
        count: Some(Count(*count)),
        href: format!("?tab={index}"),
        current: index == 1,
    };
    items.iter().enumerate().map(tab).collect()
}
