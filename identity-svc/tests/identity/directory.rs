//! The directory in sets.

use std::ops::Range;

use platform::testing::{Engine, on_both};
use proto::identity::v1::issue_invitations_request::Reason as Why;
use proto::identity::v1::issue_invitations_response::Outcome as Issued;
use proto::identity::v1::upsert_users_request::Row;
use proto::identity::v1::upsert_users_response::Outcome;
use proto::identity::v1::user::State;
use proto::identity::v1::{
    BatchGetUsersRequest, GetCallerAccountRequest, ImportableFields, IssueInvitationsRequest,
    MatchUsersRequest, MatchUsersResponse, Role, UpsertUsersRequest, UpsertUsersResponse, User,
};

use crate::world::{Company, World, bad_fields, is_replayed};

fn row(email: &str, given_name: &str) -> Row {
    let fields = ImportableFields { given_name: Some(given_name.into()), ..ImportableFields::default() };
    Row { email: email.into(), fields: Some(fields) }
}

fn request(company: &Company, rows: Vec<Row>, request_id: &str) -> UpsertUsersRequest {
    UpsertUsersRequest { parent: company.name.clone(), rows, request_id: request_id.into() }
}

/// Pending members `user{n}@bulk.example`.
pub async fn upsert(world: &World, company: &Company, numbers: Range<usize>) -> UpsertUsersResponse {
    let rows = numbers.clone().map(|number| row(&format!("user{number}@bulk.example"), "User")).collect();
    let request = request(company, rows, &format!("upsert {numbers:?}"));
    world.owner(company).await.directory().upsert_users(request).await.unwrap().into_inner()
}

fn outcomes(response: &UpsertUsersResponse) -> Vec<Outcome> {
    response.results.iter().map(|result| result.outcome()).collect()
}

/// Index and user of each match, in the order of the question.
fn sorted(answer: &MatchUsersResponse) -> Vec<(i32, String)> {
    let mut found: Vec<_> = answer.matches.iter().map(|found| (found.index, found.user.clone())).collect();
    found.sort();
    found
}

