//! Plans that an earlier version made, row by row.

use platform::db::{Db, Everyone, Migrations, Sql};
use platform::testing::{Engine, on_both};
use proto::imports::v1::accept_import_request::AcceptMode;
use proto::imports::v1::{AcceptImportRequest, Import, RowOutcome as Outcome};

use crate::world::{ORGANIZATION, World, accept_of, counts};

/// Before rows stood in blocks.
const EARLIER: Migrations = Migrations { steps: import_svc::MIGRATIONS.steps.split_at(3).0 };
const IMPORT: &str = "0198c7a0-0000-7000-8000-0000000000aa";

/// Four rows: somebody new, one that row 5 replaces, a failed one, somebody new with a licence.
async fn plan(db: &Db, admin: &str) {
    let organization = ORGANIZATION.trim_start_matches("organizations/");
    let import = format!(
        "INSERT INTO imports (organization_id, id, kind, state, product, file_name, size_bytes, digest, layout,
            row_count, new_count, updated_count, unchanged_count, superseded_count, error_count, error_groups,
            seats_required, seats_free, without_license_count, progress_done, progress_total,
            directory_version, created_by, last_seated_line, applied_line, cancel_requested, sequence,
            create_time, expire_time)
         VALUES ('{organization}', '{IMPORT}', 'license_invite', 'AWAITING_ACCEPTANCE', 'meet', 'new.csv', 9, 'aa',
            '{{\"delimiter\":\",\",\"header\":[\"email\",\"license\"],\"widest\":2}}',
            4, 2, 0, 0, 1, 1, '[]', 1, 100, 0, 4, 4, 0, '{admin}', 0, 0, FALSE, 3,
            '2026-01-01T00:00:00.000000Z', '2099-01-01T00:00:00.000000Z')"
    );
    let row = |line: u32, said: &str, outcome: &str, seat: &str, by: &str| {
        format!(
            "INSERT INTO import_rows (organization_id, import_id, line, person, cells, problems, outcome,
                needs_seat, superseded_by, license_enabled)
             VALUES ('{organization}', '{IMPORT}', {line}, {said}, '{outcome}', {seat}, {by}, FALSE)"
        )
    };
    let failed = r#"NULL, '["no","true"]', '[{"code":"EMAIL_INVALID","column":"email","message":"no @"}]'"#;
    let person =
        |name: &str, on: bool| format!(r#"'{{"email":"{name}@example.com","license":{on}}}', NULL, NULL"#);
    let texts = [
        import,
        row(2, &person("ann", false), "NEW", "FALSE", "NULL"),
        row(3, &person("bob", true), "SUPERSEDED", "FALSE", "5"),
        row(4, failed, "ERROR", "FALSE", "NULL"),
        row(5, &person("bob", true), "NEW", "TRUE", "NULL"),
    ];
    let mut tx = db.of(Everyone("a test writes as an earlier version did")).write().await.unwrap();
    for text in texts {
        let text: &'static str = text.leak();
        tx.query(Sql { postgres: text, sqlite: text }).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
}

on_both! {
    async fn a_plan_of_an_earlier_version_is_shown_and_carried_out(engine: Engine) {
        let earlier = engine.database(&EARLIER).await;
        let admin = crate::world::account();
        plan(&earlier, &admin.key()).await;
        let world = World::over(earlier, admin).await;
        world.is_sound().await;
        let name = format!("{ORGANIZATION}/imports/{IMPORT}");
        let import = world.get(&Import { name, ..Import::default() }).await;
        let told: Vec<_> = world.rows(&import, "").await.iter().map(|row| (row.line, row.outcome())).collect();
        let (new, failed) = (Outcome::New, Outcome::Error);
        assert_eq!(told, [(2, new), (3, Outcome::Superseded), (4, failed), (5, new)]);
        assert!(world.rows(&import, "").await[1].superseded_by_line == 5);
        let (_, errors) = world.errors(&import).await;
        assert!(String::from_utf8(errors).unwrap().contains("no,true"));
        let mode = AcceptMode::ValidRows.into();
        let accepted = world.accept_with(AcceptImportRequest { accept_mode: mode, ..accept_of(&import) }).await;
        let done = world.rests(&accepted.unwrap()).await;
        assert_eq!(counts(&done), [4, 2, 0, 0, 1, 1]);
        assert_eq!(world.given_and_free(), (1, 99));
        world.is_sound().await;
    }
}
