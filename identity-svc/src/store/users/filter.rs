//! A filter of users as a condition on `users u` and `organizations o`.

use chrono::{DateTime, Utc};
use proto::filter::{Filter, Operator, Value};

use crate::domain::text;
use crate::store::predicate::{Values, compile, sign};

/// Where a word is looked for besides the user's own text.
pub(super) enum Words {
    /// In the organization that is joined as `o`.
    Joined,
    /// In the one organization that this placeholder names.
    Of(String),
}

/// The condition; `now` decides which invitations have expired.
pub(super) fn condition(filter: &Filter, now: DateTime<Utc>, words: &Words, values: &mut Values) -> String {
    compile(filter, values, &|leaf, values| match leaf {
        Filter::Word(word) => has_word(word, words, values),
        Filter::Compare { field, operator, value } => compare(field, *operator, value, now, values),
        _ => "TRUE".to_owned(),
    })
}

/// Name, e-mail, organization name and account number (Q28). `instr` compares bytes, and both sides are
/// folded: several times quicker than LIKE.
fn has_word(word: &str, words: &Words, values: &mut Values) -> String {
    let word = values.add(text::fold(word));
    let organization = match words {
        Words::Joined => format!("instr(o.search_text, {word}) > 0"),
        Words::Of(id) => format!(
            "EXISTS (SELECT 1 FROM organizations own WHERE own.id = {id} AND instr(own.search_text, {word}) > 0)"
        ),
    };
    format!("(instr(u.search_text, {word}) > 0 OR {organization})")
}

fn compare(
    field: &str,
    operator: Operator,
    value: &Value,
    now: DateTime<Utc>,
    values: &mut Values,
) -> String {
    let operand = match value {
        Value::Text(text) => values.add(text::fold(text)),
        // `STATE_PENDING` is stored as `PENDING`.
        Value::Enum(name) => values.add(name.split_once('_').map_or(*name, |(_, stored)| stored)),
        Value::Time(time) => values.add(*time),
        Value::Bool(flag) => values.add(*flag),
    };
    let column = match field {
        "state" => STATE.to_owned(),
        "invitation.state" => invitation_state(now, values),
        "role" => "u.role".to_owned(),
        "kind" => "u.kind".to_owned(),
        "create_time" => "u.create_time".to_owned(),
        _ => "coalesce(u.email, '')".to_owned(),
    };
    format!("{column} {} {operand}", sign(operator))
}

/// As `domain::user::User::state`.
const STATE: &str =
    "(CASE WHEN NOT u.active THEN 'DEACTIVATED' WHEN u.accepted_time IS NOT NULL THEN 'ACTIVE'
     ELSE 'PENDING' END)";

/// As `domain::invitation::Invitation::state_at`.
fn invitation_state(now: DateTime<Utc>, values: &mut Values) -> String {
    let now = values.add(now);
    format!(
        "(CASE WHEN u.invitation_expire_time <= {now}
             AND u.invitation_state NOT IN ('NOT_SENT', 'ACCEPTED', 'REVOKED')
         THEN 'EXPIRED' ELSE u.invitation_state END)"
    )
}
