//! The failed rows as a file that can be fixed and uploaded again (F10, N4).

use futures::stream::{self, Stream};
use platform::caller::Caller;
use platform::tenant::Tenant;
use proto::name;
use proto::refusal::Refusal;

use super::rows::planned;
use super::{App, not_found};
use crate::domain::error_file::Writer;
use crate::domain::file_name;
use crate::domain::import::Import;
use crate::domain::import_row::{ImportRow, Remark};
use crate::store::import_blocks::{self, Outcomes, Slice};
use crate::store::imports;

/// A file on its way out.
pub struct Download<S> {
    /// Fit to stand in a header.
    pub file_name: String,
    /// Its bytes, piece by piece.
    pub pieces: S,
}

/// Where the download is.
struct Reader {
    app: App,
    tenant: Tenant,
    import: Import,
    writer: Writer,
    /// Everything up to this line is sent; `None` before the header.
    sent: Option<u32>,
}

/// The error file. The caller was asked for once: the file is of one moment.
pub async fn download(
    app: &App,
    caller: &Caller,
    name: &name::Import,
) -> Result<Download<impl Stream<Item = Result<Vec<u8>, Refusal>> + Send + use<>>, Refusal> {
    let tenant = app.require(caller, name.organization).await?;
    let import = imports::find(&mut app.db.of(tenant).read().await?, tenant, name.import).await?;
    let import = planned(import.ok_or_else(|| not_found(name))?)?;
    let layout = &import.layout;
    let writer = Writer::new(layout.delimiter_byte(), layout.header.len(), layout.widest);
    let file_name = file_name::of_errors(&import.file_name);
    let reader = Reader { app: app.clone(), tenant, import, writer, sent: None };
    Ok(Download { file_name, pieces: stream::try_unfold(reader, Reader::next) })
}

impl Reader {
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, Refusal> {
        let Some(after) = self.sent else {
            self.sent = Some(0);
            return Ok(Some((self.writer.header(&self.import.layout.header), self)));
        };
        let slice = Slice { import: self.import.id, after, outcomes: Outcomes::FAILED };
        let mut tx = self.app.db.of(self.tenant).read().await?;
        let Some((last, rows)) = import_blocks::next(&mut tx, self.tenant, slice).await? else {
            return Ok(None);
        };
        drop(tx);
        self.sent = Some(last);
        let piece = rows.iter().flat_map(|row| self.written(row)).collect();
        Ok(Some((piece, self)))
    }

    fn written(&self, row: &ImportRow) -> Vec<u8> {
        let placed = |remark: &Remark| remark.at(self.import.kind, row.line);
        let problems: Vec<_> = row.problems.iter().filter_map(placed).collect();
        self.writer.row(&row.cells, &problems)
    }
}
