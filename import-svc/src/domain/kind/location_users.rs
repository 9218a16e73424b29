//! People of a location (F7).

use super::license_invite::EMAIL;
use super::{Kind, Profile};
use crate::domain::column::{Column, Field};

pub(super) static PROFILE: Profile = Profile {
    kind: Kind::LocationUsers,
    columns: &[GIVEN_NAME, FAMILY_NAME, EMAIL, TITLE, OFFICE_PHONE, MOBILE_PHONE, FAX, LANGUAGE],
    header_required: true,
    notes: &[
        "Only first name, last name and email are required. The order of columns does not matter.",
        "Warning: each user must have a unique e-mail address. Where an address occurs again, the record is \
         updated and the last row wins.",
        "A user who exists already is updated. A blank optional cell keeps what is stored.",
        "Nothing is mailed by an import, and no password, role or licence is changed.",
    ],
    samples: &[
        &[
            "Ann",
            "Miller",
            "ann.miller@example.com",
            "Head of Sales",
            "+1 202 555 0143",
            "+1 202 555 0172",
            "+1 202 555 0199",
            "en",
        ],
        &["José", "García", "jose.garcia@example.com", "", "", "", "", ""],
    ],
};

const GIVEN_NAME: Column = Column {
    field: Field::GivenName,
    header: "first name",
    aliases: &["given name", "firstname", "forename", "Vorname", "prénom"],
    required: true,
    max_length: 100,
    allowed_values: &[],
    description: "The given name, in any script.",
    example: "Ann",
};

const FAMILY_NAME: Column = Column {
    field: Field::FamilyName,
    header: "last name",
    aliases: &[
        "family name",
        "surname",
        "lastname",
        "Nachname",
        "Familienname",
        "Zuname",
        "nom",
        "nom de famille",
    ],
    required: true,
    max_length: 100,
    allowed_values: &[],
    description: "The family name, in any script.",
    example: "Miller",
};

const TITLE: Column = Column {
    field: Field::Title,
    header: "title",
    aliases: &["job title", "position", "Titel", "Funktion", "titre", "fonction"],
    required: false,
    max_length: 100,
    allowed_values: &[],
    description: "The job title.",
    example: "Head of Sales",
};

const OFFICE_PHONE: Column = Column {
    field: Field::OfficePhone,
    header: "office phone",
    aliases: &[
        "office number",
        "office phone number",
        "work phone",
        "business phone",
        "phone",
        "phone number",
        "Telefon",
        "Telefonnummer",
        "Telefon geschäftlich",
        "téléphone",
        "téléphone bureau",
        "téléphone professionnel",
    ],
    required: false,
    max_length: 40,
    allowed_values: &[],
    description: "Digits, spaces and + - ( ) / . x ext. In a spreadsheet format the column as text.",
    example: "+1 202 555 0143",
};

const MOBILE_PHONE: Column = Column {
    field: Field::MobilePhone,
    header: "mobile phone",
    aliases: &[
        "mobile",
        "mobile number",
        "mobile phone number",
        "cell",
        "cell phone",
        "cellular number",
        "Handy",
        "Handynummer",
        "Mobil",
        "Mobiltelefon",
        "portable",
        "téléphone mobile",
        "téléphone portable",
    ],
    required: false,
    max_length: 40,
    allowed_values: &[],
    description: "Written like the office phone.",
    example: "+1 202 555 0172",
};

const FAX: Column = Column {
    field: Field::Fax,
    header: "fax",
    aliases: &["fax number", "Faxnummer", "Telefax", "télécopie", "numéro de fax"],
    required: false,
    max_length: 40,
    allowed_values: &[],
    description: "Written like the office phone.",
    example: "+1 202 555 0199",
};

const LANGUAGE: Column = Column {
    field: Field::Language,
    header: "language",
    aliases: &["locale", "language code", "preferred language", "Sprache", "langue"],
    required: false,
    max_length: 35,
    allowed_values: &[],
    description: "A language tag for mails, such as en, de or fr-CA.",
    example: "en",
};
