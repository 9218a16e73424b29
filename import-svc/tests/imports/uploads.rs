//! Files on their way in, good ones and bad ones.

use chrono::{DateTime, TimeDelta, Utc};
use platform::once::CLAIM;
use platform::testing::{Engine, assert_parity, eventually, on_both, spawn};
use proto::imports::v1::import::State;
use proto::imports::v1::upload_import_request::{Chunk, Part, Start};
use proto::imports::v1::{
    GetImportGuidelinesRequest, GetImportTemplateRequest, Import, ImportKind, UploadImportRequest,
};
use proto::refusal::Reason;
use tonic::Status;

use crate::world::{World, account, chunks, counts, reason, start_of};

const GOOD: &str = "email,license\nann@example.com,true\nbob@example.com,false\n";

on_both! {
    async fn b12_two_columns_address_and_true_or_false(engine: Engine) {
        let world = World::new(engine).await;
        let import = world.invites(GOOD).await;
        assert_eq!(import.state(), State::AwaitingAcceptance);
        assert_eq!(counts(&import), [2, 2, 0, 0, 0, 0]);
        assert_eq!((import.seats_required, import.seats_free, import.shortfall), (1, 100, 0));
        assert_eq!((import.detected_encoding.as_str(), import.detected_delimiter.as_str()), ("UTF-8", ","));
        assert_eq!(import.file_name, "new people.csv");
        assert_eq!(import.size_bytes, i64::try_from(GOOD.len()).unwrap());
        assert!(import.created_by.starts_with("accounts/"));
        let plain = world.invites("ann@example.com;TRUE\r\nbob@example.com; False\r\n").await;
        assert_eq!(counts(&plain), counts(&import));
    }

    async fn b13_another_format_is_refused_with_a_clear_message(engine: Engine) {
        let world = World::new(engine).await;
        let import = world.plan(ImportKind::LicenseInvite, b"PK\x03\x04 a workbook \x00\x01").await;
        assert_eq!(import.state(), State::Rejected);
        let problem = import.file_problem.clone().unwrap();
        assert_eq!(problem.code, "NOT_CSV");
        assert!(problem.message.contains("CSV"), "{}", problem.message);
        assert!(import.end_time.is_some());
        world.is_sound().await;
    }

    async fn bad_files_are_rejected_with_their_reason(engine: Engine) {
        let world = World::new(engine).await;
        let invite = ImportKind::LicenseInvite;
        let users = ImportKind::LocationUsers;
        let too_many = format!("email,license\n{}", "a@example.com,true\n".repeat(100_001));
        let big_cell = format!("first name,last name,email\nAnn,\"{}\",a@example.com\n", "x".repeat(10 << 20));
        let files: [(ImportKind, &[u8], &str); 8] = [
            (invite, b"", "EMPTY_FILE"),
            (users, b"first name,last name,email\n", "NO_ROWS"),
            (users, b"name,address\nAnn,a@example.com\n", "COLUMN_MISSING"),
            (users, b"\xff\xfe\x00\x00nothing", "ENCODING_UNREADABLE"),
            (users, b"%PDF-1.7 this is no table", "NOT_CSV"),
            (invite, too_many.as_bytes(), "TOO_MANY_ROWS"),
            (users, big_cell.as_bytes(), "CELL_TOO_LARGE"),
            (users, b"first name,last name,email\nAnn,\"Lee,a@example.com\n", "QUOTE_NOT_CLOSED"),
        ];
        for (kind, file, code) in files {
            let import = world.plan(kind, file).await;
            assert_eq!(import.state(), State::Rejected, "{code}");
            assert_eq!(import.file_problem.clone().unwrap().code, code);
            assert_eq!(world.rows(&import, "").await, []);
            assert_eq!(reason(&world.accept(&import).await.unwrap_err()), Some(Reason::ImportNotReady));
        }
        assert_eq!(world.directory.emails(), Vec::<String>::new());
        world.is_sound().await;
    }

    async fn f1_g15_a_member_is_refused_and_a_stranger_finds_nothing(engine: Engine) {
        let world = World::new(engine).await;
        let (member, stranger) = (account(), account());
        world.directory.people().members.insert(member.key());
        for (principal, expected) in [(&member, Reason::PermissionDenied), (&stranger, Reason::NotFound)] {
            let start = start_of(ImportKind::LocationUsers);
            let messages = vec![part(start)];
            let refused = world.client_of(principal).upload_import(futures::stream::iter(messages)).await;
            assert_eq!(reason(&refused.unwrap_err()), Some(expected));
        }
    }

    async fn bad_requests_name_the_field_and_leave_nothing(engine: Engine) {
        let world = World::new(engine).await;
        let good = || start_of(ImportKind::LicenseInvite);
        let starts: [(Start, &str); 7] = [
            (Start { kind: 77, ..good() }, "start.kind"),
            (Start { kind: 0, ..good() }, "start.kind"),
            (Start { parent: "organizations/x".into(), ..good() }, "start.parent"),
            (Start { product: String::new(), ..good() }, "start.product"),
            (Start { product: "chess".into(), ..good() }, "start.product"),
            (Start { product: "meet".into(), ..start_of(ImportKind::LocationUsers) }, "start.product"),
            (Start { request_id: "ö".into(), ..good() }, "start.request_id"),
        ];
        for (start, field) in starts {
            let refused = world.send(start, chunks(GOOD.as_bytes())).await.unwrap_err();
            assert_eq!(violated(&refused), [field]);
        }
        let mut gap = chunks(GOOD.as_bytes());
        gap[0].offset = 7;
        assert_eq!(violated(&world.send(good(), gap).await.unwrap_err()), ["chunk.offset"]);
        let mut endless = chunks(GOOD.as_bytes());
        endless[0].finish = false;
        assert_eq!(violated(&world.send(good(), endless).await.unwrap_err()), ["chunk.finish"]);
        let mut twice = chunks(GOOD.as_bytes());
        twice.extend(chunks(GOOD.as_bytes()));
        assert_eq!(violated(&world.send(good(), twice).await.unwrap_err()), ["chunk.finish"]);
        let nothing = world.client().upload_import(futures::stream::iter(Vec::new())).await;
        assert_eq!(violated(&nothing.unwrap_err()), ["start"]);
        assert_eq!(crate::lists::all(&world).await, Vec::<String>::new());
    }

    async fn a_file_over_the_limit_is_refused_while_it_arrives(engine: Engine) {
        let config = import_svc::Config { max_bytes: 100_000, ..import_svc::Config::default() };
        let world = World::with(engine, config).await;
        let refused = world.upload(ImportKind::LicenseInvite, vec![b'x'; 200_000]).await.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::TooLarge));
        assert_eq!(crate::world::fact(&refused, "limit"), "100000");
        assert_eq!(crate::lists::all(&world).await, Vec::<String>::new());
    }

    async fn n13_the_same_request_id_is_the_same_import(engine: Engine) {
        let world = World::new(engine).await;
        let start = || Start { request_id: "one".into(), ..start_of(ImportKind::LicenseInvite) };
        let first = world.send(start(), chunks(GOOD.as_bytes())).await.unwrap();
        let second = world.send(start(), chunks(GOOD.as_bytes())).await.unwrap();
        assert_eq!(second, first);
        let other = world.send(start(), chunks(b"carl@example.com,true\n")).await.unwrap_err();
        assert_eq!(reason(&other), Some(Reason::IdempotencyKeyReused));
        assert_eq!(crate::lists::all(&world).await, [first.name]);
    }

    async fn n13_an_upload_holds_its_number_for_as_long_as_bytes_come(engine: Engine) {
        let world = World::new(engine).await;
        let start = || Start { request_id: "slow".into(), ..start_of(ImportKind::LicenseInvite) };
        let (send, receive) = futures::channel::mpsc::unbounded();
        send.unbounded_send(part(start())).unwrap();
        let mut client = world.client();
        let slow = spawn(async move { client.upload_import(receive).await });
        let repeat = || world.send(start(), chunks(GOOD.as_bytes()));
        let begun = |answer: &Result<Import, Status>| matches!(answer, Err(status) if reason(status) == Some(Reason::RequestInProgress));
        let (mut offset, last) = (0, GOOD.len() / 8);
        for (index, data) in GOOD.as_bytes().chunks(8).enumerate() {
            let chunk = Chunk { offset, data: data.to_vec(), finish: index == last };
            offset += i64::try_from(data.len()).unwrap();
            send.unbounded_send(UploadImportRequest { part: Some(Part::Chunk(chunk)) }).unwrap();
            eventually("the first one is at work", || claims(&world), |held| *held == [world.time.clock().now() + CLAIM]).await;
            world.time.advance(CLAIM - TimeDelta::seconds(1));
            assert!(begun(&repeat().await));
        }
        drop(send);
        let import = slow.await.unwrap().unwrap().into_inner();
        assert_eq!(crate::lists::all(&world).await, std::slice::from_ref(&import.name));
        assert_eq!(repeat().await.unwrap(), import);
    }

    async fn f5_f6_b16_template_and_rules_come_from_the_table_that_checks(engine: Engine) {
        let world = World::new(engine).await;
        let kind = ImportKind::LocationUsers.into();
        let request = GetImportTemplateRequest { kind };
        let template = world.client().get_import_template(request).await.unwrap();
        let name = template.metadata().get("content-disposition").unwrap().to_str().unwrap().to_owned();
        assert_eq!(name, "attachment; filename=\"location_users.csv\"");
        let template = template.into_inner();
        assert_eq!(template.content_type, "text/csv; charset=utf-8");
        let request = GetImportGuidelinesRequest { kind };
        let rules = world.client().get_import_guidelines(request).await.unwrap().into_inner();
        let headers: Vec<&str> = rules.columns.iter().map(|column| column.header.as_str()).collect();
        assert_eq!(String::from_utf8(template.data).unwrap(), format!("\u{feff}{}\r\n", headers.join(",")));
        let required = rules.columns.iter().filter(|column| column.required).count();
        assert_eq!((required, rules.max_rows, rules.header_required), (3, 100_000, true));
        assert!(rules.notes.iter().any(|note| note.contains("last")), "{:?}", rules.notes);
        assert!(rules.columns.iter().all(|column| !column.example.is_empty()));
        let unknown = world.client().get_import_template(GetImportTemplateRequest { kind: 99 }).await;
        assert_eq!(violated(&unknown.unwrap_err()), ["kind"]);
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    assert_parity(&import_svc::MIGRATIONS).await;
}

/// When the claims end that are held now.
async fn claims(world: &World) -> Vec<DateTime<Utc>> {
    let mut tx = world.db.read().await.unwrap();
    tx.query("SELECT claimed_until FROM once").all(|row| row.get("claimed_until")).await.unwrap()
}

fn part(start: Start) -> proto::imports::v1::UploadImportRequest {
    use proto::imports::v1::upload_import_request::Part;
    proto::imports::v1::UploadImportRequest { part: Some(Part::Start(start)) }
}

fn violated(status: &tonic::Status) -> Vec<String> {
    assert_eq!(reason(status), Some(Reason::FieldViolations), "{status:?}");
    proto::refusal::Refusal::violations_of(status).into_iter().map(|bad| bad.field).collect()
}
