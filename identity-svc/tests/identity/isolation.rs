//! Nothing of another tenant shows, whatever name is sent.

use platform::db::Everyone;
use platform::testing::{Engine, on_both};
use proto::identity::v1::invitation::State as InvitationState;
use proto::identity::v1::user::State;
use proto::identity::v1::{MatchUsersRequest, Role, User};
use proto::refusal::Reason;

use crate::world::{World, id, person, reason};

on_both! {
    /// The answer is the same as for an address that nobody has.
    async fn q13_an_address_with_an_account_elsewhere_becomes_a_pending_member_and_shows_nothing(engine: Engine) {
        let world = World::new(engine).await;
        let (ours, theirs) = (world.company("ours").await, world.company("theirs").await);
        let secret = User { title: "Secret title".into(), given_name: "Secret".into(), ..person("ann@ours.example", Role::Admin) };
        let calls = world.owner(&ours).await;
        let mine = calls.create_with_password(&ours.name, secret, crate::world::PASSWORD).await.unwrap();
        world.signed_in("ann@ours.example").await;
        let owner = world.owner(&theirs).await;
        let strip = |user: User| User { name: String::new(), email: String::new(), ..user };
        let known = owner.create(&theirs.name, User { given_name: "A".into(), ..person("ann@ours.example", Role::Member) }).await.unwrap();
        let unknown = owner.create(&theirs.name, User { given_name: "A".into(), ..person("ann@nowhere.example", Role::Member) }).await.unwrap();
        assert_eq!(known.state(), State::Pending);
        assert_eq!(strip(known.clone()), strip(unknown));
        // A password set by a stranger is not the account's.
        let password = User { given_name: "B".into(), ..person("ann2@ours.example", Role::Member) };
        calls.create_with_password(&ours.name, password, crate::world::PASSWORD).await.unwrap();
        let guest = person("ann2@ours.example", Role::Member);
        let guest = owner.create_with_password(&theirs.name, guest, "stranger-tram-1").await.unwrap();
        assert_eq!((guest.state(), guest.invitation.unwrap().state()), (State::Pending, InvitationState::NotSent));
        assert_eq!(reason(world.session_token("ann2@ours.example", "stranger-tram-1").await), Reason::SignInFailed);
        world.session_token("ann2@ours.example", crate::world::PASSWORD).await.unwrap();
        // Nor does an edit reach it.
        let renamed = User { display_name: "Mallory".into(), ..known };
        owner.update(renamed, &["display_name"]).await.unwrap();
        assert_eq!(calls.get(&mine.name).await.unwrap().given_name, "Secret");
    }

    async fn names_of_another_tenant_are_unknown(engine: Engine) {
        let world = World::new(engine).await;
        let (ours, theirs) = (world.company("ours").await, world.company("theirs").await);
        let owner = world.owner(&ours).await;
        assert_eq!(reason(owner.get(&theirs.owner).await), Reason::NotFound);
        assert_eq!(reason(owner.list(&theirs.name, "").await), Reason::NotFound);
        let hidden = User { name: theirs.owner.clone(), title: "x".into(), ..User::default() };
        assert_eq!(reason(owner.update(hidden, &["title"]).await), Reason::NotFound);
        let swapped = format!("{}/users/{}", ours.name, id(&theirs.owner));
        assert_eq!(reason(owner.get(&swapped).await), Reason::NotFound);
        let swapped = User { name: swapped, title: "x".into(), ..User::default() };
        assert_eq!(reason(owner.update(swapped, &["title"]).await), Reason::NotFound);
        let (parent, emails) = (theirs.name.clone(), vec![theirs.owner_email]);
        let request = MatchUsersRequest { parent, emails, prints: false };
        assert_eq!(reason(owner.directory().match_users(request).await), Reason::NotFound);
        assert_eq!(reason(world.anybody().get(&theirs.owner).await), Reason::SessionMissing);
    }

    async fn a_key_ends_with_the_user_it_acts_as(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let owner = world.owner(&company).await;
        owner.get(&company.owner).await.unwrap();
        // A second Owner, so that the first may go.
        let second = world.member(&company, "second@acme.example", Role::Admin).await;
        let mut tx = world.db.of(Everyone("a test looks behind the walls")).write().await.unwrap();
        let changed = tx.query("UPDATE users SET role = 'OWNER' WHERE id = $1").bind(id(&second.name)).execute().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(changed, 1);
        let first = owner.get(&company.owner).await.unwrap();
        let second = world.signed_in("second@acme.example").await;
        second.update(User { active: Some(false), ..first }, &["active"]).await.unwrap();
        assert_eq!(reason(world.with_token(&company.api_key).await.map(drop)), Reason::SessionExpired);
        assert_eq!(reason(owner.get(&company.owner).await), Reason::NotFound, "an older caller token has no rights left");
    }
}