on_both! {
    async fn q12_upsert_creates_updates_and_leaves_unchanged_rows_alone(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let rows = vec![row("ann@acme.example", "Ann"), row("BOB@acme.example", "Bob")];
        let first = owner.directory().upsert_users(request(&company, rows.clone(), "1")).await.unwrap();
        let first = first.into_inner();
        assert_eq!(outcomes(&first), [Outcome::Created, Outcome::Created]);
        assert!(first.results.iter().all(|result| result.state() == State::Pending));
        let same = owner.directory().upsert_users(request(&company, rows, "2")).await.unwrap().into_inner();
        assert_eq!(outcomes(&same), [Outcome::Unchanged, Outcome::Unchanged]);
        assert_eq!(same.directory_version, first.directory_version, "nothing was written");
        let title = ImportableFields { title: Some("CEO".into()), ..ImportableFields::default() };
        let rows = vec![
            Row { email: "ann@acme.example".into(), fields: Some(title) },
            Row { email: "cat@acme.example".into(), fields: None },
            row("bob@acme.example", "Bob"),
        ];
        let third = owner.directory().upsert_users(request(&company, rows, "3")).await.unwrap().into_inner();
        assert_eq!(outcomes(&third), [Outcome::Updated, Outcome::Created, Outcome::Unchanged]);
        assert!(third.directory_version > same.directory_version);
        let ann = owner.get(&third.results[0].user).await.unwrap();
        assert_eq!((ann.given_name.as_str(), ann.title.as_str()), ("Ann", "CEO"));
        assert_eq!(third.results[0].user, first.results[0].user);
        assert!(world.notify.so_far().is_empty());
    }

    async fn q12_an_import_never_touches_role_boxes_or_password(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let before = owner.get(&company.owner).await.unwrap();
        let rows = vec![row(&company.owner_email, "Olga")];
        let answer = owner.directory().upsert_users(request(&company, rows, "1")).await.unwrap().into_inner();
        assert_eq!(outcomes(&answer), [Outcome::Updated]);
        let after = owner.get(&company.owner).await.unwrap();
        assert_eq!(after.given_name, "Olga");
        let boxes = |user: &User| (user.role, user.active, user.portal_access, user.state);
        assert_eq!(boxes(&after), boxes(&before));
        world.signed_in(&company.owner_email).await;
    }

    async fn two_who_add_the_same_people_at_once_are_both_answered(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let (one, other) = (world.owner(&company).await, world.owner(&company).await);
        for turn in 0..10 {
            let people = |order: bool| {
                let mut rows: Vec<Row> =
                    (0..50).map(|number| row(&format!("u{turn}x{number}@acme.example"), "U")).collect();
                if order {
                    rows.reverse();
                }
                rows
            };
            let (first, second) = (format!("first {turn}"), format!("second {turn}"));
            let (mut one, mut other) = (one.directory(), other.directory());
            let (first, second) = tokio::join!(
                one.upsert_users(request(&company, people(false), &first)),
                other.upsert_users(request(&company, people(true), &second))
            );
            let both = [first.unwrap().into_inner(), second.unwrap().into_inner()];
            let created = both.iter().flat_map(outcomes).filter(|outcome| *outcome == Outcome::Created).count();
            assert_eq!(created, 50, "each is added once");
        }
    }

    async fn the_same_request_answers_the_same_and_writes_nothing(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let wanted = request(&company, vec![row("ann@acme.example", "Ann")], "1");
        let first = owner.directory().upsert_users(wanted.clone()).await.unwrap();
        let again = owner.directory().upsert_users(wanted).await.unwrap();
        assert!(!is_replayed(&first) && is_replayed(&again));
        assert_eq!(again.into_inner(), first.into_inner());
    }

    async fn bad_rows_refuse_the_whole_call_and_are_all_named(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let rows = vec![row("ann@acme.example", "A"), row("nobody", "\u{0}"), row("", "C")];
        let refused = owner.directory().upsert_users(request(&company, rows, "1")).await;
        assert_eq!(bad_fields(refused), ["rows[1].email", "rows[1].fields.given_name", "rows[2].email"]);
        let twice = vec![row("ann@acme.example", "A"), row("ANN@acme.example", "B")];
        let refused = owner.directory().upsert_users(request(&company, twice, "2")).await;
        assert_eq!(bad_fields(refused), ["rows[1].email"]);
        let many = (0..2501).map(|number| row(&format!("u{number}@acme.example"), "U")).collect();
        assert_eq!(bad_fields(owner.directory().upsert_users(request(&company, many, "3")).await), ["rows"]);
        assert_eq!(owner.list(&company.name, "").await.unwrap().total_size, 1);
    }

    async fn match_finds_who_is_here_and_nobody_else(engine: Engine) {
        let world = World::new(engine).await;
        let (ours, theirs) = (world.company("ours").await, world.company("theirs").await);
        let member = world.member(&ours, "ann@ours.example", Role::Admin).await;
        world.member(&theirs, "bob@theirs.example", Role::Member).await;
        let owner = world.owner(&ours).await;
        let emails = ["x@x.example", "ann@ours.example", "bob@theirs.example", "not an address"];
        let request = MatchUsersRequest {
            parent: ours.name.clone(),
            emails: emails.iter().map(|email| (*email).to_owned()).collect(),
            prints: false,
        };
        let answer = owner.directory().match_users(request.clone()).await.unwrap().into_inner();
        let [found] = answer.matches.as_slice() else { panic!("{answer:?}") };
        assert_eq!((found.index, &found.user, found.role()), (1, &member.name, Role::Admin));
        assert_eq!(found.fields.as_ref().unwrap().given_name.as_deref(), Some("ann"));
        assert!(answer.directory_version > 0);
        let too_many = MatchUsersRequest { emails: vec!["a@b.example".into(); 5001], ..request };
        assert_eq!(bad_fields(owner.directory().match_users(too_many).await), ["emails"]);
    }

    async fn prints_of_many_are_those_of_the_directory_as_it_is(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        upsert(&world, &company, 0..300).await;
        let emails = (0..300).rev().map(|number| format!("USER{number}@bulk.example"));
        let emails: Vec<String> = emails.chain((0..400).map(|n| format!("nobody{n}@bulk.example"))).collect();
        let request = MatchUsersRequest { parent: company.name.clone(), emails, prints: true };
        let first = owner.directory().match_users(request.clone()).await.unwrap().into_inner();
        assert_eq!(first.matches.len(), 300);
        let fields = MatchUsersRequest { prints: false, ..request.clone() };
        let fields = owner.directory().match_users(fields).await.unwrap().into_inner();
        assert_eq!(sorted(&first), sorted(&fields));
        let [given, family, ..] = first.matches[0].prints.as_slice() else { panic!("{first:?}") };
        assert_eq!((*given, *family), (proto::print::print("User"), 0));
        assert!(first.matches.iter().all(|found| found.prints.len() == 7 && found.fields.is_none()));
        // Asked again and again, they come out of memory in the end: the same ones.
        for _ in 0..20 {
            let again = owner.directory().match_users(request.clone()).await.unwrap().into_inner();
            assert_eq!((sorted(&again), again.directory_version), (sorted(&first), first.directory_version));
        }
        let changed = row("user299@bulk.example", "Una");
        owner.directory().upsert_users(self::request(&company, vec![changed], "una")).await.unwrap();
        for _ in 0..20 {
            let after = owner.directory().match_users(request.clone()).await.unwrap().into_inner();
            let una = after.matches.iter().find(|found| found.index == 0).unwrap();
            assert_eq!(una.prints[0], proto::print::print("Una"));
            assert!(after.directory_version > first.directory_version);
        }
    }

    async fn b5_q7_only_pending_users_get_a_link_and_others_the_reason(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let pending = world.pending(&company, "new@acme.example").await;
        let off = world.member(&company, "off@acme.example", Role::Member).await;
        owner.update(User { active: Some(false), ..off.clone() }, &["active"]).await.unwrap();
        let nobody = format!("{}/users/0198c7a0-0000-7000-8000-000000000001", company.name);
        let request = IssueInvitationsRequest {
            parent: company.name.clone(),
            users: vec![company.owner.clone(), pending.name.clone(), off.name, nobody],
            reason: Why::License.into(),
            product_display_name: "Meet".into(),
            request_id: "1".into(),
        };
        let answer = owner.directory().issue_invitations(request.clone()).await.unwrap().into_inner();
        let issued: Vec<_> = answer.results.iter().map(|result| result.outcome()).collect();
        assert_eq!(issued, [Issued::Active, Issued::Queued, Issued::Deactivated, Issued::UnknownUser]);
        assert_eq!(answer.results[0].email, company.owner_email);
        let again = owner.directory().issue_invitations(request).await.unwrap();
        assert!(is_replayed(&again));
        let mails = world.mails_to("new@acme.example", 1).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].template, "license_invitation");
        assert_eq!(mails[0].variables["product_name"], "Meet");
        assert_eq!(mails[0].user, pending.name);
        let token = world.token_in(&mails[0]);
        world.anybody().redeem(&token, crate::world::PASSWORD).await.unwrap();
    }

    async fn b8_a_licence_switched_off_and_on_again_is_no_second_mail_within_a_minute(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let pending = world.pending(&company, "new@acme.example").await;
        let invites = |seconds: i64| IssueInvitationsRequest {
            parent: company.name.clone(),
            users: vec![pending.name.clone()],
            reason: Why::License.into(),
            product_display_name: "Meet".into(),
            request_id: seconds.to_string(),
        };
        for (seconds, mails) in [(0, 1), (59, 1), (1, 2)] {
            world.time.advance(chrono::TimeDelta::seconds(seconds));
            let owner = world.owner(&company).await;
            let answer = owner.directory().issue_invitations(invites(seconds)).await.unwrap();
            assert_eq!(answer.into_inner().results[0].outcome(), Issued::Queued);
            let invitation = owner.get(&pending.name).await.unwrap().invitation.unwrap();
            assert_eq!(invitation.send_count, mails, "after {seconds} s");
        }
        assert_eq!(world.mails_to("new@acme.example", 2).await.len(), 2);
    }

    async fn b8_who_has_no_good_link_is_mailed_within_the_minute_too(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let pending = world.pending(&company, "tpyo@acme.example").await;
        let owner = world.owner(&company).await;
        let invites = |id: &str| IssueInvitationsRequest {
            parent: company.name.clone(),
            users: vec![pending.name.clone()],
            reason: Why::License.into(),
            product_display_name: "Meet".into(),
            request_id: id.to_owned(),
        };
        owner.directory().issue_invitations(invites("first")).await.unwrap();
        world.mails_to("tpyo@acme.example", 1).await;
        let mended = User { email: "typo@acme.example".into(), ..owner.get(&pending.name).await.unwrap() };
        owner.update(mended, &["email"]).await.unwrap();
        owner.directory().issue_invitations(invites("second")).await.unwrap();
        assert_eq!(world.mails_to("typo@acme.example", 1).await.len(), 1);
    }

    async fn batch_get_leaves_absent_users_out(engine: Engine) {
        let world = World::new(engine).await;
        let (company, other) = (world.company("acme").await, world.company("other").await);
        let owner = world.owner(&company).await;
        let nobody = format!("{}/users/0198c7a0-0000-7000-8000-000000000001", company.name);
        let names = vec![nobody, company.owner.clone()];
        let request = BatchGetUsersRequest { parent: company.name.clone(), names };
        let found = owner.users().batch_get_users(request).await.unwrap().into_inner().users;
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(found.name, company.owner);
        let foreign = BatchGetUsersRequest { parent: company.name.clone(), names: vec![other.owner] };
        assert_eq!(bad_fields(owner.users().batch_get_users(foreign).await), ["names[0]"]);
    }

    async fn the_account_behind_a_call_is_told_to_other_services(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        for calls in [world.owner(&company).await, world.signed_in(&company.owner_email).await] {
            let account = calls.directory().get_caller_account(GetCallerAccountRequest {}).await.unwrap();
            assert_eq!(account.into_inner().email, company.owner_email);
        }
    }
}
