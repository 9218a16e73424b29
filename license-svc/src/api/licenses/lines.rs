//! The lines of InviteUsers: everything that is wrong with them is said at once.

use proto::license::v1::InviteUsersRequest;
use proto::license::v1::invite_users_request;
use proto::name::ProductId;
use proto::refusal::{Refusal, Violation};

use crate::app::App;
use crate::domain::email::Email;
use crate::domain::invite::{Line, MOST_LINES};

const MOST_NAME: usize = 100;

/// The product, when a line needs one, and the lines.
pub(super) fn parse(
    app: &App,
    request: InviteUsersRequest,
) -> Result<(Option<ProductId>, Vec<Line>), Refusal> {
    let mut violations = Vec::new();
    let number = request.lines.len();
    if !(1..=MOST_LINES).contains(&number) {
        return Err(Refusal::field("lines", format!("must be 1 to {MOST_LINES}, and there are {number}")));
    }
    let licensed = request.lines.iter().any(|line| line.license_enabled);
    let mut product = None;
    if licensed {
        match app.sold(&request.product, "product") {
            Ok(sold) => product = Some(sold.id.clone()),
            Err(refusal) => violations.extend(refusal.violations),
        }
    }
    let mut lines = Vec::with_capacity(number);
    for (index, line) in request.lines.into_iter().enumerate() {
        lines.extend(parse_line(index, line, &mut violations));
    }
    if violations.is_empty() { Ok((product, lines)) } else { Err(Refusal::fields(violations)) }
}

fn parse_line(
    index: usize,
    line: invite_users_request::Line,
    violations: &mut Vec<Violation>,
) -> Option<Line> {
    let mut bad = |field: &str, description: &str| {
        let field = format!("lines[{index}].{field}");
        violations.push(Violation { field, description: description.to_owned() });
    };
    let names = [("given_name", &line.given_name), ("family_name", &line.family_name)];
    for (field, name) in names {
        if name.chars().count() > MOST_NAME || name.chars().any(char::is_control) {
            bad(field, "must be at most 100 characters, none of them a control character");
        }
    }
    match Email::parse(&line.email) {
        Ok(email) => Some(Line {
            email,
            given_name: line.given_name.trim().to_owned(),
            family_name: line.family_name.trim().to_owned(),
            license_enabled: line.license_enabled,
        }),
        Err(description) => {
            bad("email", description);
            None
        }
    }
}
