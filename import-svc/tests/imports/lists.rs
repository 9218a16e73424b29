//! Pages of imports and of rows.

use platform::testing::{Engine, on_both};
use proto::imports::v1::{Import, ImportKind, ListImportRowsRequest, ListImportsRequest};
use proto::refusal::Reason;

use crate::people;
use crate::world::{ORGANIZATION, World, account, reason};

/// The names of all imports, newest first.
pub async fn all(world: &World) -> Vec<String> {
    let request = ListImportsRequest { parent: ORGANIZATION.into(), ..ListImportsRequest::default() };
    let answer = world.client().list_imports(request).await.unwrap().into_inner();
    answer.imports.into_iter().map(|import| import.name).collect()
}

async fn page(
    world: &World,
    import: &Import,
    filter: &str,
    page_token: &str,
) -> Result<(Vec<i32>, String, i32), tonic::Status> {
    let request = ListImportRowsRequest {
        parent: import.name.clone(),
        page_size: 4,
        page_token: page_token.to_owned(),
        filter: filter.to_owned(),
    };
    let answer = world.client().list_import_rows(request).await?.into_inner();
    let lines = answer.rows.iter().map(|row| row.line).collect();
    Ok((lines, answer.next_page_token, answer.total_size))
}

on_both! {
    async fn imports_are_listed_newest_first(engine: Engine) {
        let world = World::new(engine).await;
        let mut names = Vec::new();
        for number in 0..5 {
            world.time.advance(chrono::TimeDelta::seconds(1));
            let file = format!("user{number}@example.com,true\n");
            names.insert(0, world.upload(ImportKind::LicenseInvite, file).await.unwrap().name);
        }
        assert_eq!(all(&world).await, names);
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListImportsRequest { parent: ORGANIZATION.into(), page_size: 2, page_token };
            let answer = world.client().list_imports(request).await.unwrap().into_inner();
            found.extend(answer.imports.into_iter().map(|import| import.name));
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, names);
    }

    async fn rows_are_paged_in_file_order_and_filtered_by_outcome(engine: Engine) {
        let world = World::new(engine).await;
        let mut file = people::license_invite(10);
        file.push_str("nobody,true\r\n");
        let import = world.invites(&file).await;
        let (first, token, total) = page(&world, &import, "", "").await.unwrap();
        assert_eq!((first, total), (vec![2, 3, 4, 5], 11));
        let (second, _, total) = page(&world, &import, "", &token).await.unwrap();
        assert_eq!((second, total), (vec![6, 7, 8, 9], 11));
        let failed = page(&world, &import, "outcome = ROW_OUTCOME_ERROR", "").await.unwrap();
        assert_eq!(failed, (vec![12], String::new(), 1));
        let others = page(&world, &import, "NOT outcome = ROW_OUTCOME_NEW", "").await.unwrap();
        assert_eq!(others.0, [12]);
        let either = "outcome = ROW_OUTCOME_ERROR OR outcome = ROW_OUTCOME_UPDATED";
        assert_eq!(page(&world, &import, either, "").await.unwrap().0, [12]);
    }

    async fn a_page_token_of_another_query_or_caller_is_refused(engine: Engine) {
        let world = World::new(engine).await;
        let import = world.invites(&people::license_invite(10)).await;
        let (_, token, _) = page(&world, &import, "", "").await.unwrap();
        let other = page(&world, &import, "outcome = ROW_OUTCOME_NEW", &token).await.unwrap_err();
        assert_eq!(reason(&other), Some(Reason::PageTokenMismatch));
        let forged = page(&world, &import, "", "no-token").await.unwrap_err();
        assert_eq!(reason(&forged), Some(Reason::BadPageToken));
        for filter in ["ann", "line = 3", "outcome = NEW", "outcome > ROW_OUTCOME_NEW"] {
            let refused = page(&world, &import, filter, "").await.unwrap_err();
            assert_eq!(reason(&refused), Some(Reason::BadFilter), "{filter}");
        }
        let colleague = account();
        world.directory.people().importers.insert(colleague.key());
        let request = ListImportRowsRequest {
            parent: import.name.clone(),
            page_size: 4,
            page_token: token,
            filter: String::new(),
        };
        let refused = world.client_of(&colleague).list_import_rows(request).await.unwrap_err();
        assert_eq!(reason(&refused), Some(Reason::PageTokenMismatch));
    }
}
