//! `roster backup`: a copy of one moment, without stopping the server.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};

use crate::cli::Backup;
use crate::folder::Folder;
use crate::storage::Storage;

/// Holds all four writers while the copies are made, so that they are of one
/// moment. Without the keys the copy is of no use, so they are in it.
pub async fn run(settings: Backup) -> anyhow::Result<()> {
    if settings.place.postgres.is_some() {
        bail!("databases on PostgreSQL are copied with pg_dump; see docs/operations.md");
    }
    let (folder, storage) = Storage::to_copy(&settings.place).await?;
    let to = &settings.to;
    fs::DirBuilder::new()
        .mode(0o700)
        .create(to)
        .with_context(|| format!("the folder {} cannot be made (it must be new)", to.display()))?;
    let copied = copy(&storage, &folder, to).await;
    storage.close().await;
    if copied.is_err() {
        // Half a copy must not be taken for one; the folder is ours, it was new.
        let _ = fs::remove_dir_all(to);
    }
    copied?;
    println!("copied to {}; check it with: roster check --data {}", to.display(), to.display());
    Ok(())
}

async fn copy(storage: &Storage, folder: &Folder, to: &Path) -> anyhow::Result<()> {
    let mut writers = Vec::new();
    for (_, db) in storage.all() {
        writers.push(db.write().await?);
    }
    for (service, db) in storage.all() {
        let file = to.join(format!("{service}.db"));
        db.backup_to(&file).await.with_context(|| format!("the {service} database cannot be copied"))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    }
    drop(writers);
    copy_keys(&folder.keys(), &to.join("keys"))
}

fn copy_keys(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        // Copies keep the mode, 0600.
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
