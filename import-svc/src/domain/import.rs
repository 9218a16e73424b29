//! One import, from its upload to its end.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::header::Header;
use super::kind::Kind;
use super::plan::Counts;
use super::plan::groups::Group;
use super::reader::Dialect;

/// Lines that are named per group of errors.
const SAMPLES: usize = 5;

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The file is arriving.
    Uploading,
    /// The file is being read and its rows looked up.
    Validating,
    /// The plan stands and waits for a person.
    AwaitingAcceptance,
    /// The plan is being carried out.
    Importing,
    /// Everything accepted is written.
    Succeeded,
    /// The file cannot be read.
    Rejected,
    /// Somebody stopped it, or it could not go on; what was written stays.
    Cancelled,
    /// Nobody accepted it in time.
    Expired,
}

/// An import and its plan.
#[derive(Clone, Debug)]
pub struct Import {
    /// Whose.
    pub organization: Uuid,
    /// Which.
    pub id: Uuid,
    /// What the file is about.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// The product of the licence column; empty for kinds without one.
    pub product: String,
    /// As uploaded, fit to be shown.
    pub file_name: String,
    /// Of the file.
    pub size_bytes: i64,
    /// SHA-256 of the file in hex.
    pub digest: String,
    /// How the file was written.
    pub layout: Layout,
    /// The plan's totals; in the end what was done.
    pub counts: Counts,
    /// Errors by cause, then columns that are not imported.
    pub groups: Vec<Causes>,
    /// Why the file was rejected, or why the import was stopped.
    pub problem: Option<FileProblem>,
    /// Free seats when the plan was made.
    pub seats_free: u32,
    /// Rows imported with the licence off because seats ran out (Q8).
    pub without_license: u32,
    /// How far the work is.
    pub progress: Progress,
    /// The directory's when the plan was made.
    pub directory_version: i64,
    /// Principal who uploaded it.
    pub created_by: String,
    /// Principal who accepted it.
    pub accepted_by: Option<String>,
    /// Rows that need a seat get one up to and including this line.
    pub last_seated_line: u32,
    /// Everything up to and including this line is imported.
    pub applied_line: u32,
    /// Up to here it was begun to be written, which is finished even if it is cancelled.
    pub begun_line: u32,
    /// Stop after the present chunk.
    pub cancel_requested: bool,
    /// Somebody decides on the acceptance, or died over it.
    pub claim: Option<Claim>,
    /// Raised with each visible change.
    pub sequence: i64,
    /// When the upload began.
    pub create_time: DateTime<Utc>,
    /// When it became final.
    pub end_time: Option<DateTime<Utc>>,
    /// When it expires, or is forgotten once it is final.
    pub expire_time: DateTime<Utc>,
}

/// The right to decide on an acceptance, for a while; there may be a reservation of seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Of one call.
    pub id: Uuid,
    /// Afterwards the reservation is freed.
    pub until: DateTime<Utc>,
}

/// Rows done of rows in all; 0 in all = not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows read, later rows written.
    pub done: u32,
    /// Rows in all.
    pub total: u32,
}

/// How a file is written, as far as its error file needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Such as `UTF-8`.
    pub encoding: String,
    /// One character.
    pub delimiter: String,
    /// The headers as written.
    pub header: Vec<String>,
    /// Headers whose columns are not imported.
    pub ignored: u32,
    /// Cells of the widest failed row.
    pub widest: usize,
}

/// Rows with one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Causes {
    /// Stable name of the cause.
    pub code: String,
    /// The column's header.
    pub column: String,
    /// For a person.
    pub message: String,
    /// How many.
    pub rows: u32,
    /// The first of them.
    pub sample_lines: Vec<u32>,
}

/// Why a whole file is no import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProblem {
    /// Stable name of the cause.
    pub code: String,
    /// For a person.
    pub message: String,
    /// Where, 0 = nowhere in particular.
    pub line: u32,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Uploading,
        Self::Validating,
        Self::AwaitingAcceptance,
        Self::Importing,
        Self::Succeeded,
        Self::Rejected,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The name in stored rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uploading => "UPLOADING",
            Self::Validating => "VALIDATING",
            Self::AwaitingAcceptance => "AWAITING_ACCEPTANCE",
            Self::Importing => "IMPORTING",
            Self::Succeeded => "SUCCEEDED",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }

    /// The state of a name, if it is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Nothing will change any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Rejected | Self::Cancelled | Self::Expired)
    }

    /// Nothing will change until a person acts.
    pub const fn rests(self) -> bool {
        self.is_final() || matches!(self, Self::AwaitingAcceptance)
    }

    /// The rows are read, but their meaning is not decided yet.
    pub const fn has_no_plan(self) -> bool {
        matches!(self, Self::Uploading | Self::Validating)
    }
}

impl Import {
    /// What clients compare before they accept: it changes with each visible change. Quoted, as it stands
    /// in `ETag` and `If-Match` (AIP-154, RFC 9110).
    pub fn etag(&self) -> String {
        format!("\"{:x}\"", self.sequence)
    }

    /// Seats that are missing (N1).
    pub const fn shortfall(&self) -> u32 {
        self.counts.seats_required.saturating_sub(self.seats_free)
    }

    /// Enters its last state.
    pub fn end(&mut self, state: State, now: DateTime<Utc>, keep: chrono::TimeDelta) {
        self.state = state;
        self.end_time = Some(now);
        self.expire_time = now + keep;
        self.sequence += 1;
    }

    /// Progress never goes back, also when the work begins anew.
    pub fn advance(&mut self, done: u32) {
        self.progress.done = self.progress.done.max(done);
        self.sequence += 1;
    }
}

impl Layout {
    /// Of a file that was read whole.
    pub fn new(dialect: &Dialect, header: &Header, widest: usize) -> Self {
        Self {
            encoding: dialect.encoding.to_owned(),
            delimiter: char::from(dialect.delimiter).to_string(),
            header: header.names.clone(),
            ignored: u32::try_from(header.ignored.len()).unwrap_or(u32::MAX),
            widest,
        }
    }

    /// The byte between cells.
    pub fn delimiter_byte(&self) -> u8 {
        self.delimiter.bytes().next().unwrap_or(b',')
    }
}

impl From<&Group> for Causes {
    fn from(group: &Group) -> Self {
        Self {
            code: group.code.as_str().to_owned(),
            column: group.column.to_owned(),
            message: group.code.summary().to_owned(),
            rows: group.rows,
            sample_lines: group.sample_lines.iter().copied().take(SAMPLES).collect(),
        }
    }
}

impl Causes {
    /// Columns that are not imported: a warning, told behind the errors.
    pub fn ignored(header: &Header, rows: u32) -> Vec<Self> {
        let warning = |ignored: &super::header::Ignored| {
            let meant = ignored.suggestion.map(|column| format!(" Perhaps “{column}” was meant."));
            Self {
                code: "COLUMN_IGNORED".to_owned(),
                column: ignored.header.clone(),
                message: format!("This column is not imported.{}", meant.unwrap_or_default()),
                rows,
                sample_lines: Vec::new(),
            }
        };
        header.ignored.iter().map(warning).collect()
    }
}
