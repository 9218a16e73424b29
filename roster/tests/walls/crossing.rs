//! In the scope of one organization nothing of another shows, can be changed or can be written.

use platform::db::{Assembled, Scope, Tx};
use uuid::Uuid;

use crate::SERVICES;
use crate::two_tenants::{BEHIND, TwoTenants, row};

async fn count(tx: &mut Tx, text: String) -> i64 {
    tx.query(Assembled::both(text)).value("n").await.unwrap()
}

async fn seen(world: &TwoTenants, scope: impl Into<Scope>, table: &str) -> i64 {
    let mut tx = world.db.of(scope).read().await.unwrap();
    count(&mut tx, format!("SELECT count(*) AS n FROM {table}")).await
}

/// What the wall answers to a row that is not of the scope.
async fn refused(tx: &mut Tx, text: String) -> bool {
    let refused = tx.query(Assembled::both(text)).execute().await.unwrap_err();
    format!("{refused:?}").contains("row-level security")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_sees_its_own_rows_and_no_scope_sees_none() {
    for (service, migrations) in SERVICES {
        let world = TwoTenants::new(migrations).await;
        assert!(!world.tables.is_empty());
        for (table, _) in &world.tables {
            assert_eq!(seen(&world, BEHIND, table).await, 2, "{service}: {table}");
            assert_eq!(seen(&world, world.us(), table).await, 1, "{service}: {table}");
            assert_eq!(seen(&world, Scope::default(), table).await, 0, "{service}: {table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_another_tenant_can_be_written() {
    for (service, migrations) in SERVICES {
        let world = TwoTenants::new(migrations).await;
        for (table, tenant) in &world.tables {
            let theirs = row(&world.db, table, world.theirs, 3).await;
            let mut tx = world.db.of(world.us()).write().await.unwrap();
            assert!(refused(&mut tx, theirs).await, "{service}: a row in {table}");
            let Some(tenant) = tenant else { continue };
            touch(&world, table, tenant).await;
        }
        for (table, _) in &world.tables {
            assert_eq!(seen(&world, BEHIND, table).await, 2, "{service}: {table}");
        }
    }
}

/// Changing or deleting their rows finds none, and ours cannot be given away.
async fn touch(world: &TwoTenants, table: &str, tenant: &str) {
    let mut tx = world.db.of(world.us()).write().await.unwrap();
    let changed = async |tx: &mut Tx, text: String| tx.query(Assembled::both(text)).execute().await.unwrap();
    let TwoTenants { theirs, .. } = world;
    let update = format!("UPDATE {table} SET {tenant} = {tenant}");
    assert_eq!(changed(&mut tx, format!("{update} WHERE {tenant} = '{theirs}'")).await, 0, "{table}");
    assert_eq!(
        changed(&mut tx, format!("DELETE FROM {table} WHERE {tenant} = '{theirs}'")).await,
        0,
        "{table}"
    );
    assert_eq!(changed(&mut tx, update).await, 1, "{table}");
    assert!(refused(&mut tx, format!("UPDATE {table} SET {tenant} = '{theirs}'")).await, "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_shows_what_is_under_its_roots_and_changes_nothing() {
    let world = TwoTenants::new(&identity_svc::MIGRATIONS).await;
    let mut tx = world.db.of(BEHIND).write().await.unwrap();
    let (root, other) = (world.ours, world.theirs);
    for (id, path) in [(root, format!("{root}/")), (other, format!("{root}/{other}/"))] {
        tx.query("UPDATE organizations SET path = $2 WHERE id = $1")
            .bind(id)
            .bind(path)
            .execute()
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    for table in ["organizations", "users"] {
        assert_eq!(seen(&world, Scope::under([root]), table).await, 2, "{table} under the root");
        assert_eq!(seen(&world, Scope::under([other]), table).await, 1, "{table} under the customer");
        assert_eq!(seen(&world, Scope::under([Uuid::nil()]), table).await, 0, "{table} under nobody");
        let mut tx = world.db.of(Scope::under([root])).write().await.unwrap();
        let touch = Assembled::both(format!("UPDATE {table} SET version = version + 1"));
        assert_eq!(tx.query(touch).execute().await.unwrap(), 0, "{table}");
    }
    assert_eq!(seen(&world, Scope::under([root]), "links").await, 0, "a tree is for lists of users only");
}
