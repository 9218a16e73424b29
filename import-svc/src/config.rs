//! Everything an operator can set.

use std::time::Duration;

use platform::config;

use crate::domain::limits::Limits;

/// Settings of import-svc.
#[derive(Clone, Debug, clap::Args)]
// All services are `Config` to clap, and a group of that name may be there once.
#[group(skip)]
pub struct Config {
    /// Bytes of a file at most.
    #[arg(id = "import-max-bytes", long = "import-max-bytes", value_name = "BYTES", default_value_t = 64 << 20)]
    pub max_bytes: u64,
    /// Rows of a file at most, the header not counted.
    #[arg(id = "import-max-rows", long = "import-max-rows", value_name = "ROWS", default_value_t = 100_000)]
    pub max_rows: u32,
    /// Columns of a file at most.
    #[arg(id = "import-max-columns", long = "import-max-columns", default_value_t = 200)]
    pub max_columns: usize,
    /// Bytes of one cell at most.
    #[arg(id = "import-max-cell-bytes", long = "import-max-cell-bytes", value_name = "BYTES", default_value_t = 64 << 10)]
    pub max_cell_bytes: usize,
    /// How long a plan waits for its acceptance, and how long a finished import is kept with its rows.
    #[arg(id = "import-keep", long = "import-keep", value_name = "DURATION", default_value = "30d", value_parser = config::duration)]
    pub keep: Duration,
    /// Imports that are validated, and imports that are carried out, at once by one process.
    #[arg(id = "import-workers", long = "import-workers", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub workers: u16,
}

impl Config {
    /// The bounds on a file.
    pub fn limits(&self) -> Limits {
        Limits {
            bytes: self.max_bytes,
            rows: self.max_rows,
            columns: self.max_columns,
            cell_bytes: self.max_cell_bytes,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        config::defaults()
    }
}
