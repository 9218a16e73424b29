//! Whole files through the domain in one call.

use import_svc::domain::intake::{Intake, Summary};
use import_svc::domain::kind::Kind;
use import_svc::domain::limits::Limits;
use import_svc::domain::person::Person;
use import_svc::domain::plan::{Known, Plan, Planner};
use import_svc::domain::problem::Code;
use import_svc::domain::refusal::{Reason, Refusal};
use import_svc::domain::row::{Content, Failure, Row};

pub struct Outcome {
    pub rows: Vec<Row>,
    pub summary: Summary,
}

impl Outcome {
    pub fn people(&self) -> Vec<Person> {
        self.rows.iter().filter_map(Row::person).cloned().collect()
    }

    pub fn failures(&self) -> Vec<&Failure> {
        let failure = |row| match row {
            &Row { content: Content::Failed(ref failure), .. } => Some(failure),
            _ => None,
        };
        self.rows.iter().filter_map(failure).collect()
    }

    /// `line:column:CODE` of every problem.
    pub fn problems(&self) -> Vec<String> {
        let problems = self.rows.iter().flat_map(|row| row.problems().to_vec());
        problems.map(|problem| format!("{}:{}:{}", problem.line, problem.column, problem.code)).collect()
    }
}

pub fn read(kind: Kind, file: impl AsRef<[u8]>) -> Result<Outcome, Refusal> {
    read_in_chunks(kind, file.as_ref(), usize::MAX, Limits::default())
}

pub fn read_in_chunks(kind: Kind, file: &[u8], size: usize, limits: Limits) -> Result<Outcome, Refusal> {
    let mut rows = Vec::new();
    let mut intake = Intake::new(kind, limits);
    for chunk in file.chunks(size) {
        intake.feed(chunk, &mut |row| rows.push(row))?;
    }
    let summary = intake.finish(&mut |row| rows.push(row))?;
    Ok(Outcome { rows, summary })
}

pub fn users(file: impl AsRef<[u8]>) -> Outcome {
    read(Kind::LocationUsers, file).unwrap()
}

pub fn invites(file: impl AsRef<[u8]>) -> Outcome {
    read(Kind::LicenseInvite, file).unwrap()
}

pub fn refused(kind: Kind, file: impl AsRef<[u8]>) -> Reason {
    match read(kind, file) {
        Ok(outcome) => panic!("taken in: {:?}", outcome.rows),
        Err(refusal) => refusal.reason,
    }
}

/// The codes of the only row of a `location_users` file with these cells.
pub fn codes(first: &str, last: &str, email: &str) -> Vec<Code> {
    let quoted = [first, last, email].map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
    let outcome = users(format!("first name,last name,email\n{}\n", quoted.join(",")));
    outcome.rows[0].problems().iter().map(|problem| problem.code).collect()
}

pub fn plan(rows: &[Row], known: impl Fn(&str) -> Known) -> Plan {
    let mut planner = Planner::new();
    for row in rows {
        let answer = row.person().map(|person| known(&person.email)).unwrap_or_default();
        planner.add(row, &answer);
    }
    planner.finish()
}

pub fn nobody(_: &str) -> Known {
    Known::default()
}
