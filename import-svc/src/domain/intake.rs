//! A whole file of one kind: bytes in, checked rows out.

use super::error_file::EXTRA_HEADERS;
use super::header::Header;
use super::kind::{Kind, Profile};
use super::limits::Limits;
use super::reader::{Dialect, Reader, Record};
use super::refusal::{Reason, Refusal};
use super::row::Row;

/// Reads and checks one file. It keeps at most a block, the record at hand and the header.
pub struct Intake {
    reader: Reader,
    state: State,
}

/// What a whole file was.
#[derive(Debug, PartialEq, Eq)]
pub struct Summary {
    /// How it was written.
    pub dialect: Dialect,
    /// Its header.
    pub header: Header,
    /// Rows given out, blank ones not counted.
    pub rows: u32,
}

struct State {
    profile: &'static Profile,
    limits: Limits,
    header: Option<Header>,
    rows: u32,
}

impl Intake {
    /// An intake of one file.
    pub fn new(kind: Kind, limits: Limits) -> Self {
        // An error file of the widest file must be let in again (N4).
        let wider = Limits { columns: limits.columns + EXTRA_HEADERS.len(), ..limits };
        let state = State { profile: kind.profile(), limits, header: None, rows: 0 };
        Self { reader: Reader::new(wider), state }
    }

    /// Takes the next bytes; gives each row that they complete to `sink`, in file order.
    ///
    /// # Errors
    /// The file as a whole is refused; nothing may be fed after that.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Row)) -> Result<(), Refusal> {
        let state = &mut self.state;
        self.reader.feed(bytes, &mut |record| state.take(&record, sink))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The file as a whole is refused, for instance because it has no rows.
    pub fn finish(mut self, sink: &mut dyn FnMut(Row)) -> Result<Summary, Refusal> {
        let state = &mut self.state;
        let dialect = self.reader.finish(&mut |record| state.take(&record, sink))?;
        let header =
            self.state.header.ok_or_else(|| Refusal::new(Reason::EmptyFile, "The file is empty."))?;
        if self.state.rows == 0 {
            let message = "The file has a header but no rows below it.";
            return Err(Refusal::new(Reason::NoRows, message));
        }
        Ok(Summary { dialect, header, rows: self.state.rows })
    }

    /// The header, once it was read.
    pub fn header(&self) -> Option<&Header> {
        self.state.header.as_ref()
    }
}

impl State {
    fn take(&mut self, record: &Record<'_>, sink: &mut dyn FnMut(Row)) -> Result<(), Refusal> {
        if record.is_blank() {
            return Ok(());
        }
        let header = match &mut self.header {
            Some(header) => header,
            empty => match Header::resolve(self.profile, record)? {
                Some(header) => {
                    check_width(empty.insert(header), record, self.limits)?;
                    return Ok(());
                }
                None => empty.insert(Header::absent(self.profile)),
            },
        };
        check_width(header, record, self.limits)?;
        if header.own_cells(record).all(|(_, cell)| cell.trim().is_empty()) {
            return Ok(());
        }
        if self.rows == self.limits.rows {
            let message = format!("The file has more than {} rows. Split it.", self.limits.rows);
            return Err(Refusal::at(Reason::TooManyRows, record.line, message));
        }
        self.rows += 1;
        sink(Row::check(header, record, self.rows));
        Ok(())
    }
}

fn check_width(header: &Header, record: &Record<'_>, limits: Limits) -> Result<(), Refusal> {
    if record.width() <= limits.columns + header.extra.len() {
        return Ok(());
    }
    let message = format!("Row {} has more than {} columns.", record.line, limits.columns);
    Err(Refusal::at(Reason::TooManyColumns, record.line, message))
}
