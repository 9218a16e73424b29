//! Generated people: as many different names as a large company has, the same ones each time.

const BEGINNINGS: [&str; 24] = [
    "Al", "Bern", "Cas", "Dor", "El", "Fal", "Gar", "Hol", "Is", "Jür", "Kar", "Lind", "Mar", "Nor", "Ol",
    "Pet", "Quin", "Ros", "Søn", "Tan", "Ul", "Vas", "Wil", "Zim",
];
const MIDDLES: [&str; 20] = [
    "an", "be", "ci", "do", "er", "fi", "go", "hu", "in", "ja", "ke", "lo", "mi", "ne", "os", "pa", "ri",
    "su", "te", "vo",
];
const ENDS: [&str; 20] = [
    "berg", "dal", "feld", "gård", "hart", "kov", "lund", "mann", "nes", "owski", "poulos", "quist", "ridge",
    "sen", "ström", "ton", "vik", "wood", "yan", "zadeh",
];
const GIVEN: [&str; 20] = [
    "Ann",
    "José",
    "Jürgen",
    "Zoë",
    "Łukasz",
    "Дмитрий",
    "Ελένη",
    "佳奈",
    "Amina",
    "Siobhán",
    "Oğuz",
    "Ngozi",
    "Renée",
    "Māra",
    "Péter",
    "Grace",
    "Ivan",
    "Lucia",
    "Omar",
    "Tomás",
];

/// Spreads neighbours far apart, so that files are not sorted by name.
fn spread(number: usize) -> usize {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 17
}

/// The family name of a person; 9,600 different ones.
pub fn family(number: usize) -> String {
    let spread = spread(number);
    let (begin, middle, end) = (spread % 24, spread / 24 % 20, spread / 480 % 20);
    format!("{}{}{}", BEGINNINGS[begin], MIDDLES[middle], ENDS[end])
}

/// The address of a person; no two are alike.
pub fn email(number: usize) -> String {
    format!("{}.{number}@mail{}.example", family(number).to_lowercase(), number % 7)
}

/// The file without letters beyond ASCII in its addresses, which not every program takes.
pub fn plain_addresses(file: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(file);
    let plain = |(column, cell): (usize, &str)| match column {
        2 => cell.chars().filter(char::is_ascii).collect(),
        _ => cell.to_owned(),
    };
    let row = |line: &str| line.split(',').enumerate().map(plain).collect::<Vec<_>>().join(",") + "\r\n";
    text.lines().map(row).collect::<String>().into_bytes()
}

/// A file of kind `location_users` for people `from..from + rows`; about 94 bytes a row.
pub fn location_users(from: usize, rows: usize) -> Vec<u8> {
    let mut file = String::with_capacity(rows * 100);
    file.push_str("first name,last name,email,title,office phone\r\n");
    for number in from..from + rows {
        let (given, family) = (GIVEN[spread(number) % 20], family(number));
        let email = email(number);
        file.push_str(&format!("{given},{family},{email},Head of department,+49 30 {number:08}\r\n"));
    }
    file.into_bytes()
}

/// A file of kind `license_invite`; every second person gets a licence.
pub fn license_invite(from: usize, rows: usize) -> Vec<u8> {
    let mut file = String::from("email,license\r\n");
    for number in from..from + rows {
        file.push_str(&format!("{},{}\r\n", email(number), number % 2 == 0));
    }
    file.into_bytes()
}
