//! Bulk invite: who, and whether the licence is on (B12-B16).

use super::{Kind, Profile};
use crate::domain::column::{Column, Field};

pub(super) static PROFILE: Profile = Profile {
    kind: Kind::LicenseInvite,
    columns: &[EMAIL, LICENSE],
    header_required: false,
    notes: &[
        "One user per row, two columns: the e-mail address, and true or false for the licence.",
        "The header row may be left out; then the address comes first.",
        "true: the user is added, one licence is used, and an invitation is mailed.",
        "false: the user is added, no licence is used, and nothing is mailed.",
        "Warning: where an address occurs again, only its last row counts.",
        "A licence that a user holds already stays; turn it off under Apps > Licenses.",
    ],
    samples: &[&["ann.miller@example.com", "true"], &["jose.garcia@example.com", "false"]],
};

/// Shared with the other kinds that ask for an address.
pub(super) const EMAIL: Column = Column {
    field: Field::Email,
    header: "email",
    aliases: &[
        "e-mail",
        "email address",
        "mail",
        "mail address",
        "user name",
        "login",
        "E-Mail-Adresse",
        "Mailadresse",
        "adresse e-mail",
        "adresse électronique",
        "courriel",
        "adresse courriel",
        "adresse mail",
    ],
    required: true,
    max_length: 254,
    allowed_values: &[],
    description: "The user's own e-mail address. Capital letters make no difference.",
    example: "ann.miller@example.com",
};

const LICENSE: Column = Column {
    field: Field::License,
    header: "license",
    aliases: &[
        "licence",
        "license enabled",
        "licence enabled",
        "license enablement",
        "licence enablement",
        "meet license",
        "enabled",
        "true/false",
        "Lizenz",
        "Lizenz aktiv",
        "licence activée",
    ],
    required: true,
    max_length: 5,
    allowed_values: &["true", "false"],
    description: "true turns the licence on, false leaves it off.",
    example: "true",
};
