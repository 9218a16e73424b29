//! Generated people for tests: realistic names of many languages, the same ones each time.

const GIVEN: &[&str] = &[
    "Ann",
    "José",
    "Jürgen",
    "Zoë",
    "Søren",
    "Łukasz",
    "Jiří",
    "Ştefan",
    "Дмитрий",
    "Ελένη",
    "محمد",
    "נועה",
    "अनिल",
    "佳奈",
    "伟",
    "지훈",
    "Nguyễn",
    "Amina",
    "Siobhán",
    "Guðrún",
    "Mary-Jane",
    "Oğuz",
    "Ngozi",
    "Renée",
    "Hans-Peter",
    "Māra",
    "Žofie",
    "Péter",
];
const FAMILY: &[&str] = &[
    "Miller",
    "García",
    "Müller",
    "van der Berg",
    "Kjær",
    "Wiśniewski",
    "Dvořák",
    "Ionescu",
    "Иванов",
    "Παπαδοπούλου",
    "الخطيب",
    "כהן",
    "शर्मा",
    "田中",
    "王",
    "김",
    "Văn An",
    "Okafor",
    "Ní Bhriain",
    "Jónsdóttir",
    "O'Brien",
    "Yılmaz",
    "Adeyemi",
    "D'Amours",
    "von der Heide",
    "Bērziņa",
    "Šimková",
    "Szabó",
    "Smith, Jr.",
];
const TITLES: &[&str] =
    &["", "Head of Sales", "Support, second level", "Büroleitung", "Ingénieure", "エンジニア"];

/// The address of person `number`; no two are alike, and all are reserved (RFC 2606).
pub fn email(number: usize) -> String {
    match number % 4 {
        0 => format!("User.{number}@Example.com"),
        1 => format!("user+{number}@example.org"),
        2 => format!("u{number}@mail.example.net"),
        _ => format!("{number}.o'user@xn--bcher-kva.example"),
    }
}

/// A file of kind `license_invite`; every second row, from the first on, says `true`.
pub fn license_invite(rows: usize) -> String {
    let mut file = String::from("email,license\r\n");
    for number in 0..rows {
        let license = if number % 2 == 0 { "true" } else { "false" };
        file.push_str(&format!("{},{license}\r\n", email(number)));
    }
    file
}

/// A file of kind `location_users` with some optional cells filled.
pub fn location_users(rows: usize) -> String {
    let mut file = String::from("first name,last name,email,title,office phone\r\n");
    for number in 0..rows {
        let (given, family) = (GIVEN[number % GIVEN.len()], FAMILY[number * 7 % FAMILY.len()]);
        let title = TITLES[number % TITLES.len()];
        let phone = if number % 3 == 0 { format!("+49 30 {number:07}") } else { String::new() };
        file.push_str(&format!("{given},\"{family}\",{},\"{title}\",{phone}\r\n", email(number)));
    }
    file
}
