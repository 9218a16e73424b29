//! The data folder: private, and served by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// A data folder that exists.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// Held while a process serves the folder; the system frees it when the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Folder {
    /// Opens the folder, and makes it (mode 0700) when it is missing.
    ///
    /// # Errors
    ///
    /// It cannot be made, or others may look into it.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        match DirBuilder::new().mode(0o700).recursive(true).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("the data folder {shown} cannot be made"));
            }
            _ => {}
        }
        let facts = fs::metadata(path).with_context(|| format!("the data folder {shown} cannot be read"))?;
        if facts.permissions().mode() & 0o077 != 0 {
            bail!("the data folder {shown} can be read by others: run chmod 700 {shown}");
        }
        Ok(Self(path.to_owned()))
    }

    /// Takes the folder for this process.
    ///
    /// # Errors
    ///
    /// Another process has it.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        let path = self.0.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another roster serves {}: stop it first, or choose another --data folder",
                    self.0.display()
                )
            }
            Err(TryLockError::Error(error)) => Err(error).context("the data folder cannot be locked"),
        }
    }

    /// `keys/`
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The database file of a service.
    pub fn database(&self, service: &str) -> PathBuf {
        self.0.join(format!("{service}.db"))
    }

    /// The operator's socket.
    pub fn socket(&self) -> PathBuf {
        self.0.join("admin.sock")
    }

    /// The key with which `roster dev purchase` acts as a shop.
    pub fn shop_key(&self) -> PathBuf {
        self.0.join("dev-shop.key")
    }
}

/// Writes a secret that only its owner may read.
pub fn write_private(path: &Path, content: &str) -> io::Result<()> {
    use std::io::Write;
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(content.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_private_and_a_second_process_is_refused() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&parent.path().join("data")).expect("made");
        let mode = fs::metadata(parent.path().join("data")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let _first = folder.lock().expect("free");
        let refused = folder.lock().expect_err("taken").to_string();
        assert!(refused.contains("another roster serves"), "{refused}");
    }

    #[test]
    fn a_folder_that_others_can_read_is_refused() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("data");
        fs::create_dir(&path).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
        assert!(Folder::open(&path).expect_err("refused").to_string().contains("chmod 700"));
    }
}
