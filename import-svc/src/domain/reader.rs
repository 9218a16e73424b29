//! Records out of bytes that arrive in chunks of any size. Memory stays bounded by the limits.

use csv_core::ReadRecordResult;

use super::delimiter;
use super::encoding::Decoder;
use super::limits::Limits;
use super::refusal::{Reason, Refusal};
use super::signature;

/// The file is worked on in blocks of this size whatever the chunks are, so that what is
/// detected cannot depend on how the network cut the upload.
const BLOCK: usize = 64 << 10;

/// One row of cells, blank ones included.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The row as a spreadsheet numbers it, from 1. A line end inside quotes does not count,
    /// a blank row does, Excel's hidden `sep=` line does not.
    pub line: u32,
    text: &'a str,
    ends: &'a [usize],
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Standard name of the encoding, such as `UTF-8` or `windows-1252`.
    pub encoding: &'static str,
    /// The byte between cells.
    pub delimiter: u8,
}

/// Takes the records as they come; an error ends the reading.
pub type Sink<'a> = dyn FnMut(Record<'_>) -> Result<(), Refusal> + 'a;

/// Reads one file.
pub struct Reader {
    limits: Limits,
    received: u64,
    block: Vec<u8>,
    text: String,
    decoder: Decoder,
    delimiter: Option<u8>,
    core: csv_core::Reader,
    cells: Vec<u8>,
    cells_len: usize,
    ends: Vec<usize>,
    ends_len: usize,
    line: u32,
    between_records: bool,
    after_carriage_return: bool,
}

impl<'a> Record<'a> {
    /// Number of cells, at least 1.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// Whether every cell is blank, as in a stray blank line or `;;;`.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The cell at a position from 0; blank where the row is shorter.
    pub fn cell(&self, position: usize) -> &'a str {
        let Some(&end) = self.ends.get(position) else {
            return "";
        };
        let start = position.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    /// All cells in order.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> {
        (0..self.width()).map(|position| self.cell(position))
    }
}

