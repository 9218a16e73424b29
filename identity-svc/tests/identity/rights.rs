//! Who may do what: boxes, roles, the tree.

use platform::testing::{Engine, on_both};
use proto::identity::v1::check_access_request::{Action, Application};
use proto::identity::v1::{Permission, Role, User};
use proto::refusal::Reason;

use crate::world::{World, reason};

const SUPPORT: Application = Application::Support;
const PORTAL: Application = Application::Portal;
const STORE: Application = Application::Store;

on_both! {
    /// The table of requirements.md, asked as another system asks.
    async fn e3_e4_e5_e6_e7_e8_g5_q14_q29_the_eight_combinations(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        // support, portal, view, edit, store, purchase
        let none = [false; 6];
        let rows = [
            (false, Role::Member, false, none),
            (false, Role::Member, true, none),
            (false, Role::Admin, false, none),
            (false, Role::Admin, true, none),
            (true, Role::Member, false, [true, false, false, false, false, false]),
            (true, Role::Member, true, [true, true, true, false, true, false]),
            (true, Role::Admin, false, [true, false, true, true, true, true]),
            (true, Role::Admin, true, [true, true, true, true, true, true]),
        ];
        for (active, role, portal, expected) in rows {
            let boxes = User {
                active: Some(active),
                role: role.into(),
                portal_access: Some(portal),
                ..member.clone()
            };
            let boxes = User { etag: String::new(), ..boxes };
            owner.update(boxes, &["active", "role", "portal_access"]).await.unwrap();
            let mut answers = Vec::new();
            for (application, action) in [
                (SUPPORT, Action::SignIn),
                (PORTAL, Action::SignIn),
                (SUPPORT, Action::View),
                (SUPPORT, Action::Edit),
                (STORE, Action::SignIn),
                (STORE, Action::Purchase),
            ] {
                answers.push(owner.check(&member.name, application, action).await.is_ok());
            }
            assert_eq!(answers, expected, "active {active}, {role:?}, portal {portal}");
        }
    }

    async fn e8_a_no_comes_with_its_reason(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let pending = world.pending(&company, "new@acme.example").await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        let check = |user: String, application, action| {
            let owner = owner.clone();
            async move { owner.check(&user, application, action).await.unwrap_err() }
        };
        assert_eq!(check(pending.name, SUPPORT, Action::SignIn).await, "USER_PENDING");
        assert_eq!(check(member.name.clone(), STORE, Action::Purchase).await, "ADMIN_OFF");
        owner.update(User { portal_access: Some(false), ..member.clone() }, &["portal_access"]).await.unwrap();
        assert_eq!(check(member.name.clone(), PORTAL, Action::SignIn).await, "PORTAL_ACCESS_OFF");
        let off = User { active: Some(false), etag: String::new(), ..member.clone() };
        owner.update(off, &["active"]).await.unwrap();
        assert_eq!(check(member.name, SUPPORT, Action::SignIn).await, "USER_DEACTIVATED");
    }

    async fn e4_e5_e10_each_role_holds_its_permissions(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let admin = world.member(&company, "admin@acme.example", Role::Admin).await;
        let member = world.member(&company, "ann@acme.example", Role::Member).await;
        let reads = [Permission::OrganizationsView, Permission::UsersView, Permission::LicensesView];
        let writes = [
            Permission::OrganizationsEdit,
            Permission::UsersEdit,
            Permission::LicensesEdit,
            Permission::ImportsRun,
            Permission::PurchasesMap,
            Permission::AccessCheck,
            Permission::EntitlementsCheck,
        ];
        let (admin, member) = (world.signed_in(&admin.email).await, world.signed_in(&member.email).await);
        for permission in reads {
            assert_eq!(admin.may(permission, &company.name).await, (true, true));
            assert_eq!(member.may(permission, &company.name).await, (true, true));
        }
        for permission in writes {
            assert_eq!(admin.may(permission, &company.name).await, (true, true), "{permission:?}");
            assert_eq!(member.may(permission, &company.name).await, (false, true), "{permission:?}");
        }
        let nowhere = "organizations/0198c7a0-0000-7000-8000-000000000001";
        assert_eq!(admin.may(Permission::UsersView, nowhere).await, (false, false));
        assert_eq!(world.anybody().may(Permission::UsersView, &company.name).await, (false, false));
    }

    async fn n17_a_right_that_is_taken_away_ends_with_the_answer(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        let admin = world.member(&company, "admin@acme.example", Role::Admin).await;
        let calls = world.signed_in("admin@acme.example").await;
        let edit = Permission::UsersEdit;
        for _ in 0..5 {
            assert_eq!(calls.may(edit, &company.name).await, (true, true));
            calls.get(&admin.name).await.unwrap();
            let change = |role: Role, active| User {
                role: role.into(),
                active: Some(active),
                etag: String::new(),
                ..admin.clone()
            };
            owner.update(change(Role::Member, true), &["role"]).await.unwrap();
            assert_eq!(calls.may(edit, &company.name).await, (false, true));
            owner.update(change(Role::Admin, true), &["role"]).await.unwrap();
            assert_eq!(calls.may(edit, &company.name).await, (true, true));
            owner.update(change(Role::Admin, false), &["active"]).await.unwrap();
            assert_eq!(calls.may(edit, &company.name).await, (false, false));
            assert_eq!(reason(calls.get(&admin.name).await), Reason::NotFound);
            owner.update(change(Role::Admin, true), &["active"]).await.unwrap();
        }
    }

    async fn g15_a_member_may_neither_create_nor_import(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, "ann@acme.example", Role::Member).await;
        let ann = world.signed_in("ann@acme.example").await;
        assert!(!ann.may(Permission::ImportsRun, &company.name).await.0);
        let new = crate::world::person("b@acme.example", Role::Member);
        assert_eq!(reason(ann.create(&company.name, new).await), Reason::PermissionDenied);
    }

    async fn q1_g1_g8_every_actor_and_every_role(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, "admin@acme.example", Role::Admin).await;
        let owner = world.owner(&company).await;
        let admin = world.signed_in("admin@acme.example").await;
        let mut number = 0;
        for (actor, role, expected) in [
            (&owner, Role::Member, None),
            (&owner, Role::Admin, None),
            (&owner, Role::Owner, Some(Reason::RoleNotAllowed)),
            (&admin, Role::Member, None),
            (&admin, Role::Admin, None),
            (&admin, Role::Owner, Some(Reason::RoleNotAllowed)),
        ] {
            number += 1;
            let user = crate::world::person(&format!("user{number}@acme.example"), role);
            let created = actor.create(&company.name, user).await;
            let refused = created.as_ref().err().and_then(proto::refusal::Refusal::reason_of);
            assert_eq!(refused, expected, "{role:?}");
            let user = crate::world::person(&format!("changed{number}@acme.example"), Role::Member);
            let user = actor.create(&company.name, user).await.unwrap();
            let changed = actor.update(User { role: role.into(), ..user }, &["role"]).await;
            let refused = changed.as_ref().err().and_then(proto::refusal::Refusal::reason_of);
            assert_eq!(refused, expected, "{role:?}");
        }
    }

    async fn q20_the_partner_above_may_and_the_customer_below_may_not(engine: Engine) {
        let world = World::new(engine).await;
        let partner = world.company("partner").await;
        let admin = world.member(&partner, "admin@partner.example", Role::Admin).await;
        let reader = world.member(&partner, "reader@partner.example", Role::Member).await;
        let calls = world.owner(&partner).await;
        let customer = calls.create_organization("Customer", &partner.name).await.unwrap().name;
        let inner = calls.create_organization("Customer's customer", &customer).await.unwrap().name;
        let local = crate::world::person("local@customer.example", Role::Admin);
        calls.create_with_password(&customer, local, crate::world::PASSWORD).await.unwrap();
        let (admin, reader) = (world.signed_in(&admin.email).await, world.signed_in(&reader.email).await);
        for place in [&customer, &inner] {
            assert_eq!(admin.may(Permission::UsersEdit, place).await, (true, true));
            assert_eq!(reader.may(Permission::UsersView, place).await, (true, true));
            assert_eq!(reader.may(Permission::UsersEdit, place).await, (false, true));
        }
        let local = world.signed_in("local@customer.example").await;
        assert_eq!(local.may(Permission::UsersEdit, &inner).await, (true, true));
        assert_eq!(local.may(Permission::UsersView, &partner.name).await, (false, false));
    }
}