impl Reader {
    /// A reader of one file.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            received: 0,
            block: Vec::with_capacity(BLOCK),
            text: String::new(),
            decoder: Decoder::new(),
            delimiter: None,
            core: csv_core::Reader::new(),
            cells: vec![0; 1 << 10],
            cells_len: 0,
            ends: vec![0; 32],
            ends_len: 0,
            line: 1,
            between_records: true,
            after_carriage_return: false,
        }
    }

    /// What is known of the dialect once the first block was read.
    pub fn dialect(&self) -> Option<Dialect> {
        self.delimiter.map(|delimiter| Dialect { encoding: self.decoder.name(), delimiter })
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// The file is refused; nothing may be fed after that.
    pub fn feed(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Refusal> {
        self.received = self.received.saturating_add(bytes.len() as u64);
        if self.received > self.limits.bytes {
            let message = format!("The file is larger than {} MiB.", self.limits.bytes >> 20);
            return Err(Refusal::new(Reason::FileTooLarge, message));
        }
        while self.block.len() + bytes.len() > BLOCK {
            let (now, later) = bytes.split_at(BLOCK - self.block.len());
            self.block.extend_from_slice(now);
            self.read_block(false, sink)?;
            bytes = later;
        }
        self.block.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The file is refused, for instance because it is empty or a quote is still open.
    pub fn finish(&mut self, sink: &mut Sink<'_>) -> Result<Dialect, Refusal> {
        self.read_block(true, sink)?;
        self.dialect().ok_or_else(|| Refusal::new(Reason::EmptyFile, "The file is empty."))
    }

    fn read_block(&mut self, last: bool, sink: &mut Sink<'_>) -> Result<(), Refusal> {
        let block = std::mem::take(&mut self.block);
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let first = self.delimiter.is_none();
        if first {
            signature::check(&block)?;
        }
        let decoded = self.decoder.decode(&block, last, &mut text);
        let mut start = 0;
        if first && !text.is_empty() {
            signature::check_text(&text)?;
            start = self.set_delimiter(&text, last)?;
        }
        self.parse(&text.as_bytes()[start..], last && decoded.is_ok(), sink)?;
        if decoded.is_err() {
            return Err(self.unreadable());
        }
        (self.block, self.text) = (block, text);
        self.block.clear();
        Ok(())
    }

    fn set_delimiter(&mut self, head: &str, complete: bool) -> Result<usize, Refusal> {
        let (delimiter, skip) = delimiter::detect(head, complete)?;
        self.delimiter = Some(delimiter);
        self.core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Ok(skip)
    }

    fn parse(&mut self, mut input: &[u8], last: bool, sink: &mut Sink<'_>) -> Result<(), Refusal> {
        let mut ended = false;
        loop {
            if self.between_records {
                input = self.skip_line_ends(input);
            }
            if input.is_empty() && (self.between_records || !last) {
                return Ok(());
            }
            if input.is_empty() && ended {
                return Err(self.quote_not_closed());
            }
            if input.is_empty() {
                // csv-core does not tell an open quote at the end of the file, but outside quotes
                // one more line end completes the record.
                (input, ended) = (b"\n", true);
            }
            let (result, read, wrote, ended) = self.core.read_record(
                input,
                &mut self.cells[self.cells_len..],
                &mut self.ends[self.ends_len..],
            );
            self.after_carriage_return = read > 0 && input[read - 1] == b'\r';
            self.between_records = false;
            input = &input[read..];
            self.cells_len += wrote;
            self.ends_len += ended;
            self.check_size()?;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => self.emit(sink)?,
                ReadRecordResult::End => return Ok(()),
            }
        }
    }

    /// Blank lines are rows of the spreadsheet; csv-core would pass over them uncounted.
    fn skip_line_ends<'b>(&mut self, mut input: &'b [u8]) -> &'b [u8] {
        while let Some((byte, rest)) = input.split_first() {
            let second_half = self.after_carriage_return && *byte == b'\n';
            if !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.after_carriage_return = *byte == b'\r';
            self.line += u32::from(!second_half);
            input = rest;
        }
        input
    }

    fn emit(&mut self, sink: &mut Sink<'_>) -> Result<(), Refusal> {
        let line = self.line;
        self.line += 1;
        let (text, ends) = (&self.cells[..self.cells_len], &self.ends[..self.ends_len]);
        (self.cells_len, self.ends_len, self.between_records) = (0, 0, true);
        // The text was decoded, and is cut at ASCII only, so this cannot fail.
        let text = std::str::from_utf8(text).map_err(|_| unreadable_at(line))?;
        sink(Record { line, text, ends })
    }

    fn check_size(&self) -> Result<(), Refusal> {
        if self.ends_len > self.limits.columns {
            let message = format!("Row {} has more than {} columns.", self.line, self.limits.columns);
            return Err(Refusal::at(Reason::TooManyColumns, self.line, message));
        }
        let ends = &self.ends[..self.ends_len];
        let mut start = 0;
        let mut longest = 0;
        for end in ends {
            longest = longest.max(end - start);
            start = *end;
        }
        if longest.max(self.cells_len - start) > self.limits.cell_bytes {
            let kib = self.limits.cell_bytes >> 10;
            let message =
                format!("Row {} has a cell larger than {kib} KiB. Perhaps a quote is not closed.", self.line);
            return Err(Refusal::at(Reason::CellTooLarge, self.line, message));
        }
        Ok(())
    }

    fn quote_not_closed(&self) -> Refusal {
        let message = format!("Row {} opens a quote that is never closed.", self.line);
        Refusal::at(Reason::QuoteNotClosed, self.line, message)
    }

    fn unreadable(&self) -> Refusal {
        unreadable_at(self.line)
    }
}

fn unreadable_at(line: u32) -> Refusal {
    let message = format!(
        "The file's encoding is unreadable at row {line}. In the spreadsheet choose “Save as” and “CSV UTF-8”."
    );
    Refusal::at(Reason::EncodingUnreadable, line, message)
}
